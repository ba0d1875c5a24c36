#include "ecnas/stats/calibration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "stats/series.hpp"
#include "support/expect_error.hpp"

namespace ecnas::stats {
namespace {

using namespace ecnas::stats::testing;
using ecnas::testing::expect_error;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Truths of which 90 % lie within ±`width` times the half-width that is stated.
std::vector<IntervalOutcome> normal_outcomes(std::size_t count, double width) {
  constexpr double kBound = 1.6448536269514722;  // Φ⁻¹(0.95)
  Rng rng(51);
  std::vector<IntervalOutcome> outcomes;
  for (std::size_t i = 0; i < count; ++i) {
    const double centre = 10 * rng.uniform();
    const double half = 0.5 + rng.uniform();
    outcomes.push_back(
        {centre + rng.normal() * half * width / kBound, centre, centre - half, centre + half});
  }
  return outcomes;
}

TEST(ProbabilityIntegrals, OfHandWorkedOutcomes) {
  const std::vector<IntervalOutcome> outcomes = {
      {3, 3, 2, 5},          // at the prediction
      {2, 3, 2, 5},          // at the lower bound
      {5, 3, 2, 5},          // at the upper bound
      {4.215914, 3, 2, 5},   // Φ(1): 2 / 1.644854 above
      {9, 3, 3, 3},          // above an interval without width
      {1, 3, 3, 5},          // below one
      {1, 3, -kInfinity, 5}  // nothing is said of lower values
  };
  const std::vector<double> integrals = probability_integrals(outcomes, 0.9);
  const std::vector<double> expected = {0.5, 0.05, 0.95, 0.841344746, 1, 0, 0.5};
  ASSERT_EQ(integrals.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(integrals[i], expected[i], 1e-6) << i;
}

TEST(ProbabilityIntegrals, AreOutsideThePromisedShareExactlyWhereTheIntervalIsMissed) {
  for (const double width : {0.5, 1.0, 2.0}) {
    const std::vector<IntervalOutcome> outcomes = normal_outcomes(2000, width);
    const auto held = std::ranges::count_if(outcomes, [](const IntervalOutcome& outcome) {
      return outcome.lower <= outcome.observed && outcome.observed <= outcome.upper;
    });
    const std::vector<double> levels = {0.9};
    const std::vector<CoveragePoint> curve =
        coverage_curve(probability_integrals(outcomes, 0.9), levels);
    EXPECT_EQ(curve[0].observed.share, static_cast<double>(held) / 2000) << width;
  }
}

TEST(CoverageCurve, IsTheDiagonalForRightIntervalsAboveItForWideAndBelowForNarrowOnes) {
  std::vector<double> levels;
  for (int percent = 10; percent <= 90; percent += 10)
    levels.push_back(percent / 100.0);
  const auto curve_of = [&](double width) {
    return coverage_curve(probability_integrals(normal_outcomes(5000, width), 0.9), levels);
  };
  for (const CoveragePoint& point : curve_of(1))
    EXPECT_NEAR(point.observed.share, point.nominal, 0.025) << point.nominal;  // 3.5 σ
  for (const CoveragePoint& point : curve_of(0.5))
    EXPECT_GT(point.observed.lower, point.nominal);
  for (const CoveragePoint& point : curve_of(2))
    EXPECT_LT(point.observed.upper, point.nominal);
}

TEST(CoverageCurve, CountsWhatCentralIntervalsHold) {
  const Series integrals = {0.05, 0.25, 0.5, 0.5, 0.75, 1};
  const std::vector<double> levels = {0.4, 0.5, 0.9, 0.95};
  const std::vector<CoveragePoint> curve = coverage_curve(integrals, levels);
  ASSERT_EQ(curve.size(), 4U);
  EXPECT_DOUBLE_EQ(curve[0].observed.share, 2.0 / 6);  // 0.3 … 0.7
  EXPECT_DOUBLE_EQ(curve[1].observed.share, 4.0 / 6);  // bounds are held
  EXPECT_DOUBLE_EQ(curve[2].observed.share, 5.0 / 6);
  EXPECT_DOUBLE_EQ(curve[3].observed.share, 5.0 / 6);
  EXPECT_EQ(curve[2].nominal, 0.9);
}

/// Its ends are the shares from which the one found is 1.96 standard errors away.
TEST(WilsonInterval, IsThePublishedOne) {
  const ShareEstimate some = wilson_interval(81, 263);
  EXPECT_DOUBLE_EQ(some.share, 81.0 / 263);
  EXPECT_NEAR(some.lower, 0.2553, 5e-5);  // [Newcombe 1998, table I]
  EXPECT_NEAR(some.upper, 0.3662, 5e-5);
  for (const double end : {some.lower, some.upper})
    EXPECT_NEAR(std::abs(some.share - end) / std::sqrt(end * (1 - end) / 263), 1.959963985, 1e-8);
  const ShareEstimate none = wilson_interval(0, 20);
  EXPECT_EQ(none.lower, 0);
  EXPECT_NEAR(none.upper, 0.1611, 1e-4);
  const ShareEstimate all = wilson_interval(20, 20);
  EXPECT_NEAR(all.lower, 1 - none.upper, 1e-12);
  EXPECT_EQ(all.upper, 1);
}

TEST(IntegralHistogram, CountsPartsOfEqualWidthWithTheirLastBoundIncluded) {
  const Series integrals = {0, 0.1, 0.24, 0.25, 0.6, 0.99, 1};
  const IntegralHistogram histogram = integral_histogram(integrals, 4);
  EXPECT_EQ(histogram.counts, (std::vector<std::size_t>{3, 1, 1, 2}));
  EXPECT_DOUBLE_EQ(histogram.expected, 7.0 / 4);
}

/// Binomial quantiles by the definition, in whole numbers of 2⁻ⁿ.
TEST(IntegralHistogram, ItsBandIsTheBinomialsForHalves) {
  for (const std::size_t n : {1U, 5U, 20U, 50U}) {
    std::vector<double> probabilities(n + 1, 0.0);
    probabilities[0] = std::exp2(-static_cast<double>(n));
    for (std::size_t k = 0; k < n; ++k)
      probabilities[k + 1] =
          probabilities[k] * static_cast<double>(n - k) / static_cast<double>(k + 1);
    const auto quantile = [&](double share) {
      double sum = 0;
      std::size_t k = 0;
      for (; k < n && (sum += probabilities[k]) < share; ++k) {
      }
      return k;
    };
    const IntegralHistogram histogram = integral_histogram(Series(n, 0.3), 2);
    EXPECT_EQ(histogram.lower, quantile(0.025)) << n;
    EXPECT_EQ(histogram.upper, quantile(0.975)) << n;
  }
}

TEST(IntegralHistogram, ItsBandHoldsUniformCountsAsOftenAsItSays) {
  Rng rng(52);
  int within = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    Series integrals;
    for (int i = 0; i < 700; ++i)
      integrals.push_back(rng.uniform());
    const IntegralHistogram histogram = integral_histogram(integrals, 10);
    within += histogram.lower <= histogram.counts[3] && histogram.counts[3] <= histogram.upper;
  }
  EXPECT_GE(within, 0.93 * kTrials);
  EXPECT_LE(within, 0.99 * kTrials);
  const IntegralHistogram many = integral_histogram(Series(100'000, 0.5), 20);
  EXPECT_NEAR(static_cast<double>(many.lower), 5000 - 1.96 * std::sqrt(4750), 1);
  EXPECT_NEAR(static_cast<double>(many.upper), 5000 + 1.96 * std::sqrt(4750), 1);
}

TEST(Calibration, RefusesWhatMeansNothing) {
  const auto refused = [](const std::string& part, const auto& call) {
    expect_error(ErrorCode::invalid_argument, part, [&] { (void)call(); });
  };
  const std::vector<IntervalOutcome> good = {{1, 1, 0, 2}};
  const std::vector<IntervalOutcome> crossed = {{1, 1, 0, 2}, {1, 1, 1.5, 2}};
  const std::vector<IntervalOutcome> absent = {{kNaN, 1, 0, 2}};
  const std::vector<IntervalOutcome> unbounded = {{1, 1, kNaN, 2}};
  const Series half = {0.5};
  const Series beyond = {0.5, 1.1};
  const Series one = {1};
  refused("intervals of 1", [&] { return probability_integrals(good, 1); });
  refused("outcome 1", [&] { return probability_integrals(crossed, 0.9); });
  refused("outcome 0", [&] { return probability_integrals(absent, 0.9); });
  refused("outcome 0", [&] { return probability_integrals(unbounded, 0.9); });
  refused("no integrals", [&] { return coverage_curve({}, half); });
  refused("level 1", [&] { return coverage_curve(half, one); });
  refused("integral 1 is 1.1", [&] { return coverage_curve(beyond, half); });
  refused("no integrals", [&] { return integral_histogram({}, 20); });
  refused("1 bins", [&] { return integral_histogram(half, 1); });
  refused("2 of 1", [&] { return wilson_interval(2, 1); });
  refused("0 of 0", [&] { return wilson_interval(0, 0); });
}

}  // namespace
}  // namespace ecnas::stats
