// What all algorithms that choose their budgets by successive halving have in common.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "ecnas/search/search.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "search/synthetic_table.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::synthetic_table;

const std::vector<Objective> kEnergyAndError = {Objective::energy, Objective::validation_error};

class MultiFidelity : public ::testing::TestWithParam<Algorithm> {};

INSTANTIATE_TEST_SUITE_P(Search, MultiFidelity,
                         ::testing::Values(Algorithm::sh_emoa, Algorithm::mo_sh_bananas,
                                           Algorithm::mo_bohb, Algorithm::mo_asha),
                         [](const auto& instance) {
                           std::string text(name(instance.param));
                           std::ranges::replace(text, '-', '_');
                           return text;
                         });

/// Asks for more than there is.
Trial exhausting(const Problem& problem, Algorithm algorithm) {
  return run_trial(problem, {.algorithm = algorithm, .stop = {.count = 1'000'000}}, 1);
}

TEST_P(MultiFidelity, EvaluatesAllOfASmallDomainWithoutAskingTwice) {
  for (const unsigned max_vertices : {2U, 3U, 4U}) {
    for (const unsigned absent_every : {0U, 2U, 3U}) {
      const table::Table table =
          synthetic_table({.max_vertices = max_vertices, .absent_every = absent_every});
      // Absent at every budget but the first: a domain that is empty is no problem.
      if (max_vertices == 2 && absent_every > 0) continue;
      for (const std::vector<std::int32_t>& epochs : {std::vector<std::int32_t>{}, {12}, {4, 36}}) {
        const Problem problem(table, {.objectives = kEnergyAndError, .epochs = epochs});
        const Trial trial = exhausting(problem, GetParam());
        EXPECT_EQ(trial.stop_reason, StopReason::domain_exhausted);
        EXPECT_EQ(trial.ledger.evaluations, problem.domain_size());
        EXPECT_EQ(trial.ledger.repeats, 0U);
      }
    }
  }
}

TEST_P(MultiFidelity, MinimisesThreeObjectivesOneOfThemKnown) {
  const table::Table table = synthetic_table();
  const Problem problem(
      table, {.objectives = {Objective::energy, Objective::validation_error, Objective::flops}});
  const Trial trial = run_trial(problem, {.algorithm = GetParam(), .stop = {.count = 120}}, 2);
  EXPECT_EQ(trial.evaluations.size(), 120U);
  EXPECT_GT(trial.front.size(), 10U);
}

TEST_P(MultiFidelity, MinimisesObjectivesThatNeedNoTraining) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = {Objective::parameters, Objective::inverse_depth}});
  const Trial trial = run_trial(problem, {.algorithm = GetParam(), .stop = {.count = 60}}, 3);
  EXPECT_EQ(trial.evaluations.size(), 60U);
}

/// Of the evaluations at the largest budget, the share that keeps the constraints.
double feasible_share(const Problem& problem, Algorithm algorithm) {
  const std::vector<Trial> trials = run_search(
      problem, {.algorithm = algorithm, .stop = {.count = 150}, .trials = 10, .seed = 4});
  double feasible = 0;
  double all = 0;
  for (const Trial& trial : trials) {
    for (const Evaluation& evaluation : trial.evaluations) {
      if (evaluation.candidate.budget + 1 < problem.budgets().size()) continue;
      feasible += evaluation.is_feasible ? 1 : 0;
      ++all;
    }
  }
  return feasible / all;
}

TEST_P(MultiFidelity, PrefersSolutionsThatKeepAConstraint) {
  const table::Table table = synthetic_table({.max_vertices = 5});
  constexpr double kErrorLimit = 0.04;
  const Problem problem(table, {.objectives = kEnergyAndError,
                                .constraints = {{Objective::validation_error, kErrorLimit}}});
  const Trial trial = run_trial(problem, {.algorithm = GetParam(), .stop = {.count = 150}}, 5);
  ASSERT_FALSE(trial.front.empty());
  for (const FrontPoint& point : trial.front)
    EXPECT_LE(point.objectives[1], kErrorLimit);
  EXPECT_GT(feasible_share(problem, GetParam()), feasible_share(problem, Algorithm::random) + 0.1);
}

// On all cells of at most 5 vertices. Where most of a domain is evaluated it does not hold: going
// through the smallest budgets first is a drawback then (docs/algorithms/successive-halving.md).
TEST_P(MultiFidelity, LeavesLessOfTheHypervolumeThanRandomSearchByATenthOnAverage) {
  if (surrogate::shipped_model_bytes().empty()) GTEST_SKIP() << "this build has no model";
  const std::optional<table::Table> table = surrogate::open_benchmark("ecnas-5v", {.threads = 1});
  const Problem problem(table.value(), {.objectives = kEnergyAndError});
  const HypervolumeShare share(objectives_of(exact_front(problem)));
  const auto mean_left = [&](Algorithm algorithm) {
    const std::vector<Trial> trials = run_search(
        problem, {.algorithm = algorithm, .stop = {.count = 150}, .trials = 20, .seed = 6});
    double left = 0;
    for (const Trial& trial : trials)
      left += (1 - share(objectives_of(trial.front))) / 20;
    return left;
  };
  EXPECT_LT(mean_left(GetParam()), 0.9 * mean_left(Algorithm::random));
}

}  // namespace
}  // namespace ecnas::search
