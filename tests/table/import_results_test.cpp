#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "ecnas/table/import.hpp"
#include "table/fixtures.hpp"
#include "table/pue_estimate.hpp"
#include "table/results_file.hpp"
#include "table/results_fixtures.hpp"

namespace ecnas::table {
namespace {

using nlohmann::json;
using testing::error_of;
using testing::evaluation;
using testing::expect_mentions;
using testing::has_note;
using testing::import_run;
using testing::kConv;
using testing::kTrivial;
using testing::place;
using testing::run_of;
using testing::TempFolder;

std::string refusal(const std::function<void(json&)>& change) {
  json run = run_of(kTrivial);
  change(run);
  const std::string message = error_of(ErrorCode::invalid_data, [&] { (void)import_run(run); });
  expect_mentions(message, {"043721b9c7fe8c5fad811d47d83132ec/repeat_1/results.json"});
  return message;
}

TEST(ImportResults, EveryMetricOfARunIsRead) {
  const Imported imported = import_run(run_of(kTrivial));
  EXPECT_EQ(imported.summary.format, ImportFormat::results);
  EXPECT_EQ(imported.summary.rows, 1U);
  EXPECT_EQ(imported.summary.values, 21U);
  const auto entry = imported.table.query(kTrivial, 4);
  ASSERT_TRUE(entry);
  const auto expect = [&](const char* metric, double value) {
    EXPECT_EQ(entry->value(metric), static_cast<double>(static_cast<float>(value))) << metric;
    EXPECT_EQ(entry->provenance(*imported.table.column(metric)), Provenance::measured);
  };
  expect("train_accuracy", 0.5);
  expect("validation_accuracy", 0.5);
  expect("test_accuracy", 0.5);
  expect("training_time_s", 32);
  expect("energy_kwh", 0.002);
  expect("co2eq_g", 0.2);
  expect("test_accuracy_halfway", 0.25);
  expect("training_time_s_halfway", 16);
  expect("energy_kwh_halfway", 0.001);
  expect("run_energy_kwh", 0.003);
  expect("run_time_s", 100);
  expect("run_co2eq_g", 0.3);
  expect("gpu0_energy_kwh", 0.0015);  // 3600 J × PUE 1.5
  expect("cpu0_energy_kwh", 0.0005);
  expect("cpu1_energy_kwh", 0.001);
  expect("gpu0_average_power_w", 50);
  expect("cpu0_average_power_w", 20);
  expect("cpu1_average_power_w", 30);
  const Metadata& metadata = imported.table.metadata();
  EXPECT_EQ(metadata.pue, 1.5);
  EXPECT_EQ(metadata.carbon_intensity_g_per_kwh, 100.0);
  EXPECT_EQ(metadata.devices, (std::vector<std::string>{"NVIDIA Test", "cpu:0", "cpu:1"}));
  EXPECT_EQ(metadata.data_set, "CIFAR-10");
  EXPECT_TRUE(has_note(imported.summary, "PUE of 1.5"));
}

TEST(ImportResults, PublishedQuirksAreRead) {
  json run = run_of(kTrivial);
  run["avg_power_usages"] = run["avg_power_usages:"];
  run.erase("avg_power_usages:");
  // Each socket in its own entry is the same.
  run["avg_power_usages"]["cpu"]["avg_energy_usages (J)"] = {{1200.0}, {2400.0}};
  run["avg_power_usages"]["cpu"]["avg_power_usages (W)"] = {{20.0}, {30.0}};
  run["an unknown key"] = {1, 2, 3};
  run.erase("avg_intensity (gCO2/kWh)");
  const Imported imported = import_run(run);
  EXPECT_EQ(imported.table.query(kTrivial, 4)->value("cpu1_average_power_w"), 30.0);
  EXPECT_EQ(imported.table.metadata().carbon_intensity_g_per_kwh, std::nullopt);
}

TEST(ImportResults, WithoutComponentsThePueIsUnknownUnlessTold) {
  json run = run_of(kTrivial);
  run.erase("avg_power_usages:");
  const TempFolder folder;
  folder.write(place(kTrivial, 1), run.dump());
  const Imported unknown = import_tables(std::vector{folder.path()});
  EXPECT_EQ(unknown.table.metadata().pue, std::nullopt);
  EXPECT_TRUE(has_note(unknown.summary, "--data-pue"));
  const ImportOptions told{.format = {}, .pue = 1.25, .provenance = {}};
  EXPECT_EQ(import_tables(std::vector{folder.path()}, told).table.metadata().pue, 1.25);
}

TEST(ImportResults, APueOptionThatContradictsTheFilesIsRefused) {
  const TempFolder folder;
  folder.write(place(kTrivial, 1), run_of(kTrivial).dump());
  const auto import = [&](double pue) {
    return import_tables(std::vector{folder.path()}, {.format = {}, .pue = pue, .provenance = {}});
  };
  EXPECT_EQ(import(1.5).table.metadata().pue, 1.5);
  expect_mentions(error_of(ErrorCode::invalid_argument, [&] { (void)import(1.6); }),
                  {"1.5", "1.6"});
}

TEST(ImportResults, RunsOfDifferentPueAreRefused) {
  const TempFolder folder;
  json other = run_of(kConv);
  other["total_energy (kWh)"] = 0.0032;
  folder.write("a/" + place(kTrivial, 1), run_of(kTrivial).dump());
  folder.write("b/" + place(kConv, 1), other.dump());
  expect_mentions(
      error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{folder.path()}); }),
      {"/b/", "1.6", "1.5"});
}

