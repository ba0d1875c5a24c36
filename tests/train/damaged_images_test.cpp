// Files cut at every length, and with every byte changed: one clear error, or what could be meant.
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "made_up_images.hpp"
#include "support/expect_error.hpp"
#include "train/cifar.hpp"
#include "train/idx.hpp"
#include "train/picture.hpp"

namespace ecnas::train {
namespace {

using ecnas::testing::expect_error;
using namespace testing;

/// Whether it was read; anything but success and invalid_data is a failure of the test.
bool reads(const std::function<void(const std::string&)>& read, const std::string& file) {
  try {
    read(file);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
    EXPECT_EQ(std::string(error.what()).rfind("it: ", 0), 0U) << error.what();
    return false;
  }
}

void read_idx(const std::string& file) {
  const IdxFile idx = parse_idx(bytes_of(file), "it");
  ASSERT_EQ(idx.values.size(), std::size_t{idx.count} * idx.height * idx.width);
}

void read_cifar(const std::string& file) {
  ImageSet images{.channels = 3, .height = 32, .width = 32, .classes = 10};
  append_cifar(bytes_of(file), "it", images);
  ASSERT_EQ(images.pixels.size(), images.size() * 3072);
  for (const std::uint16_t label : images.labels)
    ASSERT_LT(label, 10);
}

void read_picture(const std::string& file) {
  const Picture picture = decode_picture(bytes_of(file), "it");
  ASSERT_TRUE(picture.channels == 1 || picture.channels == 3);
  ASSERT_EQ(picture.pixels.size(),
            static_cast<std::size_t>(picture.channels * picture.height * picture.width));
}

struct Kind {
  const char* name;
  std::string file;
  void (*read)(const std::string&);
};

std::vector<Kind> kinds() {
  const std::string idx = idx_images(3, 2, 2, "abcdabcdabcd");
  const std::string cifar =
      cifar_record(3, noise(3, 32, 32, 1)) + cifar_record(4, noise(3, 32, 32, 2));
  return {{"IDX", idx, read_idx},
          {"IDX labels", idx_labels("\1\2\3"), read_idx},
          {"IDX, gzip", gzipped(idx), read_idx},
          {"CIFAR", cifar, read_cifar},
          {"PNG", png_of(noise(3, 9, 5, 1)), read_picture},
          {"grey PNG", png_of(noise(1, 9, 5, 1)), read_picture},
          {"JPEG", jpeg_of(noise(3, 9, 5, 1)), read_picture},
          {"progressive JPEG", jpeg_of(noise(1, 9, 5, 1), true), read_picture},
          {"PPM", ppm_of(noise(3, 3, 2, 1)), read_picture}};
}

TEST(DamagedImages, CutAnywhereAreRefused) {
  for (const Kind& kind : kinds()) {
    ASSERT_TRUE(reads(kind.read, kind.file)) << kind.name;
    for (std::size_t length = 0; length < kind.file.size(); ++length) {
      const bool is_whole = kind.read == read_cifar && length == kCifarRecord;  // one record less
      EXPECT_EQ(reads(kind.read, kind.file.substr(0, length)), is_whole)
          << kind.name << " cut to " << length;
    }
  }
}

TEST(DamagedImages, WithAnyByteChangedAreRefusedOrMakeSense) {
  for (const Kind& kind : kinds()) {
    for (std::size_t i = 0; i < kind.file.size(); ++i) {
      for (const int change : {0x01, 0x80, 0xff}) {
        std::string file = kind.file;
        file[i] = static_cast<char>(file[i] ^ change);
        std::ignore = reads(kind.read, file);
      }
    }
  }
}

TEST(DamagedImages, WithSomethingBehindTheirEndAreRefused) {
  for (const Kind& kind : kinds()) {
    // Programs leave things behind the end of a PNG or JPEG; viewers pass over them.
    const bool passes = std::string_view(kind.name).ends_with("PNG") ||
                        std::string_view(kind.name).ends_with("JPEG");
    EXPECT_EQ(reads(kind.read, kind.file + '\0'), passes) << kind.name;
  }
}

TEST(DamagedImages, PackedByGzipAreFoundOut) {
  const std::string file = gzipped(idx_images(3, 2, 2, "abcdabcdabcd"));
  constexpr std::size_t kHeader = 10;
  for (std::size_t i = kHeader; i < file.size(); ++i) {
    std::string changed = file;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EXPECT_FALSE(reads(read_idx, changed)) << i;
  }
}

/// A thousand bytes that inflate to a million: no more than the header announces is taken.
TEST(DamagedImages, ThatInflateBeyondTheirHeaderAreRefused) {
  const std::string bomb =
      gzipped(idx_labels(std::string(10, '\1')) + std::string(1'000'000, '\0'));
  ASSERT_LT(bomb.size(), 2000U);
  expect_error(ErrorCode::invalid_data, "does not end where it should",
               [&] { std::ignore = parse_idx(bytes_of(bomb), "it"); });
  const std::string claim = gzipped(big_endian(0x0801) + big_endian(0xffffffff));
  expect_error(ErrorCode::invalid_data, "4,294,967,303 bytes, more than 26 compressed bytes",
               [&] { std::ignore = parse_idx(bytes_of(claim), "it"); });
}

/// 300 scans that say the same would each cost a pass over the picture.
TEST(DamagedImages, OfManyScansAreRefused) {
  const std::string file =
      jpeg_of_rows(noise(1, 9, 5, 1).pixels, 9, 5, {.space = JCS_GRAYSCALE, .in_two_scans = true});
  const std::size_t scan = file.rfind("\xff\xda");
  ASSERT_NE(scan, std::string::npos);
  const std::string last = file.substr(scan, file.size() - 2 - scan);
  const auto repeated = [&](int times) {
    std::string many = file.substr(0, scan);
    for (int i = 0; i < times; ++i)
      many += last;
    return many + "\xff\xd9";
  };
  EXPECT_TRUE(reads(read_picture, repeated(100)));
  expect_error(ErrorCode::invalid_data, "it: damaged JPEG: more than 200 scans",
               [&] { read_picture(repeated(300)); });
}

}  // namespace
}  // namespace ecnas::train
