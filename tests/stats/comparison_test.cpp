#include "ecnas/stats/comparison.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "oracles/stats_naive.hpp"
#include "stats/series.hpp"
#include "support/expect_error.hpp"

namespace ecnas::stats {
namespace {

using namespace ecnas::stats::testing;
using ecnas::testing::expect_error;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Sums of a few thousand positive terms, each after a hundred products.
constexpr double kRelative = 1e-12;

void expect_relative(double value, double expected, const std::string& what) {
  EXPECT_NEAR(value, expected, kRelative * std::abs(expected)) << what;
}

/// Series of normal values, which do not tie.
Series untied(std::size_t count, double shift, Rng& rng) {
  Series result = normal_series(count, rng);
  for (double& value : result)
    value += shift;
  return result;
}

Series first(const Series& values, std::ptrdiff_t from, std::ptrdiff_t count) {
  return {values.begin() + from, values.begin() + from + count};
}

Series scaled(Series values, double factor) {
  for (double& value : values)
    value *= factor;
  return values;
}

TEST(MannWhitney, OfHandWorkedSamples) {
  // One of the twenty ways to choose three of six is as far out on either side: 2 / 20.
  const TestResult apart = mann_whitney(Series{1, 2, 3}, Series{4, 5, 6});
  EXPECT_EQ(apart.statistic, 0);
  EXPECT_NEAR(apart.p_value, 0.1, kRelative);
  EXPECT_TRUE(apart.is_exact);
  const TestResult single = mann_whitney(Series{1}, Series{0});
  EXPECT_EQ(single.statistic, 1);
  EXPECT_EQ(single.p_value, 1);
  EXPECT_EQ(mann_whitney(Series{1, 2}, Series{2, 0}).statistic, 2.5);
}

TEST(MannWhitney, IsThatOfEveryWayToShareUntiedValuesOut) {
  Rng rng(1);
  for (std::size_t m = 1; m <= 7; ++m) {
    for (std::size_t n = 1; n <= 7; ++n) {
      for (const double shift : {0.0, 1.0, -3.0}) {
        const Series a = untied(m, shift, rng);
        const Series b = untied(n, 0, rng);
        const TestResult result = mann_whitney(a, b);
        const std::string what = std::to_string(m) + " beside " + std::to_string(n);
        EXPECT_TRUE(result.is_exact) << what;
        EXPECT_EQ(result.statistic, oracle::u_statistic(a, b)) << what;
        expect_relative(result.p_value, oracle::mann_whitney_p_value(a, b), what);
      }
    }
  }
}

/// Provenance of this and the next: series.hpp; stats.mannwhitneyu(…, method="exact").
TEST(MannWhitney, IsSciPysExactly) {
  struct Case {
    std::ptrdiff_t m, n;
    double u, p_value;
  };
  const Example smooth = smooth_example();
  for (const auto& [m, n, u, p_value] :
       {Case{1, 9, 1, 0.4}, Case{5, 7, 5, 0.04797979797979798},
        Case{12, 12, 31, 0.017271192934135458}, Case{30, 20, 156, 0.0038173436502337635},
        Case{50, 50, 703, 0.00012471134365784446}}) {
    const TestResult result = mann_whitney(first(smooth.u, 0, m), first(smooth.v, 60, n));
    const std::string what = std::to_string(m) + " beside " + std::to_string(n);
    EXPECT_TRUE(result.is_exact) << what;
    EXPECT_EQ(result.statistic, u) << what;
    expect_relative(result.p_value, p_value, what);
  }
}

/// method="asymptotic", with its continuity correction.
TEST(MannWhitney, IsSciPysApproximationWithTiesOrManyValues) {
  const Example smooth = smooth_example();
  const Example tied = tied_example();
  const auto expect = [](const TestResult& result, double u, double p_value) {
    EXPECT_FALSE(result.is_exact) << u;
    EXPECT_EQ(result.statistic, u);
    expect_relative(result.p_value, p_value, "U = " + std::to_string(u));
  };
  expect(mann_whitney(smooth.u, smooth.v), 11614, 4.07653817728564e-13);
  expect(mann_whitney(tied.u, tied.v), 34929.5, 3.6379036478110545e-38);
  expect(mann_whitney(first(tied.u, 0, 12), first(tied.v, 0, 9)), 92, 0.007599915379935065);
  expect(mann_whitney(first(smooth.u, 0, 51), first(smooth.v, 0, 5)), 82, 0.19601405159573215);
  expect(mann_whitney(Series{3, 3}, Series{3, 3, 3}), 3, 1);
  expect(mann_whitney(Series{3}, Series{3}), 0.5, 1);
}

TEST(MannWhitney, IsTheSameEitherWayRound) {
  Rng rng(2);
  for (const std::size_t levels : {3U, 10U, 1'000'000U}) {
    for (const std::size_t m : {1U, 8U, 40U, 60U}) {
      const Series a = tied_series(m, levels, rng);
      const Series b = tied_series(21, levels, rng);
      const TestResult ab = mann_whitney(a, b);
      const TestResult ba = mann_whitney(b, a);
      EXPECT_EQ(ab.statistic + ba.statistic, static_cast<double>(m) * 21);
      EXPECT_EQ(ab.is_exact, ba.is_exact);
      expect_relative(ab.p_value, ba.p_value, std::to_string(levels) + " levels");
    }
  }
}

TEST(MannWhitney, OrdersInfinities) {
  const TestResult result = mann_whitney(Series{-kInfinity, 1, 2}, Series{kInfinity, 3});
  EXPECT_EQ(result.statistic, 0);
  EXPECT_TRUE(result.is_exact);
}

TEST(SignedRank, OfHandWorkedPairs) {
  // Of 2⁵ choices of signs one has a sum of 15 and one a sum of 0.
  const auto all_up = wilcoxon_signed_rank(Series{2, 4, 6, 8, 10}, Series{1, 2, 3, 4, 5});
  EXPECT_EQ(all_up->statistic, 15);
  EXPECT_EQ(all_up->p_value, 2.0 / 32);
  EXPECT_TRUE(all_up->is_exact);
  const auto single = wilcoxon_signed_rank(Series{1}, Series{2});
  EXPECT_EQ(single->statistic, 0);
  EXPECT_EQ(single->p_value, 1);
}

TEST(SignedRank, HasTheBitsOfEveryChoiceOfSigns) {
  Rng rng(3);
  for (std::size_t n = 1; n <= 12; ++n) {
    for (const double shift : {0.0, 0.5, -2.0}) {
      const Series differences = untied(n, shift, rng);
      const auto result = wilcoxon_signed_rank(differences, Series(n, 0.0));
      ASSERT_TRUE(result && result->is_exact) << n;
      EXPECT_EQ(result->statistic, oracle::signed_rank_sum(differences, [&](std::size_t i) {
                  return differences[i] > 0;
                }));
      EXPECT_EQ(result->p_value, oracle::signed_rank_p_value(differences)) << n << " pairs";
    }
  }
}

/// Provenance of this and the next: series.hpp; stats.wilcoxon(u, 0.7 v, method="exact"), its
/// statistic by stats.rankdata, since it returns the smaller sum.
TEST(SignedRank, IsSciPysExactly) {
  struct Case {
    std::ptrdiff_t n;
    double w, p_value;
  };
  const Example smooth = smooth_example();
  for (const auto& [n, w, p_value] :
       {Case{5, 7, 1}, Case{10, 25, 0.845703125}, Case{25, 137, 0.507703959941864},
        Case{50, 521, 0.2653376709882824}}) {
    const auto result =
        wilcoxon_signed_rank(first(smooth.u, 0, n), scaled(first(smooth.v, 0, n), 0.7));
    EXPECT_TRUE(result->is_exact) << n;
    EXPECT_EQ(result->statistic, w) << n;
    expect_relative(result->p_value, p_value, std::to_string(n) + " pairs");
  }
}

/// correction=True, method="asymptotic", zero_method="wilcox".
TEST(SignedRank, IsSciPysApproximationWithTiesOrManyPairs) {
  const Example smooth = smooth_example();
  const Example tied = tied_example();
  const auto expect = [](const Series& a, const Series& b, double w, double p_value) {
    const auto result = wilcoxon_signed_rank(a, b);
    EXPECT_FALSE(result->is_exact) << w;
    EXPECT_EQ(result->statistic, w);
    expect_relative(result->p_value, p_value, "W = " + std::to_string(w));
  };
  expect(smooth.u, scaled(smooth.v, 0.7), 8164, 0.02141250404898728);
  expect(tied.u, scaled(tied.v, 3), 15588, 3.228693077651886e-13);
  expect(first(tied.u, 0, 20), scaled(first(tied.v, 0, 20), 3), 155.5, 0.015607809624264044);
}

TEST(SignedRank, DropsPairsWithoutADifference) {
  const auto with = wilcoxon_signed_rank(Series{0, 1, 5, 3, 9}, Series{-0.0, 3, 5, 2, 5});
  const auto without = wilcoxon_signed_rank(Series{1, 3, 9}, Series{3, 2, 5});
  EXPECT_EQ(with->statistic, without->statistic);
  EXPECT_EQ(with->p_value, without->p_value);
  EXPECT_TRUE(with->is_exact);
  EXPECT_EQ(wilcoxon_signed_rank(Series{1, 2}, Series{1, 2}), std::nullopt);
  EXPECT_EQ(wilcoxon_signed_rank({}, {}), std::nullopt);
  // Fifty that differ among more pairs are still few.
  Rng rng(4);
  Series many = untied(50, 0, rng);
  many.resize(80, 0.0);
  EXPECT_TRUE(wilcoxon_signed_rank(many, Series(80, 0.0))->is_exact);
}

TEST(SignedRank, IsTheSameEitherWayRound) {
  Rng rng(5);
  for (const std::size_t levels : {3U, 10U, 1'000'000U}) {
    const Series a = tied_series(40, levels, rng);
    const Series b = tied_series(40, levels, rng);
    const auto ab = wilcoxon_signed_rank(a, b);
    const auto ba = wilcoxon_signed_rank(b, a);
    EXPECT_EQ(ab->p_value, ba->p_value) << levels;
    double differing = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      differing += a[i] != b[i] ? 1 : 0;
    EXPECT_EQ(ab->statistic + ba->statistic, differing * (differing + 1) / 2) << levels;
  }
}

TEST(Holm, OfAHandWorkedFamily) {
  // In order: 4 · 0.005, 3 · 0.01, 2 · 0.03, and 1 · 0.04, which may not fall below that.
  const std::vector<double> adjusted = holm_adjusted(Series{0.01, 0.04, 0.03, 0.005});
  ASSERT_EQ(adjusted.size(), 4U);
  EXPECT_DOUBLE_EQ(adjusted[0], 0.03);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[3], 0.02);
  EXPECT_EQ(holm_adjusted(Series{0.3}), Series{0.3});
  EXPECT_EQ(holm_adjusted(Series{0, 1, 0.6, 0.6}), (Series{0, 1, 1, 1}));
}

TEST(Holm, IsTheGreatestOfThoseNotAboveAndNeverBelowTheRawValue) {
  Rng rng(6);
  for (const std::size_t count : {1U, 2U, 5U, 40U}) {
    for (const double greatest : {1.0, 0.01}) {
      Series p_values;
      for (std::size_t i = 0; i < count; ++i)
        p_values.push_back(greatest * static_cast<double>(rng.below(30)) / 29);
      const std::vector<double> adjusted = holm_adjusted(p_values);
      EXPECT_EQ(adjusted, oracle::holm_adjusted(p_values)) << count;
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_GE(adjusted[i], p_values[i]);
        EXPECT_LE(adjusted[i], 1);
        for (std::size_t j = 0; j < count; ++j) {
          EXPECT_TRUE(p_values[i] > p_values[j] || adjusted[i] <= adjusted[j]);
        }
      }
    }
  }
}