TEST(ImportResults, ATotalBelowItsComponentsIsRefused) {
  refusal([](json& run) { run["total_energy (kWh)"] = 0.001; });
}

TEST(ImportResults, RepeatsMayBeMissingAndAreSaid) {
  const TempFolder folder;
  folder.write(place(kTrivial, 1), run_of(kTrivial).dump());
  folder.write(place(kConv, 1), run_of(kConv).dump());
  folder.write(place(kConv, 3), run_of(kConv).dump());
  const Imported imported = import_tables(std::vector{folder.path()});
  EXPECT_EQ(imported.table.repeats(), 3U);
  EXPECT_TRUE(has_note(imported.summary, "1 of 4 repeats are missing"));
  EXPECT_FALSE(imported.table.query(kConv, 4, Repeat::number(2)));
  EXPECT_TRUE(imported.table.query(kConv, 4, Repeat::number(3)));
}

TEST(ImportResults, AMissingKeyIsNamed) {
  for (const char* key : {"trainable_params", "total_time", "total_energy (kWh)", "total_co2eq (g)",
                          "evaluation_results"}) {
    expect_mentions(refusal([&](json& run) { run.erase(key); }), {key, "missing"});
  }
  for (const char* key : {"epochs", "training_time", "train_accuracy", "validation_accuracy",
                          "test_accuracy", "energy (kWh)", "co2eq (g)"}) {
    expect_mentions(refusal([&](json& run) { run["evaluation_results"][2].erase(key); }),
                    {key, "missing"});
  }
  for (const char* key : {"avg_power_usages (W)", "avg_energy_usages (J)", "devices"}) {
    expect_mentions(refusal([&](json& run) { run["avg_power_usages:"]["cpu"].erase(key); }),
                    {key, "missing"});
  }
}

TEST(ImportResults, WrongTypesAndValuesAreRefused) {
  const auto set = [](const char* key, const json& value) {
    expect_mentions(refusal([&](json& run) { run[key] = value; }), {key});
  };
  set("trainable_params", "882570");
  set("trainable_params", 882570.5);
  set("trainable_params", -1);
  set("total_time", nullptr);
  set("total_time", -1.0);
  set("total_energy (kWh)", "0.1");
  set("avg_intensity (gCO2/kWh)", {1});
  set("avg_power_usages:", {1});
  set("evaluation_results", json::object());
  set("evaluation_results", json::array());
  set("evaluation_results", {1});
  set("model_hash", 7);
  set("model_hash", "xyz");
  const auto set_in_last = [](const char* key, const json& value) {
    expect_mentions(refusal([&](json& run) { run["evaluation_results"][2][key] = value; }), {key});
  };
  set_in_last("test_accuracy", 1.5);
  set_in_last("test_accuracy", -0.5);
  set_in_last("energy (kWh)", -0.5);
  set_in_last("training_time", true);
  refusal([](json& run) { run["evaluation_results"][2]["epochs"] = 4.5; });
  refusal([](json& run) { run["evaluation_results"][2]["epochs"] = 2; });
  const auto set_cpu = [](const char* key, const json& value) {
    refusal([&](json& run) { run["avg_power_usages:"]["cpu"][key] = value; });
  };
  set_cpu("avg_power_usages (W)", 1);
  set_cpu("avg_power_usages (W)", {1, 2});
  set_cpu("avg_power_usages (W)", {{1}});
  set_cpu("avg_energy_usages (J)", {{-1, 1}});
  set_cpu("devices", "cpu");
  set_cpu("devices", {1});
}

