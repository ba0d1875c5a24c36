#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/edit.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builtin.hpp"
#include "ecnas/table/gather.hpp"
#include "ecnas/table/table.hpp"
#include "oracles/table_map.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;
using testing::kConv;
using testing::kPool;
using testing::kTrivial;
using testing::kTwo;
using testing::LooseTable;
using testing::small_table;

TEST(Query, TheMeanIsOverTheRepeatsThatAreThere) {
  const Table table = small_table();
  const auto entry = table.query(kConv, 4);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->epochs(), 4);
  EXPECT_EQ(entry->value("validation_accuracy"), 0.625);
  EXPECT_EQ(entry->value("energy_kwh"), 0.25);
  const Column* accuracy = table.column("validation_accuracy");
  ASSERT_NE(accuracy, nullptr);
  EXPECT_EQ(entry->repeats(*accuracy).size(), 2U);
  EXPECT_EQ(entry->repeats(*accuracy)[1], 0.75F);
  EXPECT_TRUE(std::isnan(entry->repeats(*table.column("energy_kwh"))[1]));
}

TEST(Query, ARepeatIsChosenByItsNumber) {
  const Table table = small_table();
  const auto second = table.query(kConv, 4, Repeat::number(2));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->value("validation_accuracy"), 0.75);
  EXPECT_EQ(second->value("energy_kwh"), std::nullopt);
  EXPECT_EQ(second->provenance(*table.column("energy_kwh")), Provenance::absent);
  EXPECT_FALSE(table.query(kConv, 12, Repeat::number(2)));
  expect_mentions(error_of(ErrorCode::invalid_argument,
                           [&] { (void)table.query(kConv, 4, Repeat::number(3)); }),
                  {"repeat 3", "1 to 2"});
}

TEST(Query, AbsenceIsNoValue) {
  const Table table = small_table();
  EXPECT_FALSE(table.query(kPool, 4));   // no such cell
  EXPECT_FALSE(table.query(kConv, 36));  // no such budget
  EXPECT_FALSE(table.query(kTwo, 12));   // an entry without values
  const auto entry = table.query(kConv, 12);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->value("validation_accuracy"), std::nullopt);  // no value there
  EXPECT_EQ(entry->value("test_accuracy"), std::nullopt);        // no such metric
  EXPECT_FALSE(table.has_entry(*table.find(kTwo), 1));
  EXPECT_TRUE(table.has_entry(*table.find(kTwo), 0));
}

TEST(Query, ProvenanceIsTheWeakestOfWhatWasAveraged) {
  TableBuilder builder{Metadata{}};
  builder.add(kConv, 4, 1, "energy_kwh", 1, Provenance::measured, "t");
  builder.add(kConv, 4, 2, "energy_kwh", 2, Provenance::predicted, "t");
  builder.add(kConv, 4, 3, "energy_kwh", 3, Provenance::scaled, "t");
  const Table table = builder.build("t");
  const Column& energy = *table.column("energy_kwh");
  EXPECT_EQ(table.query(kConv, 4)->provenance(energy), Provenance::predicted);
  EXPECT_EQ(table.query(kConv, 4, Repeat::number(1))->provenance(energy), Provenance::measured);
  EXPECT_EQ(table.query(kConv, 4, Repeat::number(3))->provenance(energy), Provenance::scaled);
}

TEST(Query, PueConvertsEnergiesAndEmissionsAndNothingElse) {
  const Table table = small_table();  // PUE 1.5
  const auto entry =
      table.query(kConv, 4, Repeat::mean(), {.pue = 3.0, .carbon_intensity_g_per_kwh = {}});
  EXPECT_EQ(entry->value("energy_kwh"), 0.5);
  EXPECT_EQ(entry->value("co2eq_g"), 10.0);
  EXPECT_EQ(entry->value("training_time_s"), 10.0);
  EXPECT_EQ(entry->value("validation_accuracy"), 0.625);
}

