// Tables written as TFRecord files and read back; accuracies of one beside energies of another.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ecnas/core/random.hpp"
#include "ecnas/table/export.hpp"
#include "table/loose_records.hpp"

namespace ecnas::table {
namespace {

using namespace testing;

// There and back ----------------------------------------------------------------------------------

/// A table with every metric that records hold, of every provenance.
Table full_table() {
  Metadata metadata;
  metadata.pue = 1.5;
  metadata.data_set = "CIFAR-10";
  metadata.devices = {"A GPU", "cpu:0"};
  TableBuilder builder(metadata);
  Rng rng(1);
  const std::vector<std::string> metrics = {
      "train_accuracy",  "validation_accuracy", "test_accuracy",
      "training_time_s", "energy_kwh",          "co2eq_g",
      "run_time_s",      "run_energy_kwh",      "run_co2eq_g",
      "gpu0_energy_kwh", "cpu1_energy_kwh",     "cpu0_average_power_w"};
  for (const space::Cell& cell : {kTrivial, kConv, kPool, kTwo}) {
    for (const std::int32_t epochs : {4, 12}) {
      for (const std::size_t repeat : {1U, 2U}) {
        for (const std::string& metric : metrics) {
          const auto provenance = metric.starts_with("gpu") || metric.starts_with("cpu")
                                      ? Provenance::measured
                                      : static_cast<Provenance>(1 + rng.below(3));
          builder.add(cell, epochs, repeat, metric, static_cast<float>(rng.uniform()), provenance,
                      "t");
        }
      }
    }
  }
  return builder.build("full");
}

Table there_and_back(const Table& table, ExportFormat format) {
  const TempFolder folder;
  (void)export_table(table, format, {}, folder.path() / "f");
  return import_tables(std::vector{folder.path() / "f"}).table;
}

void expect_same_column(const Table& table, const Table& other, std::string_view metric) {
  const Column* column = table.column(metric);
  const Column* back = other.column(metric);
  ASSERT_TRUE(column != nullptr && back != nullptr) << metric;
  ASSERT_EQ(column->values.size(), back->values.size()) << metric;
  EXPECT_TRUE(std::ranges::equal(column->provenance, back->provenance)) << metric;
  for (std::size_t i = 0; i < column->values.size(); ++i) {
    if (std::isnan(column->values[i])) {
      EXPECT_TRUE(std::isnan(back->values[i])) << metric;
    } else {
      EXPECT_EQ(column->values[i], back->values[i]) << metric;
    }
  }
}

TEST(ExportTfrecord, ATableWithEnergiesComesBackWithValuesProvenanceAndPue) {
  const Table table = full_table();
  const Table back = there_and_back(table, ExportFormat::ecnas_tfrecord);
  EXPECT_EQ(back.columns().size(), table.columns().size());
  for (const Column& column : table.columns())
    expect_same_column(table, back, column.info.name);
  EXPECT_EQ(back.metadata().pue, 1.5);
  EXPECT_EQ(back.metadata().devices, table.metadata().devices);
}

TEST(ExportTfrecord, NasBench101sRecordsHoldAccuraciesAndTimes) {
  const Table table = full_table();
  const Table back = there_and_back(table, ExportFormat::nasbench101_tfrecord);
  for (const char* metric :
       {"train_accuracy", "validation_accuracy", "test_accuracy", "training_time_s", "run_time_s"})
    expect_same_column(table, back, metric);
  EXPECT_EQ(back.columns().size(), 5U);
  EXPECT_EQ(back.metadata().pue, std::nullopt);
}

/// What an export says that it lost, all in one.
std::string losses_of(const Table& table, ExportFormat format) {
  const TempFolder folder;
  std::string all;
  for (const std::string& loss : export_table(table, format, {}, folder.path() / "f"))
    all += loss + "; ";
  return all;
}

TEST(ExportTfrecord, ReadingsOfMetersAloneAreHeld) {
  TableBuilder builder{Metadata{}};
  builder.add(kConv, 4, 1, "gpu0_average_power_w", 200, Provenance::measured, "t");
  const Table table = builder.build("t");
  expect_same_column(table, there_and_back(table, ExportFormat::ecnas_tfrecord),
                     "gpu0_average_power_w");
}

TEST(ExportTfrecord, RepeatsOfEqualValuesStayRepeats) {
  TableBuilder builder{Metadata{}};
  for (const std::size_t repeat : {1U, 2U, 3U})
    builder.add(kConv, 4, repeat, "validation_accuracy", 0.5F, Provenance::measured, "t");
  const Table table = builder.build("t");
  expect_same_column(table, there_and_back(table, ExportFormat::nasbench101_tfrecord),
                     "validation_accuracy");
}

TEST(ExportTfrecord, AMissingRepeatStaysMissing) {
  const Table table = testing::small_table();
  const Table back = there_and_back(table, ExportFormat::ecnas_tfrecord);
  for (const Column& column : table.columns())
    expect_same_column(table, back, column.info.name);
}

TEST(ExportTfrecord, ProvenanceOfReadingsThatIsLostIsSaid) {
  TableBuilder builder{Metadata{}};
  builder.add(kConv, 4, 1, "gpu0_energy_kwh", 200, Provenance::predicted, "t");
  builder.add(kConv, 4, 1, "energy_kwh", 200, Provenance::predicted, "t");
  expect_mentions(losses_of(builder.build("t"), ExportFormat::ecnas_tfrecord), {"gpu0_energy_kwh"});
}

TEST(ExportTfrecord, WhatCannotBeHeldIsSaid) {
  const Table table = testing::uncertain_table();
  expect_mentions(losses_of(table, ExportFormat::nasbench101_tfrecord),
                  {"no field for energy_kwh", "intervals", "noise"});
  expect_mentions(losses_of(table, ExportFormat::ecnas_tfrecord), {"data set", "intervals"});
}

TEST(ExportTfrecord, ATableWithoutSuchMetricsIsRefused) {
  TableBuilder builder{Metadata{}};
  builder.add(kConv, 4, 1, "energy_kwh", 0.5F, Provenance::measured, "t");
  const Table table = builder.build("t");
  const TempFolder folder;
  expect_mentions(error_of(ErrorCode::not_found,
                           [&] {
                             (void)export_table(table, ExportFormat::nasbench101_tfrecord, {},
                                                folder.path() / "f");
                           }),
                  {"t"});
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "f"));
}

