#include <gtest/gtest.h>

#include <cmath>

#include "ecnas/moo/front.hpp"
#include "moo/points.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;
using enum KneeDefinition;

/// Normalised: (0, 1), (.15, .7), (.4, .5), (.75, .45), (.8, .1), (.85, .05), (1, 0).
const std::vector<Objectives> kFront{{0, 20}, {3, 14}, {8, 10}, {15, 9}, {16, 2}, {17, 1}, {20, 0}};

TEST(KneeDefinitions, BendAngleTakesTheLargestTurn) {
  // Degrees: 63.4 − 38.7 = 24.8, 38.7 − 8.1 = 30.5, 8.1 − 81.9, 81.9 − 45 = 36.9, 45 − 18.4 = 26.6.
  EXPECT_EQ(knee(kFront, bend_angle), 4U);
  EXPECT_EQ(knee(kFront), knee(kFront, bend_angle));
}

TEST(KneeDefinitions, ChordDistanceTakesTheFarthestFromTheLineThroughTheEnds) {
  // 1 − x − y: .15, .1, −.2, .1, .1.
  EXPECT_EQ(knee(kFront, chord_distance), 1U);
}

TEST(KneeDefinitions, CurvatureTakesTheTightestCircle) {
  // 2 (cross product of the ways to the neighbours) / (product of the three sides), at the last
  // two: 2 (.05·.35 − .05·.05) / (.354 · .0707 · .412) = 2.91; 2 (.15·.05 − .05·.05) / (.0707 ·
  // .158 · .224) = 4.
  EXPECT_EQ(knee(kFront, curvature), 5U);
}

TEST(KneeDefinitions, HypervolumeTakesTheLargestRectangleUpToTheNadir) {
  // (1 − x)(1 − y): .255, .3, .1375, .18, .1425.
  EXPECT_EQ(knee(kFront, KneeDefinition::hypervolume), 2U);
  // (.65, .7) and (.9, .15): .105 and .085.
  const std::vector<Objectives> hollow{{0, 20}, {13, 14}, {18, 3}, {20, 0}};
  EXPECT_EQ(knee(hollow, KneeDefinition::hypervolume), 1U);
}

TEST(KneeDefinitions, IdealDistanceTakesTheNearestToTheIdeal) {
  // √(x² + y²): .716, .640, .875, .806, .851.
  EXPECT_EQ(knee(kFront, ideal_distance), 2U);
  // (.65, .7) and (.9, .15): .955 and .912.
  const std::vector<Objectives> hollow{{0, 20}, {13, 14}, {18, 3}, {20, 0}};
  EXPECT_EQ(knee(hollow, ideal_distance), 2U);
}

TEST(KneeDefinitions, PassOverUnitsOrderCopiesAndDominatedPoints) {
  Rng rng(81);
  for (int trial = 0; trial < 50; ++trial) {
    const auto points = grid_points(30, 2, 40, rng);
    std::vector<Objectives> front;
    for (const std::size_t i : oracle::front(points))
      front.push_back(points[i]);
    auto disordered = points;
    rng.shuffle(std::span(disordered));
    for (const KneeDefinition definition : knee_definitions()) {
      const auto expected = knee(front, definition);
      const auto found = knee(disordered, definition);
      ASSERT_EQ(found.has_value(), expected.has_value()) << name(definition);
      if (expected) {
        EXPECT_EQ(disordered[*found], front[*expected]) << name(definition);
      }
      std::vector<Objectives> scaled;
      for (const Objectives& point : front)
        scaled.push_back({1024 * point[0] - 4096, point[1] / 1024});  // powers of two: exact
      EXPECT_EQ(knee(scaled, definition), expected) << name(definition);
    }
  }
}

/// The scores by other formulae: the turn of a way along the front, the radius of a triangle's
/// circle by Heron, the foot on the chord.
double slow_score(KneeDefinition definition, const Objectives& left, const Objectives& point,
                  const Objectives& right) {
  const double turn =
      (point[0] - left[0]) * (right[1] - point[1]) - (point[1] - left[1]) * (right[0] - point[0]);
  const auto length = [](const Objectives& p, const Objectives& q) {
    return std::sqrt(std::pow(p[0] - q[0], 2) + std::pow(p[1] - q[1], 2));
  };
  if (definition == bend_angle) {
    return std::atan2(turn, (point[0] - left[0]) * (right[0] - point[0]) +
                                (point[1] - left[1]) * (right[1] - point[1]));
  }
  if (definition == curvature) {
    const double a = length(left, point);
    const double b = length(point, right);
    const double c = length(left, right);
    const double half = (a + b + c) / 2;
    const double area = std::sqrt(std::max(0.0, half * (half - a) * (half - b) * (half - c)));
    return std::copysign(4 * area / (a * b * c), turn);
  }
  if (definition == chord_distance) {
    const double along = (1 + point[0] - point[1]) / 2;  // the foot is (along, 1 − along)
    const double distance = length(point, {along, 1 - along});
    return point[0] < along ? distance : -distance;
  }
  if (definition == ideal_distance) return -length(point, {0, 0});
  return 1 - point[0] - point[1] + point[0] * point[1];
}