TEST(Query, CarbonIntensityMakesEmissionsOfTheConvertedEnergy) {
  const Table table = small_table();
  const Conversion conversion{.pue = 3.0, .carbon_intensity_g_per_kwh = 100.0};
  EXPECT_EQ(table.query(kConv, 4, Repeat::mean(), conversion)->value("co2eq_g"), 50.0);
  const Conversion intensity_only{.pue = {}, .carbon_intensity_g_per_kwh = 100.0};
  EXPECT_EQ(table.query(kConv, 4, Repeat::mean(), intensity_only)->value("co2eq_g"), 25.0);
}

TEST(Query, EmissionsOnTheWayAndOfTheRunFollowTheirOwnEnergies) {
  TableBuilder builder{Metadata{}};
  const auto add = [&](const char* metric, float value) {
    builder.add(kConv, 4, 1, metric, value, Provenance::measured, "t");
  };
  add("co2eq_g_halfway", 1);
  add("energy_kwh_halfway", 2);
  add("run_co2eq_g", 1);
  add("run_energy_kwh", 3);
  add("co2eq_g", 1);
  const Table table = builder.build("t");
  const Conversion conversion{.pue = {}, .carbon_intensity_g_per_kwh = 10.0};
  const auto entry = table.query(kConv, 4, Repeat::mean(), conversion);
  EXPECT_EQ(entry->value("co2eq_g_halfway"), 20.0);
  EXPECT_EQ(entry->value("run_co2eq_g"), 30.0);
  EXPECT_EQ(entry->value("co2eq_g"), std::nullopt);  // the table lacks its energy
}

TEST(Query, ConversionsThatMakeNoSenseAreRefused) {
  const Table table = small_table();
  const auto refuse = [&](Conversion conversion) {
    error_of(ErrorCode::invalid_argument,
             [&] { (void)table.query(kConv, 4, Repeat::mean(), conversion); });
  };
  refuse({.pue = 0.9, .carbon_intensity_g_per_kwh = {}});
  refuse({.pue = std::nan(""), .carbon_intensity_g_per_kwh = {}});
  refuse({.pue = {}, .carbon_intensity_g_per_kwh = -1.0});
  refuse({.pue = {}, .carbon_intensity_g_per_kwh = std::numeric_limits<double>::infinity()});
}

TEST(Query, ConvertingEnergiesOfUnknownPueIsRefused) {
  TableBuilder builder{Metadata{}};
  builder.add(kConv, 4, 1, "energy_kwh", 1, Provenance::measured, "t");
  const Table table = builder.build("t");
  const auto entry =
      table.query(kConv, 4, Repeat::mean(), {.pue = 1.5, .carbon_intensity_g_per_kwh = {}});
  expect_mentions(error_of(ErrorCode::invalid_argument, [&] { (void)entry->value("energy_kwh"); }),
                  {"t:", "PUE"});
}

TEST(Query, EveryLabellingOfACellFindsIt) {
  const space::Space& space = space::Space::shared(4);
  TableBuilder builder{Metadata{}};
  for (std::size_t i = 0; i < space.size(); i += 2)
    builder.add_cell(space.cells()[i]);
  const Table table = builder.build("t");
  for (std::size_t i = 0; i < space.size(); ++i) {
    EXPECT_EQ(table.find(space.cells()[i]).has_value(), i % 2 == 0);
  }
  Rng rng(1);
  int found = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto cell = space::Cell::from(space::sample_published(4, rng));
    if (!cell) continue;
    const auto row = table.find(*cell);
    const bool expected = *space.rank(*cell) % 2 == 0;
    EXPECT_EQ(row.has_value(), expected);
    if (!row) continue;
    ++found;
    EXPECT_EQ(table.hashes()[*row], space::hash_of(*cell));
  }
  EXPECT_GT(found, 100);
}

TEST(Query, ACellLargerThanAllInTheTableIsNotFound) {
  EXPECT_FALSE(small_table().find(space::Space::shared(7).cells().back()));
}

