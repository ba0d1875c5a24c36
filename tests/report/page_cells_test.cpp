#include "ecnas/report/page.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "oracles/page_cells.hpp"
#include "page/example_pages.hpp"
#include "report/page_directory.hpp"
#include "table/fixtures.hpp"

namespace ecnas {
namespace {

using nlohmann::json;
using oracles::PageCells;
using report::Page;
using table::Provenance;
using testing::explorer_page;
using testing::made_up_table;
using testing::small_table;

class PageCellsTest : public testing::PageDirectory {};

/// How far a kept value may be from the table's.
struct Allowed {
  double of_fraction;  ///< absolute
  double of_cost;      ///< relative
};

/// 32-bit numbers; costs of other budgets follow from one.
constexpr Allowed kExact = {6e-8, 1e-6};
/// What page.hpp promises, and the rounding of 32-bit numbers.
constexpr Allowed kSteps = {2.5e-5 + 1e-7, 1.25e-4 + 2e-7};
/// Bounds of intervals are kept by their ratios to the values.
constexpr double kBoundRounding = 2e-5;

/// Counts what is wrong and shows the first of it.
class Judge {
 public:
  template <typename... Parts>
  void expect(bool holds, const Parts&... parts) {
    if (holds || ++faults_ > 5) return;
    std::ostringstream what;
    (what << ... << parts);
    ADD_FAILURE() << what.str();
  }

