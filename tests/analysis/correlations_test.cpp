#include "ecnas/analysis/correlations.hpp"

#include <gtest/gtest.h>

#include "analysis/made_up.hpp"
#include "ecnas/stats/bootstrap.hpp"
#include "ecnas/stats/correlation.hpp"
#include "oracles/stats_naive.hpp"
#include "support/expect_error.hpp"

namespace ecnas::analysis {
namespace {

using testing::expect_error;
using testing::made_up_series;
using testing::made_up_table;

/// y follows x with some noise.
std::pair<std::vector<double>, std::vector<double>> related(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<double> x, y;
  for (std::size_t i = 0; i < count; ++i) {
    x.push_back(rng.normal());
    y.push_back(x.back() + 0.7 * rng.normal());
  }
  return {x, y};
}

TEST(RankCorrelation, IsThatOfThePairsThatAreThere) {
  Rng rng(3);
  const auto x = made_up_series(60, 10, 0.2, rng);
  const auto y = made_up_series(60, 0, 0.2, rng);
  std::vector<double> known_x, known_y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i] + y[i])) continue;
    known_x.push_back(x[i]);
    known_y.push_back(y[i]);
  }
  const RankCorrelation found = rank_correlation(x, y, {.intervals = {.resamples = 5}});
  EXPECT_EQ(found.cells, known_x.size());
  EXPECT_DOUBLE_EQ(found.kendall_tau->value, *oracle::kendall_tau_b(known_x, known_y));
  EXPECT_NEAR(found.spearman->value,
              *oracle::pearson(oracle::mean_ranks(known_x), oracle::mean_ranks(known_y)), 1e-12);
}

TEST(RankCorrelation, OfFewCellsHasTheBootstrapsInterval) {
  const auto [x, y] = related(80, 1);
  const auto found = rank_correlation(x, y, {.intervals = {.resamples = 300, .seed = 9}});
  const auto expected = stats::bootstrap_interval(
      x.size(),
      [&](std::span<const std::uint32_t> indices) {
        std::vector<double> drawn_x, drawn_y;
        for (const std::uint32_t i : indices) {
          drawn_x.push_back(x[i]);
          drawn_y.push_back(y[i]);
        }
        return oracle::kendall_tau_b(drawn_x, drawn_y);
      },
      {.resamples = 300, .method = stats::BootstrapMethod::percentile, .seed = 9});
  EXPECT_NEAR(found.kendall_tau->interval->lower, expected->lower, 1e-12);
  EXPECT_NEAR(found.kendall_tau->interval->upper, expected->upper, 1e-12);
}

TEST(RankCorrelation, OfManyCellsHasAnIntervalAsWideAsOfResamplesOfAll) {
  const auto [x, y] = related(8000, 2);
  const auto width = [&](std::size_t largest) {
    const auto found =
        rank_correlation(x, y, {.intervals = {.resamples = 400}, .largest_resample = largest});
    return found.kendall_tau->interval->upper - found.kendall_tau->interval->lower;
  };
  // 400 resamples know a width to some 6 %.
  EXPECT_NEAR(width(500) / width(8000), 1, 0.25);
}

TEST(RankCorrelation, IntervalsHoldTheTruthAsOftenAsTheySay) {
  // τ of a normal pair is 2/π asin r; here r² = 1 / 1.49.
  const double truth = 2 / M_PI * std::asin(std::sqrt(1 / 1.49));
  int held = 0;
  constexpr int kTrials = 200;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto [x, y] = related(600, 100 + static_cast<std::uint64_t>(trial));
    const auto found =
        rank_correlation(x, y, {.intervals = {.resamples = 200}, .largest_resample = 200});
    const Interval interval = *found.kendall_tau->interval;
    held += interval.lower <= truth && truth <= interval.upper ? 1 : 0;
  }
  EXPECT_GE(held, 0.89 * kTrials);  // 95 % less four standard deviations
}

TEST(RankCorrelation, IsAbsentWhereNothingVaries) {
  const std::vector<double> x = {1, 2, 3}, same = {1, 1, 1};
  EXPECT_FALSE(rank_correlation(x, same).kendall_tau.has_value());
  EXPECT_FALSE(rank_correlation({}, {}).spearman.has_value());
  expect_error(ErrorCode::invalid_argument, "3 values beside 2",
               [&] { (void)rank_correlation(x, std::span(same).first(2)); });
}

TEST(Correlations, AreOfEveryPairOfMetricsThatTheTableHas) {
  const table::Table table = made_up_table();
  const CorrelationMatrix matrix = correlations(table, {}, std::nullopt);
  EXPECT_EQ(matrix.metrics, (std::vector{Metric::energy, Metric::training_time, Metric::parameters,
                                         Metric::flops, Metric::validation_accuracy}));
  const auto energy = read_values(table, Metric::energy, 12).values;
  const auto flops = read_values(table, Metric::flops, 12).values;
  EXPECT_EQ(matrix.at(0, 3).kendall_tau->value, *stats::kendall_tau_b(energy, flops));
  EXPECT_EQ(matrix.at(3, 0).kendall_tau->value, matrix.at(0, 3).kendall_tau->value);
  EXPECT_EQ(matrix.at(2, 2).kendall_tau->value, 1);
  const std::array<Metric, 1> wanted = {Metric::co2eq};
  expect_error(ErrorCode::not_found, "co2eq_g",
               [&] { (void)correlations(table, wanted, std::nullopt); });
}

TEST(Correlations, HaveTheSameBytesOnAnyNumberOfThreads) {
  const auto [x, y] = related(3000, 4);
  const auto with_threads = [&](unsigned threads) {
    return rank_correlation(x, y, {.intervals = {.resamples = 50, .threads = threads}});
  };
  EXPECT_EQ(with_threads(1).kendall_tau->interval, with_threads(4).kendall_tau->interval);
  EXPECT_EQ(with_threads(1).spearman->interval, with_threads(4).spearman->interval);
}

}  // namespace
}  // namespace ecnas::analysis