TEST(Find, EveryHashOfALargeTableIsFoundAndOthersAreNot) {
  const Table table = *builtin_table("space-5v");
  for (Row row = 0; row < table.cells(); ++row) {
    EXPECT_EQ(table.find(table.hashes()[row]), row);
    space::Hash next = table.hashes()[row];
    ++next.bytes[15];
    EXPECT_EQ(table.find(next).has_value(), std::ranges::binary_search(table.hashes(), next));
  }
  space::Hash least;
  EXPECT_FALSE(table.find(least));
  space::Hash greatest;
  greatest.bytes.fill(0xff);
  EXPECT_FALSE(table.find(greatest));
}

TEST(Find, HashesThatAreNotUniformAreFoundToo) {
  // Sealed by hand: all hashes share their first nine bytes, some their first eight.
  LooseTable loose(*builtin_table("space-5v"));
  auto& bytes = loose.tensors.at("hash").bytes;
  const std::size_t cells = bytes.size() / 16;
  for (std::size_t row = 0; row < cells; ++row) {
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(row * 16), 16, std::byte{0x55});
    bytes[row * 16 + 7] = std::byte(row > cells / 2 ? 0x56 : 0x55);
    bytes[row * 16 + 14] = std::byte(row >> 8);
    bytes[row * 16 + 15] = std::byte(row & 0xff);
  }
  const Table table = Table::from_bytes(loose.sealed(), "t");
  for (Row row = 0; row < table.cells(); ++row)
    EXPECT_EQ(table.find(table.hashes()[row]), row);
}

TEST(Find, APrefixFindsExactlyTheHashesThatBeginWithIt) {
  const Table table = *builtin_table("space-5v");
  for (const std::string prefix : {"0", "f", "00", "a7", "A7", "abc", "ffff"}) {
    std::vector<Row> expected;
    std::string lower = prefix;
    std::ranges::transform(lower, lower.begin(), [](char c) { return c == 'A' ? 'a' : c; });
    for (Row row = 0; row < table.cells(); ++row) {
      if (space::to_text(table.hashes()[row]).starts_with(lower)) expected.push_back(row);
    }
    EXPECT_EQ(table.find_prefix(prefix), expected) << prefix;
  }
  const std::string whole = space::to_text(table.hashes()[17]);
  EXPECT_EQ(table.find_prefix(whole), std::vector<Row>{17});
  for (const std::string& wrong : {std::string(), std::string("xy"), whole + "0"})
    error_of(ErrorCode::invalid_argument, [&] { (void)table.find_prefix(wrong); });
}

/// A table of random values beside its oracle.
struct RandomTable {
  oracles::TableMap oracle;
  std::vector<space::Cell> cells;
  Table table;

  static RandomTable make(std::uint64_t seed) {
    Rng rng(seed);
    oracles::TableMap oracle;
    TableBuilder builder{Metadata{}};
    std::vector<space::Cell> cells;
    for (int i = 0; i < 60; ++i)
      cells.push_back(space::sample_uniform(space::Space::shared(5), rng));
    for (int i = 0; i < 400; ++i) {
      const space::Cell& cell = cells[rng.below(30)];  // the other half stays out
      const auto epochs = static_cast<std::int32_t>(4 + 4 * rng.below(3));
      const std::size_t repeat = 1 + rng.below(3);
      const std::string metric =
          std::vector{"test_accuracy", "energy_kwh", "run_time_s"}[rng.below(3)];
      if (oracle.at(cell, epochs, repeat, metric)) continue;
      const auto value = static_cast<float>(rng.uniform());
      const auto provenance = static_cast<Provenance>(1 + rng.below(3));
      oracle.add(cell, epochs, repeat, metric, value, provenance);
      EXPECT_TRUE(builder.add(cell, epochs, repeat, metric, value, provenance, "t"));
    }
    return {std::move(oracle), std::move(cells), builder.build("random")};
  }
};

