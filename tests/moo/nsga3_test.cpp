#include "ecnas/moo/nsga3.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "moo/points.hpp"
#include "moo/recording.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;
using Positions = std::vector<std::size_t>;

/// How often each position survives in so many draws.
std::map<std::size_t, int> survivals(const std::vector<Objectives>& points, std::size_t count,
                                     const Objectives& ideal,
                                     const std::vector<Weights>& directions, int draws) {
  std::map<std::size_t, int> kept;
  Rng rng(71);
  for (int draw = 0; draw < draws; ++draw) {
    for (const std::size_t i : niche_survivors(points, count, ideal, directions, rng))
      ++kept[i];
  }
  return kept;
}

// Directions (0, 1): 0 and 1, (½, ½): 2 and 3, (1, 0): 4.
const std::vector<Objectives> kFive{{0, 10}, {1, 8}, {4.5, 5}, {5.5, 4.4}, {10, 0}};

TEST(NicheSurvivors, AreTheNearestToEachDirectionFirst) {
  const auto kept = survivals(kFive, 3, {0, 0}, uniform_weights(2, 2), 50);
  EXPECT_EQ(kept, (std::map<std::size_t, int>{{0, 50}, {2, 50}, {4, 50}}));
}

TEST(NicheSurvivors, ThenComeFromDirectionsThatHaveFewestAtRandom) {
  constexpr int kDraws = 2000;
  auto kept = survivals(kFive, 4, {0, 0}, uniform_weights(2, 2), kDraws);
  EXPECT_EQ(kept[0] + kept[2] + kept[4], 3 * kDraws);
  EXPECT_NEAR(kept[1] / double{kDraws}, 0.5, 5 * std::sqrt(0.25 / kDraws));
  EXPECT_EQ(kept[1] + kept[3], kDraws);
}

TEST(NicheSurvivors, CountThoseOfTheFrontsThatFitWhole) {
  // The second front's points are in the directions of 0 and 2, and in (½, ½), which has none.
  const std::vector<Objectives> points{{0, 10}, {10, 0}, {1, 14}, {11, 11}, {14, 1}};
  const auto kept = survivals(points, 3, {0, 0}, uniform_weights(2, 2), 50);
  EXPECT_EQ(kept, (std::map<std::size_t, int>{{0, 50}, {1, 50}, {3, 50}}));
}

TEST(NicheSurvivors, AreDrawnFromTheMembersOfADirectionThatHasSome) {
  // All in direction (1): one is kept, of the three others each as often.
  const std::vector<Objectives> points{{0, 3}, {1, 2}, {2, 1}, {3, 0}};
  constexpr int kDraws = 3000;
  auto kept = survivals(points, 2, {0, 0}, {{0.5, 0.5}}, kDraws);
  EXPECT_EQ(kept[1], kDraws);  // as near as 2, but before it
  for (const std::size_t i : {0U, 2U, 3U}) {
    EXPECT_NEAR(kept[i] / double{kDraws}, 1.0 / 3, 5 * std::sqrt(2.0 / 9 / kDraws));
  }
}

TEST(NicheSurvivors, MeasureFromTheIdealPointTheyAreGiven) {
  const std::vector<Objectives> points{{0, 10}, {10, 0}, {3, 6}, {6, 3}};
  constexpr int kDraws = 100;
  auto near = survivals(points, 3, {0, 0}, uniform_weights(2, 2), kDraws);
  EXPECT_EQ(near, (std::map<std::size_t, int>{{0, kDraws}, {1, kDraws}, {2, kDraws}}));
  // From (−10, 0), in units of (20, 10), (0, 10) is at (½, 1) and 2 is nearer to the middle.
  auto far = survivals(points, 3, {-10, 0}, uniform_weights(2, 2), kDraws);
  EXPECT_EQ(far[1] + far[2], 2 * kDraws);
  EXPECT_GT(far[0], 20);
  EXPECT_GT(far[3], 20);
}

/// The plane through the extremes 0, 1 and 2 meets the first axis at 4/3, though no point of the
/// front is beyond 1. In these units 3 is nearest to (½, 0, ½), else to (1, 0, 0).
TEST(NicheSurvivors, ScaleByInterceptsNoFartherThanTheWorstPoint) {
  std::vector<Objectives> points{{1, 0.25, 0},    {0, 1, 0},       {0, 0, 1},
                                 {0.95, 0, 0.35}, {0.98, 0.28, 0}, {1.4, 1.1, 1.1}};
  const std::vector<Weights> directions = uniform_weights(3, 2);
  constexpr int kDraws = 100;
  auto kept = survivals(points, 4, {0, 0, 0}, directions, kDraws);
  EXPECT_EQ(kept, (std::map<std::size_t, int>{{0, kDraws}, {1, kDraws}, {2, kDraws}, {3, kDraws}}));
  points.pop_back();  // now the worst is at 1
  kept = survivals(points, 4, {0, 0, 0}, directions, kDraws);
  EXPECT_GT(kept[3], 20);
  EXPECT_GT(kept[4], 20);
}

