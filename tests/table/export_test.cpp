#include "ecnas/table/export.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>
#include <sstream>

#include "ecnas/table/builtin.hpp"
#include "ecnas/table/import.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;
using testing::kConv;
using testing::kTwo;
using testing::small_table;
using testing::TempFolder;

std::string exported(const Table& table, ExportFormat format, const Subset& subset = {}) {
  const TempFolder folder;
  export_table(table, format, subset, folder.path() / "out");
  return read_file(folder.path() / "out");
}

TEST(Export, ACsvHoldsOneRowAnEntryAndRepeatThatHasAValue) {
  const std::string conv = space::to_text(space::hash_of(kConv));
  const std::string two = space::to_text(space::hash_of(kTwo));
  const std::string text = exported(small_table(), ExportFormat::csv);
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line,
            "hash,vertices,edges,adjacency,ops,trainable_parameters,epochs,repeat,"
            "validation_accuracy,training_time_s,energy_kwh,co2eq_g,"
            "validation_accuracy_provenance,training_time_s_provenance,energy_kwh_provenance,"
            "co2eq_g_provenance,pue");
  std::vector<std::string> rows;
  while (std::getline(lines, line))
    rows.push_back(line);
  ASSERT_EQ(rows.size(), 4U);
  const std::string cell = conv + ",3,2,010001000,input;conv3x3-bn-relu;output," +
                           std::to_string(space::trainable_parameters(kConv));
  const auto has = [&](const std::string& row) {
    return std::ranges::find(rows, row) != rows.end();
  };
  EXPECT_TRUE(has(cell + ",4,1,0.5,10,0.25,5,measured,measured,measured,measured,1.5"));
  EXPECT_TRUE(has(cell + ",4,2,0.75,,,,measured,,,,1.5"));
  EXPECT_TRUE(has(cell + ",12,1,,,0.75,,,,scaled,,1.5"));
  EXPECT_TRUE(has(two + ",4,4,0110001000010000,input;maxpool3x3;conv1x1-bn-relu;output," +
                  std::to_string(space::trainable_parameters(kTwo)) +
                  ",4,2,,,0.5,,,,predicted,,1.5"));
}

TEST(Export, NumbersAreTheShortestTextOfTheFloat) {
  TableBuilder builder{Metadata{}};
  builder.add(kConv, 4, 1, "energy_kwh", 0.1F, Provenance::measured, "t");
  builder.add(kConv, 12, 1, "energy_kwh", 1e-30F, Provenance::measured, "t");
  const std::string text = exported(builder.build("t"), ExportFormat::csv);
  EXPECT_NE(text.find(",4,1,0.1,measured\n"), std::string::npos) << text;
  EXPECT_NE(text.find(",12,1,1e-30,measured\n"), std::string::npos) << text;
}

TEST(Export, JsonLinesAreObjectsWithValueAndProvenance) {
  std::istringstream lines(exported(small_table(), ExportFormat::jsonl));
  std::string line;
  std::size_t count = 0;
  bool seen = false;
  while (std::getline(lines, line)) {
    const auto object = nlohmann::json::parse(line);
    ++count;
    EXPECT_EQ(object.at("pue"), 1.5);
    if (object.at("hash") != space::to_text(space::hash_of(kConv))) continue;
    if (object.at("epochs") != 12) continue;
    seen = true;
    EXPECT_EQ(object.at("repeat"), 1);
    EXPECT_EQ(object.at("vertices"), 3);
    EXPECT_EQ(object.at("edges"), 2);
    EXPECT_EQ(object.at("adjacency"), "010001000");
    EXPECT_EQ(object.at("operations"), nlohmann::json({"conv3x3-bn-relu"}));
    EXPECT_EQ(object.at("trainable_parameters"), space::trainable_parameters(kConv));
    EXPECT_EQ(object.at("energy_kwh").at("value"), 0.75);
    EXPECT_EQ(object.at("energy_kwh").at("provenance"), "scaled");
    EXPECT_FALSE(object.contains("validation_accuracy"));
  }
  EXPECT_EQ(count, 4U);
  EXPECT_TRUE(seen);
}

TEST(Export, ACsvImportsToIdenticalBytes) {
  const TempFolder folder;
  const Table table = small_table();
  export_table(table, ExportFormat::csv, {}, folder.path() / "t.csv");
  const Imported back = import_tables(std::vector{folder.path() / "t.csv"});
  EXPECT_TRUE(std::ranges::equal(parse_safetensors(table.bytes(), "a").data,
                                 parse_safetensors(back.table.bytes(), "b").data));
  EXPECT_EQ(back.table.metadata().pue, 1.5);
  EXPECT_EQ(back.summary.rows, 4U);
  EXPECT_TRUE(back.summary.notes.empty());
}

