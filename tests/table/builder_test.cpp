#include "ecnas/table/builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <cmath>
#include <limits>

#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/space.hpp"
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

constexpr auto kMeasured = Provenance::measured;

TEST(TableBuilder, CellsAreSortedByHashAndBudgetsAscend) {
  TableBuilder builder{Metadata{}};
  for (const auto& cell : {kTwo, kTrivial, kConv, kPool}) {
    builder.add(cell, 36, 1, "energy_kwh", 2, kMeasured, "t");
    builder.add(cell, 4, 1, "energy_kwh", 1, kMeasured, "t");
  }
  const Table table = builder.build("t");
  ASSERT_EQ(table.cells(), 4U);
  for (std::size_t row = 1; row < 4; ++row)
    EXPECT_LT(table.hashes()[row - 1], table.hashes()[row]);
  EXPECT_EQ(std::vector<std::int32_t>(table.budgets().begin(), table.budgets().end()),
            (std::vector<std::int32_t>{4, 36}));
  table.verify();
}

TEST(TableBuilder, SameValuesInAnyOrderGiveTheSameBytes) {
  struct Value {
    space::Cell cell;
    std::int32_t epochs;
    std::size_t repeat;
    const char* metric;
    float value;
  };
  std::vector<Value> values;
  for (const auto& cell : {kTwo, kTrivial, kConv, kPool}) {
    for (const std::int32_t epochs : {4, 12, 108}) {
      for (const char* metric : {"run_time_s", "energy_kwh", "gpu0_energy_kwh", "test_accuracy"}) {
        values.push_back({cell, epochs, static_cast<std::size_t>(epochs % 3 + 1), metric,
                          1.0F / static_cast<float>(values.size() + 1)});
      }
    }
  }
  std::vector<std::byte> first;
  Rng rng(3);
  for (int round = 0; round < 10; ++round) {
    TableBuilder builder{Metadata{}};
    for (const Value& v : values)
      builder.add(v.cell, v.epochs, v.repeat, v.metric, v.value, kMeasured, "t");
    const std::vector<std::byte> bytes = builder.bytes();
    if (round == 0) first = bytes;
    EXPECT_EQ(bytes, first);
    rng.shuffle(std::span(values));
  }
}

TEST(TableBuilder, MetricsComeInTheOrderOfTheCoreThenByName) {
  TableBuilder builder{Metadata{}};
  for (const char* metric : {"run_time_s", "co2eq_g", "cpu0_energy_kwh", "train_accuracy"}) {
    builder.add(kConv, 4, 1, metric, 0.5F, kMeasured, "t");
  }
  std::vector<std::string> names;
  const Table table = builder.build("t");
  for (const Column& column : table.columns())
    names.push_back(column.info.name);
  EXPECT_EQ(names, (std::vector<std::string>{"train_accuracy", "co2eq_g", "cpu0_energy_kwh",
                                             "run_time_s"}));
}

TEST(TableBuilder, IsomorphicCellsAreOneAndItsRepresentativeIsStored) {
  // 0 → 1 → 3, 0 → 2 → 3 with the operations exchanged.
  const auto a = space::parse_cell("0110000100010000:conv3x3,maxpool3x3");
  const auto b = space::parse_cell("0110000100010000:maxpool3x3,conv3x3");
  ASSERT_NE(a, b);
  TableBuilder builder{Metadata{}};
  EXPECT_TRUE(builder.add(a, 4, 1, "energy_kwh", 1, kMeasured, "t"));
  EXPECT_FALSE(builder.add(b, 4, 1, "energy_kwh", 1, kMeasured, "t"));
  const Table table = builder.build("t");
  ASSERT_EQ(table.cells(), 1U);
  EXPECT_EQ(table.cell(0), space::canonical(a));
  EXPECT_EQ(table.find(b), 0U);
}

TEST(TableBuilder, AnIdenticalValueIsADuplicateAndAnotherAnError) {
  TableBuilder builder{Metadata{}};
  EXPECT_TRUE(builder.add(kConv, 4, 1, "energy_kwh", 1, kMeasured, "a:1"));
  EXPECT_FALSE(builder.add(kConv, 4, 1, "energy_kwh", 1, kMeasured, "a:2"));
  expect_mentions(error_of(ErrorCode::invalid_data,
                           [&] { builder.add(kConv, 4, 1, "energy_kwh", 2, kMeasured, "a:3"); }),
                  {"a:3", "energy_kwh", "4 epochs", "repeat 1", "is 2", "was 1"});
  expect_mentions(
      error_of(ErrorCode::invalid_data,
               [&] { builder.add(kConv, 4, 1, "energy_kwh", 1, Provenance::scaled, "a:4"); }),
      {"scaled", "measured"});
}

TEST(TableBuilder, ValuesOutOfRangeAreErrors) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto refuse = [](const char* metric, float value) {
    TableBuilder builder{Metadata{}};
    return error_of(ErrorCode::invalid_data,
                    [&] { builder.add(kConv, 4, 1, metric, value, kMeasured, "here"); });
  };
  expect_mentions(refuse("test_accuracy", 1.5F), {"here", "test_accuracy", "1.5"});
  refuse("test_accuracy", -0.1F);
  refuse("energy_kwh", -1.0F);
  refuse("energy_kwh", kInfinity);
  refuse("training_time_s", -kInfinity);
  refuse("gpu0_average_power_w", -1.0F);
}

