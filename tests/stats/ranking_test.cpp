#include "stats/ranking.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "oracles/stats_naive.hpp"
#include "stats/series.hpp"

namespace ecnas::stats {
namespace {

using Keys = std::vector<std::uint64_t>;

/// Order by a stable comparison sort, ranks by counting.
void expect_sorted(const Keys& keys) {
  const Sorted result = sorted(keys);
  std::vector<std::uint32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return keys[i]; });
  EXPECT_EQ(result.order, order);
  ASSERT_EQ(result.ranks.size(), keys.size());
  std::uint32_t rank = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0 && keys[order[i]] != keys[order[i - 1]]) ++rank;
    ASSERT_EQ(result.ranks[i], rank) << "at place " << i << " of " << keys.size();
  }
}

TEST(OrderedBits, AreOrderedLikeTheirDoubles) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  const std::array<double, 9> ascending{-kInfinity, -1e300, -1, -kTiny, 0, kTiny, 1, 2, kInfinity};
  for (std::size_t i = 1; i < ascending.size(); ++i)
    EXPECT_LT(ordered_bits(ascending[i - 1]), ordered_bits(ascending[i])) << ascending[i];
  EXPECT_EQ(ordered_bits(-0.0), ordered_bits(0.0));
}

TEST(Sorted, IsAStableComparisonSortAtEverySize) {
  Rng rng(41);
  for (const std::size_t count : {0U, 1U, 2U, 3U, 299U, 300U, 301U, 1000U, 20000U}) {
    Keys spread(count), tied(count), alike(count, 7);
    for (std::size_t i = 0; i < count; ++i) {
      spread[i] = rng.next();
      tied[i] = rng.below(1 + count / 3);
    }
    expect_sorted(spread);
    expect_sorted(tied);
    expect_sorted(alike);
  }
}

/// Keys that differ beyond the 32 leading bits that the quick part looks at.
TEST(Sorted, TellsKeysApartByTheirLastBits) {
  Rng rng(42);
  for (const std::size_t count : {50U, 301U, 5000U}) {
    Keys keys(count);
    for (std::uint64_t& key : keys)
      key = rng.below(3) << 62 | rng.below(count / 2);
    expect_sorted(keys);
    std::ranges::sort(keys, std::greater{});
    expect_sorted(keys);
  }
}

TEST(MeanRanks, AreThoseOfCountingBelowAndEqual) {
  Rng rng(44);
  for (const std::size_t count : {0U, 1U, 2U, 7U, 301U, 1000U}) {
    for (const std::size_t levels : {1U, 3U, 100'000U}) {
      const testing::Series values = testing::tied_series(count, levels, rng);
      const MeanRanks result = mean_ranks(values, "test");
      EXPECT_EQ(result.ranks, oracle::mean_ranks(values)) << count << ", " << levels << " levels";
      double cubes = 0;
      for (const double value : values) {
        const auto tied = static_cast<double>(std::ranges::count(values, value));
        cubes += tied * tied - 1;
      }
      EXPECT_EQ(result.tied_cubes, cubes) << count << " values, " << levels << " levels";
    }
  }
}

TEST(Inversions, AreThoseOfEveryPairLookedAt) {
  Rng rng(43);
  for (const std::size_t count : {0U, 1U, 2U, 11U, 12U, 13U, 14U, 100U, 1000U, 3000U}) {
    for (const std::uint64_t levels : {1U, 2U, 15U, 16U, 17U, 300U, 70000U}) {
      std::vector<std::uint32_t> ranks(count);
      for (std::uint32_t& rank : ranks)
        rank = static_cast<std::uint32_t>(rng.below(levels));
      EXPECT_EQ(count_inversions(ranks), oracle::inversions(ranks))
          << count << " ranks below " << levels;
    }
  }
}

TEST(Inversions, OfReversedRanksAreAllPairs) {
  std::vector<std::uint32_t> ranks(100'000);
  std::iota(ranks.rbegin(), ranks.rend(), 0U);
  EXPECT_EQ(count_inversions(ranks), 100'000ULL * 99'999 / 2);  // more than 32 bits
}

}  // namespace
}  // namespace ecnas::stats
