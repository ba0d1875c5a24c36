#include "ecnas/table/builtin.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "ecnas/space/space.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;

TEST(Builtin, EveryListedTableIsThereAndVerifies) {
  ASSERT_EQ(builtin_tables().size(), 4U);
  for (const BuiltinTable& listed : builtin_tables()) {
    const auto table = builtin_table(listed.name);
    ASSERT_TRUE(table) << listed.name;
    EXPECT_EQ(table->name(), listed.name);
    EXPECT_EQ(table->columns().empty(), listed.name.starts_with("space-"));
    table->verify();
  }
  EXPECT_FALSE(builtin_table("space-6v"));
}

TEST(Builtin, Space7vHoldsAllCellsWithTheirPublishedParameters) {
  const Table table = *builtin_table("space-7v");
  EXPECT_EQ(table.cells(), 423'624U);
  const auto parameters = table.trainable_parameters();
  EXPECT_EQ(std::accumulate(parameters.begin(), parameters.end(), std::int64_t{0}),
            3'583'758'170'075);
  EXPECT_EQ(std::ranges::min(parameters), 227'274);
  EXPECT_EQ(table.metadata().reference_point.at("parameters"), 49'979'274.0);
}

TEST(Builtin, Fashion4vIsWholeAndMeasured) {
  const Table table = *builtin_table("fashion-4v");
  EXPECT_EQ(table.cells(), 91U);
  EXPECT_TRUE(std::ranges::equal(table.budgets(), std::array{1, 2, 4}));
  EXPECT_EQ(table.repeats(), 3U);
  EXPECT_EQ(table.metadata().data_set, "Fashion-MNIST");
  EXPECT_EQ(table.metadata().pue, 1.0);
  EXPECT_EQ(table.metadata().energy_quality, "modelled");
  for (const std::string_view metric : kCoreMetrics) {
    const Column* column = table.column(metric);
    ASSERT_NE(column, nullptr) << metric;
    EXPECT_TRUE(std::ranges::all_of(column->provenance, [](Provenance provenance) {
      return provenance == Provenance::measured;
    })) << metric;
  }
}

}  // namespace
}  // namespace ecnas::table