TEST(Export, ATableOfCellsAloneIsExportedCellByCell) {
  const Table table = *builtin_table("space-4v");
  const std::string text = exported(table, ExportFormat::csv);
  EXPECT_TRUE(text.starts_with("hash,vertices,edges,adjacency,ops,trainable_parameters\n"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 92);
  const TempFolder folder;
  const Imported back = import_tables(std::vector{folder.write("t.csv", text)});
  EXPECT_TRUE(std::ranges::equal(parse_safetensors(table.bytes(), "a").data,
                                 parse_safetensors(back.table.bytes(), "b").data));
  const std::string lines = exported(table, ExportFormat::jsonl);
  EXPECT_EQ(std::ranges::count(lines, '\n'), 91);
}

TEST(Export, ASubsetByVerticesEpochsAndMetricsIsATableOfItsOwn) {
  const Table table = small_table();
  const Table by_vertices = subset_of(table, {.max_vertices = 3, .epochs = {}, .metrics = {}});
  EXPECT_EQ(by_vertices.cells(), 1U);
  EXPECT_EQ(by_vertices.budgets().size(), 2U);

  const Table by_epochs = subset_of(table, {.max_vertices = {}, .epochs = {12}, .metrics = {}});
  EXPECT_EQ(by_epochs.cells(), 1U);
  EXPECT_EQ(by_epochs.budgets()[0], 12);
  EXPECT_EQ(by_epochs.columns().size(), 1U);  // of the others nothing is left

  const Table by_metric =
      subset_of(table, {.max_vertices = {}, .epochs = {}, .metrics = {"validation_accuracy"}});
  EXPECT_EQ(by_metric.columns().size(), 1U);
  EXPECT_EQ(by_metric.query(kConv, 4)->value("validation_accuracy"), 0.625);
  EXPECT_FALSE(by_metric.find(kTwo));
  for (const Table* part : {&by_vertices, &by_epochs, &by_metric}) {
    part->verify();
    EXPECT_EQ(part->metadata().pue, 1.5);
    EXPECT_EQ(part->metadata().devices, table.metadata().devices);
  }
}

TEST(Export, TheReferencePointOfASubsetIsItsOwn) {
  const Table part = subset_of(small_table(), {.max_vertices = {}, .epochs = {4}, .metrics = {}});
  EXPECT_EQ(part.metadata().reference_point.at("energy"), 0.5);
}

TEST(Export, TheWholeAsATableIsTheSameTable) {
  const TempFolder folder;
  const Table table = small_table();
  export_table(table, ExportFormat::table, {}, folder.path() / "t");
  EXPECT_TRUE(std::ranges::equal(Table::open(folder.path() / "t").bytes(), table.bytes()));
}

TEST(Export, WhatTheTableLacksIsNotFound) {
  const Table table = small_table();
  for (const ExportFormat format : {ExportFormat::csv, ExportFormat::jsonl, ExportFormat::table}) {
    const TempFolder folder;
    const auto refuse = [&](const Subset& subset) {
      return error_of(ErrorCode::not_found,
                      [&] { export_table(table, format, subset, folder.path() / "t"); });
    };
    expect_mentions(refuse({.max_vertices = {}, .epochs = {36}, .metrics = {}}), {"36", "4, 12"});
    expect_mentions(refuse({.max_vertices = {}, .epochs = {}, .metrics = {"test_accuracy"}}),
                    {"test_accuracy", "energy_kwh"});
    refuse({.max_vertices = 2, .epochs = {}, .metrics = {}});
    refuse({.max_vertices = {}, .epochs = {12}, .metrics = {"co2eq_g"}});
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));  // nothing half-written
  }
}

TEST(Export, AnUnwritablePathIsAnIoFailure) {
  const TempFolder folder;
  for (const ExportFormat format : {ExportFormat::csv, ExportFormat::jsonl, ExportFormat::table}) {
    error_of(ErrorCode::io_failure,
             [&] { export_table(small_table(), format, {}, folder.path() / "no" / "t"); });
  }
  error_of(ErrorCode::io_failure,
           [] { export_table(small_table(), ExportFormat::csv, {}, "/dev/full"); });
}

TEST(Export, FormatNamesRoundTrip) {
  for (const ExportFormat format : {ExportFormat::csv, ExportFormat::jsonl, ExportFormat::table})
    EXPECT_EQ(parse_export_format(name(format)), format);
  EXPECT_FALSE(parse_export_format("json"));
}

}  // namespace
}  // namespace ecnas::table