 private:
  std::size_t faults_ = 0;
};

void expect_same_metric(const PageCells::Metric& kept, const table::Table& table,
                        const table::Column& column, table::Repeat repeat, const Allowed& allowed,
                        const std::vector<table::Row>& rows) {
  Judge judge;
  const bool is_fraction = column.info.kind == table::MetricKind::fraction;
  const auto is_close = [&](double found, double expected, double rounding) {
    const double bound = is_fraction ? allowed.of_fraction : allowed.of_cost * expected;
    return std::abs(found - expected) <= bound + rounding * (is_fraction ? 1 : expected);
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bool is_out_of_range = false;
    for (std::size_t b = 0; b < table.budgets().size(); ++b) {
      const auto entry = table.query(rows[i], b, repeat);
      const auto expected = entry ? entry->value(column) : std::nullopt;
      const double found = kept.values[b][i];
      const auto provenance = expected ? entry->provenance(column) : Provenance::absent;
      judge.expect(std::isnan(found) != expected.has_value(), column.info.name, ' ', i, ' ', b);
      judge.expect(kept.provenance[b][i] == static_cast<std::size_t>(provenance), "provenance of ",
                   column.info.name, ' ', i, ' ', b);
      if (!expected) continue;
      is_out_of_range |= entry->out_of_range(column);
      judge.expect(is_close(found, *expected, 0), column.info.name, ' ', i, ' ', b, ": ", found,
                   ", expected ", *expected);
      const auto interval = entry->interval(column);
      judge.expect(std::isnan(kept.lower[b][i]) != interval.has_value(), "whether an interval");
      if (!interval) continue;
      judge.expect(is_close(kept.lower[b][i], interval->lower, kBoundRounding), "lower bound of ",
                   column.info.name, ' ', i, ": ", kept.lower[b][i], ", ", interval->lower);
      judge.expect(is_close(kept.upper[b][i], interval->upper, kBoundRounding), "upper bound of ",
                   column.info.name, ' ', i, ": ", kept.upper[b][i], ", ", interval->upper);
    }
    judge.expect(kept.is_out_of_range[i] == is_out_of_range, "out of range ", i);
  }
}

/// Compares every number of the page with the table's.
void expect_same_cells(const PageCells& page, const table::Table& table, table::Repeat repeat,
                       const Allowed& allowed) {
  ASSERT_EQ(page.size(), table.cells());
  std::vector<table::Row> rows;
  for (std::size_t i = 0; i < page.size(); ++i) {
    const space::Cell cell = page.cell(i);
    const auto row = table.find(cell);
    ASSERT_TRUE(row.has_value());
    ASSERT_EQ(cell, space::canonical(cell));
    rows.push_back(*row);
  }
  for (const json& metric : page.header()["metrics"]) {
    const std::string name = metric["name"];
    expect_same_metric(page.metric(name), table, *table.column(name), repeat, allowed, rows);
  }
}

TEST_F(PageCellsTest, cells_of_a_small_table_are_kept_as_they_are) {
  const table::Table table = small_table();
  const PageCells cells(written(explorer_page(table)));
  expect_same_cells(cells, table, table::Repeat::mean(), kExact);
  EXPECT_EQ(cells.header()["format"], 1);
  EXPECT_EQ(cells.header()["table"], "made-up");
  EXPECT_EQ(cells.header()["epochs"], json({4, 12, 36}));
  EXPECT_FALSE(cells.header().contains("pue"));
  EXPECT_TRUE(cells.metric("energy_kwh").description["proportional"]);
  EXPECT_EQ(cells.metric("energy_kwh").description["values"].size(), 1);
  EXPECT_FALSE(cells.metric("validation_accuracy").description["proportional"]);
}

/// Values of three repeats, of every provenance, missing here and there, intervals and flags.
table::Table mixed_table() {
  table::TableBuilder builder({});
  Rng rng(9);
  const auto cells = space::Space::shared(4).cells();
  for (const space::Cell& cell : cells) {
    builder.add_cell(cell);
    for (const std::int32_t epochs : {4, 12, 108}) {
      for (std::size_t repeat = 1; repeat <= 3; ++repeat) {
        for (const char* metric :
             {"validation_accuracy", "test_accuracy", "energy_kwh", "training_time_s"}) {
          if (rng.chance(0.4)) continue;
          const auto provenance = static_cast<Provenance>(1 + rng.below(3));
          const auto value = static_cast<float>(rng.uniform());
          builder.add(cell, epochs, repeat, metric, value, provenance, "made up");
          if (rng.chance(0.5)) {
            builder.add_interval(cell, epochs, repeat, metric, value * 0.9F, value, "made up");
          }
        }
      }
    }
    if (rng.chance(0.2)) builder.mark_out_of_range(cell, "energy_kwh");
  }
  return builder.build("mixed");
}

TEST_F(PageCellsTest, absent_values_mixed_provenance_repeats_and_intervals_are_kept) {
  const table::Table table = mixed_table();
  for (const table::Repeat repeat : {table::Repeat::mean(), table::Repeat::number(2)}) {
    Page page = explorer_page(table);
    page.cells->repeat = repeat;
    const PageCells cells(written(page));
    expect_same_cells(cells, table, repeat, kExact);
    EXPECT_TRUE(cells.metric("energy_kwh").description["provenance"].contains("columns"));
    EXPECT_TRUE(cells.metric("energy_kwh").description.contains("out_of_range"));
  }
}

TEST_F(PageCellsTest, tables_of_few_cells_budgets_and_metrics_are_kept) {
  const std::vector<table::Table> tables = [] {
    std::vector<table::Table> list;
    list.push_back(made_up_table(1, {108}, {{"validation_accuracy"}, {"energy_kwh"}}));
    list.push_back(made_up_table(7, {}, {}));
    list.push_back(made_up_table(91, {4}, {{"energy_kwh", Provenance::predicted, 2}}));
    list.push_back(made_up_table(91, {4, 12}, {{"test_accuracy"}}));
    return list;
  }();
  for (const table::Table& table : tables) {
    const PageCells cells(written(explorer_page(table)));
    expect_same_cells(cells, table, table::Repeat::mean(), kExact);
    EXPECT_EQ(cells.header()["metrics"].size(), table.columns().size());
  }
}

TEST_F(PageCellsTest, values_that_scale_almost_are_kept_one_by_one) {
  table::TableBuilder builder({});
  for (const space::Cell& cell : space::Space::shared(3).cells()) {
    builder.add(cell, 4, 1, "energy_kwh", 1, Provenance::measured, "made up");
    builder.add(cell, 12, 1, "energy_kwh", 3.0001F, Provenance::measured, "made up");
  }
  const table::Table table = builder.build("almost");
  const PageCells cells(written(explorer_page(table)));
  EXPECT_FALSE(cells.metric("energy_kwh").description["proportional"]);
  expect_same_cells(cells, table, table::Repeat::mean(), kExact);
}

/// More cells than are kept exactly, with values at the ends of what is allowed.
TEST_F(PageCellsTest, many_cells_are_kept_to_within_the_stated_steps) {
  table::TableBuilder builder({});
  Rng rng(10);
  for (space::Rank rank = 0; rank < report::kMaxExactCells + 50; ++rank) {
    const space::Cell& cell = space::Space::shared().cell(rank);
    builder.add_cell(cell);
    for (const std::int32_t epochs : {4, 12}) {
      const auto add = [&](const char* metric, double value) {
        if (rng.chance(0.1)) return;
        builder.add(cell, epochs, 1, metric, static_cast<float>(value),
                    static_cast<Provenance>(1 + rng.below(3)), "made up");
      };
      add("validation_accuracy", rank % 50 == 0 ? 0 : rank % 50 == 1 ? 1 : rng.uniform());
      add("test_accuracy", rng.uniform());
      add("energy_kwh", 1e-3 * std::exp(5 * rng.uniform()));
      add("training_time_s", 100 + rng.uniform());
    }
  }
  const table::Table table = builder.build("many");
  const PageCells cells(written(explorer_page(table)));
  expect_same_cells(cells, table, table::Repeat::mean(), kSteps);
  EXPECT_EQ(cells.header()["columns"][2]["encoding"], "u16");
  const std::size_t column = cells.metric("test_accuracy").description["values"][0];
  EXPECT_TRUE(cells.header()["columns"][column].contains("base"));
}

TEST_F(PageCellsTest, a_wide_range_is_kept_to_a_131068th_of_it) {
  table::TableBuilder builder({});
  const std::array<float, 4> kValues = {1e-30F, 1e-3F, 1, 1e30F};
  for (space::Rank rank = 0; rank < report::kMaxExactCells + 50; ++rank) {
    const float value = kValues[rank % 4] * (1 + 1e-3F * static_cast<float>(rank % 97));
    const space::Cell& cell = space::Space::shared().cell(rank);
    builder.add(cell, 4, 1, "energy_kwh", value, Provenance::measured, "made up");
    builder.add(cell, 4, 1, "training_time_s", value < 1e-20F ? 0 : value, Provenance::measured,
                "made up");
  }
  const table::Table table = builder.build("wide");
  const PageCells cells(written(explorer_page(table)));
  const double range = std::log(1.1e30 / 1e-30);
  const std::vector<double> energies = cells.metric("energy_kwh").values[0];
  const std::vector<double> times = cells.metric("training_time_s").values[0];
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto entry = table.query(*table.find(cells.cell(i)), 0);
    const double energy = *entry->value("energy_kwh");
    ASSERT_NEAR(std::log(energies[i] / energy), 0, 1.01 * range / 131068);
    // With a 0 among them there is no logarithm: linear, of the range.
    const double time = *entry->value("training_time_s");
    ASSERT_NEAR(times[i], time, 1.01 * 1.1e30 / 131068);
  }
}

TEST_F(PageCellsTest, all_cells_of_the_built_in_benchmark_are_kept_to_within_the_stated_steps) {
  if (surrogate::shipped_model_bytes().empty()) GTEST_SKIP() << "built without a model";
  const std::optional<table::Table> table = surrogate::open_benchmark("ecnas-7v", {});
  ASSERT_TRUE(table.has_value());
  const std::string text = written(explorer_page(*table));
  EXPECT_LE(text.size(), 7'000'000);
  const PageCells cells(text);
  EXPECT_EQ(cells.size(), 423'624);
  EXPECT_EQ(cells.header()["metrics"].size(), 4);
  for (const json& metric : cells.header()["metrics"])
    EXPECT_EQ(metric["interval"]["kind"], "by_vertices") << metric["name"];
  expect_same_cells(cells, *table, table::Repeat::mean(), kSteps);
}

}  // namespace
}  // namespace ecnas
