// Intervals and out-of-range flags: made, stored, asked for, exported and imported.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>
#include <sstream>

#include "ecnas/core/random.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/export.hpp"
#include "ecnas/table/import.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;
using testing::kConv;
using testing::kPool;
using testing::kTrivial;
using testing::kTwo;
using testing::small_builder;
using testing::small_table;
using testing::TempFolder;
using testing::uncertain_builder;
using testing::uncertain_table;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::optional<Interval> interval_of(const Table& table, const space::Cell& cell,
                                    std::int32_t epochs, std::string_view metric,
                                    Repeat repeat = Repeat::mean(),
                                    const Conversion& conversion = {}) {
  return table.query(cell, epochs, repeat, conversion)->interval(*table.column(metric));
}

bool flagged(const Table& table, const space::Cell& cell, std::int32_t epochs,
             std::string_view metric) {
  return table.query(cell, epochs)->out_of_range(*table.column(metric));
}

bool same_data(const Table& a, const Table& b) {
  return std::ranges::equal(parse_safetensors(a.bytes(), "a").data,
                            parse_safetensors(b.bytes(), "b").data);
}

TEST(Interval, ItIsThatOfTheOneValue) {
  const Table table = uncertain_table();
  table.verify();
  EXPECT_EQ(interval_of(table, kPool, 4, "energy_kwh"), (Interval{1, 4}));
  EXPECT_EQ(interval_of(table, kTwo, 4, "energy_kwh"), (Interval{0.375, 0.75}));  // of repeat 2
  EXPECT_EQ(interval_of(table, kTwo, 4, "energy_kwh", Repeat::number(2)), (Interval{0.375, 0.75}));
  EXPECT_EQ(interval_of(table, kPool, 12, "energy_kwh"), std::nullopt);         // none known
  EXPECT_EQ(interval_of(table, kConv, 4, "energy_kwh"), std::nullopt);          // none known
  EXPECT_EQ(interval_of(table, kConv, 4, "training_time_s"), std::nullopt);     // no tensors
  EXPECT_EQ(interval_of(table, kTwo, 4, "validation_accuracy"), std::nullopt);  // no value
}

TEST(Interval, AMeanOfSeveralRepeatsHasNone) {
  TableBuilder builder = uncertain_builder();
  builder.add(kTwo, 4, 1, "energy_kwh", 0.5F, Provenance::predicted, "t");
  builder.add_interval(kTwo, 4, 1, "energy_kwh", 0.25F, 1, "t");
  const Table table = builder.build("t");
  EXPECT_EQ(interval_of(table, kTwo, 4, "energy_kwh"), std::nullopt);
  EXPECT_EQ(interval_of(table, kTwo, 4, "energy_kwh", Repeat::number(1)), (Interval{0.25, 1}));
  EXPECT_EQ(interval_of(table, kTwo, 4, "energy_kwh", Repeat::number(2)), (Interval{0.375, 0.75}));
}

TEST(Interval, ItIsConvertedAsItsValueIs) {
  const Table table = uncertain_table();  // PUE 1.5
  const Conversion pue{.pue = 3.0, .carbon_intensity_g_per_kwh = {}};
  EXPECT_EQ(interval_of(table, kPool, 4, "energy_kwh", Repeat::mean(), pue), (Interval{2, 8}));
  EXPECT_EQ(interval_of(table, kPool, 4, "co2eq_g", Repeat::mean(), pue), (Interval{50, 200}));
  EXPECT_EQ(interval_of(table, kPool, 4, "validation_accuracy", Repeat::mean(), pue),
            (Interval{0.25, 0.625}));
  const Conversion intensity{.pue = 3.0, .carbon_intensity_g_per_kwh = 100.0};
  EXPECT_EQ(interval_of(table, kPool, 4, "co2eq_g", Repeat::mean(), intensity),
            (Interval{200, 800}));
}

TEST(Interval, ConvertingOneOfUnknownPueIsRefused) {
  TableBuilder builder = uncertain_builder();
  builder.metadata().pue.reset();
  const Table table = builder.build("t");
  error_of(ErrorCode::invalid_argument,
           [&] { (void)interval_of(table, kPool, 4, "energy_kwh", Repeat::mean(), {.pue = 2.0}); });
}

