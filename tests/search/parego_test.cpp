#include "search/parego.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/search/search.hpp"
#include "search/synthetic_table.hpp"
#include "search/workbench.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::by_first_objective;
using ecnas::testing::choice_among;
using ecnas::testing::expect_error;
using ecnas::testing::synthetic_table;

const std::vector<Objective> kEnergyAndError = {Objective::energy, Objective::validation_error};

TEST(AugmentedTchebycheff, IsTheGreatestWeightedObjectivePlusAShareOfTheirSum) {
  // 0.3 · 0.5 = 0.15 and 0.7 · 0.2 = 0.14.
  EXPECT_DOUBLE_EQ(augmented_tchebycheff({0.5, 0.2}, moo::Weights{0.3, 0.7}, 0.05),
                   0.15 + 0.05 * (0.15 + 0.14));
  EXPECT_DOUBLE_EQ(augmented_tchebycheff({0.5, 0.2, 1.0}, moo::Weights{0.25, 0.25, 0.5}, 0.0), 0.5);
}

TEST(AugmentedTchebycheff, OfEqualMaximaPrefersTheDominatingPoint) {
  const moo::Weights weights{0.5, 0.5};
  EXPECT_LT(augmented_tchebycheff({0.8, 0.2}, weights, 0.05),
            augmented_tchebycheff({0.8, 0.4}, weights, 0.05));
  EXPECT_EQ(augmented_tchebycheff({0.8, 0.2}, weights, 0),
            augmented_tchebycheff({0.8, 0.4}, weights, 0));
}

TEST(TrainingPositions, AreAllWhereTheyAreFewAndElseHalfTheBestAndHalfOthers) {
  std::vector<double> costs;
  for (int i = 0; i < 100; ++i)
    costs.push_back((i * 37) % 100);
  Rng rng(1);
  EXPECT_EQ(training_positions(costs, 100, rng).size(), 100U);
  std::set<std::size_t> others;
  for (int draw = 0; draw < 200; ++draw) {
    const std::vector<std::size_t> positions = training_positions(costs, 11, rng);
    ASSERT_EQ(positions.size(), 11U);
    EXPECT_TRUE(std::ranges::is_sorted(positions));
    EXPECT_EQ(std::ranges::adjacent_find(positions), positions.end());
    EXPECT_GE(std::ranges::count_if(positions, [&](std::size_t i) { return costs[i] < 5; }), 5);
    for (const std::size_t i : positions) {
      if (costs[i] >= 5) others.insert(i);
    }
  }
  EXPECT_EQ(others.size(), 95U);
}

TEST(TrainingPositions, OfEqualCostsAreDrawn) {
  const std::vector<double> costs(10, 1.0);
  Rng rng(2);
  std::vector<int> counts(costs.size());
  for (int draw = 0; draw < 1000; ++draw) {
    for (const std::size_t i : training_positions(costs, 2, rng))
      ++counts[i];
  }
  // 200 are expected of each; 60 are more than four standard deviations.
  for (const int count : counts)
    EXPECT_NEAR(count, 200, 60);
}

TEST(Argmax, FindsTheGreatestValueAndComputesOnlyThoseThatBoundsLeaveOpen) {
  Rng rng(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values;
    std::vector<double> bounds;
    for (std::size_t i = 0; i < 1 + rng.below(30); ++i) {
      values.push_back(static_cast<double>(rng.below(10)));
      bounds.push_back(values.back() + static_cast<double>(rng.below(3)));
    }
    const double greatest = std::ranges::max(values);
    const std::size_t found = argmax(bounds, [&](std::size_t i) {
      EXPECT_GE(bounds[i], greatest);
      return values[i];
    });
    EXPECT_EQ(values[found], greatest);
  }
}

// Energy and time are proportional, so one entry is the best for every weight.
TEST(ParEgo, PrefersTheCandidateThatIsBestForEveryWeight) {
  const table::Table table = synthetic_table();
  const Problem problem(
      table, {.objectives = {Objective::energy, Objective::training_time}, .epochs = {36}});
  const std::vector<Candidate> entries = by_first_objective(problem);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<Candidate> held_out = {entries[10 + seed], entries[0], entries[40 + seed]};
    for (const bool logarithms : {false, true}) {
      const ParEgoOptions options{.random = entries.size(), .batch = 0, .logarithms = logarithms};
      EXPECT_EQ(choice_among<ParEgo>(problem, held_out, options, seed), std::vector{entries[0]});
    }
  }
}

