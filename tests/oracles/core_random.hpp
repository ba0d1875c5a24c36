#pragma once
/// xoshiro256++ and SplitMix64 as their authors publish the algorithms (Blackman, Vigna 2021): on
/// plain variables, with the 128-bit product of Lemire's method replaced by long multiplication.

#include <cstdint>

namespace ecnas::oracle {

inline std::uint64_t rotated_left(std::uint64_t word, int count) {
  return (word << count) | (word >> (64 - count));
}

struct Xoshiro {
  std::uint64_t s0, s1, s2, s3;

  std::uint64_t next() {
    const std::uint64_t result = rotated_left(s0 + s3, 23) + s0;
    const std::uint64_t t = s1 << 17;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotated_left(s3, 45);
    return result;
  }
};

/// Output number `index` of SplitMix64 from a seed, without keeping state.
inline std::uint64_t split_mix(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

inline Xoshiro seeded(std::uint64_t seed) {
  return {split_mix(seed, 0), split_mix(seed, 1), split_mix(seed, 2), split_mix(seed, 3)};
}

/// The upper half of a 128-bit product.
inline std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a_low = a & 0xffffffff, a_high = a >> 32;
  const std::uint64_t b_low = b & 0xffffffff, b_high = b >> 32;
  const std::uint64_t middle = a_high * b_low + (a_low * b_low >> 32);
  const std::uint64_t other = a_low * b_high + (middle & 0xffffffff);
  return a_high * b_high + (middle >> 32) + (other >> 32);
}

/// Lemire 2019, with the remainder always computed: draws whose low half falls in the uneven rest
/// are thrown away.
inline std::uint64_t below(Xoshiro& generator, std::uint64_t bound) {
  for (;;) {
    const std::uint64_t word = generator.next();
    if (word * bound >= (0 - bound) % bound) return high_product(word, bound);
  }
}

}  // namespace ecnas::oracle