TEST(OutOfRange, AFlagIsOfTheModelsValuesAlone) {
  TableBuilder builder = uncertain_builder();
  builder.add(kTwo, 12, 1, "energy_kwh", 1.5F, Provenance::measured, "t");
  builder.add(kTwo, 4, 1, "training_time_s", 1.5F, Provenance::predicted, "t");
  const Table table = builder.build("t");
  table.verify();
  EXPECT_TRUE(flagged(table, kTwo, 4, "energy_kwh"));
  EXPECT_FALSE(flagged(table, kTwo, 12, "energy_kwh"));      // measured
  EXPECT_FALSE(flagged(table, kPool, 4, "energy_kwh"));      // another cell
  EXPECT_FALSE(flagged(table, kTwo, 4, "training_time_s"));  // another metric
}

TEST(OutOfRange, AFlagWithoutAModelsValueIsDropped) {
  TableBuilder builder = small_builder();
  builder.mark_out_of_range(kTwo, "training_time_s");       // no value
  builder.mark_out_of_range(kConv, "validation_accuracy");  // measured
  EXPECT_EQ(builder.bytes(), small_builder().bytes());
  builder.mark_out_of_range(kConv, "energy_kwh");  // scaled at 12
  const Table table = builder.build("t");
  table.verify();
  EXPECT_FALSE(flagged(table, kConv, 4, "energy_kwh"));
  EXPECT_TRUE(flagged(table, kConv, 12, "energy_kwh"));
  error_of(ErrorCode::invalid_argument, [&] { builder.mark_out_of_range(kConv, "energy"); });
}

TEST(Uncertainty, ATableWithoutHasNoneOfItsTensors) {
  const Table table = small_table();
  for (const auto& [name, tensor] : parse_safetensors(table.bytes(), "t").tensors) {
    EXPECT_EQ(name.find("90"), std::string::npos);
    EXPECT_EQ(name.find("range"), std::string::npos);
  }
  for (const Column& column : table.columns()) {
    EXPECT_TRUE(column.lower90.empty() && column.upper90.empty() && column.out_of_range.empty());
  }
}

TEST(Uncertainty, IntervalsThatCannotBeAreRefused) {
  const auto refuse = [](const char* metric, std::size_t repeat, float lower, float upper) {
    TableBuilder builder = uncertain_builder();
    return error_of(ErrorCode::invalid_data,
                    [&] { builder.add_interval(kPool, 4, repeat, metric, lower, upper, "here"); });
  };
  expect_mentions(refuse("energy_kwh", 2, 1, 4), {"here:", "no value"});
  expect_mentions(refuse("training_time_s", 1, 1, 4), {"no value"});
  expect_mentions(refuse("energy_kwh", 1, 3, 4), {"is 2, outside its interval [3, 4]"});
  refuse("energy_kwh", 1, 1, 1.5F);
  refuse("energy_kwh", 1, kNan, 4);
  refuse("energy_kwh", 1, 1, kNan);
  expect_mentions(refuse("energy_kwh", 1, -1, 4), {"energy_kwh_lower90 -1", "negative"});
  expect_mentions(refuse("validation_accuracy", 1, 0.25F, 1.5F), {"upper90", "fraction"});
  expect_mentions(refuse("energy_kwh", 1, 1.5F, 4), {"[1.5, 4]", "[1, 4] before"});
  TableBuilder builder = uncertain_builder();
  builder.add_interval(kPool, 4, 1, "energy_kwh", 1, 4, "again");
  EXPECT_EQ(builder.bytes(), uncertain_builder().bytes());
}

/// Random values of every cell of at most 4 vertices, as `add_column` takes them.
struct RandomPart {
  std::vector<space::Cell> cells;
  std::vector<float> values;
  std::vector<Provenance> provenance;
  std::vector<float> lower90;
  std::vector<float> upper90;
  std::vector<std::uint8_t> flags;

  explicit RandomPart(Rng& rng) {
    const std::span<const space::Cell> all = space::Space::shared(4).cells();
    std::vector<space::Cell> order(all.begin(), all.end());
    if (rng.chance(0.5)) rng.shuffle(std::span(order));
    for (const space::Cell& cell : order) {
      const bool there = rng.chance(0.8);
      const bool interval = there && rng.chance(0.5);
      const auto value = static_cast<float>(0.25 + 0.5 * rng.uniform());
      cells.push_back(cell);
      values.push_back(there ? value : kNan);
      provenance.push_back(there ? static_cast<Provenance>(1 + rng.below(3)) : Provenance::absent);
      lower90.push_back(interval ? value * 0.5F : kNan);
      upper90.push_back(interval ? value * 1.25F : kNan);
      flags.push_back(rng.chance(0.3) ? 1 : 0);
    }
  }
};

