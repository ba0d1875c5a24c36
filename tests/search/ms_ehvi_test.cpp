#include "search/ms_ehvi.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/hypervolume.hpp"
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
using ecnas::testing::Workbench;

const std::vector<Objective> kEnergyAndError = {Objective::energy, Objective::validation_error};

/// By how much each of the unknown entries would grow the hypervolume, of which the reference lies
/// a tenth of their range beyond all that is known.
std::vector<double> true_gains(const Problem& problem, std::span<const Candidate> known,
                               std::span<const Candidate> unknown) {
  std::vector<moo::Objectives> points;
  for (const Candidate candidate : known)
    points.push_back(problem.measure(candidate).objectives);
  const moo::Bounds bounds = moo::bounds_of(points);
  std::vector<double> reference;
  for (std::size_t k = 0; k < bounds.nadir.size(); ++k)
    reference.push_back(bounds.nadir[k] + 0.1 * (bounds.nadir[k] - bounds.ideal[k]));
  const double before = moo::hypervolume(points, moo::Objectives(reference));
  std::vector<double> gains;
  for (const Candidate candidate : unknown) {
    points.push_back(problem.measure(candidate).objectives);
    gains.push_back(moo::hypervolume(points, moo::Objectives(reference)) - before);
    points.pop_back();
  }
  return gains;
}

TEST(MsEhvi, OfObjectivesThatTheCellDecidesTakesTheGreatestTrueGain) {
  const table::Table table = synthetic_table({.max_vertices = 5});
  const Problem problem(
      table, {.objectives = {Objective::parameters, Objective::inverse_depth}, .epochs = {36}});
  Workbench bench(problem);
  const std::vector<Candidate> all = every_entry(bench.space());
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    std::vector<Candidate> unknown = all;
    rng.shuffle(std::span(unknown));
    const std::vector<Candidate> known(unknown.begin(), unknown.begin() + 15);
    unknown.erase(unknown.begin(), unknown.begin() + 15);
    MsEhvi algorithm(bench.context(), {.random = all.size(), .batch = 0});
    algorithm.tell(bench.evaluated(known, rng));
    const std::vector<Genotype> asked = algorithm.ask(rng);
    ASSERT_EQ(asked.size(), 1U);
    const std::vector<double> gains = true_gains(problem, known, unknown);
    const auto chosen = std::ranges::find(unknown, asked.front().candidate.value());
    ASSERT_NE(chosen, unknown.end());
    const double greatest = std::ranges::max(gains);
    EXPECT_GT(greatest, 0);
    // Volumes are sums of other boxes: 1e-9 of the volume is far beyond their rounding.
    EXPECT_NEAR(gains[static_cast<std::size_t>(chosen - unknown.begin())], greatest,
                1e-9 * greatest);
  }
}

TEST(MsEhvi, PrefersTheCandidateThatIsBestInAllObjectives) {
  const table::Table table = synthetic_table();
  const Problem problem(
      table, {.objectives = {Objective::energy, Objective::training_time}, .epochs = {36}});
  const std::vector<Candidate> entries = by_first_objective(problem);
  for (const bool logarithms : {false, true}) {
    for (std::size_t seed = 0; seed < 5; ++seed) {
      const std::vector<Candidate> held_out = {entries[10 + 4 * seed], entries[0],
                                               entries[40 + seed]};
      EXPECT_EQ(
          choice_among<MsEhvi>(
              problem, held_out,
              MsEhviOptions{.random = entries.size(), .batch = 0, .logarithms = logarithms}, seed),
          std::vector{entries[0]});
    }
  }
}

TEST(MsEhvi, LeavesACandidateThatBreaksTheConstraintForAWorseOneThatKeepsIt) {
  const table::Table table = synthetic_table();
  const auto at_36 = [&](std::vector<Constraint> constraints) {
    return Problem(table, {.objectives = {Objective::energy, Objective::training_time},
                           .epochs = {36},
                           .constraints = std::move(constraints)});
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
  const MsEhviOptions options{.random = table.cells(), .batch = 0};
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    EXPECT_EQ(choice_among<MsEhvi>(constrained, held_out, options, seed),
              std::vector{best_feasible});
    EXPECT_EQ(choice_among<MsEhvi>(unconstrained, held_out, options, seed), std::vector{best});
  }
}

// A cell counts as evaluated when the next is chosen: of many that would gain the same, one.
TEST(MsEhvi, ABatchTakesEveryPointOfAHiddenFrontOnce) {
  const table::Table table = synthetic_table({.max_vertices = 5});
  const Problem problem(
      table, {.objectives = {Objective::parameters, Objective::inverse_depth}, .epochs = {36}});
  const std::vector<moo::Objectives> front = objectives_of(exact_front(problem));
  std::vector<Candidate> held_out;
  for (const table::Row row : problem.domain(0)) {
    if (std::ranges::find(front, problem.measure({row, 0}).objectives) != front.end())
      held_out.push_back({row, 0});
  }
  ASSERT_GT(held_out.size(), front.size());
  ASSERT_GE(front.size(), 3U);
  const double share = (static_cast<double>(front.size()) + 0.5) /
                       static_cast<double>(table.cells() - held_out.size());
  std::vector<moo::Objectives> points;
  for (const Candidate candidate : choice_among<MsEhvi>(
           problem, held_out, MsEhviOptions{.random = table.cells(), .batch = share}, 1))
    points.push_back(problem.measure(candidate).objectives);
  const auto by_parameters = [](const moo::Objectives& point) { return point[0]; };
  std::ranges::sort(points, {}, by_parameters);
  EXPECT_EQ(points, front);
}

TEST(MsEhvi, SameSeedGivesTheSameEvaluations) {
  const table::Table table = synthetic_table({.max_vertices = 5});
  const Problem problem(table, {.objectives = kEnergyAndError});
  const SearchOptions options{.algorithm = Algorithm::ms_ehvi,
                              .algorithm_options = {{"training", 40}, {"batch", 0.05}},
                              .stop = {.count = 120}};
  const Trial first = run_trial(problem, options, 9);
  const Trial second = run_trial(problem, options, 9);
  ASSERT_EQ(first.evaluations.size(), 120U);
  for (std::size_t i = 0; i < 120; ++i)
    EXPECT_EQ(first.evaluations[i].candidate, second.evaluations[i].candidate);
}

TEST(MsEhvi, ExhaustsASmallDomainWithoutRepeats) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = kEnergyAndError, .epochs = {36}});
  const Trial trial =
      run_trial(problem, {.algorithm = Algorithm::ms_ehvi, .stop = {.count = 1000}}, 1);
  EXPECT_EQ(trial.stop_reason, StopReason::domain_exhausted);
  // The first samples are drawn with replacement.
  EXPECT_LT(trial.ledger.repeats, 10U);
}

TEST(MsEhvi, RefusesOptionsThatMakeNoSense) {
  const auto refuses = [](const char* part, MsEhviOptions options) {
    expect_error(ErrorCode::invalid_argument, part, [&] { validate(options); });
  };
  refuses("initial", {.initial = 0});
  refuses("random", {.random = 0});
  refuses("training", {.training = 0});
  refuses("batch", {.batch = -0.1});
  refuses("batch", {.batch = 1.1});
}

}  // namespace
}  // namespace ecnas::search
