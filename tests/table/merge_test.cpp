#include "ecnas/table/merge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ecnas/core/random.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builtin.hpp"
#include "oracles/table_merge.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;
using testing::kConv;
using testing::kPool;
using testing::kTrivial;
using testing::kTwo;

constexpr auto kMeasured = Provenance::measured;
constexpr auto kScaled = Provenance::scaled;
constexpr auto kPredicted = Provenance::predicted;

Merged merge(std::initializer_list<const Table*> tables, const MergeOptions& options = {}) {
  return merge_tables(std::span(tables.begin(), tables.size()), options, "merged");
}

/// Predictions at PUE 1, with intervals; the trivial cell is out of range.
TableBuilder predictions() {
  Metadata metadata;
  metadata.pue = 1.0;
  metadata.devices = {"GPU B"};
  metadata.source = "a model";
  metadata.noise = {{"energy_kwh", {NoiseKind::relative, {{4, 0.25}, {12, 0.25}}}}};
  TableBuilder builder(metadata);
  for (const auto& cell : {kTrivial, kConv, kPool}) {
    for (const std::int32_t epochs : {4, 12}) {
      builder.add(cell, epochs, 1, "energy_kwh", static_cast<float>(epochs), kPredicted, "t");
      builder.add_interval(cell, epochs, 1, "energy_kwh", 1, 16, "t");
    }
  }
  builder.mark_out_of_range(kTrivial, "energy_kwh");
  return builder;
}

/// Measurements at PUE 1: three repeats at 4 epochs.
TableBuilder measurements() {
  Metadata metadata;
  metadata.pue = 1.0;
  metadata.devices = {"GPU A"};
  metadata.source = "a campaign";
  metadata.noise = {{"energy_kwh", {NoiseKind::relative, {{4, 0.125}}}}};
  TableBuilder builder(metadata);
  for (const std::size_t repeat : {1U, 2U, 3U}) {
    const auto value = static_cast<float>(repeat);
    builder.add(kTrivial, 4, repeat, "energy_kwh", value, kMeasured, "t");
    builder.add(kTwo, 4, repeat, "energy_kwh", value, kMeasured, "t");
  }
  builder.add(kTrivial, 4, 1, "training_time_s", 7, kMeasured, "t");
  return builder;
}

const MergedMetric& of(const Merged& merged, std::size_t source, std::string_view metric) {
  const auto& metrics = merged.sources.at(source).metrics;
  return *std::ranges::find(metrics, metric, &MergedMetric::metric);
}

TEST(Merge, MeasurementsReplacePredictionsWithAllTheirRepeats) {
  const Table below = predictions().build("below");
  const Table above = measurements().build("above");
  const Merged merged = merge({&below, &above});
  const Table& table = merged.table;
  table.verify();
  EXPECT_EQ(table.cells(), 4U);
  EXPECT_EQ(table.repeats(), 3U);
  const Column& energy = *table.column("energy_kwh");
  EXPECT_EQ(table.query(kTrivial, 4)->value(energy), 2.0);  // 1, 2, 3; the prediction of 4 is gone
  EXPECT_EQ(table.query(kTrivial, 4)->provenance(energy), kMeasured);
  EXPECT_EQ(table.query(kTrivial, 4, Repeat::number(1))->interval(energy), std::nullopt);
  EXPECT_EQ(table.query(kTrivial, 12)->value(energy), 12.0);
  EXPECT_EQ(table.query(kTrivial, 12)->provenance(energy), kPredicted);
  EXPECT_EQ(table.query(kTrivial, 12)->interval(energy), (Interval{1, 16}));
  EXPECT_EQ(table.query(kConv, 4)->value(energy), 4.0);
  EXPECT_EQ(table.query(kTwo, 4)->value(energy), 2.0);
  EXPECT_EQ(table.query(kTrivial, 4)->value("training_time_s"), 7.0);

  EXPECT_EQ(of(merged, 0, "energy_kwh").taken, 5U);
  EXPECT_EQ(of(merged, 1, "energy_kwh").taken, 6U);
  EXPECT_EQ(of(merged, 1, "energy_kwh").replaced, (std::array<std::size_t, 4>{0, 0, 0, 1}));
  EXPECT_EQ(of(merged, 1, "energy_kwh").left_out, 0U);
  EXPECT_EQ(of(merged, 1, "training_time_s").taken, 1U);
  EXPECT_EQ(merged.sources[0].table, "below");
}