TEST(A12, IsTheShareOfEveryPairLookedAt) {
  Rng rng(7);
  for (const std::size_t levels : {1U, 4U, 1'000'000U}) {
    for (const std::size_t m : {1U, 2U, 50U, 333U}) {
      const Series a = tied_series(m, levels, rng);
      const Series b = tied_series(77, levels, rng);
      const double share = oracle::u_statistic(a, b) / (static_cast<double>(m) * 77);
      EXPECT_EQ(vargha_delaney_a12(a, b), share) << m << " values, " << levels << " levels";
      EXPECT_DOUBLE_EQ(vargha_delaney_a12(a, b) + vargha_delaney_a12(b, a), 1);
    }
  }
}

TEST(A12, IsOneOrZeroOfSamplesApartAndAHalfOfEqualOnes) {
  const Series low{-kInfinity, 2, 3};
  const Series high{4, kInfinity};
  EXPECT_EQ(vargha_delaney_a12(high, low), 1);
  EXPECT_EQ(vargha_delaney_a12(low, high), 0);
  EXPECT_EQ(vargha_delaney_a12(low, low), 0.5);
  EXPECT_EQ(vargha_delaney_a12(Series{0.0}, Series{-0.0}), 0.5);
}

TEST(A12, HasTheSameWordOnEitherSideOfAHalf) {
  for (int pairs = 0; pairs <= 100; ++pairs) {
    const double upper = std::max(pairs, 100 - pairs);
    const std::string_view expected = upper < 56   ? "negligible"
                                      : upper < 64 ? "small"
                                      : upper < 71 ? "medium"
                                                   : "large";
    EXPECT_EQ(a12_magnitude(pairs / 100.0), expected) << pairs;
    EXPECT_EQ(a12_magnitude(1 - pairs / 100.0), expected) << pairs;
  }
}

