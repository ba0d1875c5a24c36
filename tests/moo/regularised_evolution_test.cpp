#include "ecnas/moo/regularised_evolution.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "moo/recording.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

/// Number of children of each genotype after so many steps.
std::map<int, int> children_of(RegularisedEvolution<int>& evolution, RecordingVariation& variation,
                               int steps) {
  Rng rng(31);
  for (int step = 0; step < steps; ++step)
    EXPECT_EQ(evolution.ask(rng).size(), 1U);
  return variation.mutated;
}

TEST(RegularisedEvolution, SamplesUntilThePopulationIsFull) {
  RecordingVariation variation;
  RegularisedEvolution<int> evolution(variation, {.population = 5, .sample = 2});
  Rng rng(30);
  EXPECT_EQ(evolution.ask(rng), std::vector<int>(5, -1));
  evolution.tell(std::vector<Evaluated<int>>{{0, Objectives{1, 1}}, {1, Failure::absent}});
  EXPECT_EQ(evolution.ask(rng), std::vector<int>(4, -1));
  evolution.tell(numbered({{1, 1}, {2, 2}, {3, 3}, {4, 4}}));
  EXPECT_EQ(evolution.ask(rng).size(), 1U);
  EXPECT_NE(evolution.ask(rng), std::vector<int>(1, -1));
}

TEST(RegularisedEvolution, LetsTheOldestDieHoweverGood) {
  RecordingVariation variation;
  RegularisedEvolution<int> evolution(variation, {.population = 3, .sample = 3});
  evolution.tell(numbered({{0, 0}, {5, 5}, {6, 6}}));
  evolution.tell(evaluated_as({{10, {9, 9}}}));
  EXPECT_EQ(genotypes_of(evolution.population()), (std::vector<int>{1, 2, 10}));
  evolution.tell(evaluated_as({{11, {8, 8}}, {12, {7, 7}}}));
  EXPECT_EQ(genotypes_of(evolution.population()), (std::vector<int>{10, 11, 12}));
}

TEST(RegularisedEvolution, LetsNobodyDieForAFailure) {
  RecordingVariation variation;
  RegularisedEvolution<int> evolution(variation, {.population = 2, .sample = 2});
  evolution.tell(numbered({{0, 0}, {5, 5}}));
  evolution.tell(std::vector<Evaluated<int>>{{10, Failure::invalid}});
  EXPECT_EQ(genotypes_of(evolution.population()), (std::vector<int>{0, 1}));
}

TEST(RegularisedEvolution, BreedsFromTheNonDominatedOfTheSampleEachAsOften) {
  RecordingVariation variation;
  // A sample of 200 of 4 holds them all, but once in 10²⁴.
  RegularisedEvolution<int> evolution(variation, {.population = 4, .sample = 200});
  evolution.tell(numbered({{0, 9}, {5, 5}, {9, 0}, {6, 6}}));
  constexpr int kSteps = 6000;
  std::map<int, int> children = children_of(evolution, variation, kSteps);
  EXPECT_EQ(children[3], 0);
  for (const int parent : {0, 1, 2}) {  // the inner one as often as the ends; five deviations
    EXPECT_NEAR(children[parent] / double{kSteps}, 1.0 / 3, 5 * std::sqrt(2.0 / 9 / kSteps));
  }
}

TEST(RegularisedEvolution, DrawsItsSampleWithReplacement) {
  RecordingVariation variation;
  RegularisedEvolution<int> evolution(variation, {.population = 3, .sample = 2});
  evolution.tell(numbered({{0, 0}, {1, 1}, {2, 2}}));
  constexpr int kSteps = 9000;
  std::map<int, int> children = children_of(evolution, variation, kSteps);
  // The best is missed by both draws with probability (2/3)², the two best with (1/3)².
  EXPECT_NEAR(children[0] / double{kSteps}, 5.0 / 9, 5 * std::sqrt(20.0 / 81 / kSteps));
  EXPECT_NEAR(children[2] / double{kSteps}, 1.0 / 9, 5 * std::sqrt(8.0 / 81 / kSteps));
  EXPECT_EQ(variation.recombined, 0);
}

}  // namespace
}  // namespace ecnas::moo
