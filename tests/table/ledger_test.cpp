#include "ecnas/table/ledger.hpp"

#include <gtest/gtest.h>

#include "ecnas/table/builtin.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::kConv;
using testing::kTwo;
using testing::small_table;

TEST(Ledger, AnEvaluationCostsAndARepeatIsFree) {
  const Table table = small_table();
  const Row row = *table.find(kConv);
  Ledger ledger(table);
  EXPECT_FALSE(ledger.evaluated(row, 0));
  EXPECT_EQ(ledger.book(row, 0), Ledger::Request::evaluation);
  EXPECT_TRUE(ledger.evaluated(row, 0));
  EXPECT_FALSE(ledger.evaluated(row, 1));
  EXPECT_EQ(ledger.book(row, 0), Ledger::Request::repeat);
  EXPECT_EQ(ledger.evaluations(), 1U);
  EXPECT_EQ(ledger.repeats(), 1U);
  EXPECT_EQ(ledger.requests(), 2U);
  EXPECT_EQ(ledger.cost().epochs, 4);
  EXPECT_EQ(ledger.cost().training_time_s, 10.0);
  EXPECT_EQ(ledger.cost().energy_kwh, 0.25);
  EXPECT_EQ(ledger.cost().co2eq_g, 5.0);
  EXPECT_EQ(ledger.missing(), 0U);
}

TEST(Ledger, BudgetsAreEvaluationsOfTheirOwnAndAddUp) {
  const Table table = small_table();
  Ledger ledger(table);
  ledger.book(*table.find(kConv), 0);
  ledger.book(*table.find(kConv), 1);
  ledger.book(*table.find(kTwo), 0);
  EXPECT_EQ(ledger.evaluations(), 3U);
  EXPECT_EQ(ledger.cost().epochs, 4 + 12 + 4);
  EXPECT_EQ(ledger.cost().energy_kwh, 0.25 + 0.75 + 0.5);
  EXPECT_EQ(ledger.cost().training_time_s, 10.0);
  EXPECT_EQ(ledger.missing(), 4U);  // times and emissions of the last two
}

TEST(Ledger, InvalidAndAbsentRequestsCostNothing) {
  const Table table = small_table();
  Ledger ledger(table);
  ledger.book_invalid();
  ledger.book_absent();
  ledger.book_absent();
  EXPECT_EQ(ledger.requests(), 1U);  // absent ones are redrawn and no requests
  EXPECT_EQ(ledger.invalid(), 1U);
  EXPECT_EQ(ledger.absent(), 2U);
  EXPECT_EQ(ledger.evaluations(), 0U);
  EXPECT_EQ(ledger.cost().epochs, 0);
}

TEST(Ledger, CostsAreConvertedAndOfTheChosenRepeat) {
  const Table table = small_table();
  Ledger ledger(table, {.pue = 3.0, .carbon_intensity_g_per_kwh = 100.0}, Repeat::number(2));
  ledger.book(*table.find(kTwo), 0);
  EXPECT_EQ(ledger.cost().energy_kwh, 1.0);
}

TEST(Ledger, ATableOfCellsAloneCountsEachCellOnce) {
  const Table table = *builtin_table("space-4v");
  Ledger ledger(table);
  EXPECT_EQ(ledger.book(90, 0), Ledger::Request::evaluation);
  EXPECT_EQ(ledger.book(90, 0), Ledger::Request::repeat);
  EXPECT_EQ(ledger.cost().epochs, 0);
}

}  // namespace
}  // namespace ecnas::table