TEST(ImportResults, ContradictionsAreRefused) {
  expect_mentions(refusal([](json& run) { run["trainable_params"] = 882571; }),
                  {"882571", "882570"});
  const std::string conv = space::to_text(space::hash_of(kConv));
  expect_mentions(refusal([&](json& run) { run["model_hash"] = conv; }),
                  {conv, "043721b9c7fe8c5fad811d47d83132ec"});
  const TempFolder folder;
  folder.write(place(kTrivial, 1, "12_epochs"), run_of(kTrivial).dump());
  expect_mentions(
      error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{folder.path()}); }),
      {"after 4 epochs", "12"});
}

TEST(ImportResults, AHashOfNoCellIsRefused) {
  const TempFolder folder;
  folder.write("4_epochs/00/00000000000000000000000000000000/repeat_1/results.json",
               run_of(kTrivial).dump());
  expect_mentions(
      error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{folder.path()}); }),
      {"00000000000000000000000000000000"});
}

TEST(ImportResults, TextThatIsNoStrictJsonIsRefused) {
  const auto refuse = [](const std::string& text) {
    const TempFolder folder;
    folder.write(place(kTrivial, 1), text);
    return error_of(ErrorCode::invalid_data,
                    [&] { (void)import_tables(std::vector{folder.path()}); });
  };
  const std::string good = run_of(kTrivial).dump();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, good.size() / 2, good.size() - 1})
    refuse(good.substr(0, size));
  refuse(good + good);
  refuse("[]");
  refuse("7");
  expect_mentions(refuse(R"({"total_time":1,"total_time":2})"), {"'total_time'", "twice"});
  expect_mentions(refuse(R"({"total_time":1e999})"), {"range"});
  refuse(R"({"total_time":NaN})");
  expect_mentions(refuse(std::string(100'000, '[')), {"nested"});
  expect_mentions(refuse("{\"a\":\"" + std::string(2'000'000, 'a') + "\"}"), {"larger"});
}

TEST(ImportResults, AFileAloneSaysItsCellByItsPathOrItsHash) {
  const TempFolder folder;
  const auto in_place = folder.write(place(kTrivial, 2), run_of(kTrivial).dump());
  EXPECT_TRUE(import_tables(std::vector{in_place}).table.query(kTrivial, 4, Repeat::number(2)));
  json run = run_of(kTrivial);
  run["model_hash"] = "043721b9c7fe8c5fad811d47d83132ec";
  const auto alone = folder.write("alone.json", run.dump());
  EXPECT_TRUE(import_tables(std::vector{alone}).table.query(kTrivial, 4, Repeat::number(1)));
  const auto lost = folder.write("lost.json", run_of(kTrivial).dump());
  expect_mentions(
      error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{lost}); }), {"hash"});
}

TEST(ImportResults, AFolderWithoutResultsIsRefused) {
  const TempFolder folder;
  folder.write("other.json", "{}");
  expect_mentions(
      error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{folder.path()}); }),
      {"results.json"});
}

