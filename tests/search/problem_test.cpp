#include "ecnas/search/problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/table/builtin.hpp"
#include "search/synthetic_table.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::expect_error;
using ecnas::testing::synthetic_table;

const std::vector<Objective> kEnergyAndError = {Objective::energy, Objective::validation_error};

ErrorCode code_of(const table::Table& table, ProblemOptions options) {
  try {
    const Problem problem(table, std::move(options));
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::interrupted;  // no error: nothing that a problem throws
}

/// The definition, pair by pair: of equal points the first in order of hash and budget.
std::vector<FrontPoint> slow_front(const Problem& problem) {
  std::vector<FrontPoint> all;
  for (table::Row row = 0; row < problem.table().cells(); ++row) {
    for (std::uint32_t budget = 0; budget < problem.budgets().size(); ++budget) {
      if (const auto point = problem.evaluate({row, budget}))
        all.push_back({{row, budget}, *point});
    }
  }
  std::vector<FrontPoint> front;
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool kept = true;
    for (std::size_t j = 0; j < all.size() && kept; ++j) {
      const bool nowhere_worse = std::equal(all[j].objectives.begin(), all[j].objectives.end(),
                                            all[i].objectives.begin(), std::less_equal<>{});
      const bool equal = all[j].objectives == all[i].objectives;
      if (nowhere_worse && (!equal || j < i)) kept = false;
    }
    if (kept) front.push_back(all[i]);
  }
  std::ranges::sort(front, {}, [](const FrontPoint& point) { return point.objectives[0]; });
  return front;
}

void expect_equal(const std::vector<FrontPoint>& actual, const std::vector<FrontPoint>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].candidate, expected[i].candidate) << i;
    EXPECT_EQ(actual[i].objectives, expected[i].objectives) << i;
  }
}

TEST(Problem, DrawsScatterAboutWhatIsExpectedAndAreTheSameForTheSameSeed) {
  const table::Table table = surrogate::open_benchmark("ecnas-4v", {}).value();
  const Problem problem(table, {.objectives = {Objective::energy, Objective::parameters}});
  ASSERT_TRUE(problem.has_noise());
  const Candidate candidate{table::Row{7}, 1};
  const moo::Objectives expected = problem.measure(candidate).objectives;
  const double deviation =
      table.metadata().noise.at("energy_kwh").standard_deviation.at(problem.budgets()[1]);
  constexpr int kDraws = 4000;
  double sum = 0;
  double squares = 0;
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    const moo::Objectives drawn = problem.draw(candidate, seed).objectives;
    EXPECT_EQ(drawn, problem.draw(candidate, seed).objectives);
    EXPECT_EQ(drawn[1], expected[1]);  // the cell alone decides
    const double ratio = std::log(drawn[0] / expected[0]);
    sum += ratio;
    squares += ratio * ratio;
  }
  // Log-normal with the expected mean: logarithms about −σ²/2. Four standard errors, of a mean and
  // of a deviation.
  EXPECT_NEAR(sum / kDraws, -deviation * deviation / 2, 4 * deviation / std::sqrt(kDraws));
  EXPECT_NEAR(std::sqrt(squares / kDraws), deviation, 4 * deviation / std::sqrt(2 * kDraws));
}

TEST(ExactFront, EqualsTheDefinitionPairByPair) {
  const table::Table table = synthetic_table({.absent_every = 5});
  for (const std::vector<std::int32_t>& epochs :
       {std::vector<std::int32_t>{}, std::vector<std::int32_t>{12}}) {
    const Problem problem(table, {.objectives = kEnergyAndError, .epochs = epochs});
    const std::vector<FrontPoint> front = exact_front(problem);
    EXPECT_GE(front.size(), 5U);
    expect_equal(front, slow_front(problem));
  }
}

TEST(ExactFront, InThreeObjectivesEqualsTheDefinitionToo) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error,
                                               Objective::inverse_depth}});
  expect_equal(exact_front(problem), slow_front(problem));
}

TEST(Problem, ValuesAreThoseOfTheTable) {
  const table::Table table = synthetic_table();
  const Problem problem(
      table, {.objectives = {Objective::energy, Objective::validation_error, Objective::parameters,
                             Objective::flops, Objective::training_time, Objective::co2eq}});
  for (table::Row row = 0; row < table.cells(); ++row) {
    for (std::uint32_t budget = 0; budget < 3; ++budget) {
      const auto entry = table.query(row, budget);
      ASSERT_TRUE(entry);
      const moo::Objectives values = problem.evaluate({row, budget}).value();
      EXPECT_EQ(values[0], entry->value("energy_kwh"));
      EXPECT_EQ(values[1], 1.0 - entry->value("validation_accuracy").value());
      EXPECT_EQ(values[2], static_cast<double>(space::trainable_parameters(table.cell(row))));
      EXPECT_EQ(values[3], static_cast<double>(space::flops(table.cell(row))));
      EXPECT_EQ(values[4], entry->value("training_time_s"));
      EXPECT_EQ(values[5], entry->value("co2eq_g"));
    }
  }
}

TEST(Problem, DomainsLeaveOutAbsentEntries) {
  const table::Table table = synthetic_table({.absent_every = 3});
  const Problem problem(table, {.objectives = kEnergyAndError});
  const std::size_t absent = (table.cells() + 2) / 3;
  EXPECT_EQ(problem.domain(0).size(), table.cells());
  EXPECT_EQ(problem.domain(1).size(), table.cells() - absent);
  EXPECT_EQ(problem.domain_size(), 3 * table.cells() - 2 * absent);
  std::size_t evaluated = 0;
  for (table::Row row = 0; row < table.cells(); ++row) {
    if (problem.evaluate({row, 2})) ++evaluated;
  }
  EXPECT_EQ(evaluated, table.cells() - absent);
}