TEST(NicheSurvivors, DoNotDependOnUnits) {
  Rng rng(72);
  for (int trial = 0; trial < 50; ++trial) {
    const std::vector<Objectives> points = random_points(40, 3, rng);
    std::vector<Objectives> other_units;
    for (const Objectives& point : points)
      other_units.push_back({point[0] / 1024, point[1] * 1048576, point[2]});  // exactly
    const Objectives ideal{0, 0, 0};
    Rng first(73);
    Rng second(73);
    EXPECT_EQ(niche_survivors(points, 20, ideal, uniform_weights(3, 4), first),
              niche_survivors(other_units, 20, ideal, uniform_weights(3, 4), second));
  }
}

TEST(NicheSurvivors, AreAllOfFewAndCopiesOnlyWhereDistinctPointsRunOut) {
  const std::vector<Objectives> points{{1, 1}, {1, 1}, {5, 5}, {1, 1}, {6, 6}};
  Rng rng(74);
  const std::vector<Weights> directions = uniform_weights(2, 3);
  EXPECT_EQ(niche_survivors(points, 3, {1, 1}, directions, rng), (Positions{0, 2, 4}));
  EXPECT_EQ(niche_survivors(points, 4, {1, 1}, directions, rng).size(), 4U);
  EXPECT_EQ(niche_survivors(points, 5, {1, 1}, directions, rng), (Positions{0, 1, 2, 3, 4}));
  EXPECT_EQ(niche_survivors(points, 9, {1, 1}, directions, rng), (Positions{0, 1, 2, 3, 4}));
  EXPECT_TRUE(niche_survivors({}, 3, {1, 1}, directions, rng).empty());
}

TEST(NicheSurvivors, RefusePointsOfAnotherSizeThanTheIdeal) {
  Rng rng(75);
  const std::vector<Objectives> points{{1, 2}, {2, 1}};
  EXPECT_EQ(code_of([&] {
              static_cast<void>(niche_survivors(points, 1, {0, 0, 0}, uniform_weights(3, 2), rng));
            }),
            ErrorCode::invalid_argument);
}

/// The direction at the least angle and the distance from its line, by trigonometry.
std::pair<std::size_t, double> associated(const Objectives& point,
                                          const std::vector<Weights>& directions) {
  std::pair<std::size_t, double> nearest{0, 1e300};
  for (std::size_t j = 0; j < directions.size(); ++j) {
    double dot = 0;
    double point_square = 0;
    double direction_square = 0;
    for (std::size_t k = 0; k < point.size(); ++k) {
      dot += point[k] * directions[j][k];
      point_square += point[k] * point[k];
      direction_square += directions[j][k] * directions[j][k];
    }
    const double cosine = std::min(1.0, dot / std::sqrt(point_square * direction_square));
    const double distance = std::sqrt(point_square) * std::sin(std::acos(cosine));
    if (distance < nearest.second) nearest = {j, distance};
  }
  return nearest;
}

/// What Algorithm 4 promises of its outcome, whatever was drawn.
void expect_niched(const std::vector<Objectives>& points, const Positions& kept, std::size_t count,
                   const std::vector<Weights>& directions) {
  ASSERT_EQ(kept.size(), count);
  const std::set<std::size_t> is_kept(kept.begin(), kept.end());
  ASSERT_EQ(is_kept.size(), count);
  const std::vector<std::size_t> ranks = oracle::ranks(points);
  std::size_t split = 0;  // the last rank of which some are kept
  for (const std::size_t i : kept)
    split = std::max(split, ranks[i]);
  std::vector<int> whole(directions.size(), 0);  // kept of ranks before, by direction
  std::vector<int> taken(directions.size(), 0);  // kept of the split rank
  std::vector<double> nearest_taken(directions.size(), 1e300);
  std::vector<double> nearest(directions.size(), 1e300);
  std::vector<bool> has_left_over(directions.size(), false);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto [direction, distance] = associated(points[i], directions);
    if (ranks[i] < split) {
      EXPECT_TRUE(is_kept.contains(i));
      ++whole[direction];
    } else if (ranks[i] == split) {
      nearest[direction] = std::min(nearest[direction], distance);
      if (is_kept.contains(i)) {
        ++taken[direction];
        nearest_taken[direction] = std::min(nearest_taken[direction], distance);
      } else {
        has_left_over[direction] = true;
      }
    }
  }
  for (std::size_t j = 0; j < directions.size(); ++j) {
    if (taken[j] == 0) continue;
    if (whole[j] == 0) {
      EXPECT_EQ(nearest_taken[j], nearest[j]);
    }
    for (std::size_t other = 0; other < directions.size(); ++other) {
      if (!has_left_over[other]) continue;
      // When the last of j was taken, `other` had candidates, so j had no more than it.
      EXPECT_LE(whole[j] + taken[j] - 1, whole[other] + taken[other]);
    }
  }
}

