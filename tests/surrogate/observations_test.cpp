#include "ecnas/surrogate/observations.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "ecnas/space/canonical.hpp"
#include "ecnas/surrogate/target.hpp"
#include "ecnas/table/builder.hpp"
#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;
using testing::some_cells;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Targets, NamesAndUnitsAreThoseOfTheTablesMetrics) {
  for (const Target target : kTargets) {
    EXPECT_EQ(parse_target(name(target)), target);
    EXPECT_EQ(table::metric_info(name(target))->unit, unit(target)) << name(target);
  }
  EXPECT_EQ(parse_target("energy"), Target::energy_kwh);
  EXPECT_EQ(parse_target("training_time"), Target::training_time_s);
  EXPECT_EQ(parse_target("accuracy"), std::nullopt);
  EXPECT_EQ(parse_accuracy_kind("mean"), AccuracyKind::mean);
  EXPECT_EQ(parse_accuracy_kind(name(AccuracyKind::sample)), AccuracyKind::sample);
  EXPECT_EQ(parse_accuracy_kind("best"), std::nullopt);
}

/// Two cells with energies, one of them at one budget only, and one without.
table::Table small_table() {
  table::Metadata metadata;
  metadata.pue = 1.5;
  table::TableBuilder builder(metadata);
  const auto measured = table::Provenance::measured;
  const space::Cell convolution = space::parse_cell("010001000:conv3x3");
  builder.add(convolution, 4, 1, "energy_kwh", 0.25F, measured, "t");
  builder.add(convolution, 4, 3, "energy_kwh", 0.75F, measured, "t");
  builder.add(convolution, 12, 1, "energy_kwh", 1.0F, measured, "t");
  builder.add(space::Cell::trivial(), 12, 2, "energy_kwh", 2.0F, measured, "t");
  builder.add(space::parse_cell("010001000:conv1x1"), 4, 1, "training_time_s", 9, measured, "t");
  return builder.build("small");
}

TEST(Observe, TakesMeansOverRepeatsOfTheCellsThatHaveThem) {
  const Observations all = observe(small_table(), Target::energy_kwh, AccuracyKind::sample);
  EXPECT_EQ(all.target, Target::energy_kwh);
  EXPECT_EQ(all.kind, AccuracyKind::sample);
  EXPECT_EQ(all.source, "small");
  EXPECT_EQ(all.pue, 1.5);
  EXPECT_EQ(all.epochs, (std::vector<std::int32_t>{4, 12}));
  ASSERT_EQ(all.cells.size(), 2U);
  const std::size_t trivial = all.cells[0] == space::Cell::trivial() ? 0 : 1;
  EXPECT_LT(space::hash_of(all.cells[0]), space::hash_of(all.cells[1]));
  EXPECT_EQ(all.value(1 - trivial, 0), 0.5);
  EXPECT_EQ(all.value(1 - trivial, 1), 1.0);
  EXPECT_TRUE(std::isnan(all.value(trivial, 0)));
  EXPECT_EQ(all.value(trivial, 1), 2.0);
  EXPECT_EQ(all.repeats[2 * (1 - trivial)], 2);
  EXPECT_EQ(all.repeats[2 * trivial], 0);
  EXPECT_EQ(all.repeats[2 * trivial + 1], 1);
}

TEST(Observe, OfOneBudgetLeavesOutCellsWithoutIt) {
  const Observations some = observe(small_table(), Target::energy_kwh, AccuracyKind::mean, 4);
  EXPECT_EQ(some.epochs, std::vector<std::int32_t>{4});
  ASSERT_EQ(some.cells.size(), 1U);
  EXPECT_EQ(some.values, std::vector<double>{0.5});
  EXPECT_EQ(some.repeats, std::vector<std::uint8_t>{2});
}

TEST(Observe, LeavesOutBudgetsAtWhichNothingWasObserved) {
  const Observations times =
      observe(small_table(), Target::training_time_s, AccuracyKind::mean);  // none at 12 epochs
  EXPECT_EQ(times.epochs, std::vector<std::int32_t>{4});
  EXPECT_EQ(times.values, std::vector<double>{9});
}