TEST(Query, RandomTablesAnswerAsAMapDoes) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    const RandomTable random = RandomTable::make(seed);
    random.table.verify();
    std::size_t values = 0;
    for (const space::Cell& cell : random.cells) {
      for (const std::int32_t epochs : {4, 8, 12, 16}) {
        const auto entry = random.table.query(cell, epochs);
        ASSERT_EQ(entry.has_value(), random.oracle.has_entry(cell, epochs));
        if (!entry) continue;
        for (const Column& column : random.table.columns()) {
          EXPECT_EQ(entry->value(column), random.oracle.mean(cell, epochs, column.info.name));
          for (std::size_t repeat = 1; repeat <= 3; ++repeat) {
            const auto expected = random.oracle.at(cell, epochs, repeat, column.info.name);
            const auto one = random.table.query(cell, epochs, Repeat::number(repeat));
            const auto value = one ? one->value(column) : std::nullopt;
            ASSERT_EQ(value.has_value(), expected.has_value());
            if (!expected) continue;
            EXPECT_EQ(*value, static_cast<double>(expected->value));
            EXPECT_EQ(one->provenance(column), expected->provenance);
            ++values;
          }
        }
      }
    }
    EXPECT_GT(values, random.oracle.size() - 1);
  }
}

TEST(Query, ABatchAnswersAsSingleQueriesDo) {
  const RandomTable random = RandomTable::make(4);
  for (std::size_t budget = 0; budget < random.table.budgets().size(); ++budget) {
    for (const Column& column : random.table.columns()) {
      std::vector<float> values(random.cells.size());
      random.table.query_batch(random.cells, budget, column, values);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto entry = random.table.query(random.cells[i], random.table.budgets()[budget]);
        const auto expected = entry ? entry->value(column) : std::nullopt;
        ASSERT_EQ(std::isnan(values[i]), !expected.has_value());
        if (expected) {
          EXPECT_EQ(values[i], static_cast<float>(*expected));
        }
      }
    }
  }
}

TEST(Query, RowsAreGatheredAsSingleQueriesAnswer) {
  const RandomTable random = RandomTable::make(5);
  const Table& table = random.table;
  ASSERT_GT(table.repeats(), 1U);
  Rng rng(8);
  std::vector<Row> rows(500);
  for (Row& row : rows)
    row = rng.chance(0.1) ? kNoRow : static_cast<Row>(rng.below(table.cells()));
  for (std::size_t number = 0; number <= table.repeats(); ++number) {
    const Repeat repeat = number == 0 ? Repeat::mean() : Repeat::number(number);
    for (std::size_t budget = 0; budget < table.budgets().size(); ++budget) {
      for (const Column& column : table.columns()) {
        std::vector<float> values(rows.size());
        gather(table, column, rows, budget, repeat, values);
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const auto entry =
              rows[i] == kNoRow ? std::nullopt : table.query(rows[i], budget, repeat);
          const auto expected = entry ? entry->value(column) : std::nullopt;
          ASSERT_EQ(std::isnan(values[i]), !expected.has_value());
          if (expected) {
            EXPECT_EQ(values[i], static_cast<float>(*expected));
          }
        }
      }
    }
  }
}

TEST(Query, ABatchOfNothingIsNothing) {
  const Table table = small_table();
  table.query_batch({}, 0, table.columns()[0], {});
}

TEST(Query, ThreadsMayAskAtOnce) {
  const Table table = *builtin_table("space-5v");
  std::vector<std::size_t> found(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < found.size(); ++i) {
      threads.emplace_back([&table, &found, i] {
        for (const space::Cell& cell : space::Space::shared(5).cells())
          found[i] += table.find(cell).has_value() ? 1U : 0U;
      });
    }
  }
  EXPECT_EQ(found, std::vector<std::size_t>(4, 2532));
}

TEST(Query, MovingATableKeepsItsViews) {
  Table table = small_table();
  const Column* column = table.column("energy_kwh");
  const Table moved = std::move(table);
  EXPECT_EQ(moved.column("energy_kwh"), column);
  EXPECT_EQ(moved.query(kConv, 4)->value(*column), 0.25);
}

}  // namespace
}  // namespace ecnas::table
