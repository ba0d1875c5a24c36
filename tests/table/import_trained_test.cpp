// What ecnas-train adds to results.json, and what becomes of it.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "ecnas/table/export.hpp"
#include "ecnas/table/import.hpp"
#include "ecnas/table/merge.hpp"
#include "table/fixtures.hpp"
#include "table/results_fixtures.hpp"

namespace ecnas::table {
namespace {

using nlohmann::json;
using testing::error_of;
using testing::expect_mentions;
using testing::has_note;
using testing::import_run;
using testing::kConv;
using testing::kTrivial;
using testing::place;
using testing::run_of;
using testing::TempFolder;

/// The run above as `ecnas-train` writes it, on a network of its own.
json trained_run(const space::Cell& cell) {
  const space::Skeleton skeleton{.stem_width = 16, .image_size = 28, .image_channels = 1};
  json run = run_of(cell);
  run["trainable_params"] = space::trainable_parameters(cell, skeleton);
  run["ecnas"] = {{"format", 1},
                  {"version", "0.1.0"},
                  {"pue", 1.5},
                  {"energy_quality", "modelled"},
                  {"data_set", "Fashion-MNIST"},
                  {"data_checksum", "ab12"},
                  {"images", {{"train", 4000}, {"validation", 1000}, {"test", 1000}}},
                  {"skeleton",
                   {{"stem_width", 16},
                    {"stacks", 3},
                    {"cells_per_stack", 3},
                    {"classes", 10},
                    {"image_size", 28},
                    {"image_channels", 1}}},
                  {"shared_machine", false}};
  return run;
}

TEST(ImportTrained, TheTableStatesWhatTheRunsSay) {
  const Imported imported = import_run(trained_run(kTrivial));
  const Metadata& metadata = imported.table.metadata();
  EXPECT_EQ(metadata.data_set, "Fashion-MNIST");
  EXPECT_EQ(metadata.energy_quality, "modelled");
  EXPECT_EQ(metadata.pue, 1.5);
  EXPECT_EQ(metadata.skeleton.image_channels, 1);
  EXPECT_EQ(metadata.source, "trained by ecnas 0.1.0");
  EXPECT_EQ(metadata.citation, "");
  imported.table.verify();
  EXPECT_TRUE(has_note(imported.summary, "4,000 of Fashion-MNIST"));
}

TEST(ImportTrained, ThePublishedRunsSayNoQuality) {
  EXPECT_EQ(import_run(run_of(kTrivial)).table.metadata().energy_quality, std::nullopt);
}

TEST(ImportTrained, WhatMakesNoSenseIsNamed) {
  const auto refused = [](const std::function<void(json&)>& change, std::string_view part) {
    json run = trained_run(kTrivial);
    change(run);
    expect_mentions(error_of(ErrorCode::invalid_data, [&] { (void)import_run(run); }), {part});
  };
  refused([](json& run) { run["ecnas"] = 3; }, "'ecnas' is no object");
  refused([](json& run) { run["ecnas"]["format"] = 2; }, "a newer ecnas");
  refused([](json& run) { run["ecnas"]["pue"] = 0.5; }, "expected 1 or more");
  refused([](json& run) { run["ecnas"]["energy_quality"] = "guessed"; }, "'guessed'");
  refused([](json& run) { run["ecnas"].erase("data_set"); }, "'data_set' is missing");
  refused([](json& run) { run["ecnas"]["images"] = 7; }, "'train' is missing");
  refused([](json& run) { run["ecnas"]["skeleton"]["stem_width"] = 2; }, "no possible network");
  refused([](json& run) { run["ecnas"]["skeleton"]["stem_width"] = 32; }, "'trainable_params'");
  refused([](json& run) { run["ecnas"]["shared_machine"] = 1; }, "'shared_machine'");
  refused([](json& run) { run["ecnas"]["pue"] = 1.2; }, "as its runs state");
}

TEST(ImportTrained, RunsThatDifferAreRefusedNamingBoth) {
  const std::function<void(json&)> changes[] = {
      [](json& run) { run["ecnas"]["data_checksum"] = "cd34"; },
      [](json& run) { run["ecnas"]["energy_quality"] = "counter"; },
      [](json& run) { run["ecnas"]["images"]["train"] = 5000; },
      [](json& run) { run = run_of(kTrivial); }};
  for (const auto& change : changes) {
    const TempFolder folder;
    json other = trained_run(kTrivial);
    change(other);
    folder.write(place(kTrivial, 1), trained_run(kTrivial).dump());
    folder.write(place(kTrivial, 2), other.dump());
    expect_mentions(
        error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{folder.path()}); }),
        {"repeat_1", "repeat_2", "unlike"});
  }
}

TEST(ImportTrained, DamagedFilesAreLeftOutWhereAskedFor) {
  const TempFolder folder;
  folder.write(place(kTrivial, 1), trained_run(kTrivial).dump());
  const auto damaged = folder.write(place(kTrivial, 2), "{\"trainable_params\": ");
  error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{folder.path()}); });
  std::vector<std::filesystem::path> told;
  ImportOptions options{.keep_going = true};
  options.damaged = [&](const std::filesystem::path& file, const std::string& /*reason*/) {
    told.push_back(file);
  };
  const Imported imported = import_tables(std::vector{folder.path()}, options);
  EXPECT_EQ(told, std::vector{damaged});
  EXPECT_EQ(imported.summary.rows, 1U);
  ASSERT_EQ(imported.summary.findings.size(), 1U);
  EXPECT_EQ(imported.summary.findings[0].kind, "damaged_results");
}

TEST(ImportTrained, QualitySurvivesCopyingAndMergingAndIsNotMixed) {
  const Imported first = import_run(trained_run(kTrivial));
  const Imported second = import_run(trained_run(kConv), kConv);
  const auto merged = [](const Table& a, const Table& b) {
    return merge_tables(std::vector<const Table*>{&a, &b}, {}, "merged").table.metadata();
  };
  EXPECT_EQ(merged(first.table, second.table).energy_quality, "modelled");
  EXPECT_EQ(subset_of(first.table, {}).metadata().energy_quality, "modelled");
  json counted = trained_run(kConv);
  counted["ecnas"]["energy_quality"] = "counter";
  const Imported other = import_run(counted, kConv);
  expect_mentions(
      error_of(ErrorCode::invalid_argument, [&] { (void)merged(first.table, other.table); }),
      {"counter", "modelled"});
}

TEST(ImportTrained, ATableOfAnUnknownQualityIsRefused) {
  TableBuilder builder{Metadata{.energy_quality = "guessed"}};
  builder.add_cell(kTrivial);
  expect_mentions(error_of(ErrorCode::invalid_data, [&] { (void)builder.build("t"); }),
                  {"energy_quality"});
}

}  // namespace
}  // namespace ecnas::table