TEST(Problem, EnergiesFollowThePueAskedFor) {
  const table::Table table = synthetic_table();  // states PUE 1.5
  const Problem stored(table, {.objectives = kEnergyAndError});
  const Problem converted(table, {.objectives = kEnergyAndError, .conversion = {.pue = 1.0}});
  const double before = stored.evaluate({7, 1}).value()[0];
  EXPECT_NEAR(converted.evaluate({7, 1}).value()[0], before / 1.5, 1e-12);
  EXPECT_NEAR(converted.reference_point()[0], stored.reference_point()[0] / 1.5, 1e-9);
}

TEST(Problem, ReferencePointIsTheLargestOverAllBudgetsAndOneForErrors) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = kEnergyAndError, .epochs = {4}});
  double largest = 0;
  for (const float value : table.column("energy_kwh")->values) {
    largest = std::max(largest, static_cast<double>(value));
  }
  EXPECT_DOUBLE_EQ(problem.reference_point()[0], largest);
  EXPECT_EQ(problem.reference_point()[1], 1.0);
}

TEST(Problem, WhatTheTableLacksIsNotFound) {
  const table::Table table = synthetic_table();
  EXPECT_EQ(code_of(table, {.objectives = kEnergyAndError, .epochs = {5}}), ErrorCode::not_found);
  EXPECT_EQ(code_of(table, {.objectives = {Objective::test_error}}), ErrorCode::not_found);
  EXPECT_EQ(code_of(table, {.objectives = {}}), ErrorCode::invalid_argument);
  const table::Table structural = table::builtin_table("space-4v").value();
  EXPECT_EQ(code_of(structural, {.objectives = {Objective::parameters}, .epochs = {4}}),
            ErrorCode::not_found);
}

TEST(Problem, ATableWithoutMetricsHasOneBudgetAndObjectivesOfTheCell) {
  const table::Table table = table::builtin_table("space-4v").value();
  const Problem problem(table, {.objectives = {Objective::parameters, Objective::inverse_depth}});
  EXPECT_EQ(problem.domain_size(), 91U);
  const std::vector<FrontPoint> front = exact_front(problem);
  expect_equal(front, slow_front(problem));
  EXPECT_EQ(front.size(), 3U);  // the smallest network of each depth, 0 to 2
}

TEST(HypervolumeShare, IsOneForTheExactFrontAndLessForAPart) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = kEnergyAndError});
  const std::vector<moo::Objectives> exact = objectives_of(exact_front(problem));
  const HypervolumeShare share(exact);
  EXPECT_DOUBLE_EQ(share(exact), 1.0);
  EXPECT_EQ(share({}), 0.0);
  const double part = share(std::span(exact).first(exact.size() / 2));
  EXPECT_GT(part, 0.0);
  EXPECT_LT(part, 1.0);
}

TEST(HypervolumeShare, EqualsTheHandWorkedExample) {
  // Ideal (0, 0), nadir (1, 2). Normalised: (0, 1), (0.5, 0.5), (1, 0); reference (1.1, 1.1):
  // 0.11 + 0.6 · 0.5 + ... = 1.1 · 0.1 + 0.6 · 0.5 + 0.1 · 0.5.
  const std::vector<moo::Objectives> exact = {{0, 2}, {0.5, 1}, {1, 0}};
  const HypervolumeShare share(exact);
  const double whole = 1.1 * 0.1 + 0.6 * 0.5 + 0.1 * 0.5;
  const std::vector<moo::Objectives> middle = {{0.5, 1}};
  EXPECT_NEAR(share(middle), 0.6 * 0.6 / whole, 1e-12);
}

TEST(Constraints, AreReadAsPeopleWriteThem) {
  EXPECT_EQ(parse_constraint("energy<=0.02"), (Constraint{Objective::energy, 0.02}));
  EXPECT_EQ(parse_constraint(" energy_kwh <= 2e-2 "), (Constraint{Objective::energy, 0.02}));
  EXPECT_EQ(parse_constraint("trainable_parameters<=5000000"),
            (Constraint{Objective::parameters, 5e6}));
  const Constraint accuracy = parse_constraint("validation_accuracy>=0.94");
  EXPECT_EQ(accuracy.objective, Objective::validation_error);
  EXPECT_NEAR(accuracy.at_most, 0.06, 1e-7);  // as a 32-bit number of a table
  EXPECT_LE(1 - static_cast<double>(0.94F), accuracy.at_most);
  EXPECT_LE(static_cast<double>(0.1F), parse_constraint("energy<=0.1").at_most);
  for (const char* wrong :
       {"", "energy", "energy<0.02", "energy=0.02", "energy>=0.02", "energy<=", "energy<=much",
        "energy<=inf", "validation_accuracy<=0.9", "<=3", "energy,parameters<=3"}) {
    SCOPED_TRACE(wrong);
    EXPECT_THROW((void)parse_constraint(wrong), Error);
  }
  expect_error(ErrorCode::invalid_argument, "did you mean 'energy'",
               [] { (void)parse_constraint("enrgy<=3"); });
}

}  // namespace
}  // namespace ecnas::search