TEST(TableBuilder, BudgetsAndRepeatsOutOfRangeAreErrors) {
  TableBuilder builder{Metadata{}};
  const auto add = [&](std::int32_t epochs, std::size_t repeat) {
    return [&builder, epochs, repeat] {
      builder.add(kConv, epochs, repeat, "energy_kwh", 1, kMeasured, "t");
    };
  };
  error_of(ErrorCode::invalid_data, add(0, 1));
  error_of(ErrorCode::invalid_data, add(-4, 1));
  error_of(ErrorCode::invalid_data, add(4, 0));
  error_of(ErrorCode::invalid_data, add(4, 129));
  for (std::int32_t epochs = 1; epochs <= 128; ++epochs)
    add(epochs, 1)();
  expect_mentions(error_of(ErrorCode::invalid_data, add(129, 1)), {"129", "128 budgets"});
}

TEST(TableBuilder, MisuseIsAnInvalidArgument) {
  TableBuilder builder{Metadata{}};
  error_of(ErrorCode::invalid_argument,
           [&] { builder.add(kConv, 4, 1, "energy", 1, kMeasured, "t"); });
  error_of(ErrorCode::invalid_argument,
           [&] { builder.add(kConv, 4, 1, "energy_kwh", std::nanf(""), kMeasured, "t"); });
  error_of(ErrorCode::invalid_argument,
           [&] { builder.add(kConv, 4, 1, "energy_kwh", 1, Provenance::absent, "t"); });
  error_of(ErrorCode::invalid_argument, [&] { (void)builder.bytes(); });
  builder.add_cell(kConv);
  builder.metadata().skeleton.stacks = 0;
  error_of(ErrorCode::invalid_argument, [&] { (void)builder.bytes(); });
}

TEST(TableBuilder, AFailedAddLeavesNoTrace) {
  TableBuilder builder{Metadata{}};
  builder.add_cell(kConv);
  error_of(ErrorCode::invalid_data,
           [&] { builder.add(kConv, 4, 1, "energy_kwh", -1, kMeasured, "t"); });
  const Table table = builder.build("t");
  EXPECT_TRUE(table.columns().empty());
  EXPECT_TRUE(table.budgets().empty());
}

TEST(TableBuilder, CellsAloneMakeATableWithoutBudgetsAndMetrics) {
  TableBuilder builder{Metadata{}};
  builder.add_cell(kTrivial);
  builder.add_cell(kConv);
  builder.add_cell(kConv);
  const Table table = builder.build("t");
  EXPECT_EQ(table.cells(), 2U);
  EXPECT_TRUE(table.budgets().empty());
  EXPECT_TRUE(table.columns().empty());
  EXPECT_EQ(table.repeats(), 0U);
  EXPECT_FALSE(table.query(kConv, 4));
  table.verify();
}

TEST(TableBuilder, TheReferencePointIsTheLargestMeanOverAllEntries) {
  const Table table = small_table();
  const auto& reference = table.metadata().reference_point;
  EXPECT_EQ(reference.at("energy"), 0.75);
  EXPECT_EQ(reference.at("training_time"), 10.0);
  EXPECT_EQ(reference.at("co2eq"), 5.0);
  EXPECT_EQ(reference.at("validation_error"), 1.0);
  EXPECT_EQ(reference.at("parameters"),
            static_cast<double>(
                std::max(space::trainable_parameters(kConv), space::trainable_parameters(kTwo))));
  EXPECT_EQ(reference.at("flops"),
            static_cast<double>(std::max(space::flops(kConv), space::flops(kTwo))));
  EXPECT_FALSE(reference.contains("test_error"));
}

TEST(TableBuilder, AStatedReferencePointStands) {
  TableBuilder builder = small_builder();
  builder.metadata().reference_point = {{"energy", 1.5}};
  EXPECT_EQ(builder.build("t").metadata().reference_point.at("energy"), 1.5);
}

TEST(TableBuilder, MetadataRoundTrip) {
  Metadata metadata;
  metadata.pue = 1.59;
  metadata.carbon_intensity_g_per_kwh = 97.25;
  metadata.devices = {"NVIDIA Quadro RTX 6000", "cpu:0"};
  metadata.data_set = "CIFAR-10";
  metadata.source = "a \"quoted\" source,\nin two lines \xff";
  metadata.citation = "Ying et al. 2019";
  metadata.skeleton.stem_width = 64;
  metadata.skeleton.classes = 100;
  TableBuilder builder(metadata);
  builder.add_cell(kConv);
  const Table table = builder.build("t");
  const Metadata& read = table.metadata();
  EXPECT_EQ(read.pue, 1.59);
  EXPECT_EQ(read.carbon_intensity_g_per_kwh, 97.25);
  EXPECT_EQ(read.devices, metadata.devices);
  EXPECT_EQ(read.data_set, "CIFAR-10");
  EXPECT_EQ(read.source, "a \"quoted\" source,\nin two lines \xef\xbf\xbd");  // no UTF-8: replaced
  EXPECT_EQ(read.citation, "Ying et al. 2019");
  EXPECT_EQ(read.skeleton, metadata.skeleton);
  EXPECT_EQ(table.trainable_parameters()[0], space::trainable_parameters(kConv, read.skeleton));
  table.verify();
}

TEST(TableBuilder, AWrittenTableOpensWithTheSameBytes) {
  const testing::TempFolder folder;
  const Table table = small_table();
  write_table(table, folder.path() / "t.ecnas");
  const Table opened = Table::open(folder.path() / "t.ecnas");
  EXPECT_TRUE(std::ranges::equal(opened.bytes(), table.bytes()));
  error_of(ErrorCode::io_failure, [&] { write_table(table, folder.path() / "no" / "t.ecnas"); });
}

}  // namespace
}  // namespace ecnas::table
