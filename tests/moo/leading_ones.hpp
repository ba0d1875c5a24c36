#pragma once
/// Leading ones and trailing zeros of 16 bits, both maximised [Laumanns04]: a discrete problem
/// whose front is known: the 17 words 1…10…0. One word in 3,855 is on it.

#include <bit>
#include <cstdint>
#include <vector>

#include "ecnas/moo/algorithm.hpp"

namespace ecnas::moo::testing {

using Word = std::uint16_t;
inline constexpr unsigned kWordBits = 16;
inline constexpr std::size_t kWordFront = kWordBits + 1;

inline Objectives leading_ones_trailing_zeros(Word word) {
  return {-static_cast<double>(std::countl_one(word)),
          -static_cast<double>(std::countr_zero(word))};
}

inline bool on_front(Word word) {
  return std::countl_one(word) + std::countr_zero(word) == static_cast<int>(kWordBits);
}

class WordVariation final : public Variation<Word> {
 public:
  Word sample(Rng& rng) override { return static_cast<Word>(rng.below(1U << kWordBits)); }

  /// Each bit with probability 1/16, at least one.
  Word mutate(const Word& parent, Rng& rng) override {
    Word child = parent;
    while (child == parent) {
      for (unsigned bit = 0; bit < kWordBits; ++bit) {
        if (rng.chance(1.0 / kWordBits)) child = static_cast<Word>(child ^ (1U << bit));
      }
    }
    return child;
  }

  Word recombine(const Word& first, const Word& second, Rng& rng) override {
    const auto mask = static_cast<Word>(rng.next());
    return static_cast<Word>((first & mask) | (second & ~mask));
  }

  /// One bit flipped.
  std::vector<Word> neighbours(const Word& parent, Rng&) override {
    std::vector<Word> flipped;
    for (unsigned bit = 0; bit < kWordBits; ++bit)
      flipped.push_back(static_cast<Word>(parent ^ (1U << bit)));
    return flipped;
  }
};

}  // namespace ecnas::moo::testing