/// Points between a sphere and the ideal's opposite, with the extremes on the axes at 1, so that
/// the scale is 1.
std::vector<Objectives> around_a_sphere(std::size_t count, std::size_t dimension, Rng& rng) {
  std::vector<Objectives> points;
  for (std::size_t axis = 0; axis < dimension; ++axis) {
    std::vector<double> extreme(dimension, 0.0);
    extreme[axis] = 1;
    points.emplace_back(std::span<const double>(extreme));
  }
  while (points.size() < count) {
    std::vector<double> values;
    double square = 0;
    for (std::size_t k = 0; k < dimension; ++k) {
      values.push_back(std::abs(rng.normal()));
      square += values.back() * values.back();
    }
    const double radius = 0.9 + 0.3 * rng.uniform();
    for (double& value : values)
      value *= radius / std::sqrt(square);
    points.emplace_back(std::span<const double>(values));
  }
  return points;
}

TEST(NicheSurvivors, SpreadOverDirectionsAsAlgorithmFourDoes) {
  Rng rng(76);
  for (int trial = 0; trial < 200; ++trial) {
    const std::size_t dimension = 2 + rng.below(3);
    const std::vector<Objectives> points = around_a_sphere(20 + rng.below(40), dimension, rng);
    const std::vector<Weights> directions = uniform_weights(dimension, 1 + rng.below(5));
    const std::size_t count = 1 + rng.below(points.size() - 1);
    const Objectives ideal = constant(dimension, 0);
    expect_niched(points, niche_survivors(points, count, ideal, directions, rng), count,
                  directions);
  }
}

TEST(NicheSurvivors, KeepTheExtremesWhereEveryDirectionGetsOne) {
  Rng rng(77);
  for (int trial = 0; trial < 50; ++trial) {
    const std::vector<Objectives> points = around_a_sphere(60, 3, rng);
    const Positions kept = niche_survivors(points, 20, {0, 0, 0}, uniform_weights(3, 4), rng);
    EXPECT_EQ((Positions{kept.begin(), kept.begin() + 3}), (Positions{0, 1, 2}));
  }
}

TEST(Nsga3, KeepsItsSizeAndDrawsParentsUniformly) {
  RecordingVariation variation;
  Nsga3<int> nsga3(variation, {.population = 4, .crossover_probability = 0});
  Rng rng(78);
  EXPECT_EQ(nsga3.ask(rng), std::vector<int>(4, -1));
  nsga3.tell(numbered({{0, 9}, {1, 8}, {9, 0}, {9, 9}, {5, 5}}));
  EXPECT_EQ(genotypes_of(nsga3.population()), (std::vector<int>{0, 1, 2, 4}));
  constexpr int kSteps = 2000;
  for (int step = 0; step < kSteps; ++step)
    EXPECT_EQ(nsga3.ask(rng).size(), 4U);
  for (const int parent : {0, 1, 2, 4}) {
    EXPECT_NEAR(variation.mutated[parent] / (4.0 * kSteps), 0.25,
                5 * std::sqrt(0.25 * 0.75 / (4.0 * kSteps)));
  }
}

TEST(Nsga3, MeasuresFromTheBestEverSeen) {
  RecordingVariation variation;
  Nsga3<int> nsga3(variation, {.population = 3, .divisions = 1});
  // Number 3 is best in the first objective and nearest to no axis.
  nsga3.tell(numbered({{100, 1, 1}, {31, 100, 1}, {1, 1, 100}, {-1000, 95, 95}}));
  ASSERT_EQ(genotypes_of(nsga3.population()), (std::vector<int>{0, 1, 2}));
  // From −1000 on, number 1 is the nearest to the second axis: 0.937 before √(0.91² + 0.2525²);
  // from 1 on it would be 0.30 behind 0.2525.
  nsga3.tell(evaluated_as({{10, {1, 100, 26}}}));
  EXPECT_EQ(genotypes_of(nsga3.population()), (std::vector<int>{0, 1, 2}));
}

TEST(Nsga3, UsesTheDivisionsItIsTold) {
  RecordingVariation variation;
  Nsga3<int> coarse(variation, {.population = 2, .divisions = 1});
  coarse.tell(numbered(kFive));
  EXPECT_EQ(genotypes_of(coarse.population()), (std::vector<int>{0, 4}));
  Nsga3<int> endless(variation, {.population = 2, .divisions = 2'000'000});
  EXPECT_EQ(code_of([&] { endless.tell(numbered(kFive)); }), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace ecnas::moo
