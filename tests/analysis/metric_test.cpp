#include "ecnas/analysis/metric.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/made_up.hpp"
#include "ecnas/table/builtin.hpp"
#include "support/expect_error.hpp"

namespace ecnas::analysis {
namespace {

using testing::expect_error;
using testing::made_up_table;

TEST(Metric, IsReadInBothSpellings) {
  for (const MetricDescription& description : metrics()) {
    EXPECT_EQ(parse_metric(description.name), description.metric);
    EXPECT_EQ(parse_metric(description.column), description.metric);
    EXPECT_EQ(describe(description.metric).name, description.name);
  }
  expect_error(ErrorCode::invalid_argument, "did you mean 'energy'",
               [] { (void)parse_metric("enrgy"); });
  expect_error(ErrorCode::invalid_argument, "choose from energy, training_time",
               [] { (void)parse_metric("beauty"); });
}

TEST(Values, AreThoseThatQueriesGive) {
  const table::Table table = made_up_table({.left_out = 0.3});
  const Reading reading{.conversion = {.pue = 1.0}, .threads = 3};
  const Values energies = read_values(table, Metric::energy, 12, reading);
  EXPECT_EQ(energies.count, table.cells());
  EXPECT_EQ(energies.provenance[3], table.cells());
  for (table::Row row = 0; row < table.cells(); ++row) {
    const auto entry = table.query(row, 1, table::Repeat::mean(), reading.conversion);
    EXPECT_EQ(energies.values[row], entry->value("energy_kwh"));
  }
}

TEST(Values, OfTheCellAloneNeedNoBudget) {
  const auto table = table::builtin_table("space-4v").value();
  EXPECT_EQ(chosen_epochs(table, std::nullopt), 0);
  const Values flops = read_values(table, Metric::flops, 0);
  for (table::Row row = 0; row < table.cells(); ++row)
    EXPECT_EQ(flops.values[row], static_cast<double>(space::flops(table.cell(row))));
  EXPECT_EQ(flops.provenance, (std::array<std::size_t, 4>{}));
}

TEST(Values, OfTheLargestBudgetUnlessOneIsAskedFor) {
  const table::Table table = made_up_table();
  EXPECT_EQ(chosen_epochs(table, std::nullopt), 12);
  EXPECT_EQ(chosen_epochs(table, 4), 4);
  expect_error(ErrorCode::not_found, "no budget of 5 epochs; it has 4, 12",
               [&] { (void)chosen_epochs(table, 5); });
}

TEST(Values, ThatAreNotThereAreAnError) {
  const table::Table table = made_up_table();
  expect_error(ErrorCode::not_found, "no metric 'test_accuracy'",
               [&] { (void)read_values(table, Metric::test_accuracy, 4); });
  EXPECT_FALSE(has_metric(table, Metric::test_accuracy));
  table::TableBuilder builder({});
  builder.add(space::Cell::trivial(), 4, 1, "energy_kwh", 1, table::Provenance::measured, "t");
  builder.add(space::Cell::trivial(), 12, 1, "training_time_s", 1, table::Provenance::measured,
              "t");
  const table::Table gaps = builder.build("gaps");
  expect_error(ErrorCode::not_found, "no value of 'energy_kwh' at 12 epochs",
               [&] { (void)read_values(gaps, Metric::energy, 12); });
}

}  // namespace
}  // namespace ecnas::analysis