TEST(Merge, PredictionsNeverReplaceMeasurementsUnlessTheLastIsPreferred) {
  const Table measured = measurements().build("measured");
  const Table predicted = predictions().build("predicted");
  const Merged kept = merge({&measured, &predicted});
  EXPECT_EQ(kept.table.query(kTrivial, 4)->value("energy_kwh"), 2.0);
  EXPECT_EQ(kept.table.query(kTrivial, 12)->value("energy_kwh"), 12.0);
  EXPECT_EQ(of(kept, 1, "energy_kwh").left_out, 1U);
  EXPECT_EQ(of(kept, 1, "energy_kwh").taken, 5U);

  const Merged last = merge({&measured, &predicted}, {.prefer = Preference::last});
  EXPECT_EQ(last.table.query(kTrivial, 4)->value("energy_kwh"), 4.0);
  EXPECT_EQ(of(last, 1, "energy_kwh").replaced, (std::array<std::size_t, 4>{0, 3, 0, 0}));
  EXPECT_EQ(of(last, 0, "energy_kwh").taken, 3U);
  last.table.verify();
}

TEST(Merge, AnEntryMeasuredInPartGivesWayToMeasurementsAlone) {
  const auto one = [](std::initializer_list<Provenance> repeats, float value) {
    TableBuilder builder{Metadata{}};
    std::size_t repeat = 0;
    for (const Provenance provenance : repeats)
      builder.add(kConv, 4, ++repeat, "training_time_s", value, provenance, "t");
    return builder.build("t");
  };
  const auto winner = [](const Table& below, const Table& above) {
    return merge({&below, &above}).table.query(kConv, 4)->value("training_time_s").value();
  };
  const Table mixed = one({kMeasured, kPredicted}, 1);
  EXPECT_EQ(winner(mixed, one({kScaled}, 2)), 1);
  EXPECT_EQ(winner(mixed, one({kMeasured, kScaled}, 2)), 1);
  EXPECT_EQ(winner(mixed, one({kMeasured}, 2)), 2);
  EXPECT_EQ(winner(one({kScaled}, 1), one({kPredicted}, 2)), 2);
  EXPECT_EQ(winner(one({kMeasured}, 1), one({kMeasured}, 2)), 2);
}

TEST(Merge, AFlagLastsAsLongAsAModelsValueOfItsTable) {
  const Table below = predictions().build("below");
  const Table at_4 = measurements().build("at 4");
  const auto flag = [](const Table& table) {
    const Column& energy = *table.column("energy_kwh");
    return !energy.out_of_range.empty() && energy.out_of_range[*table.find(kTrivial)] == 1;
  };
  EXPECT_TRUE(flag(merge({&below, &at_4}).table));  // 12 epochs are predicted still
  TableBuilder builder = measurements();
  builder.add(kTrivial, 12, 1, "energy_kwh", 9, kScaled, "t");  // of measured ones, not a model's
  const Table at_both = builder.build("at both");
  const Table merged = merge({&below, &at_both}).table;
  EXPECT_FALSE(flag(merged));
  merged.verify();
}

TEST(Merge, MetadataAreOfAllTables) {
  const Table a = predictions().build("a");
  const Table b = measurements().build("b");
  const Merged merged = merge({&a, &b});
  const Metadata& metadata = merged.table.metadata();
  EXPECT_EQ(metadata.devices, (std::vector<std::string>{"GPU A", "GPU B"}));
  EXPECT_EQ(metadata.source, "a model; a campaign");
  EXPECT_EQ(metadata.pue, 1.0);
  EXPECT_EQ(metadata.reference_point.at("energy"), 12.0);
  const std::map<std::int32_t, double> deviations = {{4, 0.125}, {12, 0.25}};
  EXPECT_EQ(metadata.noise.at("energy_kwh").standard_deviation, deviations);
}

