#include "ecnas/core/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "oracles/core_random.hpp"

namespace ecnas {
namespace {

/// Pearson's statistic of counts against equal shares.
double chi_squared(const std::vector<int>& counts) {
  const double expected =
      std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
  double sum = 0;
  for (const int count : counts)
    sum += (count - expected) * (count - expected) / expected;
  return sum;
}

/// Mean plus five standard deviations: beyond it about once in a million honest samples.
double chi_squared_limit(std::size_t cells) {
  const auto freedom = static_cast<double>(cells - 1);
  return freedom + 5 * std::sqrt(2 * freedom) + 10;
}

TEST(Oracle, GivesTheAuthorsKnownAnswers) {
  // State 1, 2, 3, 4 by hand: rotl(1 + 4, 23) + 1; then the state is 7, 0, 2^18 ^ 2, 6 << 45 …
  oracle::Xoshiro generator{1, 2, 3, 4};
  EXPECT_EQ(generator.next(), (std::uint64_t{5} << 23) + 1);
  EXPECT_EQ(generator.s0, 7U);
  EXPECT_EQ(generator.s1, 0U);
  EXPECT_EQ(generator.s2, (std::uint64_t{2} << 17) ^ 2);
  EXPECT_EQ(generator.s3, std::uint64_t{6} << 45);
  // The first outputs of SplitMix64 from seed 1234567, as published with it.
  EXPECT_EQ(oracle::split_mix(1234567, 0), 6457827717110365317ULL);
  EXPECT_EQ(oracle::split_mix(1234567, 1), 3203168211198807973ULL);
}

TEST(Rng, IsXoshiroSeededBySplitMix) {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    Rng rng(seed);
    oracle::Xoshiro expected = oracle::seeded(seed);
    for (int i = 0; i < 1000; ++i)
      ASSERT_EQ(rng.next(), expected.next()) << "seed " << seed << ", " << i;
  }
}

TEST(Rng, BelowEqualsTheSlowTwinForAllKindsOfBounds) {
  const std::uint64_t top = std::uint64_t{1} << 63;
  for (const std::uint64_t bound : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3},
                                    std::uint64_t{1000}, top, top + 1, top + top / 2}) {
    Rng rng(5);
    oracle::Xoshiro expected = oracle::seeded(5);
    for (int i = 0; i < 500; ++i)
      ASSERT_EQ(rng.below(bound), oracle::below(expected, bound)) << "bound " << bound;
  }
}

TEST(Rng, BelowIsUniform) {
  for (const std::size_t bound : {2U, 3U, 10U, 1000U}) {
    Rng rng(6);
    std::vector<int> counts(bound, 0);
    for (std::size_t i = 0; i < 200 * bound; ++i)
      ++counts[rng.below(bound)];
    EXPECT_LT(chi_squared(counts), chi_squared_limit(bound)) << "bound " << bound;
  }
}

/// Of 3 · 2^62 values, multiplying without rejection would make every third one twice as likely.
TEST(Rng, BelowIsUnbiasedWhereRejectionMatters) {
  Rng rng(7);
  const std::uint64_t bound = 3 * (std::uint64_t{1} << 62);
  std::vector<int> residues(3, 0);
  for (int i = 0; i < 30'000; ++i)
    ++residues[rng.below(bound) % 3];
  EXPECT_LT(chi_squared(residues), chi_squared_limit(3));
}

TEST(Rng, UniformIsUniformAndStaysBelowOne) {
  Rng rng(8);
  std::vector<int> counts(100, 0);
  for (int i = 0; i < 100'000; ++i) {
    const double value = rng.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    ++counts[static_cast<std::size_t>(value * 100)];
  }
  EXPECT_LT(chi_squared(counts), chi_squared_limit(100));
}

TEST(Rng, ChanceHappensAsOftenAsItsProbability) {
  Rng rng(9);
  for (const double probability : {0.0, 0.02, 0.5, 1.0}) {
    constexpr int kDraws = 50'000;
    int happened = 0;
    for (int i = 0; i < kDraws; ++i)
      happened += rng.chance(probability) ? 1 : 0;
    const double deviation = std::sqrt(probability * (1 - probability) / kDraws);
    EXPECT_NEAR(happened / double{kDraws}, probability, 5 * deviation);
  }
}

TEST(Rng, NormalHasTheMomentsAndTailsOfTheNormal) {
  Rng rng(10);
  constexpr int kDraws = 200'000;
  double sum = 0;
  double squares = 0;
  int beyond_two = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = rng.normal();
    sum += value;
    squares += value * value;
    beyond_two += std::abs(value) > 2 ? 1 : 0;
  }
  const double root = std::sqrt(double{kDraws});
  EXPECT_NEAR(sum / kDraws, 0, 5 / root);
  EXPECT_NEAR(squares / kDraws, 1, 5 * std::sqrt(2.0) / root);
  EXPECT_NEAR(beyond_two / double{kDraws}, 0.0455, 5 * 0.2084 / root);
}

TEST(Rng, ShuffleGivesEveryOrderEquallyOften) {
  Rng rng(11);
  std::vector<int> counts(24, 0);
  for (int i = 0; i < 24 * 500; ++i) {
    std::vector<int> values{0, 1, 2, 3};
    rng.shuffle(std::span(values));
    // The order's number in the factorial system.
    int code = 0;
    for (std::size_t a = 0; a < 4; ++a) {
      const auto smaller = std::count_if(values.begin() + static_cast<std::ptrdiff_t>(a),
                                         values.end(), [&](int v) { return v < values[a]; });
      code = code * static_cast<int>(4 - a) + static_cast<int>(smaller);
    }
    ++counts[static_cast<std::size_t>(code)];
  }
  EXPECT_LT(chi_squared(counts), chi_squared_limit(24));
}

TEST(Rng, ShuffleOfNothingAndOneDrawsNothing) {
  Rng rng(12);
  Rng untouched(12);
  std::vector<int> none;
  std::vector<int> one{7};
  rng.shuffle(std::span(none));
  rng.shuffle(std::span(one));
  EXPECT_EQ(rng.next(), untouched.next());
}

TEST(RngStream, IsTheSameForTheSamePartAndElseAnother) {
  std::set<std::uint64_t> first_words;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    first_words.insert(Rng(seed).next());
    for (std::uint64_t index = 0; index < 100; ++index) {
      EXPECT_EQ(Rng::stream(seed, index).next(), Rng::stream(seed, index).next());
      first_words.insert(Rng::stream(seed, index).next());
    }
  }
  EXPECT_EQ(first_words.size(), 100U * 101U);  // neighbours in seed or index share nothing
}

TEST(RngStream, NeighboursAreUncorrelated) {
  Rng first = Rng::stream(1, 0);
  Rng second = Rng::stream(1, 1);
  constexpr int kDraws = 100'000;
  double products = 0;
  for (int i = 0; i < kDraws; ++i)
    products += (first.uniform() - 0.5) * (second.uniform() - 0.5);
  // The product of two centred uniforms has standard deviation 1/12.
  EXPECT_NEAR(products / kDraws, 0, 5.0 / 12 / std::sqrt(double{kDraws}));
}

}  // namespace
}  // namespace ecnas
