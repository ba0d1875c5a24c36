#include "search/sh_emoa.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ecnas/moo/sms_emoa.hpp"
#include "search/small_search.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::expect_error;
using ecnas::testing::runs_of_budgets;
using ecnas::testing::SmallSearch;

TEST(ShEmoaChildren, AreAGeometricSeriesThatFillsTheRound) {
  // 120 evaluations less 10 at each of four budgets: 80 parts in 27 : 9 : 3 : 1.
  EXPECT_EQ(sh_emoa_children(120, 10, 4, 3), (std::vector<std::size_t>{54, 18, 6, 2}));
  EXPECT_EQ(sh_emoa_children(56, 10, 3, 3), (std::vector<std::size_t>{18, 6, 2}));
  EXPECT_EQ(sh_emoa_children(60, 10, 3, 2), (std::vector<std::size_t>{17, 9, 4}));
  EXPECT_EQ(sh_emoa_children(50, 10, 1, 3), (std::vector<std::size_t>{40}));
  EXPECT_EQ(sh_emoa_children(5, 10, 3, 3), (std::vector<std::size_t>{1, 1, 1}));
}

TEST(ShEmoa, ClimbsFromBudgetToBudgetAsStated) {
  const table::Table table = ecnas::testing::synthetic_table();
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error}});
  const Trial trial =
      run_trial(problem, {.algorithm = Algorithm::sh_emoa, .stop = {.count = 56}}, 3);
  EXPECT_EQ(runs_of_budgets(trial),
            (std::vector<std::pair<std::uint32_t, std::size_t>>{{0, 28}, {1, 16}, {2, 12}}));
  EXPECT_EQ(trial.ledger.repeats, 0U);
}

TEST(ShEmoa, RoundsAreShortWhereACostIsLimited) {
  const table::Table table = ecnas::testing::synthetic_table({.max_vertices = 5});
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error}});
  const Trial trial = run_trial(
      problem, {.algorithm = Algorithm::sh_emoa, .stop = {.count = 300, .energy_kwh = 1e9}}, 4);
  // 200 evaluations less 10 at each of three budgets: 170 parts in 9 : 3 : 1.
  const auto runs = runs_of_budgets(trial);
  ASSERT_GE(runs.size(), 4U);
  EXPECT_EQ(std::vector(runs.begin(), runs.begin() + 3),
            (std::vector<std::pair<std::uint32_t, std::size_t>>{{0, 128}, {1, 49}, {2, 23}}));
  EXPECT_EQ(runs[3].first, 0U);
}

std::vector<moo::Objectives> sorted_objectives(const moo::Population<Genotype>& population) {
  std::vector<moo::Objectives> points = moo::objectives_of(population);
  std::ranges::sort(points, [](const moo::Objectives& a, const moo::Objectives& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  });
  return points;
}

TEST(ShEmoa, DiscardsTheLeastContributorAfterEveryChild) {
  SmallSearch search({.max_vertices = 5});
  ShEmoa algorithm(search.context(), {.population = 12, .evaluations = 400});
  Rng rng(5);
  for (int step = 0; step < 200; ++step) {
    const std::vector<Genotype> asked = algorithm.ask(rng);
    const std::vector<moo::Evaluated<Genotype>> evaluated = search.evaluated(asked);
    moo::Population<Genotype> expected = algorithm.population();
    moo::append<Genotype>(expected, evaluated);
    while (expected.size() > 12) {
      const std::size_t least = moo::least_contributor(moo::objectives_of(expected));
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(least));
    }
    algorithm.tell(evaluated);
    EXPECT_EQ(sorted_objectives(algorithm.population()), sorted_objectives(expected));
  }
}

TEST(ShEmoa, APopulationIsComparedAtOneBudgetOnly) {
  SmallSearch search({.absent_every = 3});
  ShEmoa algorithm(search.context(), {.population = 6, .evaluations = 40});
  Rng rng(6);
  for (int step = 0; step < 150; ++step) {
    const std::vector<Genotype> asked = algorithm.ask(rng);
    std::set<std::uint32_t> budgets;
    for (const Genotype& genotype : asked)
      budgets.insert(genotype.candidate->budget);
    algorithm.tell(search.evaluated(asked));
    for (const moo::Solution<Genotype>& member : algorithm.population())
      budgets.insert(member.genotype.candidate->budget);
    EXPECT_EQ(budgets.size(), 1U);
  }
}

TEST(ShEmoa, RefusesOptionsOutOfRange) {
  const auto refused = [](const ShEmoaOptions& options, const std::string& part) {
    expect_error(ErrorCode::invalid_argument, part, [&] { validate(options); });
  };
  refused({.population = 0}, "population");
  refused({.eta = 1}, "eta");
  refused({.tournament = 0}, "tournament");
  refused({.crossover_probability = 1.5}, "crossover_probability");
}

}  // namespace
}  // namespace ecnas::search