TEST(Merge, DifferentPuesAreRefusedOrConverted) {
  const Table one = predictions().build("one");
  TableBuilder other = measurements();
  other.metadata().pue = 2.0;
  other.add(kTrivial, 4, 1, "co2eq_g", 8, kMeasured, "t");
  other.add(kTrivial, 4, 1, "gpu0_energy_kwh", 8, kMeasured, "t");
  other.add(kTrivial, 4, 1, "gpu0_average_power_w", 8, kMeasured, "t");
  const Table two = other.build("two");
  expect_mentions(error_of(ErrorCode::invalid_argument,
                           [&] {
                             (void)merge({&one, &two});
                           }),
                  {"two:", "is 2", "one 1", "--pue"});
  const Table table = merge({&one, &two}, {.pue = 4.0}).table;
  EXPECT_EQ(table.metadata().pue, 4.0);
  EXPECT_EQ(table.query(kConv, 4)->value("energy_kwh"), 16.0);
  EXPECT_EQ(table.query(kConv, 4)->interval(*table.column("energy_kwh")), (Interval{4, 64}));
  const auto entry = table.query(kTrivial, 4);
  EXPECT_EQ(entry->value("energy_kwh"), 4.0);
  EXPECT_EQ(entry->value("co2eq_g"), 16.0);
  EXPECT_EQ(entry->value("gpu0_energy_kwh"), 16.0);
  EXPECT_EQ(entry->value("gpu0_average_power_w"), 8.0);
  EXPECT_EQ(entry->value("training_time_s"), 7.0);
}

TEST(Merge, AnUnknownPueIsNotConvertedAndNotPooledWithAKnownOne) {
  TableBuilder builder = measurements();
  builder.metadata().pue.reset();
  const Table unknown = builder.build("unknown");
  const Table known = predictions().build("known");
  expect_mentions(error_of(ErrorCode::invalid_argument,
                           [&] {
                             (void)merge({&known, &unknown});
                           }),
                  {"unknown:", "is unknown", "known 1"});
  expect_mentions(error_of(ErrorCode::invalid_argument,
                           [&] {
                             (void)merge({&known, &unknown}, {.pue = 1.0});
                           }),
                  {"unknown:", "does not state the PUE"});
  EXPECT_EQ(merge({&unknown, &unknown}).table.metadata().pue, std::nullopt);
}

TEST(Merge, ATableWithoutEnergiesAgreesWithAnyPue) {
  const Table cells = *builtin_table("space-4v");
  const Table energies = predictions().build("energies");
  const Table table = merge({&cells, &energies}).table;
  EXPECT_EQ(table.cells(), 91U);
  EXPECT_EQ(table.metadata().pue, 1.0);
  EXPECT_EQ(table.query(kConv, 4)->value("energy_kwh"), 4.0);
}

TEST(Merge, WhatCannotShareATableIsRefused) {
  const Table table = measurements().build("a");
  const auto refuse = [&](const Table& other, const MergeOptions& options = {}) {
    return error_of(ErrorCode::invalid_argument, [&] { (void)merge({&table, &other}, options); });
  };
  TableBuilder skeleton = measurements();
  skeleton.metadata().skeleton.classes = 100;
  expect_mentions(refuse(skeleton.build("b")), {"b:", "skeleton"});
  TableBuilder cifar10 = measurements();
  cifar10.metadata().data_set = "CIFAR-10";
  TableBuilder cifar100 = measurements();
  cifar100.metadata().data_set = "CIFAR-100";
  const Table first = cifar10.build("first");
  const Table second = cifar100.build("second");
  expect_mentions(error_of(ErrorCode::invalid_argument,
                           [&] {
                             (void)merge({&first, &second});
                           }),
                  {"second:", "CIFAR-100", "CIFAR-10"});
  refuse(table, {.pue = 0.5});
  refuse(table, {.pue = std::nan("")});
  error_of(ErrorCode::invalid_argument, [&] { (void)merge({&table}); });
  error_of(ErrorCode::invalid_argument, [&] { (void)merge({}); });
}

