#include "ecnas/moo/moead.hpp"

#include <gtest/gtest.h>

#include "moo/points.hpp"
#include "moo/recording.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;
using Neighbourhoods = std::vector<std::vector<std::size_t>>;

TEST(NearestWeights, OfAHandWorkedLattice) {
  const std::vector<Weights> weights = uniform_weights(2, 4);
  EXPECT_EQ(nearest_weights(weights, 3),
            (Neighbourhoods{{0, 1, 2}, {1, 0, 2}, {2, 1, 3}, {3, 2, 4}, {4, 3, 2}}));
  EXPECT_EQ(nearest_weights(weights, 1), (Neighbourhoods{{0}, {1}, {2}, {3}, {4}}));
}

TEST(NearestWeights, AreNoFartherThanAnyOther) {
  const std::vector<Weights> weights = uniform_weights(3, 5);
  const auto square = [&](std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k)
      sum += (weights[i][k] - weights[j][k]) * (weights[i][k] - weights[j][k]);
    return sum;
  };
  const Neighbourhoods near = nearest_weights(weights, 6);
  ASSERT_EQ(near.size(), weights.size());
  for (std::size_t i = 0; i < near.size(); ++i) {
    ASSERT_EQ(near[i].size(), 6U);
    EXPECT_EQ(near[i][0], i);
    for (std::size_t j = 0; j < weights.size(); ++j) {
      if (std::ranges::find(near[i], j) != near[i].end()) continue;
      EXPECT_GE(square(i, j), square(i, near[i].back()));
    }
  }
}

TEST(NearestWeights, AreAllWhereThereAreNotMore) {
  EXPECT_EQ(nearest_weights(uniform_weights(2, 1), 9), (Neighbourhoods{{0, 1}, {1, 0}}));
}

TEST(Replaces, WhereTheWeightedDistanceIsNotGreater) {
  const Bounds bounds{{0, 0}, {10, 100}};
  const Weights even{0.5, 0.5};
  EXPECT_TRUE(replaces({4, 40}, {5, 10}, bounds, even));   // 0.2 before 0.25
  EXPECT_FALSE(replaces({6, 10}, {5, 50}, bounds, even));  // 0.3 behind 0.25
  EXPECT_TRUE(replaces({5, 20}, {1, 50}, bounds, even));   // both 0.25
  EXPECT_TRUE(replaces({5, 20}, {5, 30}, bounds, even));   // both 0.25, and better
  EXPECT_FALSE(replaces({5, 30}, {5, 20}, bounds, even));  // both 0.25, but dominated
  EXPECT_TRUE(replaces({5, 30}, {5, 30}, bounds, even));   // the younger of copies
  EXPECT_TRUE(replaces({1, 100}, {2, 0}, bounds, Weights{1, 0}));
  EXPECT_EQ(code_of([&] {
              static_cast<void>(replaces({1, 1}, {2, 2}, bounds, Weights{1}));
            }),
            ErrorCode::invalid_argument);
}

TEST(Moead, BeginsWithTheBestSampleForEachWeight) {
  RecordingVariation variation;
  Moead<int> moead(variation, {.population = 3});
  moead.tell(numbered({{10, 10}, {0, 9}, {9, 0}, {4, 4}}));
  // Weights (0, 1), (½, ½), (1, 0).
  EXPECT_EQ(genotypes_of(moead.population()), (std::vector<int>{2, 3, 1}));
}

TEST(Moead, HasAsManySubproblemsAsTheLatticeHasWeights) {
  RecordingVariation variation;
  Moead<int> moead(variation, {.population = 20});
  moead.tell(numbered({{1, 2, 3}}));
  EXPECT_EQ(moead.population().size(), 15U);
}

TEST(Moead, ReplacesOnlyInTheNeighbourhoodOfTheTurn) {
  RecordingVariation variation;
  Moead<int> moead(variation, {.population = 5, .neighbours = 2});
  moead.tell(numbered({{10, 10}}));
  moead.tell(evaluated_as({{1, {9, 9}}}));  // subproblem 0 and its neighbour 1
  EXPECT_EQ(genotypes_of(moead.population()), (std::vector<int>{1, 1, 0, 0, 0}));
  moead.tell(evaluated_as({{2, {8, 8}}}));  // subproblem 1 and its neighbour 0
  EXPECT_EQ(genotypes_of(moead.population()), (std::vector<int>{2, 2, 0, 0, 0}));
  moead.tell(std::vector<Evaluated<int>>{{3, Failure::invalid}});  // subproblem 2 has had its turn
  moead.tell(evaluated_as({{4, {7, 7}}}));                         // 3 and its neighbour 2
  EXPECT_EQ(genotypes_of(moead.population()), (std::vector<int>{2, 2, 4, 4, 0}));
}

TEST(Moead, BreedsFromTheNeighbourhoodOfTheTurn) {
  RecordingVariation variation;
  Moead<int> moead(variation, {.population = 5, .neighbours = 2, .crossover_probability = 1});
  moead.tell(numbered({{8, 0}, {6, 1}, {3, 3}, {1, 6}, {0, 8}}));
  ASSERT_EQ(genotypes_of(moead.population()), (std::vector<int>{0, 1, 2, 3, 4}));
  Rng rng(11);
  for (int draw = 0; draw < 200; ++draw)
    EXPECT_EQ(moead.ask(rng).size(), 1U);
  EXPECT_EQ(variation.mutated[0] + variation.mutated[1], 200);
  EXPECT_NEAR(variation.mutated[0], 100, 36);  // five deviations
  EXPECT_EQ(variation.recombined, 200);
}

TEST(Moead, MeasuresFromTheBestEverSeen) {
  RecordingVariation variation;
  Moead<int> moead(variation, {.population = 3, .neighbours = 1});
  moead.tell(numbered({{10, 10}, {30, 5}, {5, 30}}));
  ASSERT_EQ(genotypes_of(moead.population()), (std::vector<int>{1, 0, 2}));
  moead.tell({});
  moead.tell({});
  moead.tell(evaluated_as({{3, {28, 0}}}));  // nothing for weight (1, 0), but the best there is …
  ASSERT_EQ(genotypes_of(moead.population()), (std::vector<int>{1, 0, 2}));
  moead.tell({});
  // … so that for weight (½, ½) this is ½ 9.9/30 against ½ 10/30; from (5, 5) it would lose.
  moead.tell(evaluated_as({{4, {11, 9.9}}}));
  EXPECT_EQ(genotypes_of(moead.population()), (std::vector<int>{1, 4, 2}));
}

}  // namespace
}  // namespace ecnas::moo