TEST(Comparisons, RefuseWhatTheyCannotRank) {
  const auto refuses = [](const std::string& part, auto action) {
    expect_error(ErrorCode::invalid_argument, part, action);
  };
  for (const auto& [a, b, part] : {std::tuple{Series{}, Series{1}, "an empty sample"},
                                   std::tuple{Series{1}, Series{}, "an empty sample"},
                                   std::tuple{Series{1, kNaN}, Series{1}, "value 1 is NaN"},
                                   std::tuple{Series{1, 2}, Series{kNaN}, "value 2 is NaN"}}) {
    refuses(part, [&a = a, &b = b] { std::ignore = mann_whitney(a, b); });
    refuses(part, [&a = a, &b = b] { std::ignore = vargha_delaney_a12(a, b); });
  }
  refuses("2 values beside 1", [] { std::ignore = wilcoxon_signed_rank(Series{1, 2}, Series{1}); });
  refuses("a - b: value 1 is nan", [] {
    std::ignore = wilcoxon_signed_rank(Series{1, kNaN}, Series{1, 2});
  });
  refuses("a - b: value 0 is inf",
          [] { std::ignore = wilcoxon_signed_rank(Series{1e308}, Series{-1e308}); });
  refuses("no values", [] { std::ignore = holm_adjusted({}); });
  refuses("value 0 is nan", [] { std::ignore = holm_adjusted(Series{kNaN}); });
  refuses("p value 1.5", [] { std::ignore = holm_adjusted(Series{0.5, 1.5}); });
  refuses("p value -0.1", [] { std::ignore = holm_adjusted(Series{-0.1}); });
  refuses("nan; expected a share", [] { std::ignore = a12_magnitude(kNaN); });
  refuses("1.01; expected a share", [] { std::ignore = a12_magnitude(1.01); });
}

TEST(Comparisons, RefuseMoreThan32BitsCanNumber) {
  const double value = 0;
  const std::span<const double> half(&value, std::size_t{1} << 31);  // refused unread
  expect_error(ErrorCode::invalid_argument, "fewer than 2^32",
               [&] { std::ignore = mann_whitney(half, half); });
  const std::span<const double> all(&value, std::size_t{1} << 32);
  expect_error(ErrorCode::invalid_argument, "fewer than 2^32",
               [&] { std::ignore = wilcoxon_signed_rank(all, all); });
}

}  // namespace
}  // namespace ecnas::stats