// Joining -----------------------------------------------------------------------------------------

TEST(ImportJoin, AllRepeatsOfAccuracyStandBesideTheEnergies) {
  const TempFolder folder;
  const auto energies = folder.write(
      "energies",
      file_of({energy_record(kConv, 4, 0.5, 0.03, 1.59), energy_record(kTwo, 4, 0.5, 0.05, 1.59)}));
  const auto accuracies = folder.write(
      "accuracies",
      file_of({record_of(kConv, 4, 0.25), record_of(kConv, 4, 0.375), record_of(kConv, 4, 0.625),
               record_of(kConv, 12, 0.75), record_of(kPool, 4, 0.5)}));
  ImportOptions options;
  options.join = {accuracies};
  const Imported imported = import_tables(std::vector{energies}, options);
  const Table& table = imported.table;
  EXPECT_EQ(table.cells(), 2U);
  EXPECT_EQ(table.repeats(), 3U);
  EXPECT_EQ(table.budgets().size(), 1U);
  const auto value = [&](const space::Cell& cell, std::size_t repeat, const char* metric) {
    const auto entry = table.query(cell, 4, Repeat::number(repeat));
    return entry ? entry->value(metric) : std::nullopt;
  };
  EXPECT_EQ(value(kConv, 1, "validation_accuracy"), 0.25);
  EXPECT_EQ(value(kConv, 2, "validation_accuracy"), 0.375);
  EXPECT_EQ(value(kConv, 3, "validation_accuracy"), 0.625);
  EXPECT_EQ(value(kTwo, 1, "validation_accuracy"), std::nullopt);
  EXPECT_TRUE(value(kTwo, 1, "energy_kwh"));
  EXPECT_FALSE(value(kConv, 2, "energy_kwh"));
  EXPECT_EQ(table.metadata().pue, 1.59);
}

TEST(ImportJoin, ATableWithoutAnyOfTheCellsIsRefused) {
  const TempFolder folder;
  const auto first = folder.write("first", file_of({record_of(kConv, 4, 0.5)}));
  const auto second = folder.write("second", file_of({record_of(kConv, 12, 0.5)}));
  ImportOptions options;
  options.join = {second};
  error_of(ErrorCode::invalid_data, [&] { (void)import_tables(std::vector{first}, options); });
}

}  // namespace
}  // namespace ecnas::table