TEST(KneeDefinitions, TakeThePointOfTheGreatestSlowScore) {
  Rng rng(82);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<Objectives> front;
    const auto points = random_points(60, 2, rng);
    for (const std::size_t i : oracle::front(points))
      front.push_back(points[i]);
    if (front.size() < 3) continue;
    std::ranges::sort(front, {}, [](const Objectives& point) { return point[0]; });
    const Bounds bounds = bounds_of(front);
    for (const KneeDefinition definition : knee_definitions()) {
      std::vector<double> scores;
      for (std::size_t i = 1; i + 1 < front.size(); ++i) {
        scores.push_back(slow_score(definition, normalised(front[i - 1], bounds),
                                    normalised(front[i], bounds),
                                    normalised(front[i + 1], bounds)));
      }
      const auto greatest = std::ranges::max_element(scores) - scores.begin();
      EXPECT_EQ(knee(front, definition), static_cast<std::size_t>(greatest + 1))
          << name(definition);
    }
  }
}

TEST(KneeDefinitions, NeedThreeDistinctPointsAndTakeNoEnd) {
  const std::vector<Objectives> two{{0, 1}, {1, 0}, {0, 1}, {2, 2}};
  const std::vector<Objectives> hollow{{0, 10}, {9, 9}, {10, 0}};
  const std::vector<Objectives> solid{{1, 2, 3}};
  for (const KneeDefinition definition : knee_definitions()) {
    EXPECT_FALSE(knee(two, definition).has_value());
    EXPECT_FALSE(knee({}, definition).has_value());
    EXPECT_EQ(knee(hollow, definition), 1U);
    EXPECT_EQ(code_of([&] { static_cast<void>(knee(solid, definition)); }),
              ErrorCode::invalid_argument);
  }
}

TEST(KneeDefinitions, OfEqualCandidatesTakeTheFirstInOrderOfTheFirstObjective) {
  // Symmetric about the diagonal, in quarters: exact.
  const std::vector<Objectives> front{{4, 0}, {2, 1}, {1, 2}, {0, 4}};
  for (const KneeDefinition definition :
       {chord_distance, curvature, KneeDefinition::hypervolume, ideal_distance}) {
    EXPECT_EQ(knee(front, definition), 2U) << name(definition);
  }
}

TEST(KneeDefinitions, AreKnownByTheirNames) {
  EXPECT_EQ(knee_definitions().size(), 5U);
  for (const KneeDefinition definition : knee_definitions())
    EXPECT_EQ(parse_knee_definition(name(definition)), definition);
  EXPECT_EQ(name(bend_angle), "bend-angle");
  EXPECT_EQ(name(chord_distance), "chord-distance");
  EXPECT_EQ(name(curvature), "curvature");
  EXPECT_EQ(name(KneeDefinition::hypervolume), "hypervolume");
  EXPECT_EQ(name(ideal_distance), "ideal-distance");
  EXPECT_FALSE(parse_knee_definition("bend_angle").has_value());
}

TEST(KneeScatter, IsTheMeanDistanceFromTheMeanOnTheBoundsAxes) {
  const Bounds bounds{{10, 100}, {20, 300}};
  // Normalised (.1, .5), (.7, .5), (.4, .1), (.4, .9): mean (.4, .5), distances .3, .3, .4, .4.
  const std::vector<Objectives> knees{{11, 200}, {17, 200}, {14, 120}, {14, 280}};
  EXPECT_NEAR(*knee_scatter(knees, bounds), 0.35, 1e-15);  // decimals that are not exact
  EXPECT_EQ(knee_scatter(std::vector<Objectives>{{11, 200}}, bounds), 0);
  EXPECT_FALSE(knee_scatter({}, bounds).has_value());
  const std::vector<Objectives> solid{{1, 2, 3}};
  EXPECT_EQ(code_of([&] { static_cast<void>(knee_scatter(solid, bounds)); }),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace ecnas::moo