TEST(AtBudgets, TakesThoseAskedForAndRefusesOthers) {
  const Observations all = observe(small_table(), Target::energy_kwh, AccuracyKind::mean);
  const std::array<std::int32_t, 1> twelve = {12};
  const Observations some = at_budgets(all, twelve);
  EXPECT_EQ(some.epochs, std::vector<std::int32_t>{12});
  EXPECT_EQ(some.cells, all.cells);
  ASSERT_EQ(some.values.size(), 2U);
  ASSERT_EQ(some.repeats.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(some.value(i, 0), all.value(i, 1));
    EXPECT_EQ(some.repeats[i], all.repeats[2 * i + 1]);
  }
  const std::array<std::int32_t, 2> more = {12, 36};
  expect_error(ErrorCode::invalid_data, "small: no energy_kwh at 36 epochs; there are 4, 12",
               [&] { (void)at_budgets(all, more); });
}

TEST(Observe, RefusesTargetsAndBudgetsThatAreNotThere) {
  const table::Table table = small_table();
  expect_error(ErrorCode::not_found, "small: there is no test_accuracy",
               [&] { (void)observe(table, Target::test_accuracy, AccuracyKind::mean); });
  expect_error(ErrorCode::not_found, "small: nothing at 36 epochs; there are 4, 12",
               [&] { (void)observe(table, Target::energy_kwh, AccuracyKind::mean, 36); });
}

Observations fittable(Target target, std::size_t cells = 20) {
  std::vector<space::Cell> some = some_cells(cells, 1);
  return testing::made_up_observations(target, some, {4, 12}, [&](const space::Cell& cell, int) {
    return 0.5 + 0.01 * testing::size_of_network(cell);
  });
}

TEST(ExpectFittable, AcceptsTwentyCellsAtEveryBudget) {
  EXPECT_NO_THROW(expect_fittable(fittable(Target::energy_kwh)));
  EXPECT_NO_THROW(expect_fittable(fittable(Target::test_accuracy)));
  Observations some = fittable(Target::energy_kwh, 21);
  some.values[6] = kNaN;  // not observed
  EXPECT_NO_THROW(expect_fittable(some));
}

void expect_refused(const Observations& observations, const std::string& part) {
  expect_error(ErrorCode::invalid_data, part, [&] { expect_fittable(observations); });
}

TEST(ExpectFittable, RefusesFewerThanTwentyCells) {
  expect_refused(fittable(Target::energy_kwh, 19),
                 "made-up: energy_kwh of 19 cells; a model needs 20 at least");
  Observations some = fittable(Target::energy_kwh);
  some.values[7] = kNaN;
  expect_refused(some, "made-up: energy_kwh of 19 cells at 12 epochs; a model needs 20 at least");
}

TEST(ExpectFittable, RefusesValuesThatAreAllEqual) {
  Observations some = fittable(Target::energy_kwh);
  for (std::size_t i = 1; i < some.values.size(); i += 2)
    some.values[i] = 0.25;
  expect_refused(some, "made-up: energy_kwh at 12 epochs is 0.25 for all cells");
}

TEST(ExpectFittable, NamesTheCellOfAValueThatMakesNoSense) {
  const auto refuses = [](Target target, double value, const std::string& expected) {
    Observations some = fittable(target);
    some.values[11] = value;
    expect_refused(some, "made-up: " + std::string(name(target)) + " of cell " +
                             to_text(space::hash_of(some.cells[5])) + " at 12 epochs is " +
                             expected);
  };
  refuses(Target::energy_kwh, -1, "-1; expected a positive number");
  refuses(Target::energy_kwh, 0, "0; expected a positive number");
  refuses(Target::training_time_s, std::numeric_limits<double>::infinity(), "inf; expected");
  refuses(Target::validation_accuracy, 1.5, "1.5; expected a fraction");
  refuses(Target::test_accuracy, -0.5, "-0.5; expected a fraction");
}

}  // namespace
}  // namespace ecnas::surrogate
