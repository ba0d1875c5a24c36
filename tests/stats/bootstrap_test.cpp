#include "ecnas/stats/bootstrap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include "ecnas/stats/summary.hpp"
#include "oracles/stats_naive.hpp"
#include "stats/normal.hpp"
#include "stats/series.hpp"
#include "support/expect_error.hpp"

namespace ecnas::stats {
namespace {

using namespace ecnas::stats::testing;
using ecnas::testing::expect_error;

IndexStatistic mean_of(const Series& values) {
  return [&values](std::span<const std::uint32_t> indices) {
    double sum = 0;
    for (const std::uint32_t index : indices)
      sum += values[index];
    return sum / static_cast<double>(indices.size());
  };
}

/// Quantiles of an exponential distribution: skewed, so that the methods differ.
Series skewed_sample() {
  Series values;
  for (int i = 1; i <= 40; ++i)
    values.push_back(-std::log(1 - (i - 0.5) / 40));
  return values;
}

/// The statistics of all resamples, drawn as the contract says.
Series resampled(std::size_t count, const IndexStatistic& statistic,
                 const BootstrapOptions& options) {
  Series values;
  for (std::size_t resample = 0; resample < options.resamples; ++resample) {
    Rng rng = Rng::stream(options.seed, resample);
    std::vector<std::uint32_t> indices;
    for (std::size_t i = 0; i < count; ++i)
      indices.push_back(static_cast<std::uint32_t>(rng.below(count)));
    values.push_back(*statistic(indices));
  }
  return values;
}

TEST(Normal, SharesAndQuantilesAreSciPys) {
  // scipy.stats.norm of SciPy 1.17.1
  EXPECT_NEAR(normal_share_below(-2), 0.022750131948179195, 1e-16);  // 2 / √2 is rounded
  EXPECT_DOUBLE_EQ(normal_quantile(0.9), 1.2815515655446004);
  EXPECT_DOUBLE_EQ(normal_quantile(1e-10), -6.361340902404056);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
  for (double share = 0.001; share < 1; share += 0.01)
    EXPECT_NEAR(normal_share_below(normal_quantile(share)), share, 1e-15);
}

TEST(Bootstrap, PercentileEndsAreQuantilesOfTheResamples) {
  const Series values = skewed_sample();
  const BootstrapOptions options{
      .resamples = 301, .confidence = 0.8, .method = BootstrapMethod::percentile, .seed = 5};
  const auto interval = *bootstrap_interval(values.size(), mean_of(values), options);
  const Series resamples = resampled(values.size(), mean_of(values), options);
  EXPECT_DOUBLE_EQ(interval.estimate, mean(values));
  EXPECT_DOUBLE_EQ(interval.lower, oracle::quantile(resamples, 0.1));
  EXPECT_DOUBLE_EQ(interval.upper, oracle::quantile(resamples, 0.9));
  EXPECT_EQ(interval.resamples, 301);
}

/// Provenance: scipy.stats.bootstrap of numpy.mean of -log(1 - (numpy.arange(1, 41) - 0.5) / 40),
/// SciPy 1.17.1, 400,000 resamples, 90 %, default_rng(1).
TEST(Bootstrap, IntervalsAreSciPysWithinTheNoiseOfResampling) {
  const Series values = skewed_sample();
  BootstrapOptions options{.resamples = 100'000, .confidence = 0.9, .seed = 6, .threads = 2};
  constexpr double kNoise = 0.004;  // five standard deviations of a 5 % quantile's error here
  const auto bca = *bootstrap_interval(values.size(), mean_of(values), options);
  EXPECT_NEAR(bca.estimate, 0.9913617009604192, 1e-14);
  EXPECT_NEAR(bca.lower, 0.7782177798560073, kNoise);
  EXPECT_NEAR(bca.upper, 1.288071938534378, kNoise);
  options.method = BootstrapMethod::percentile;
  const auto percentile = *bootstrap_interval(values.size(), mean_of(values), options);
  EXPECT_NEAR(percentile.lower, 0.7540719921845792, kNoise);
  EXPECT_NEAR(percentile.upper, 1.250850668107876, kNoise);
}

TEST(Bootstrap, HasTheSameBytesOnAnyNumberOfThreads) {
  Rng rng(7);
  const Series values = normal_series(60, rng);
  for (const BootstrapMethod method : {BootstrapMethod::percentile, BootstrapMethod::bca}) {
    BootstrapOptions options{.resamples = 500, .method = method, .seed = 8};
    const auto expected = *bootstrap_interval(values.size(), mean_of(values), options);
    for (const unsigned threads : {2U, 5U, 0U}) {
      options.threads = threads;
      const auto interval = *bootstrap_interval(values.size(), mean_of(values), options);
      EXPECT_EQ(interval.lower, expected.lower) << threads << " threads";
      EXPECT_EQ(interval.upper, expected.upper) << threads << " threads";
    }
    options.seed = 9;
    EXPECT_NE(bootstrap_interval(values.size(), mean_of(values), options)->lower, expected.lower);
  }
}

TEST(Bootstrap, CoversTheMeanOfTheDistributionAboutAsOftenAsItSays) {
  Rng rng(10);
  constexpr int kTrials = 400;
  int covered = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Series values = normal_series(40, rng);
    const auto interval = *bootstrap_interval(
        values.size(), mean_of(values), {.resamples = 400, .confidence = 0.9, .seed = rng.next()});
    covered += interval.lower <= 0 && 0 <= interval.upper ? 1 : 0;
  }
  // Known to cover a little less on 40 items; four standard deviations of 400 trials are 0.06.
  EXPECT_NEAR(static_cast<double>(covered) / kTrials, 0.885, 0.06);
}

TEST(Bootstrap, LeavesOutResamplesOnWhichTheStatisticIsUndefined) {
  const auto share_of_zero = [](std::span<const std::uint32_t> indices) -> std::optional<double> {
    const auto zeros = std::ranges::count(indices, 0U);
    if (zeros == 0) return std::nullopt;
    return static_cast<double>(zeros) / static_cast<double>(indices.size());
  };
  const auto interval = *bootstrap_interval(5, share_of_zero, {.resamples = 1000});
  // The first item is missing from (4/5)^5 = 0.328 of the resamples, give or take 4 · 0.015.
  EXPECT_NEAR(static_cast<double>(interval.resamples) / 1000, 1 - 0.328, 0.06);
  EXPECT_GE(interval.lower, 0.2);
}

TEST(Bootstrap, OfAConstantStatisticIsAPoint) {
  const auto constant = [](std::span<const std::uint32_t>) { return 3.0; };
  const auto interval = *bootstrap_interval(10, constant, {.resamples = 50});
  EXPECT_EQ(interval.lower, 3);
  EXPECT_EQ(interval.upper, 3);
}

/// The sum of the distinct items is less on every resample than on the sample, so the share below
/// the estimate is 1, whose normal quantile would be infinite.
TEST(Bootstrap, OfAStatisticAboveAllItsResamplesStaysAnInterval) {
  const Series values = skewed_sample();
  const auto sum_of_distinct = [&](std::span<const std::uint32_t> indices) {
    const std::set<std::uint32_t> distinct(indices.begin(), indices.end());
    double sum = 0;
    for (const std::uint32_t index : distinct)
      sum += values[index];
    return sum;
  };
  const auto interval = *bootstrap_interval(values.size(), sum_of_distinct, {.resamples = 200});
  EXPECT_LT(interval.lower, interval.upper);
  EXPECT_LT(interval.upper, interval.estimate);
}

TEST(Bootstrap, OfFewerThanTwoItemsOrAnUndefinedStatisticIsNone) {
  const auto size = [](std::span<const std::uint32_t> indices) {
    return static_cast<double>(indices.size());
  };
  EXPECT_FALSE(bootstrap_interval(0, size));
  EXPECT_FALSE(bootstrap_interval(1, size));
  EXPECT_TRUE(bootstrap_interval(2, size));
  EXPECT_FALSE(bootstrap_interval(5, [](auto) { return std::nullopt; }));
  const auto only_on_the_sample =
      [](std::span<const std::uint32_t> indices) -> std::optional<double> {
    if (!std::ranges::is_sorted(indices)) return std::nullopt;
    return 1;
  };
  EXPECT_FALSE(bootstrap_interval(100, only_on_the_sample, {.resamples = 20}));
}

TEST(Bootstrap, RefusesOptionsAndStatisticsThatAreNone) {
  const auto one = [](auto) { return 1.0; };
  expect_error(ErrorCode::invalid_argument, "0 resamples",
               [&] { std::ignore = bootstrap_interval(5, one, {.resamples = 0}); });
  for (const double confidence : {0.0, 1.0, 95.0, std::numeric_limits<double>::quiet_NaN()}) {
    expect_error(ErrorCode::invalid_argument, "expected one within (0, 1)",
                 [&] { std::ignore = bootstrap_interval(5, one, {.confidence = confidence}); });
  }
  expect_error(ErrorCode::invalid_argument, "fewer than 2^32",
               [&] { std::ignore = bootstrap_interval(std::size_t{1} << 32, one); });
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    expect_error(ErrorCode::invalid_argument, "expected a finite number",
                 [&] { std::ignore = bootstrap_interval(5, [value](auto) { return value; }); });
  }
}

}  // namespace
}  // namespace ecnas::stats