/// Files as an archive.
std::string packed(const std::vector<std::pair<std::string, std::string>>& files,
                   int (*set_format)(struct archive*), int (*add_filter)(struct archive*)) {
  std::string result(std::size_t{1} << 20, '\0');
  std::size_t used = 0;
  struct archive* writer = archive_write_new();
  set_format(writer);
  add_filter(writer);
  archive_write_open_memory(writer, result.data(), result.size(), &used);
  for (const auto& [path, content] : files) {
    struct archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, path.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  result.resize(used);
  return result;
}

TEST(ImportResults, ArchivesAreReadWithoutUnpackingAndGiveTheFoldersTable) {
  const TempFolder folder;
  folder.write("tree/" + place(kTrivial, 1), run_of(kTrivial).dump());
  folder.write("tree/" + place(kConv, 1), run_of(kConv).dump());
  const Imported from_folder = import_tables(std::vector{folder.path() / "tree"});
  const std::vector<std::pair<std::string, std::string>> files = {
      {place(kConv, 1), run_of(kConv).dump()},
      {"README", "passed over"},
      {"../../" + place(kTrivial, 1), run_of(kTrivial).dump()}};  // never written anywhere
  const auto data = [](const Table& table) { return parse_safetensors(table.bytes(), "t").data; };
  for (const auto& text :
       {packed(files, archive_write_set_format_pax_restricted, archive_write_add_filter_xz),
        packed(files, archive_write_set_format_ustar, archive_write_add_filter_gzip),
        packed(files, archive_write_set_format_ustar, archive_write_add_filter_none),
        packed(files, archive_write_set_format_zip, archive_write_add_filter_none)}) {
    const auto path = folder.write("archive", text);
    const Imported from_archive = import_tables(std::vector{path});
    EXPECT_EQ(from_archive.summary.rows, 2U);
    EXPECT_TRUE(std::ranges::equal(data(from_archive.table), data(from_folder.table)));
  }
}

TEST(ImportResults, AnArchiveMemberIsNamedInErrors) {
  const TempFolder folder;
  const auto path =
      folder.write("a.tar", packed({{place(kTrivial, 1), "{}"}}, archive_write_set_format_ustar,
                                   archive_write_add_filter_none));
  expect_mentions(
      error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{path}); }),
      {"a.tar:4V9E/4_epochs/04/", "trainable_params"});
}

TEST(ImportResults, ArchivesCutShortOrWithoutResultsAreRefused) {
  const TempFolder folder;
  const std::string whole = packed({{place(kTrivial, 1), run_of(kTrivial).dump()}},
                                   archive_write_set_format_ustar, archive_write_add_filter_gzip);
  for (std::size_t size = 1; size < whole.size(); size += 7) {
    const auto path = folder.write("a.tgz", whole.substr(0, size));
    error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{path}); });
  }
  const auto other = folder.write(
      "b.tar",
      packed({{"README", "text"}}, archive_write_set_format_ustar, archive_write_add_filter_none));
  expect_mentions(
      error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{other}); }),
      {"results.json"});
}

TEST(ImportResults, AHugeMemberIsRefusedBeforeItIsRead) {
  const TempFolder folder;
  const auto path =
      folder.write("a.tgz", packed({{place(kTrivial, 1), std::string(std::size_t{8} << 20, ' ')}},
                                   archive_write_set_format_ustar, archive_write_add_filter_gzip));
  expect_mentions(
      error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{path}); }),
      {"larger than"});
}

TEST(ParsePlace, FoldersAreReadWhereverTheyStand) {
  const RunPlace place =
      parse_place("/x/4V9E/108_epochs/04/043721b9c7fe8c5fad811d47d83132ec/repeat_3/results.json");
  EXPECT_EQ(space::to_text(*place.hash), "043721b9c7fe8c5fad811d47d83132ec");
  EXPECT_EQ(place.epochs, 108);
  EXPECT_EQ(place.repeat, 3U);
  const RunPlace none = parse_place("x_epochs/repeat_/repeat_0/-4_epochs/043721/results.json");
  EXPECT_FALSE(none.hash || none.epochs || none.repeat);
}

TEST(PueEstimate, TheNumberOfFewestDecimalsThatAllRunsAllowIsTaken) {
  PueEstimate estimate;
  EXPECT_TRUE(estimate.empty());
  EXPECT_TRUE(estimate.add(0.015902, 0.010001, 3));  // 1.59004 ± 0.00015
  EXPECT_EQ(estimate.value(), 1.59);
  EXPECT_TRUE(estimate.allows(1.59));
  EXPECT_FALSE(estimate.allows(1.6));
  EXPECT_FALSE(estimate.add(0.016, 0.01, 3));
  EXPECT_EQ(estimate.value(), 1.59);  // a run that does not fit changes nothing
}

TEST(PueEstimate, ARunOfNextToNoEnergyAllowsNextToEverything) {
  PueEstimate estimate;
  EXPECT_TRUE(estimate.add(0.000001, 0.000001, 3));
  EXPECT_EQ(estimate.value(), 1.0);
  EXPECT_TRUE(estimate.add(1.59, 1.0, 3));
  EXPECT_EQ(estimate.value(), 1.59);
}

}  // namespace
}  // namespace ecnas::table
