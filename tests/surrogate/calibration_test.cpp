#include "surrogate/calibration.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "ecnas/core/random.hpp"

namespace ecnas::surrogate {
namespace {

/// Observed: a curve of the score, with noise that grows with the group of vertices.
CalibrationPoint draw(Rng& rng) {
  const double score = rng.normal();
  const std::size_t group = rng.below(kVertexGroups);
  const double noise = 0.05 * static_cast<double>(group + 1) * rng.normal();
  return {score, std::tanh(score) + 0.3 * score + noise, group};
}

std::vector<CalibrationPoint> points(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<CalibrationPoint> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(draw(rng));
  return result;
}

void expect_increasing(const Curve& curve) {
  ASSERT_EQ(curve.x.size(), curve.y.size());
  ASSERT_GE(curve.x.size(), 2U);
  for (std::size_t i = 1; i < curve.x.size(); ++i) {
    EXPECT_LT(curve.x[i - 1], curve.x[i]);
    EXPECT_LT(curve.y[i - 1], curve.y[i]);
  }
}

TEST(FitCurve, FollowsAnIncreasingFunctionThroughNoise) {
  const Curve curve = fit_curve(points(20'000, 1), CurveKind::knots);
  expect_increasing(curve);
  EXPECT_GT(curve.x.size(), 10U);
  for (double score = -2; score <= 2; score += 0.1)
    EXPECT_NEAR(curve(score), std::tanh(score) + 0.3 * score, 0.05) << score;
}

TEST(FitCurve, IncreasesWhateverWasObserved) {
  Rng rng(2);
  for (const double slope : {-1.0, 0.0, 1e-9, 1.0}) {
    for (const std::size_t count : {2U, 30U, 1999U, 2000U, 5000U}) {
      std::vector<CalibrationPoint> some;
      for (std::size_t i = 0; i < count; ++i) {
        const double score = rng.normal();
        some.push_back({score, slope * score + (i % 3 == 0 ? rng.normal() : 0.0), 0});
      }
      expect_increasing(fit_curve(some, CurveKind::knots));
    }
  }
}

TEST(FitCurve, OfFewPointsIsTheLineTheyLieOn) {
  std::vector<CalibrationPoint> some;
  for (int i = 0; i < 50; ++i)
    some.push_back({i / 10.0, 3 - i / 10.0 * -2, 0});
  const Curve curve = fit_curve(some, CurveKind::knots);
  for (const double score : {-10.0, 0.0, 2.5, 100.0})
    EXPECT_NEAR(curve(score), 3 + 2 * score, 1e-9);
}

TEST(FitCurve, ScoresThatAreAllTheSameGiveTheirRobustMean) {
  std::vector<CalibrationPoint> some;
  for (int i = 0; i < 2500; ++i)
    some.push_back({0.5, 1 + i % 11 / 10.0, 0});
  const Curve line = fit_curve(std::span(some).first(99), CurveKind::line);  // nine times all
  expect_increasing(line);
  EXPECT_NEAR(line(0.5), 1.5, 1e-5);
  const Curve knots = fit_curve(some, CurveKind::knots);
  expect_increasing(knots);
  EXPECT_NEAR(knots(0.5), 1.5, 0.1);  // of the first 25
}

/// Shares of new points within their interval: of all, then by group.
std::array<double, kVertexGroups + 1> coverage(const Output& output) {
  std::array<double, kVertexGroups + 1> inside{};
  std::array<double, kVertexGroups + 1> count{};
  for (const CalibrationPoint& point : points(40'000, 4)) {
    const double middle = output.curve(point.score);
    const bool within = middle - output.lower_width[point.group] <= point.observed &&
                        point.observed <= middle + output.upper_width[point.group];
    for (const std::size_t at : {std::size_t{0}, point.group + 1}) {
      inside[at] += within ? 1 : 0;
      count[at] += 1;
    }
  }
  for (std::size_t at = 0; at < inside.size(); ++at)
    inside[at] /= count[at];
  return inside;
}

TEST(Calibrate, IntervalsHold90PercentOfNewPointsOfEveryGroup) {
  const std::array<double, kVertexGroups + 1> shares =
      coverage(calibrate(points(8000, 3), CurveKind::knots));
  EXPECT_GT(shares[0], 0.88);
  EXPECT_LT(shares[0], 0.92);
  for (std::size_t group = 1; group <= kVertexGroups; ++group) {
    EXPECT_GT(shares[group], 0.87) << group;
    EXPECT_LT(shares[group], 0.93) << group;
  }
}

TEST(Calibrate, LeavesOutAsManyBelowAsAbove) {
  const Output output = calibrate(points(8000, 5), CurveKind::knots);
  double below = 0;
  double above = 0;
  const std::vector<CalibrationPoint> fresh = points(40'000, 6);
  for (const CalibrationPoint& point : fresh) {
    const double residual = point.observed - output.curve(point.score);
    below += residual < -output.lower_width[point.group] ? 1 : 0;
    above += residual > output.upper_width[point.group] ? 1 : 0;
  }
  EXPECT_NEAR(below / static_cast<double>(fresh.size()), 0.05, 0.01);
  EXPECT_NEAR(above / static_cast<double>(fresh.size()), 0.05, 0.01);
}

TEST(Calibrate, AGroupOfFewerThan100PointsHasTheWidthsOfAll) {
  std::vector<CalibrationPoint> some = points(1000, 7);
  for (std::size_t i = 0; i < some.size(); ++i)
    some[i].group = i < 99 ? 1 : i < 199 ? 3 : 2;
  const Output output = calibrate(some, CurveKind::knots);
  EXPECT_EQ(output.lower_width[0], output.lower_width[1]);
  EXPECT_EQ(output.upper_width[0], output.upper_width[1]);
  EXPECT_NE(output.upper_width[3], output.upper_width[0]);
  EXPECT_NE(output.upper_width[2], output.upper_width[0]);
}

TEST(Calibrate, WhereNothingCanBePromisedTheIntervalHoldsAllThatWasSeen) {
  const std::vector<CalibrationPoint> few = points(12, 8);
  const Output output = calibrate(few, CurveKind::knots);
  for (const CalibrationPoint& point : few) {
    const double middle = output.curve(point.score);
    EXPECT_LE(middle - output.lower_width[point.group], point.observed);
    EXPECT_GE(middle + output.upper_width[point.group], point.observed);
  }
}

TEST(Widen, KeepsTheCurveAndTheWidthsOfGroupsWithFewPoints) {
  Output output{.curve = {{0, 1}, {5, 6}}};
  output.lower_width.fill(7);
  output.upper_width.fill(8);
  std::vector<CalibrationPoint> some;
  for (int i = 1; i <= 100; ++i)
    some.push_back({0, 5 + (i % 2 == 0 ? i : -i) / 100.0, 2});
  some.push_back({0, 500, 1});
  widen(output, some);
  EXPECT_EQ(output.curve.y, (std::vector<double>{5, 6}));
  EXPECT_EQ(output.lower_width[1], 7);
  EXPECT_EQ(output.upper_width[1], 8);
  // The ⌈101 · 0.95⌉ = 96th of 100: fifty are 0, then 0.01, 0.03 … or 0.02, 0.04 ….
  EXPECT_NEAR(output.lower_width[2], 0.91, 1e-9);
  EXPECT_NEAR(output.upper_width[2], 0.92, 1e-9);
}

}  // namespace
}  // namespace ecnas::surrogate
