// What searches reach, in means over trials: minutes under a sanitizer, so a suite of its own.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "ecnas/search/prior.hpp"
#include "ecnas/search/search.hpp"
#include "search/synthetic_table.hpp"
#include "search/workbench.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::benchmark;
using ecnas::testing::mean_evaluations_to_find_the_front;
using ecnas::testing::mean_feasible;
using ecnas::testing::mean_share;
using ecnas::testing::quantile_of;
using ecnas::testing::synthetic_table;

const std::vector<Objective> kEnergyAndError = {Objective::energy, Objective::validation_error};

class ModelBased : public ::testing::TestWithParam<Algorithm> {};

std::string test_name(const ::testing::TestParamInfo<Algorithm>& instance) {
  std::string text(name(instance.param));
  std::ranges::replace(text, '-', '_');
  return text;
}

INSTANTIATE_TEST_SUITE_P(Reach, ModelBased,
                         ::testing::Values(Algorithm::keen, Algorithm::ms_ehvi, Algorithm::parego),
                         test_name);

TEST_P(ModelBased, FindsTheExactFrontInThreeFifthsOfTheEvaluationsThatRandomSearchTakes) {
  const table::Table table = benchmark("ecnas-4v");
  const Problem problem(table, {.objectives = kEnergyAndError, .epochs = {36}});
  EXPECT_LT(mean_evaluations_to_find_the_front(problem, GetParam(), 10),
            0.6 * mean_evaluations_to_find_the_front(problem, Algorithm::random, 10));
}

TEST_P(ModelBased, MissesTwoThirdsOfWhatRandomSearchMissesOfAFrontOfThreeObjectives) {
  const table::Table table = benchmark("ecnas-5v");
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error,
                                               Objective::parameters}});
  EXPECT_LT(1 - mean_share(problem, GetParam(), 100, 5),
            0.67 * (1 - mean_share(problem, Algorithm::random, 100, 5)));
}

TEST_P(ModelBased, KeepsAMeasuredConstraintTwiceAsOftenAsRandomSearch) {
  const table::Table table = benchmark("ecnas-5v");
  const double limit =
      quantile_of(Problem(table, {.objectives = kEnergyAndError, .epochs = {36}}), 0.2);
  const Problem problem(
      table,
      {.objectives = kEnergyAndError, .epochs = {36}, .constraints = {{Objective::energy, limit}}});
  const double at_random = mean_feasible(problem, Algorithm::random, 60, 5);
  EXPECT_NEAR(at_random, 12, 4);  // one in five keeps it
  EXPECT_GT(mean_feasible(problem, GetParam(), 60, 5), 2 * at_random);
}

/// Energies of the made-up table, in another unit and off by a tenth either way.
Prior rough_energies() {
  return {[](Objective objective, std::span<const space::Cell> cells,
             std::int32_t epochs) -> std::optional<std::vector<double>> {
    if (objective != Objective::energy) return std::nullopt;
    std::vector<double> guesses;
    for (const space::Cell& cell : cells) {
      const auto parameters = static_cast<double>(space::trainable_parameters(cell));
      guesses.push_back(7 * epochs * (parameters + 1.5e6));
    }
    return guesses;
  }};
}

/// Guesses that have nothing to do with energies.
Prior nonsense() {
  return {[](Objective, std::span<const space::Cell> cells,
             std::int32_t) -> std::optional<std::vector<double>> {
    std::vector<double> guesses;
    for (const space::Cell& cell : cells) {
      Rng rng(space::Space::shared().rank(cell).value());
      guesses.push_back(std::exp(2 * rng.normal()));
    }
    return guesses;
  }};
}

double mean_missed(const Problem& problem, SearchOptions options, std::size_t trials) {
  const HypervolumeShare share(objectives_of(exact_front(problem)));
  double sum = 0;
  for (std::uint64_t seed = 0; seed < trials; ++seed)
    sum += 1 - share(objectives_of(run_trial(problem, options, seed).front));
  return sum / static_cast<double>(trials);
}

TEST(Keen, MissesTwoThirdsOfWhatSemoaMissesWithAsManyEvaluations) {
  const table::Table table = benchmark("ecnas-5v");
  const Problem problem(table, {.objectives = kEnergyAndError});
  EXPECT_LT(
      mean_missed(problem, {.algorithm = Algorithm::keen, .stop = {.count = 100}}, 5),
      0.67 * mean_missed(problem, {.algorithm = Algorithm::semoa, .stop = {.count = 100}}, 5));
}

TEST(Keen, StillFindsSomethingWhereNothingSampledKeepsAConstraint) {
  const table::Table table = benchmark("ecnas-5v");
  const Problem all(table, {.objectives = kEnergyAndError, .epochs = {36}});
  const Problem problem(table, {.objectives = kEnergyAndError,
                                .epochs = {36},
                                .constraints = {{Objective::energy, quantile_of(all, 0.002)}}});
  // One in five hundred keeps it: none of some dozens drawn at random is likely to.
  EXPECT_GE(mean_feasible(problem, Algorithm::keen, 60, 5), 1);
}

TEST(Keen, AGoodPriorHelpsAndNonsenseDoesLittleHarm) {
  const table::Table table = synthetic_table({.max_vertices = 5});
  const Problem problem(table, {.objectives = kEnergyAndError});
  SearchOptions options{.algorithm = Algorithm::keen, .stop = {.count = 40}};
  const double without = mean_missed(problem, options, 8);
  options.prior = rough_energies();
  EXPECT_LT(mean_missed(problem, options, 8), without);
  options.prior = nonsense();
  const double misled = mean_missed(problem, options, 8);
  EXPECT_LT(misled,
            mean_missed(problem, {.algorithm = Algorithm::random, .stop = {.count = 40}}, 8));
}

}  // namespace
}  // namespace ecnas::search
