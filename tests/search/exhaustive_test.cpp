#include "search/exhaustive.hpp"

#include <gtest/gtest.h>

#include "ecnas/core/error.hpp"
#include "ecnas/search/search.hpp"
#include "search/synthetic_table.hpp"
#include "search/workbench.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::synthetic_table;

Trial run(const Problem& problem, const StopRule& stop, double batch = 100) {
  return run_trial(
      problem,
      {.algorithm = Algorithm::exhaustive, .algorithm_options = {{"batch", batch}}, .stop = stop},
      1);
}

void expect_exact_front(const Problem& problem) {
  const Trial trial = run(problem, {.count = problem.domain_size()});
  const std::vector<FrontPoint> exact = exact_front(problem);
  ASSERT_EQ(trial.front.size(), exact.size());
  for (std::size_t i = 0; i < exact.size(); ++i) {
    EXPECT_EQ(trial.front[i].candidate, exact[i].candidate);
    EXPECT_EQ(trial.front[i].objectives, exact[i].objectives);
  }
}

TEST(Exhaustive, EvaluatesEveryEntryOnceCellAfterCellAtAscendingBudgets) {
  const table::Table table = synthetic_table({.absent_every = 3});
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error}});
  std::vector<Candidate> expected;
  for (table::Row row = 0; row < table.cells(); ++row) {
    for (std::uint32_t budget = 0; budget < 3; ++budget) {
      if (problem.contains({row, budget})) expected.push_back({row, budget});
    }
  }
  ASSERT_LT(expected.size(), 3 * table.cells());
  for (const double batch : {1.0, 7.0, 1000.0}) {
    const Trial trial = run(problem, {.energy_kwh = 1e9}, batch);
    EXPECT_EQ(trial.stop_reason, StopReason::domain_exhausted);
    ASSERT_EQ(trial.evaluations.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_EQ(trial.evaluations[i].candidate, expected[i]);
    EXPECT_EQ(trial.ledger.repeats, 0U);
  }
}

TEST(Exhaustive, FrontIsTheExactOne) {
  const table::Table table = synthetic_table({.absent_every = 5});
  expect_exact_front({table, {.objectives = {Objective::energy, Objective::validation_error}}});
  expect_exact_front({table, {.objectives = {Objective::validation_error}}});
  expect_exact_front({table,
                      {.objectives = {Objective::parameters, Objective::inverse_depth,
                                      Objective::validation_error}}});
}

TEST(Exhaustive, FrontUnderConstraintsIsTheExactOne) {
  const table::Table table = synthetic_table();
  expect_exact_front(
      {table,
       {.objectives = {Objective::energy, Objective::validation_error},
        .constraints = {{Objective::validation_error, 0.2}, {Objective::parameters, 5e6}}}});
}

TEST(Exhaustive, StopsAtTheLimitGiven) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error}});
  const Trial trial = run(problem, {.count = 17});
  EXPECT_EQ(trial.stop_reason, StopReason::count);
  EXPECT_EQ(trial.evaluations.size(), 17U);
}

TEST(Exhaustive, AsksForNothingAfterTheEnd) {
  const table::Table table = synthetic_table({.max_vertices = 3});
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error}});
  ecnas::testing::Workbench bench(problem);
  Exhaustive algorithm(bench.context(), {.batch = 20});
  Rng rng(1);
  ASSERT_EQ(problem.domain_size(), 21U);
  EXPECT_EQ(algorithm.ask(rng).size(), 20U);
  EXPECT_EQ(algorithm.ask(rng).size(), 1U);
  EXPECT_TRUE(algorithm.ask(rng).empty());
}

TEST(Exhaustive, BatchOfNoneIsAnInvalidArgument) {
  ecnas::testing::expect_error(ErrorCode::invalid_argument, "batch",
                               [] { validate(ExhaustiveOptions{.batch = 0}); });
}

}  // namespace
}  // namespace ecnas::search
