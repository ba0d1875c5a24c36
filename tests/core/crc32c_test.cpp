#include "ecnas/core/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ecnas/core/random.hpp"

namespace ecnas {
namespace {

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

/// By the definition: the remainder of a division of polynomials, bit by bit.
std::uint32_t crc32c_by_bits(std::span<const std::byte> bytes) {
  std::uint32_t remainder = ~std::uint32_t{0};
  for (const std::byte byte : bytes) {
    remainder ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit)
      remainder = remainder % 2 == 0 ? remainder / 2 : remainder / 2 ^ 0x82F63B78;
  }
  return ~remainder;
}

TEST(Crc32c, KnownChecksums) {
  // The check value of the catalogue, and RFC 3720, B.4.
  std::string ascending;
  for (char byte = 0; byte < 32; ++byte)
    ascending += byte;
  const std::pair<std::string, std::uint32_t> known[] = {{"", 0},
                                                         {"123456789", 0xE3069283},
                                                         {std::string(32, '\0'), 0x8A9136AA},
                                                         {std::string(32, '\xff'), 0x62A8AB43},
                                                         {ascending, 0x46DD794E}};
  for (const auto& [text, checksum] : known) {
    EXPECT_EQ(crc32c(as_bytes(text)), checksum);
    EXPECT_EQ(detail::crc32c_by_table(as_bytes(text)), checksum);
  }
}

TEST(Crc32c, InstructionTableAndDefinitionAgreeAtEveryLengthAndAlignment) {
  Rng rng(1);
  std::vector<std::byte> bytes(300);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(rng.next());
  for (std::size_t first = 0; first < 16; ++first) {
    for (std::size_t size = 0; size <= bytes.size() - first; ++size) {
      const auto part = std::span(bytes).subspan(first, size);
      ASSERT_EQ(crc32c(part), crc32c_by_bits(part)) << first << " + " << size;
      ASSERT_EQ(detail::crc32c_by_table(part), crc32c_by_bits(part)) << first << " + " << size;
    }
  }
}

TEST(Crc32c, LongTextsAgreeToo) {
  Rng rng(2);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::byte> bytes(rng.below(100'000));
    for (std::byte& byte : bytes)
      byte = static_cast<std::byte>(rng.next());
    ASSERT_EQ(crc32c(bytes), detail::crc32c_by_table(bytes)) << bytes.size();
  }
}

}  // namespace
}  // namespace ecnas