TEST(Merge, ATableThatVerifyRefusesIsRefused) {
  testing::LooseTable loose(measurements().build("t"));
  loose.set<std::int64_t>("trainable_parameters", 0, 7);
  const Table wrong = Table::from_bytes(loose.sealed(), "wrong");
  const Table good = predictions().build("good");
  expect_mentions(error_of(ErrorCode::invalid_data,
                           [&] {
                             (void)merge({&good, &wrong});
                           }),
                  {"wrong: row 0"});
}

TEST(Merge, ATableOverItselfIsItself) {
  const Table table = predictions().build("t");
  const Table merged = merge({&table, &table}).table;
  EXPECT_TRUE(std::ranges::equal(merged.bytes(), table.bytes()));
}

TEST(Merge, PreferencesRoundTripByName) {
  for (const Preference preference : {Preference::measured, Preference::last})
    EXPECT_EQ(parse_preference(name(preference)), preference);
  EXPECT_FALSE(parse_preference("first"));
}

/// Random values with intervals and flags of some of the cells of at most 4 vertices.
Table random_table(std::uint64_t seed, double pue) {
  Rng rng(seed);
  Metadata metadata;
  metadata.pue = pue;
  metadata.source = std::to_string(seed);
  TableBuilder builder(metadata);
  const std::span<const space::Cell> cells = space::Space::shared(4).cells();
  for (int i = 0; i < 500; ++i) {
    const space::Cell& cell = cells[rng.below(30)];
    const std::int32_t epochs = std::array{4, 12, 36}[rng.below(3)];
    const std::size_t repeat = 1 + rng.below(1 + seed % 3);
    const std::string_view metric =
        std::array{"energy_kwh", "test_accuracy", "run_time_s", "co2eq_g"}[rng.below(4)];
    const auto value = static_cast<float>(rng.uniform());
    const auto provenance = static_cast<Provenance>(1 + rng.below(3));
    const bool interval = rng.chance(0.5);
    if (rng.chance(0.2)) builder.mark_out_of_range(cell, metric);
    try {
      builder.add(cell, epochs, repeat, metric, value, provenance, "t");
    } catch (const Error&) {
      continue;  // another value stands there already
    }
    if (interval) builder.add_interval(cell, epochs, repeat, metric, value / 2, value, "t");
  }
  builder.add_cell(cells[30 + seed]);
  return builder.build("random");
}

class RandomMerge : public ::testing::TestWithParam<Preference> {};

TEST_P(RandomMerge, IsThatOfMaps) {
  const std::array<double, 3> pues = {1.0, 1.59, 1.25};
  for (std::uint64_t seed = 0; seed < 9; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<Table> tables;
    for (const double pue : pues)
      tables.push_back(random_table(3 * seed + tables.size(), pue));
    const Merged merged =
        merge({&tables[0], &tables[1], &tables[2]}, {.prefer = GetParam(), .pue = pues[1]});
    merged.table.verify();

    oracles::TableContent expected(tables[0], 0, pues[1], pues[0]);
    for (std::size_t i = 1; i < tables.size(); ++i) {
      lay_over(expected, oracles::TableContent(tables[i], i, pues[1], pues[i]), GetParam());
    }
    std::map<std::pair<std::size_t, std::string>, std::size_t> taken;
    for (const auto& [key, entry] : expected.entries)
      taken[{entry.table, std::get<2>(key)}] += entry.values.size();
    for (std::size_t i = 0; i < tables.size(); ++i) {
      for (const MergedMetric& metric : merged.sources[i].metrics)
        EXPECT_EQ(metric.taken, (taken[{i, metric.metric}]));
    }
    oracles::TableContent found(merged.table, 0, 1, 1);
    EXPECT_EQ(found.cells, expected.cells);
    EXPECT_EQ(lasting_flags(found), lasting_flags(expected));
    for (auto* content : {&found, &expected}) {
      for (auto& [key, entry] : content->entries)
        entry = {.values = entry.values};
    }
    EXPECT_TRUE(found.entries == expected.entries);
    EXPECT_GT(expected.entries.size(), 200U);
  }
}

INSTANTIATE_TEST_SUITE_P(Preferences, RandomMerge,
                         ::testing::Values(Preference::measured, Preference::last),
                         [](const auto& test) { return std::string(name(test.param)); });

}  // namespace
}  // namespace ecnas::table
