#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "ecnas/space/hash.hpp"

namespace ecnas::table {

/// The first eight bytes as a number: ordered as the hashes are.
[[nodiscard]] inline std::uint64_t leading_bits(const space::Hash& hash) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, hash.bytes.data(), sizeof bits);
  return __builtin_bswap64(bits);
}

[[nodiscard]] inline bool hash_less(const space::Hash& a, const space::Hash& b) {
  return std::memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) < 0;
}

}  // namespace ecnas::table