TEST(ParEgo, LeavesACandidateThatBreaksTheConstraintForAWorseOneThatKeepsIt) {
  const table::Table table = synthetic_table();
  const std::vector<Objective> objectives = {Objective::energy, Objective::training_time};
  const auto at_36 = [&](std::vector<Constraint> constraints) {
    return Problem(
        table, {.objectives = objectives, .epochs = {36}, .constraints = std::move(constraints)});
  };
  const Problem unconstrained = at_36({});
  const Candidate best = exact_front(unconstrained).front().candidate;
  const Problem errors(table, {.objectives = {Objective::validation_error}, .epochs = {36}});
  // The cells of least energy have the greatest errors.
  const double median = errors.measure(by_first_objective(errors)[table.cells() / 2]).objectives[0];
  const Problem constrained = at_36({{Objective::validation_error, median}});
  const Candidate best_feasible = exact_front(constrained).front().candidate;
  ASSERT_NE(best_feasible, best);
  const std::vector<Candidate> held_out = {best, best_feasible};
  const ParEgoOptions options{.random = table.cells(), .batch = 0};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(choice_among<ParEgo>(constrained, held_out, options, seed),
              std::vector{best_feasible});
    EXPECT_EQ(choice_among<ParEgo>(unconstrained, held_out, options, seed), std::vector{best});
  }
}

// The three entries that keep it are among those not known.
TEST(ParEgo, SeeksTheConstraintWhereNothingKeepsIt) {
  const table::Table table = synthetic_table();
  const Problem errors(table, {.objectives = {Objective::validation_error}, .epochs = {36}});
  const std::vector<Candidate> by_error = by_first_objective(errors);
  const double limit = errors.measure(by_error[2]).objectives[0];
  const Problem problem(table, {.objectives = {Objective::energy, Objective::training_time},
                                .epochs = {36},
                                .constraints = {{Objective::validation_error, limit}}});
  const std::vector<Candidate> held_out = {by_error[80], by_error[0], by_error[40], by_error[1],
                                           by_error[2]};
  const std::vector<Candidate> chosen = choice_among<ParEgo>(
      problem, held_out, ParEgoOptions{.random = table.cells(), .batch = 0}, 1);
  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_EQ(problem.measure(chosen.front()).violation, 0);
}

TEST(ParEgo, SameSeedGivesTheSameEvaluations) {
  const table::Table table = synthetic_table({.max_vertices = 5});
  const Problem problem(table, {.objectives = kEnergyAndError});
  const SearchOptions options{.algorithm = Algorithm::parego,
                              .algorithm_options = {{"training", 40}, {"batch", 0.05}},
                              .stop = {.count = 120}};
  const Trial first = run_trial(problem, options, 9);
  const Trial second = run_trial(problem, options, 9);
  ASSERT_EQ(first.evaluations.size(), 120U);
  for (std::size_t i = 0; i < 120; ++i)
    EXPECT_EQ(first.evaluations[i].candidate, second.evaluations[i].candidate);
}

TEST(ParEgo, ExhaustsASmallDomainWithoutRepeats) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = kEnergyAndError, .epochs = {36}});
  const Trial trial =
      run_trial(problem, {.algorithm = Algorithm::parego, .stop = {.count = 1000}}, 1);
  EXPECT_EQ(trial.stop_reason, StopReason::domain_exhausted);
  // The first samples are drawn with replacement.
  EXPECT_LT(trial.ledger.repeats, 10U);
}

TEST(ParEgo, RefusesOptionsThatMakeNoSense) {
  const auto refuses = [](const char* part, ParEgoOptions options) {
    expect_error(ErrorCode::invalid_argument, part, [&] { validate(options); });
  };
  refuses("initial", {.initial = 0});
  refuses("random", {.random = 0});
  refuses("training", {.training = 0});
  refuses("batch", {.batch = -0.1});
  refuses("batch", {.batch = 1.1});
  refuses("rho", {.rho = -1});
}

}  // namespace
}  // namespace ecnas::search