TEST(AddColumn, ItGivesTheBytesOfAddingOneByOne) {
  Rng rng(1);
  TableBuilder bulk{Metadata{}};
  TableBuilder single{Metadata{}};
  for (const char* metric : {"energy_kwh", "test_accuracy"}) {
    for (const std::int32_t epochs : {12, 4}) {
      for (const std::size_t repeat : {1U, 3U}) {
        const RandomPart part(rng);
        bulk.add_column(part.cells,
                        {.metric_name = metric,
                         .epochs = epochs,
                         .repeat = repeat,
                         .values = part.values,
                         .provenance_of_each = part.provenance,
                         .lower90 = part.lower90,
                         .upper90 = part.upper90},
                        "t");
        bulk.mark_out_of_range(part.cells, part.flags, metric);
        for (std::size_t i = part.cells.size(); i-- > 0;) {
          single.add_cell(part.cells[i]);
          if (part.flags[i] != 0) single.mark_out_of_range(part.cells[i], metric);
          if (std::isnan(part.values[i])) continue;
          single.add(part.cells[i], epochs, repeat, metric, part.values[i], part.provenance[i],
                     "t");
          if (std::isnan(part.lower90[i])) continue;
          single.add_interval(part.cells[i], epochs, repeat, metric, part.lower90[i],
                              part.upper90[i], "t");
        }
      }
    }
  }
  const Table table = bulk.build("t");
  table.verify();
  EXPECT_EQ(bulk.bytes(), single.bytes());
  EXPECT_FALSE(table.column("energy_kwh")->out_of_range.empty());
  EXPECT_FALSE(table.column("energy_kwh")->lower90.empty());
}

TEST(AddColumn, OneProvenanceServesAllAndPartsMayBeLeftOut) {
  TableBuilder builder{Metadata{}};
  const std::vector<space::Cell> cells = {kConv, kPool, kTwo};
  const std::vector<float> values = {1, kNan, 3};
  builder.add_column(cells, {.metric_name = "energy_kwh", .epochs = 4, .values = values}, "t");
  const Table table = builder.build("t");
  EXPECT_EQ(table.cells(), 3U);
  EXPECT_EQ(table.query(kTwo, 4)->value("energy_kwh"), 3.0);
  EXPECT_EQ(table.query(kTwo, 4)->provenance(table.columns()[0]), Provenance::predicted);
  EXPECT_FALSE(table.query(kPool, 4));
  EXPECT_TRUE(table.columns()[0].lower90.empty());
}

TEST(AddColumn, WithoutAValueItAddsCellsAlone) {
  TableBuilder builder{Metadata{}};
  const std::vector<space::Cell> cells = {kConv, kPool};
  const std::vector<float> values = {kNan, kNan};
  builder.add_column(cells, {.metric_name = "energy_kwh", .epochs = 4, .values = values}, "t");
  const Table table = builder.build("t");
  EXPECT_EQ(table.cells(), 2U);
  EXPECT_TRUE(table.budgets().empty() && table.columns().empty());
}

TEST(AddColumn, WhatCannotBeIsRefused) {
  const std::vector<space::Cell> cells = {kConv, kTrivial};
  const auto refuse = [&](ErrorCode code, const ColumnPart& part) {
    TableBuilder builder{Metadata{}};
    return error_of(code, [&] { builder.add_column(cells, part, "here"); });
  };
  const std::vector<float> good = {1, 2};
  const std::vector<float> negative = {1, -2};
  const std::vector<float> more = {3, 3};
  const std::vector<float> half = {0.5F, kNan};
  refuse(ErrorCode::invalid_argument, {.metric_name = "energy", .epochs = 4, .values = good});
  refuse(ErrorCode::invalid_data, {.metric_name = "energy_kwh", .epochs = 0, .values = good});
  refuse(ErrorCode::invalid_data,
         {.metric_name = "energy_kwh", .epochs = 4, .repeat = 0, .values = good});
  expect_mentions(refuse(ErrorCode::invalid_data,
                         {.metric_name = "energy_kwh", .epochs = 4, .values = negative}),
                  {"here:", "-2", "negative"});
  refuse(
      ErrorCode::invalid_argument,
      {.metric_name = "energy_kwh", .epochs = 4, .values = good, .provenance = Provenance::absent});
  refuse(
      ErrorCode::invalid_data,
      {.metric_name = "energy_kwh", .epochs = 4, .values = good, .lower90 = more, .upper90 = more});
  refuse(
      ErrorCode::invalid_data,
      {.metric_name = "energy_kwh", .epochs = 4, .values = good, .lower90 = half, .upper90 = more});
}

TEST(Uncertainty, ACsvCarriesIt) {
  const TempFolder folder;
  const Table table = uncertain_table();
  export_table(table, ExportFormat::csv, {}, folder.path() / "t.csv");
  const Imported back = import_tables(std::vector{folder.path() / "t.csv"});
  EXPECT_TRUE(same_data(back.table, table));
}

