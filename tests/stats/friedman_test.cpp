#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <tuple>
#include <vector>

#include "ecnas/stats/comparison.hpp"
#include "oracles/stats_naive.hpp"
#include "stats/chi_square.hpp"
#include "stats/normal.hpp"
#include "stats/series.hpp"
#include "stats/studentized_range.hpp"
#include "support/expect_error.hpp"

namespace ecnas::stats {
namespace {

using namespace ecnas::stats::testing;
using ecnas::testing::expect_error;

using Blocks = std::vector<Series>;
using Groups = std::vector<std::pair<std::size_t, std::size_t>>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Blocks blocks_of(const Series& values, std::size_t treatments) {
  Blocks blocks(values.size() / treatments);
  for (std::size_t i = 0; i < blocks.size() * treatments; ++i)
    blocks[i / treatments].push_back(values[i]);
  return blocks;
}

TEST(Friedman, OfHandWorkedBlocks) {
  // Ranks (1, 2, 3) twice: sums less their means −2, 0, 2; (3 − 1) · 8 / 4.
  const FriedmanResult agreed = friedman(Blocks{{1, 2, 3}, {10, 20, 30}});
  EXPECT_EQ(agreed.mean_ranks, (Series{1, 2, 3}));
  EXPECT_EQ(agreed.statistic, 4);
  EXPECT_DOUBLE_EQ(agreed.p_value, std::exp(-2.0));
  EXPECT_EQ(agreed.blocks, 2U);
  const FriedmanResult opposed = friedman(Blocks{{1, 2, 3}, {3, 2, 1}});
  EXPECT_EQ(opposed.mean_ranks, (Series{2, 2, 2}));
  EXPECT_EQ(opposed.statistic, 0);
  EXPECT_EQ(opposed.p_value, 1);
  EXPECT_EQ(friedman(Blocks{{5, 5, 7, kInfinity}}).mean_ranks, (Series{1.5, 1.5, 3, 4}));
}

TEST(Friedman, RanksTheGreatestFirstWhereItIsBetter) {
  const Blocks blocks{{0.9, 0.8, 0.8}, {0.7, kInfinity, -kInfinity}};
  EXPECT_EQ(friedman(blocks, Better::less).mean_ranks, (Series{2.5, 2.25, 1.25}));
  EXPECT_EQ(friedman(blocks, Better::greater).mean_ranks, (Series{1.5, 1.75, 2.75}));
  EXPECT_EQ(friedman(blocks, Better::less).statistic, friedman(blocks, Better::greater).statistic);
}

TEST(Friedman, OfBlocksWithoutAnyDifferenceFindsNone) {
  const FriedmanResult result = friedman(Blocks{{1, 1}, {7, 7}});
  EXPECT_EQ(result.mean_ranks, (Series{1.5, 1.5}));
  EXPECT_EQ(result.statistic, 0);
  EXPECT_EQ(result.p_value, 1);
}

TEST(Friedman, IsTheTextbooksFormulaWithItsCorrectionForTies) {
  Rng rng(11);
  for (const std::size_t treatments : {2U, 3U, 8U}) {
    for (const std::size_t count : {1U, 2U, 30U}) {
      for (const std::size_t levels : {3U, 1'000'000U}) {
        Blocks blocks;
        for (std::size_t i = 0; i < count; ++i)
          blocks.push_back(tied_series(treatments, levels, rng));
        blocks[0][0] = -1e9;  // one difference at least
        const FriedmanResult result = friedman(blocks);
        const double expected = oracle::friedman_statistic(blocks);
        // The textbook subtracts sums of up to 3 n (k + 1) = 810.
        EXPECT_NEAR(result.statistic, expected, 1e-11) << treatments << " on " << count;
        for (std::size_t j = 0; j < treatments; ++j) {
          double sum = 0;
          for (const Series& block : blocks)
            sum += oracle::mean_ranks(block)[j];
          EXPECT_DOUBLE_EQ(result.mean_ranks[j], sum / static_cast<double>(count));
        }
      }
    }
  }
}

/// Provenance: series.hpp; stats.friedmanchisquare(*u.reshape(40, 5).T), of the tied u % 7 and of
/// u % 7 + (0, 1, 2, 3) of u.reshape(50, 4).
TEST(Friedman, IsSciPys) {
  const FriedmanResult smooth = friedman(blocks_of(smooth_example().u, 5));
  EXPECT_NEAR(smooth.statistic, 2.8, 1e-12);
  EXPECT_NEAR(smooth.p_value, 0.5918327134598438, 1e-12);
  EXPECT_DOUBLE_EQ(smooth.mean_ranks[0], 3.3);
  EXPECT_DOUBLE_EQ(smooth.mean_ranks[4], 2.8);

  Series tied, trend;
  for (const double u : tied_example().u) {
    tied.push_back(std::fmod(u, 7));
    trend.push_back(tied.back() + static_cast<double>(trend.size() % 4));
  }
  EXPECT_NEAR(friedman(blocks_of(tied, 4)).statistic, 3.768, 1e-12);
  EXPECT_NEAR(friedman(blocks_of(tied, 4)).p_value, 0.287630272736807, 1e-12);
  EXPECT_NEAR(friedman(blocks_of(trend, 4)).statistic, 35.479591836734734, 1e-11);
  EXPECT_NEAR(friedman(blocks_of(trend, 4)).p_value, 9.647051475162128e-08, 1e-18);
}

/// stats.chi2.sf of SciPy 1.17.1.
TEST(ChiSquare, HasSciPysUpperTail) {
  struct Case {
    double x;
    std::size_t degrees;
    double share;
  };
  for (const auto& [x, degrees, share] :
       {Case{0.001, 1, 0.9747728793699604}, Case{1, 1, 0.31731050786291115},
        Case{3.841458820694124, 1, 0.04999999999999989}, Case{10, 2, 0.006737946999085468},
        Case{100, 1, 1.5239706048320995e-23}, Case{100, 2, 1.9287498479639183e-22},
        Case{1400, 3, 2.945619361016289e-303}, Case{2, 7, 0.9598403687301016},
        Case{7, 7, 0.42887985755305486}, Case{30, 7, 9.495972508134177e-05},
        Case{30, 50, 0.9888352197284497}, Case{50, 50, 0.47339846855634937},
        Case{200, 51, 1.5896423598842712e-19}, Case{2000, 2000, 0.4957947558197845},
        Case{1500, 2000, 1.0}, Case{3000, 1999, 1.797677055930701e-43}}) {
    // Logarithms of a thousand magnitude 10³ and their sums lose three digits or four.
    EXPECT_NEAR(chi_square_share_above(x, degrees), share, 1e-11 * share)
        << x << " of " << degrees << " degrees";
  }
}

TEST(ChiSquare, IsAllAboveZeroAndFallsFromThere) {
  constexpr double kRounding = 1e-14;  // of some fifty terms that sum to 1
  for (const std::size_t degrees : {1U, 2U, 3U, 10U, 101U}) {
    EXPECT_EQ(chi_square_share_above(0, degrees), 1) << degrees;
    double last = 1;
    for (double x = 0.25; x < 300; x *= 1.5) {
      const double share = chi_square_share_above(x, degrees);
      EXPECT_LE(share, last + kRounding) << x << " of " << degrees;
      EXPECT_LT(share, chi_square_share_above(x, degrees + 4) + kRounding)
          << x << " of " << degrees;
      last = share;
    }
  }
}

/// stats.studentized_range.cdf(q, k, inf) of SciPy 1.17.1.
TEST(StudentizedRange, IsSciPys) {
  struct Case {
    double q;
    std::size_t values;
    double share;
  };
  for (const auto& [q, values, share] :
       {Case{0.5, 3, 0.06657805486471302}, Case{1, 2, 0.5204998778130465},
        Case{2, 5, 0.3815505194490081}, Case{3.5, 10, 0.7179835617108637},
        Case{5, 10, 0.9851425621122164}, Case{4, 100, 0.029994312777844916},
        Case{8, 4, 0.9999999076450986}}) {
    EXPECT_NEAR(studentized_range_share_below(q, values), share, 1e-13) << q << " of " << values;
  }
}

TEST(StudentizedRange, OfTwoValuesIsTheirDistance) {
  for (const double q : {0.0, 0.01, 0.7, 2.0, 5.5, 30.0}) {
    EXPECT_NEAR(studentized_range_share_below(q, 2),
                2 * normal_share_below(q / std::numbers::sqrt2) - 1, 1e-14)
        << q;
  }
  EXPECT_NEAR(studentized_range_quantile(0.95, 2), std::numbers::sqrt2 * normal_quantile(0.975),
              1e-13);
}

TEST(StudentizedRange, QuantilesHaveTheirShareBelow) {
  for (const std::size_t values : {2U, 7U, 1000U}) {
    for (const double share : {0.001, 0.5, 0.999})
      EXPECT_NEAR(studentized_range_share_below(studentized_range_quantile(share, values), values),
                  share, 1e-13);
  }
}

/// q_0.05 from the critical difference with √(k (k + 1) / (6 N)) taken out.
double q_of(std::size_t treatments, std::size_t blocks) {
  const auto k = static_cast<double>(treatments);
  return nemenyi_critical_difference(treatments, blocks) /
         std::sqrt(k * (k + 1) / (6 * static_cast<double>(blocks)));
}

TEST(Nemenyi, HasThePublishedCriticalValues) {
  // [Demsar06], Table 5 (a); the third decimals at 3 and 7 are off by one there.
  const Series published{1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164};
  for (std::size_t i = 0; i < published.size(); ++i)
    EXPECT_NEAR(q_of(i + 2, 10), published[i], 0.001) << i + 2 << " treatments";
}

/// stats.studentized_range.ppf(0.95, k, inf) / √2 of SciPy 1.17.1, which stops near 10⁻¹².
TEST(Nemenyi, HasSciPysCriticalValues) {
  const std::vector<std::pair<std::size_t, double>> scipy{
      {2, 1.9599639845400534},  {3, 2.343700586378409},   {4, 2.569031772546482},
      {5, 2.7277743708703763},  {10, 3.163683577053373},  {15, 3.391230283765257},
      {20, 3.5437991315177815}, {50, 3.9923432900094076}, {100, 4.302488463597363}};
  for (const auto& [treatments, q] : scipy)
    EXPECT_NEAR(q_of(treatments, 14), q, 1e-11) << treatments << " treatments";
}

TEST(Nemenyi, IsDemsarsExampleOfFourClassifiersOnFourteenSets) {
  // Section 3.2.2: 2.569 · √(4 · 5 / (6 · 14)) = 1.25.
  EXPECT_NEAR(nemenyi_critical_difference(4, 14), 1.25, 0.005);
}

TEST(Groups, OfHandWorkedRanks) {
  // Exactly the critical difference apart is significant.
  EXPECT_EQ(indistinguishable_groups(Series{1, 1.5, 2.25, 3.5}, 1.25), (Groups{{0, 1}, {1, 2}}));
  EXPECT_EQ(indistinguishable_groups(Series{3.5, 1, 2.25, 1.5}, 1.25), (Groups{{0, 1}, {1, 2}}));
  EXPECT_EQ(indistinguishable_groups(Series{1, 2, 3}, 10), (Groups{{0, 2}}));
  EXPECT_EQ(indistinguishable_groups(Series{1, 2, 3}, 1), Groups{});
  EXPECT_EQ(indistinguishable_groups(Series{2}, 1), Groups{});
}

TEST(Groups, AreTheLongestOfAllRuns) {
  Rng rng(12);
  for (const std::size_t count : {1U, 2U, 3U, 6U, 20U}) {
    for (int repeat = 0; repeat < 50; ++repeat) {
      const Series ranks = tied_series(count, 1 + 2 * count, rng);
      const double difference = 0.5 + static_cast<double>(rng.below(2 * count));
      EXPECT_EQ(indistinguishable_groups(ranks, difference),
                oracle::longest_runs(ranks, difference))
          << count << " ranks, " << difference;
    }
  }
}

TEST(Friedman, AndWhatFollowsRefuseWhatMakesNoDesign) {
  const auto refuses = [](const std::string& part, auto action) {
    expect_error(ErrorCode::invalid_argument, part, action);
  };
  refuses("on 0 blocks", [] { std::ignore = friedman({}); });
  refuses("1 treatments on 2 blocks", [] { std::ignore = friedman(Blocks{{1}, {2}}); });
  refuses("block 1 has 3 values, block 0 has 2", [] {
    std::ignore = friedman(Blocks{{1, 2}, {1, 2, 3}});
  });
  refuses("block 1: value 0 is NaN", [] { std::ignore = friedman(Blocks{{1, 2}, {kNaN, 2}}); });
  refuses("1 treatments", [] { std::ignore = nemenyi_critical_difference(1, 5); });
  refuses("0 blocks", [] { std::ignore = nemenyi_critical_difference(5, 0); });
  refuses("no values", [] { std::ignore = indistinguishable_groups({}, 1); });
  refuses("value 0 is inf", [] { std::ignore = indistinguishable_groups(Series{kInfinity}, 1); });
  for (const double difference : {0.0, -1.0, kNaN, kInfinity}) {
    refuses("critical difference", [difference] {
      std::ignore = indistinguishable_groups(Series{1, 2}, difference);
    });
  }
}

}  // namespace
}  // namespace ecnas::stats
