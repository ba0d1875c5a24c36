#include "search/keen.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "ecnas/search/prior.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "search/synthetic_table.hpp"
#include "search/workbench.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::benchmark;
using ecnas::testing::by_first_objective;
using ecnas::testing::choice_among;
using ecnas::testing::expect_error;
using ecnas::testing::synthetic_table;

const std::vector<Objective> kEnergyAndError = {Objective::energy, Objective::validation_error};

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

TEST(Keen, PrefersTheCandidateThatIsBestInAllObjectives) {
  const table::Table table = synthetic_table();
  const Problem problem(
      table, {.objectives = {Objective::energy, Objective::training_time}, .epochs = {36}});
  const std::vector<Candidate> entries = by_first_objective(problem);
  for (std::size_t seed = 0; seed < 5; ++seed) {
    const std::vector<Candidate> held_out = {entries[10 + 4 * seed], entries[0],
                                             entries[40 + seed]};
    EXPECT_EQ(choice_among<Keen>(problem, held_out, KeenOptions{.batch = 0}, seed),
              std::vector{entries[0]});
  }
}

TEST(Keen, EnergiesOfTheShippedModelAreAsItPredictsThem) {
  const auto model = std::make_shared<const surrogate::Surrogate>(
      surrogate::shipped_model().surrogate(surrogate::Target::energy_kwh));
  const Prior prior = energy_prior(model);
  const auto cells = space::Space::shared(4).cells();
  const auto predicted = model->predict(cells, 4);
  for (const std::int32_t epochs : {4, 108}) {
    const auto guesses = prior.guess(Objective::energy, cells, epochs);
    ASSERT_TRUE(guesses.has_value());
    for (std::size_t i = 0; i < cells.size(); ++i)
      EXPECT_DOUBLE_EQ((*guesses)[i], predicted[i].value * epochs);
  }
  EXPECT_FALSE(prior.guess(Objective::validation_error, cells, 4).has_value());
}

TEST(Keen, EachIngredientCanBeLeftOut) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = kEnergyAndError});
  for (const char* option :
       {"use_prior", "use_neighbours", "choose_budgets", "use_features", "use_uncertainty"}) {
    // A pool smaller than the domain, so that neighbours, mutants and samples fill it.
    const SearchOptions options{.algorithm = Algorithm::keen,
                                .algorithm_options = {{option, 0}, {"pool", 20}},
                                .prior = rough_energies(),
                                .stop = {.count = 80}};
    const Trial trial = run_trial(problem, options, 2);
    EXPECT_EQ(trial.stop_reason, StopReason::count) << option;
    EXPECT_EQ(trial.evaluations.size(), 80U) << option;
  }
}

TEST(Keen, BudgetsTakeTurnsWhereTheyAreNotChosen) {
  const table::Table table = synthetic_table({.max_vertices = 5});
  const Problem problem(table, {.objectives = kEnergyAndError});
  const SearchOptions options{.algorithm = Algorithm::keen,
                              .algorithm_options = {{"choose_budgets", 0}},
                              .stop = {.count = 66}};
  const Trial trial = run_trial(problem, options, 2);
  std::map<std::uint32_t, int> counts;
  for (std::size_t i = 6; i < 66; ++i)  // without the first samples, which draw their budgets
    ++counts[trial.evaluations[i].candidate.budget];
  for (std::uint32_t budget = 0; budget < 3; ++budget)
    EXPECT_EQ(counts[budget], 20);
}

TEST(Keen, IsThriftyUnderALimitOnEnergy) {
  const table::Table table = benchmark("ecnas-5v");
  const Problem problem(table, {.objectives = kEnergyAndError});
  const auto evaluations = [&](double thrift) {
    std::size_t sum = 0;
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const SearchOptions options{.algorithm = Algorithm::keen,
                                  .algorithm_options = {{"thrift", thrift}},
                                  .stop = {.energy_kwh = 3}};
      sum += run_trial(problem, options, seed).evaluations.size();
    }
    return sum;
  };
  EXPECT_EQ(evaluations(-1), evaluations(1));
  EXPECT_GT(evaluations(1), 2 * evaluations(0));
}

TEST(Keen, SameSeedGivesTheSameEvaluations) {
  const table::Table table = synthetic_table({.max_vertices = 5});
  const Problem problem(table, {.objectives = kEnergyAndError});
  const SearchOptions options{
      .algorithm = Algorithm::keen,
      .algorithm_options = {{"training", 40}, {"batch", 0.05}, {"pool", 60}},
      .stop = {.count = 120}};
  const Trial first = run_trial(problem, options, 9);
  const Trial second = run_trial(problem, options, 9);
  ASSERT_EQ(first.evaluations.size(), 120U);
  for (std::size_t i = 0; i < 120; ++i)
    EXPECT_EQ(first.evaluations[i].candidate, second.evaluations[i].candidate);
}

TEST(Keen, ExhaustsASmallDomain) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = kEnergyAndError});
  const Trial trial =
      run_trial(problem, {.algorithm = Algorithm::keen, .stop = {.count = 1000}}, 1);
  EXPECT_EQ(trial.stop_reason, StopReason::domain_exhausted);
}

TEST(Keen, RefusesOptionsThatMakeNoSense) {
  const auto refuses = [](const char* part, KeenOptions options) {
    expect_error(ErrorCode::invalid_argument, part, [&] { validate(options); });
  };
  refuses("initial", {.initial = 0});
  refuses("pool", {.pool = 0});
  refuses("training", {.training = 0});
  refuses("batch", {.batch = 1.1});
  refuses("thrift", {.thrift = -0.5});
  refuses("thrift", {.thrift = 1.5});
}

}  // namespace
}  // namespace ecnas::search
