#include <fcntl.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ecnas/core/file.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/energy/journal.hpp"
#include "ecnas/energy/measurement.hpp"
#include "fake_sources.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_tree.hpp"

namespace ecnas::energy {
namespace {

using ecnas::testing::expect_error;
using Json = nlohmann::json;

/// 3,600 J on a counter, 1,800 J of a model that watched half of the time.
Measurement example() {
  SourceDescription model = testing::counter("cpu");
  model.quality = Quality::modelled;
  model.tolerance = Tolerance{0.5, 2};
  model.attribution = "process tree";
  Measurement measurement{
      .started = "2026-01-02T03:04:05Z",
      .duration_s = 100,
      .components = {{testing::counter("gpu-0"), {3600, 100}, 1000}, {model, {1800, 50}, {}}},
      .spans = {{"epoch", 0, 10, 20, {{360, 20}, {180, 10}}, true}},
      .pue = 1.5,
      .emission_factor = EmissionFactor{200, "DK", "2024", "a table"},
      .co2eq_g = 0.45,
      .machine = {"a CPU", 4, 15.5, {"a GPU"}, "Linux 6"},
      .command = {"python", "train.py", "\xff\"\n"},
      .exit_status = 3,
      .notes = {"something"},
      .interval_s = 0.1,
      .jitter_s = 0.001,
      .overhead_cpu_s = 0.02,
      .version = "0.1.0"};
  return measurement;
}

TEST(Measurement, PueMultipliesTheTotalAndNothingElse) {
  const Measurement measurement = example();
  EXPECT_DOUBLE_EQ(measurement.energy_kwh(), 5400 / 3.6e6 * 1.5);
  EXPECT_DOUBLE_EQ(measurement.energy_kwh(measurement.spans[0]), 540 / 3.6e6 * 1.5);
  const Json json = Json::parse(to_json(measurement));
  EXPECT_DOUBLE_EQ(json.at("components")[0].at("energy_kwh"), 0.001);
  EXPECT_DOUBLE_EQ(json.at("energy_kwh"), 0.00225);
}

TEST(Measurement, CoverageIsNotLessThanOneByRounding) {
  EXPECT_EQ(coverage({0, 1 - 1e-15}, 1), 1);
  EXPECT_EQ(coverage({0, 0}, 0), 1);
  EXPECT_EQ(coverage({0, 0.25}, 1), 0.25);
  EXPECT_EQ(coverage({0, -0.5}, 1), 0);
}

TEST(Measurement, CoverageIsThatOfTheWorstComponent) {
  const Measurement measurement = example();
  EXPECT_DOUBLE_EQ(measurement.coverage(), 0.5);
  EXPECT_DOUBLE_EQ(measurement.coverage(measurement.spans[0]), 0.5);
}

TEST(Measurement, ModelsMakeAnIntervalAndMetersNone) {
  const auto interval = example().energy_kwh_interval();
  ASSERT_TRUE(interval.has_value());
  EXPECT_DOUBLE_EQ(interval->first, (3600 + 900) / 3.6e6 * 1.5);
  EXPECT_DOUBLE_EQ(interval->second, (3600 + 3600) / 3.6e6 * 1.5);
  Measurement metered = example();
  metered.components.pop_back();
  EXPECT_FALSE(metered.energy_kwh_interval().has_value());
}

TEST(TrackDocument, HasTheFieldsOfItsFormat) {
  const Json json = Json::parse(to_json(example()));
  for (const char* key :
       {"energy_kwh", "co2eq_g", "duration_s", "coverage", "components", "spans", "pue",
        "carbon_intensity_g_per_kwh", "machine", "version", "command", "exit_status", "notes"})
    EXPECT_TRUE(json.contains(key)) << key;
  for (const char* key :
       {"name", "domain", "energy_kwh", "average_power_w", "quality", "coverage", "source"})
    EXPECT_TRUE(json.at("components")[0].contains(key)) << key;
  EXPECT_DOUBLE_EQ(json.at("components")[1].at("average_power_w"), 36);  // while it watched
}

TEST(TrackDocument, ReadsBackAsItWas) {
  Measurement measurement = example();
  measurement.command[2] = "plain";  // bytes that are no UTF-8 cannot come back
  const std::string text = to_json(measurement);
  const Measurement again = measurement_from_json(text, "t.json");
  EXPECT_EQ(to_json(again), text);
  EXPECT_DOUBLE_EQ(again.energy_kwh(), measurement.energy_kwh());
  EXPECT_EQ(again.components[1].source.attribution, "process tree");
  EXPECT_EQ(again.exit_status, 3);
}

TEST(TrackDocument, IsTheSameAfterAnyNumberOfReadings) {
  Rng rng(11);
  for (int i = 0; i < 300; ++i) {
    Measurement measurement = example();
    measurement.command[2] = "plain";
    measurement.duration_s = 100 * rng.uniform();
    measurement.pue = 1 + rng.uniform();
    for (Component& component : measurement.components) {
      component.energy = {1e4 * rng.uniform(), measurement.duration_s * rng.uniform()};
      if (component.source.tolerance) component.source.tolerance = Tolerance{rng.uniform(), 3};
    }
    for (ComponentEnergy& component : measurement.spans[0].components)
      component = {1e3 * rng.uniform(), 20 * rng.uniform()};
    const std::string text = to_json(measurement);
    EXPECT_EQ(to_json(measurement_from_json(text, "t.json")), text);
  }
}

TEST(TrackDocument, BytesThatAreNoTextAreReplaced) {
  EXPECT_TRUE(Json::accept(to_json(example())));
}

TEST(TrackDocument, EveryFieldOfAWrongKindIsRefusedByName) {
  const Json good = Json::parse(to_json(example()));
  for (const auto& [key, value] : good.items()) {
    if (key == "energy_kwh_interval" || key == "coverage") continue;  // follow from the components
    for (const Json& wrong : {Json("x"), Json(-1), Json::array({1}), Json::object({{"a", 1}})}) {
      if (wrong.type() == value.type()) continue;
      Json damaged = good;
      damaged[key] = wrong;
      if (value.is_number() && wrong.is_number()) continue;
      expect_error(ErrorCode::invalid_data, key,
                   [&] { (void)measurement_from_json(damaged.dump(), "t.json"); });
    }
  }
}

TEST(TrackDocument, WhatIsNoneIsRefused) {
  for (const char* text : {"", "{", "[]", "3", "{}", "null"})
    expect_error(ErrorCode::invalid_data, "t.json",
                 [&] { (void)measurement_from_json(text, "t.json"); });
  std::string deep(100'000, '[');
  expect_error(ErrorCode::invalid_data, "t.json",
               [&] { (void)measurement_from_json(deep, "t.json"); });
  Json damaged = Json::parse(to_json(example()));
  damaged["energy_kwh"] = 1;
  expect_error(ErrorCode::invalid_data, "sum",
               [&] { (void)measurement_from_json(damaged.dump(), "t.json"); });
  damaged = Json::parse(to_json(example()));
  damaged["pue"] = 0.5;
  expect_error(ErrorCode::invalid_data, "pue",
               [&] { (void)measurement_from_json(damaged.dump(), "t.json"); });
}

Sample sample_at(double time_s) {
  return {time_s, {{time_s * 36, time_s}, {time_s * 18, time_s / 2}}};
}

TEST(Journal, WhatWasMeasuredUpToAKillComesBack) {
  const ecnas::testing::TemporaryTree tree;
  Measurement beginning = example();
  beginning.spans.clear();
  {
    Journal journal(tree.at("j"), beginning);
    for (int i = 0; i <= 10; ++i)
      journal.append(sample_at(i));
  }
  std::string text = read_file(tree.at("j"));
  for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
    tree.write("cut", text.substr(0, text.size() - cut));
    const Measurement measurement = recover_journal(tree.at("cut"));
    const double last_s = cut == 0 ? 10 : 9;  // a line that is cut is passed over
    EXPECT_DOUBLE_EQ(measurement.duration_s, last_s);
    EXPECT_DOUBLE_EQ(measurement.components[0].energy.energy_j, 36 * last_s);
    EXPECT_EQ(measurement.samples.size(), static_cast<std::size_t>(last_s) + 1);
    EXPECT_NE(measurement.notes.back().find("recovered"), std::string::npos);
  }
}

TEST(Journal, ADamagedLineIsToldByNumber) {
  const ecnas::testing::TemporaryTree tree;
  { Journal journal(tree.at("j"), example()); }
  const std::string header = read_file(tree.at("j"));
  for (const char* line : {"1 2 3", "1 2 3 4 x", "1 2 3 4 5 6", "-1 2 3 4 5", "1 nan 3 4 5", ""}) {
    tree.write("damaged", header + "1 2 3 4 5\n" + line + "\n");
    expect_error(ErrorCode::invalid_data, "line 3",
                 [&] { (void)recover_journal(tree.at("damaged")); });
  }
  tree.write("headless", "1 2 3 4 5\n");
  expect_error(ErrorCode::invalid_data, "headless",
               [&] { (void)recover_journal(tree.at("headless")); });
}

TEST(Journal, AFullDiskEndsTheJournalAndNothingElse) {
  Journal journal("/dev/full", example());
  journal.append(sample_at(1));
  EXPECT_TRUE(journal.has_failed());
}

TEST(Journal, WhatCannotBeWrittenIsToldAtOnce) {
  expect_error(ErrorCode::io_failure, "nowhere", [] { Journal journal("/nowhere/j", example()); });
}

}  // namespace
}  // namespace ecnas::energy
