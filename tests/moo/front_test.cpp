#include "ecnas/moo/front.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "moo/points.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

using Positions = std::vector<std::size_t>;

TEST(Knee, IsTheCornerOfAnLShapedFront) {
  const std::vector<Objectives> front{{0, 10}, {1, 2}, {2, 1}, {5, 0.5}, {10, 0}};
  // Normalised: (0, 1), (.1, .2), (.2, .1), (.5, .05), (1, 0). Bends in degrees:
  // at .1 atan(8) − 45 = 37.9; at .2 45 − atan(1/6) = 35.5; at .5 9.5 − 5.7 = 3.8.
  EXPECT_EQ(knee(front), 1U);
}

TEST(Knee, IsTheSameWhateverTheUnitsAndTheOrder) {
  const std::vector<Objectives> front{{1e6, 0}, {0, 1e-3}, {2e5, 1e-4}, {1e5, 2e-4}, {5e5, 5e-5}};
  EXPECT_EQ(knee(front), 3U);
}

TEST(Knee, OfEqualBendsIsTheFirstInOrderOfTheFirstObjective) {
  // Steps (1, 3), (3, 1), (1, 3), (3, 1): the same bend twice.
  const std::vector<Objectives> front{{8, 0}, {5, 1}, {4, 4}, {1, 5}, {0, 8}};
  EXPECT_EQ(knee(front), 3U);
}

TEST(Knee, IsTheLeastHollowPointOfAFrontThatBendsAway) {
  // Normalised slopes in degrees 7.7, 31.4, 67.7, 78.4: bends −23.7, −36.3, −10.7.
  const std::vector<Objectives> front{{0, 16}, {6, 15}, {10, 12}, {12, 6}, {13, 0}};
  EXPECT_EQ(knee(front), 3U);
}

TEST(Knee, NeedsThreeDistinctPointsOfTheFront) {
  EXPECT_FALSE(knee({}).has_value());
  const std::vector<Objectives> two{{0, 1}, {1, 0}};
  EXPECT_FALSE(knee(two).has_value());
  const std::vector<Objectives> copies{{0, 1}, {1, 0}, {0, 1}, {2, 2}};
  EXPECT_FALSE(knee(copies).has_value());
}

TEST(Knee, PassesOverDominatedPointsAndCopies) {
  const std::vector<Objectives> front{{50, 50}, {0, 10}, {1, 1}, {1, 1}, {10, 0}, {7, 0.9}};
  EXPECT_EQ(knee(front), 2U);
}

TEST(Knee, RefusesOtherThanTwoObjectives) {
  const std::vector<Objectives> front{{0, 1, 2}};
  EXPECT_EQ(code_of([&] { static_cast<void>(knee(front)); }), ErrorCode::invalid_argument);
}

/// The bend when an angle is taken of the height alone, as arctan(y, x) does where the second
/// argument is no abscissa.
double bend_of_heights(const Objectives& left, const Objectives& point, const Objectives& right) {
  return std::atan(left[1] - point[1]) - std::atan(point[1] - right[1]);
}

TEST(Knee, DiffersFromTheArctangentOfHeightsAlone) {
  // The second point drops far over a long way; the third turns a corner after a short, steep way.
  const std::vector<Objectives> front{{0, 1}, {0.6, 0.4}, {0.65, 0.1}, {1, 0}};
  EXPECT_GT(bend_of_heights(front[0], front[1], front[2]),
            bend_of_heights(front[1], front[2], front[3]));
  // By angles: 45 − 80.5 = −35.5 degrees at the second, 80.5 − 15.9 = 64.6 at the third.
  EXPECT_EQ(knee(front), 2U);
}

TEST(Extrema, AreTheBestInEachObjectiveWithTiesBrokenByTheOthers) {
  const std::vector<Objectives> points{{1, 5, 3}, {1, 4, 3}, {2, 4, 1}, {3, 4, 0}, {1, 4, 3}};
  EXPECT_EQ(extrema(points), (Positions{1, 1, 3}));
  EXPECT_TRUE(extrema({}).empty());
  EXPECT_EQ(extrema(std::vector<Objectives>{{7, 8}}), (Positions{0, 0}));
}

TEST(Extrema, RefusePointsOfDifferentSizes) {
  const std::vector<Objectives> points{{1, 2}, {1}};
  EXPECT_EQ(code_of([&] { static_cast<void>(extrema(points)); }), ErrorCode::invalid_argument);
}

TEST(AttainmentSurface, OfHandWorkedTrials) {
  const std::vector<std::vector<Objectives>> fronts{{{1, 3}, {3, 1}}, {{2, 2}}, {{2, 4}, {4, 2}}};
  EXPECT_EQ(attainment_surface(fronts, 1), (std::vector<Objectives>{{1, 3}, {2, 2}, {3, 1}}));
  EXPECT_EQ(attainment_surface(fronts, 2), (std::vector<Objectives>{{2, 3}, {3, 2}}));
  EXPECT_EQ(attainment_surface(fronts, 3), (std::vector<Objectives>{{2, 4}, {4, 2}}));
}

TEST(AttainmentSurface, OfOneTrialIsItsFront) {
  Rng rng(41);
  const auto points = grid_points(50, 2, 30, rng);
  std::vector<Objectives> front;
  for (const std::size_t i : oracle::front(points))
    front.push_back(points[i]);
  std::ranges::sort(front, {}, [](const Objectives& p) { return p[0]; });
  const std::vector<std::vector<Objectives>> fronts{points};
  EXPECT_EQ(attainment_surface(fronts, 1), front);
}

/// A grid point is on or above the surface just where at least `level` trials attain it.
TEST(AttainmentSurface, BoundsWhatAtLeastThatManyTrialsAttain) {
  Rng rng(42);
  for (int trial = 0; trial < 60; ++trial) {
    std::vector<std::vector<Objectives>> fronts(1 + rng.below(6));
    for (auto& front : fronts)
      front = grid_points(rng.below(8), 2, 9, rng);
    for (std::size_t level = 1; level <= fronts.size(); ++level) {
      const std::vector<Objectives> surface = attainment_surface(fronts, level);
      EXPECT_EQ(oracle::front(surface).size(), surface.size());
      EXPECT_TRUE(std::ranges::is_sorted(surface, {}, [](const Objectives& p) { return p[0]; }));
      for (int code = 0; code < 100; ++code) {
        const Objectives point{double(code % 10), double(code / 10)};
        const auto attains = [&](const std::vector<Objectives>& front) {
          return std::ranges::any_of(
              front, [&](const Objectives& p) { return oracle::nowhere_worse(p, point); });
        };
        const auto trials = static_cast<std::size_t>(std::ranges::count_if(fronts, attains));
        EXPECT_EQ(attains(surface), trials >= level);
      }
    }
  }
}

TEST(AttainmentSurface, RefusesLevelsOutsideTheTrialsAndOtherThanTwoObjectives) {
  const std::vector<std::vector<Objectives>> fronts{{{1, 2}}, {{2, 1}}};
  for (const std::size_t level : {0U, 3U}) {
    EXPECT_EQ(code_of([&] { static_cast<void>(attainment_surface(fronts, level)); }),
              ErrorCode::invalid_argument);
  }
  EXPECT_EQ(code_of([] { static_cast<void>(attainment_surface({}, 1)); }),
            ErrorCode::invalid_argument);
  const std::vector<std::vector<Objectives>> solid{{{1, 2, 3}}};
  EXPECT_EQ(code_of([&] { static_cast<void>(attainment_surface(solid, 1)); }),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace ecnas::moo
