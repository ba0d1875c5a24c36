#include "ecnas/stats/summary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

#include "oracles/stats_naive.hpp"
#include "stats/series.hpp"
#include "support/expect_error.hpp"

namespace ecnas::stats {
namespace {

using namespace ecnas::stats::testing;
using ecnas::testing::expect_error;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Summary, OfHandWorkedValues) {
  const Series values{4, 1, 3, 10};
  EXPECT_EQ(mean(values), 4.5);
  EXPECT_EQ(standard_deviation(values), std::sqrt(45.0 / 3));
  EXPECT_EQ(median(values), 3.5);
  EXPECT_EQ(quantile(values, 0.25), 2.5);  // position 0.75: from 1 three quarters of the way to 3
  EXPECT_EQ(median(Series{7}), 7);
  EXPECT_EQ(median_absolute_deviation(Series{1, 2, 4, 100, 3}), 1.482602218505602);
}

/// Provenance: series.hpp; numpy.mean, numpy.std(ddof=1), numpy.quantile,
/// stats.median_abs_deviation(scale="normal").
TEST(Summary, IsNumPysAndSciPys) {
  const Series values = smooth_example().v;
  EXPECT_DOUBLE_EQ(mean(values), 0.7516473786124689);
  EXPECT_DOUBLE_EQ(*standard_deviation(values), 0.3246532089255151);
  EXPECT_DOUBLE_EQ(quantile(values, 0.1), 0.3054253474217113);
  EXPECT_DOUBLE_EQ(median(values), 0.769707791101947);
  EXPECT_DOUBLE_EQ(median_absolute_deviation(values), 0.37482467102776734);
}

TEST(StandardDeviation, OfFewerThanTwoValuesIsNone) {
  EXPECT_EQ(standard_deviation({}), std::nullopt);
  EXPECT_EQ(standard_deviation(Series{3}), std::nullopt);
  EXPECT_EQ(standard_deviation(Series{3, 3}), 0);
}

TEST(Quantile, IsThatOfTheSortedValues) {
  Rng rng(21);
  for (const std::size_t count : {1U, 2U, 3U, 10U, 101U}) {
    const Series values = tied_series(count, 20, rng);
    for (int percent = 0; percent <= 100; percent += 5) {
      EXPECT_NEAR(quantile(values, percent / 100.0), oracle::quantile(values, percent / 100.0),
                  1e-13);  // a rounding of values up to 10
    }
    EXPECT_EQ(quantile(values, 0), *std::ranges::min_element(values));
    EXPECT_EQ(quantile(values, 1), *std::ranges::max_element(values));
    EXPECT_NEAR(median_absolute_deviation(values), oracle::median_absolute_deviation(values),
                1e-13);
  }
}

TEST(FiveNumbers, AreTheQuantilesOfTheQuarters) {
  Rng rng(17);
  for (const std::size_t count : {1U, 2U, 5U, 10U, 101U}) {
    const Series values = normal_series(count, rng);
    const FiveNumbers found = five_numbers(values);
    EXPECT_EQ(found.least, quantile(values, 0)) << count;
    EXPECT_EQ(found.lower_quartile, quantile(values, 0.25)) << count;
    EXPECT_EQ(found.median, median(values)) << count;
    EXPECT_EQ(found.upper_quartile, quantile(values, 0.75)) << count;
    EXPECT_EQ(found.greatest, quantile(values, 1)) << count;
  }
  expect_error(ErrorCode::invalid_argument, "no values", [] { (void)five_numbers({}); });
}

TEST(HuberLocation, OfHandWorkedValues) {
  // Median 0.5, distances 1.5, 0.5, 0.5, 99.5, so a deviation of 1.4826 and a cut c = 1.994; only
  // 100 is beyond it: (−1 − m) + (0 − m) + (1 − m) + c = 0.
  EXPECT_NEAR(huber_location(Series{-1, 0, 1, 100}), 1.345 * 1.482602218505602 / 3, 1e-12);
  EXPECT_EQ(huber_location(Series{2, 2, 2, 9}), 2);
  EXPECT_EQ(huber_location(Series{5}), 5);
}

TEST(HuberLocation, IsWhereCutResidualsSumToNothing) {
  Rng rng(22);
  for (const std::size_t count : {2U, 3U, 20U, 501U}) {
    for (const std::size_t every : {2U, 3U, 10U}) {  // up to half of the values are outliers
      Series values = normal_series(count, rng);
      for (std::size_t i = 0; i < count; i += every)
        values[i] += 50 * rng.uniform();
      EXPECT_NEAR(huber_location(values), oracle::huber_location(values),
                  1e-11)  // both stop at about 1e-13 of the spread
          << count << " values, every " << every << "th an outlier";
    }
  }
}

TEST(HuberLocation, IsTheMeanWhereNothingIsCutOff) {
  const Series values{1, 2, 4, 5, 7};
  EXPECT_NEAR(huber_location(values), mean(values), 1e-13);
}

TEST(Lines, OfHandWorkedPoints) {
  // Slopes 1, 1, 1 among the first three; −1, −2, −5 to the last; the median is between 1 and −1.
  const Series x{0, 1, 2, 3};
  const Series y{0, 1, 2, -3};
  EXPECT_EQ(theil_sen_line(x, y)->slope, 0);
  // Medians of slopes: 1, 1, 1 (each of 1, 1 and an outlier), and −2.
  EXPECT_EQ(repeated_median_line(x, y)->slope, 1);
  EXPECT_EQ(repeated_median_line(x, y)->intercept, 0);
}

/// Provenance: series.hpp; the first 40 of v raised by 5, stats.theilslopes(method="joint") and
/// stats.siegelslopes(method="hierarchical") of v on u.
TEST(Lines, AreSciPys) {
  Example example = smooth_example();
  for (std::size_t i = 0; i < 40; ++i)
    example.v[i] += 5;
  const Line theil_sen = *theil_sen_line(example.u, example.v);
  EXPECT_NEAR(theil_sen.slope, 1.003423597849244, 1e-13);
  EXPECT_NEAR(theil_sen.intercept, 0.3121348435948326, 1e-13);
  const Line repeated_median = *repeated_median_line(example.u, example.v);
  EXPECT_NEAR(repeated_median.slope, 0.9903753162543746, 1e-13);
  EXPECT_NEAR(repeated_median.intercept, 0.315313476438654, 1e-13);
}

TEST(Lines, PassOverPointsOfEqualX) {
  const Series x{1, 1, 1, 2, 3};
  const Series y{5, 5, 5, 7, 9};
  for (const auto line_of : {&theil_sen_line, &repeated_median_line}) {
    EXPECT_EQ(line_of(x, y)->slope, 2);
    EXPECT_EQ(line_of(x, y)->intercept, 3);
  }
}

TEST(Lines, FindTheLineOfThePointsThatAreRight) {
  Rng rng(23);
  Series x, y;
  for (int i = 0; i < 91; ++i) {
    x.push_back(1 + rng.uniform());
    y.push_back((0.5 + 2 * x.back()) * (i < 21 ? 1.8 : 1));  // as a device that read too high
  }
  EXPECT_NEAR(theil_sen_line(x, y)->slope, 2, 1e-9);
  EXPECT_NEAR(repeated_median_line(x, y)->slope, 2, 1e-9);
  for (std::size_t i = 0; i < 44; ++i)
    y[i] = 100 * rng.uniform();  // nearly half
  EXPECT_NEAR(repeated_median_line(x, y)->slope, 2, 1e-9);
}

TEST(Lines, OfNoTwoDifferentXAreNone) {
  for (const auto line_of : {&theil_sen_line, &repeated_median_line}) {
    EXPECT_FALSE(line_of({}, {}));
    EXPECT_FALSE(line_of(Series{1}, Series{2}));
    EXPECT_FALSE(line_of(Series{1, 1, 1}, Series{1, 2, 3}));
  }
}

TEST(Summary, RefusesNothingNaNAndInfinity) {
  const auto tenth = [](std::span<const double> values) { return quantile(values, 0.1); };
  const std::vector<std::function<double(std::span<const double>)>> functions{
      mean, tenth, median, median_absolute_deviation, huber_location};
  for (const auto& function : functions) {
    expect_error(ErrorCode::invalid_argument, "no values", [&] { function({}); });
    expect_error(ErrorCode::invalid_argument, "value 1 is nan", [&] { function(Series{1, kNaN}); });
    expect_error(ErrorCode::invalid_argument, "value 0 is inf", [&] {
      function(Series{std::numeric_limits<double>::infinity(), 1});
    });
  }
  expect_error(ErrorCode::invalid_argument, "value 0 is nan",
               [] { std::ignore = standard_deviation(Series{kNaN}); });
}

TEST(Summary, RefusesProbabilitiesAndPointsThatAreNone) {
  for (const double probability : {-0.1, 1.1, kNaN}) {
    expect_error(ErrorCode::invalid_argument, "expected one within [0, 1]",
                 [&] { std::ignore = quantile(Series{1}, probability); });
  }
  for (const auto line_of : {&theil_sen_line, &repeated_median_line}) {
    expect_error(ErrorCode::invalid_argument, "2 values beside 1", [&] {
      std::ignore = line_of(Series{1, 2}, Series{1});
    });
    expect_error(ErrorCode::invalid_argument, "value 1 is nan", [&] {
      std::ignore = line_of(Series{1, 2}, Series{1, kNaN});
    });
    expect_error(ErrorCode::invalid_argument, "value 0 is nan", [&] {
      std::ignore = line_of(Series{kNaN, 2}, Series{1, 2});
    });
  }
}

}  // namespace
}  // namespace ecnas::stats
