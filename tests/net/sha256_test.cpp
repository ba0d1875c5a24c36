#include "ecnas/net/sha256.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "ecnas/core/file.hpp"
#include "support/digest.hpp"
#include "support/expect_error.hpp"

namespace ecnas::net {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(Sha256, EqualsThePublishedExamples) {
  Sha256 digest;
  EXPECT_EQ(digest.hexadecimal(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  digest.update(bytes_of("abc"));
  EXPECT_EQ(digest.hexadecimal(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, PiecesGiveWhatTheWholeGivesAndLookingChangesNothing) {
  const std::string text(1000, 'x');
  for (const std::size_t piece : {1U, 63U, 64U, 65U, 999U}) {
    Sha256 digest;
    for (std::size_t i = 0; i < text.size(); i += piece) {
      digest.update(bytes_of(std::string_view(text).substr(i, piece)));
      EXPECT_TRUE(is_sha256(digest.hexadecimal()));
    }
    EXPECT_EQ(digest.hexadecimal(), testing::sha256(text));
  }
}

TEST(Sha256, OfAFileIsThatOfItsContent) {
  const std::filesystem::path path = ::testing::TempDir() + "ecnas-net-sha256";
  const std::string text((std::size_t{1} << 20) + 1, 'y');
  write_file(path, text);
  EXPECT_EQ(sha256_of_file(path), testing::sha256(text));
  std::stop_source stop;
  stop.request_stop();
  testing::expect_error(ErrorCode::interrupted, "interrupted",
                        [&] { static_cast<void>(sha256_of_file(path, stop.get_token())); });
  std::filesystem::remove(path);
  testing::expect_error(ErrorCode::not_found, "no such file",
                        [&] { static_cast<void>(sha256_of_file(path)); });
  testing::expect_error(ErrorCode::io_failure, "cannot be read",
                        [&] { static_cast<void>(sha256_of_file(::testing::TempDir())); });
}

TEST(Sha256, IsRecognisedByItsDigits) {
  const std::string good(64, 'a');
  EXPECT_TRUE(is_sha256(good));
  EXPECT_FALSE(is_sha256(good + "a"));
  EXPECT_FALSE(is_sha256(good.substr(1)));
  EXPECT_FALSE(is_sha256("A" + good.substr(1)));
  EXPECT_FALSE(is_sha256("g" + good.substr(1)));
}

}  // namespace
}  // namespace ecnas::net