TEST(Uncertainty, ATableImportedAgainIsTheSame) {
  const TempFolder folder;
  const Table table = uncertain_table();
  write_table(table, folder.path() / "t");
  const Imported back = import_tables(std::vector{folder.path() / "t"});
  EXPECT_TRUE(std::ranges::equal(back.table.bytes(), table.bytes()));
  const Table whole = subset_of(table, {});
  EXPECT_TRUE(std::ranges::equal(whole.bytes(), table.bytes()));
}

TEST(Uncertainty, NoiseModelsThatSourcesDisagreeOnAreLeftOut) {
  const TempFolder folder;
  write_table(uncertain_table(), folder.path() / "a");
  TableBuilder other = uncertain_builder();
  other.metadata().noise.at("energy_kwh").standard_deviation.at(4) = 0.5;
  write_table(other.build("b"), folder.path() / "b");
  const Imported both = import_tables(std::vector{folder.path() / "a", folder.path() / "b"});
  EXPECT_FALSE(both.table.metadata().noise.contains("energy_kwh"));
  EXPECT_TRUE(both.table.metadata().noise.contains("validation_accuracy"));
}

TEST(Uncertainty, ASubsetCarriesItsPart) {
  const Table part =
      subset_of(uncertain_table(), {.max_vertices = 3, .epochs = {}, .metrics = {"energy_kwh"}});
  part.verify();
  EXPECT_EQ(interval_of(part, kPool, 4, "energy_kwh"), (Interval{1, 4}));
  EXPECT_TRUE(part.columns()[0].out_of_range.empty());  // the flagged cell has four vertices
}

TEST(Uncertainty, JsonLinesShowIt) {
  const TempFolder folder;
  export_table(uncertain_table(), ExportFormat::jsonl, {}, folder.path() / "t");
  std::istringstream lines(read_file(folder.path() / "t"));
  std::size_t intervals = 0;
  std::size_t flags = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line);
    if (!object.contains("energy_kwh")) continue;
    const auto& energy = object.at("energy_kwh");
    intervals += energy.contains("interval90") ? 1U : 0U;
    if (!energy.contains("out_of_range")) continue;
    ++flags;
    EXPECT_EQ(energy.at("interval90"), nlohmann::json({0.375, 0.75}));
    EXPECT_EQ(energy.at("out_of_range"), true);
  }
  EXPECT_EQ(intervals, 2U);
  EXPECT_EQ(flags, 1U);
}

TEST(Uncertainty, CsvFaultsAreNamed) {
  const auto refuse = [](const std::string& columns, const std::string& fields) {
    const TempFolder folder;
    const auto path = folder.write(
        "t.csv", "hash,adjacency,ops,energy_kwh" + columns +
                     "\n043721b9c7fe8c5fad811d47d83132ec,0100,input;output," + fields + "\n");
    return error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{path}); });
  };
  const std::string bounds = ",energy_kwh_lower90,energy_kwh_upper90";
  expect_mentions(refuse(",energy_kwh_lower90", "2,1"), {"t.csv:1:", "energy_kwh_upper90"});
  expect_mentions(refuse(",energy_kwh_upper90", "2,3"), {"t.csv:1:", "energy_kwh_lower90"});
  expect_mentions(refuse(bounds, "2,1,"), {"t.csv:2:", "[1, nan]"});
  expect_mentions(refuse(bounds, "2,3,4"), {"t.csv:2:", "is 2", "[3, 4]"});
  expect_mentions(refuse(bounds, ",3,4"), {"t.csv:2:", "[3, 4]"});
  expect_mentions(refuse(bounds, "2,-1,4"), {"t.csv:2:", "energy_kwh_lower90", "negative"});
  expect_mentions(refuse(bounds, "2,1,much"), {"t.csv:2:", "energy_kwh_upper90", "much"});
  const std::string flag = ",energy_kwh_provenance,energy_kwh_out_of_range";
  expect_mentions(refuse(flag, "2,predicted,2"), {"t.csv:2:", "energy_kwh_out_of_range", "'2'"});
  expect_mentions(refuse(flag, "2,measured,1"), {"t.csv:2:", "measured"});
  expect_mentions(refuse(flag, ",,1"), {"t.csv:2:", "energy_kwh_out_of_range"});
  expect_mentions(refuse(",test_accuracy_lower90", "2,1"), {"t.csv:1:", "test_accuracy_lower90"});
}

}  // namespace
}  // namespace ecnas::table
