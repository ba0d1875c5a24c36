#include "ecnas/table/noise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <thread>

#include "ecnas/space/space.hpp"
#include "ecnas/table/export.hpp"
#include "table/fixtures.hpp"

namespace ecnas::table {
namespace {

using testing::error_of;
using testing::expect_mentions;
using testing::kConv;
using testing::kPool;
using testing::kTwo;
using testing::small_table;
using testing::uncertain_builder;
using testing::uncertain_table;

constexpr int kSeeds = 20'000;

double drawn(const Table& table, const space::Cell& cell, std::int32_t epochs,
             std::string_view metric, std::uint64_t seed, const Conversion& conversion = {}) {
  return table.query(cell, epochs, Repeat::mean(), conversion, seed)->value(metric).value();
}

/// Mean and standard deviation over many seeds of what `transform` makes of a draw.
struct Moments {
  double mean = 0;
  double deviation = 0;

  template <typename Transform>
  Moments(const Table& table, std::string_view metric, const Transform& transform) {
    double squares = 0;
    for (int seed = 0; seed < kSeeds; ++seed) {
      const double x = transform(drawn(table, kConv, 4, metric, static_cast<std::uint64_t>(seed)));
      mean += x / kSeeds;
      squares += x * x / kSeeds;
    }
    deviation = std::sqrt(squares - mean * mean);
  }
};

// Four standard errors: of a mean σ/√n, of a standard deviation σ/√(2n).
double mean_tolerance(double deviation) {
  return 4 * deviation / std::sqrt(kSeeds);
}
double deviation_tolerance(double deviation) {
  return 4 * deviation / std::sqrt(2.0 * kSeeds);
}

TEST(Noise, RelativeDrawsHaveTheStatedMeanAndDeviation) {
  const Table table = uncertain_table();  // 0.25 kWh, σ = 0.25
  const Moments plain(table, "energy_kwh", [](double x) { return x; });
  EXPECT_NEAR(plain.mean, 0.25, mean_tolerance(0.25 * 0.25));
  const Moments logs(table, "energy_kwh", [](double x) { return std::log(x); });
  EXPECT_NEAR(logs.deviation, 0.25, deviation_tolerance(0.25));
  EXPECT_NEAR(logs.mean, std::log(0.25) - 0.25 * 0.25 / 2, mean_tolerance(0.25));
}

TEST(Noise, LogitDrawsHaveTheStatedMedianAndDeviation) {
  const Table table = uncertain_table();  // mean of repeats 0.625, σ = 0.5
  const Moments odds(table, "validation_accuracy", [](double x) { return std::log(x / (1 - x)); });
  EXPECT_NEAR(odds.mean, std::log(0.625 / 0.375), mean_tolerance(0.5));
  EXPECT_NEAR(odds.deviation, 0.5, deviation_tolerance(0.5));
}

TEST(Noise, LogitDrawsStayBetween0And1) {
  for (const double expected : {1e-6, 0.1, 0.5, 0.944, 1 - 1e-6}) {
    for (const double z : {-6.0, -1.0, 0.0, 1.0, 6.0}) {
      const double value = with_noise(expected, NoiseKind::logit, 1.5, z);
      EXPECT_GT(value, 0);
      EXPECT_LT(value, 1);
      const double slow = 1 / (1 + std::exp(-(std::log(expected / (1 - expected)) + 1.5 * z)));
      EXPECT_NEAR(value, slow, 1e-12);  // both round some ten times
    }
  }
  EXPECT_EQ(with_noise(0, NoiseKind::logit, 1, 3), 0);
  EXPECT_EQ(with_noise(1, NoiseKind::logit, 1, -3), 1);
}

TEST(Noise, WithoutDeviationADrawIsWhatIsExpected) {
  EXPECT_EQ(with_noise(0.3, NoiseKind::relative, 0, 2), 0.3);
  EXPECT_DOUBLE_EQ(with_noise(0.3, NoiseKind::logit, 0, 2), 0.3);
  EXPECT_EQ(with_noise(0, NoiseKind::relative, 0.5, 2), 0);
}

TEST(Noise, ADrawDependsOnSeedCellEpochsAndMetricAlone) {
  TableBuilder alone{Metadata{}};
  alone.metadata().noise = uncertain_builder().metadata().noise;
  alone.add(kConv, 4, 1, "energy_kwh", 0.25F, Provenance::predicted, "t");
  const Table other = alone.build("other");
  const Table table = uncertain_table();
  // Chance itself, rounded: z of a draw whose standard deviation is `deviation`.
  const auto chance = [](double draw, double expected, double deviation) {
    const double z = (std::log(draw / expected) + deviation * deviation / 2) / deviation;
    return std::llround(z * 1e6);
  };
  std::set<long long> all;
  for (const std::uint64_t seed : {0U, 1U, 2U, 1000U}) {
    const double value = drawn(table, kConv, 4, "energy_kwh", seed);
    EXPECT_EQ(drawn(table, kConv, 4, "energy_kwh", seed), value);
    EXPECT_EQ(drawn(other, kConv, 4, "energy_kwh", seed), value);
    all.insert(chance(value, 0.25, 0.25));
    all.insert(chance(drawn(table, kPool, 4, "energy_kwh", seed), 2, 0.25));
    all.insert(chance(drawn(table, kPool, 12, "energy_kwh", seed), 6, 0.125));
    all.insert(chance(drawn(table, kTwo, 4, "energy_kwh", seed), 0.5, 0.25));
    const double accuracy = drawn(table, kPool, 4, "validation_accuracy", seed);
    all.insert(std::llround(std::log(accuracy / (1 - accuracy)) / 0.5 * 1e6));
  }
  EXPECT_EQ(all.size(), 20U);
}

TEST(Noise, ThreadsAndOrderChangeNoDraw) {
  const Table table = uncertain_table();
  const auto draw_all = [&table](bool backwards) {
    std::vector<double> values(200);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t at = backwards ? values.size() - 1 - i : i;
      values[at] = drawn(table, kConv, 4, "energy_kwh", at);
    }
    return values;
  };
  const std::vector<double> expected = draw_all(false);
  std::vector<std::vector<double>> results(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < results.size(); ++i)
      threads.emplace_back([&, i] { results[i] = draw_all(i % 2 == 1); });
  }
  for (const std::vector<double>& result : results)
    EXPECT_EQ(result, expected);
}

TEST(Noise, KnownDrawsStayAsTheyAre) {
  // Written down once: a change of seeding would silently change everyone's draws.
  const Table table = uncertain_table();
  EXPECT_NEAR(drawn(table, kConv, 4, "energy_kwh", 1), 0.26430328608940307, 1e-15);
  EXPECT_NEAR(drawn(table, kConv, 4, "validation_accuracy", 1), 0.64635231484771161, 1e-15);
}

TEST(Noise, DrawsAreConvertedAsValuesAre) {
  const Table table = uncertain_table();  // PUE 1.5
  const double energy = drawn(table, kConv, 4, "energy_kwh", 3);
  EXPECT_DOUBLE_EQ(drawn(table, kConv, 4, "energy_kwh", 3, {.pue = 3.0}), 2 * energy);
  const Conversion intensity{.pue = {}, .carbon_intensity_g_per_kwh = 100.0};
  EXPECT_DOUBLE_EQ(drawn(table, kConv, 4, "co2eq_g", 3, intensity), 100 * energy);
}

TEST(Noise, TheMeanIsWhatAQueryWithoutSeedGives) {
  const Table table = uncertain_table();
  EXPECT_EQ(table.query(kConv, 4)->value("validation_accuracy"), 0.625);
  const auto entry = table.query(kTwo, 4, Repeat::mean(), {}, 5);
  EXPECT_NE(entry->value("energy_kwh"), 0.5);
  EXPECT_EQ(entry->interval(*table.column("energy_kwh")), (Interval{0.375, 0.75}));
}

TEST(Noise, WhatHasNoModelIsNotFound) {
  const auto refuse = [](const Table& table, std::int32_t epochs, const char* metric) {
    return error_of(ErrorCode::not_found, [&] { (void)drawn(table, kConv, epochs, metric, 1); });
  };
  expect_mentions(refuse(small_table(), 4, "energy_kwh"), {"small:", "no noise model", "none"});
  expect_mentions(refuse(uncertain_table(), 4, "training_time_s"),
                  {"no noise model of training_time_s", "energy_kwh, validation_accuracy"});
  TableBuilder builder = uncertain_builder();
  builder.metadata().noise.at("energy_kwh").standard_deviation.erase(12);
  expect_mentions(refuse(builder.build("t"), 12, "energy_kwh"), {"energy_kwh at 12 epochs"});
}

TEST(Noise, ASeedBesideOneRepeatIsRefused) {
  const Table table = uncertain_table();
  expect_mentions(error_of(ErrorCode::invalid_argument,
                           [&] { (void)table.query(kConv, 4, Repeat::number(2), {}, 1); }),
                  {"repeat 2", "noise seed"});
}

TEST(Noise, ModelsRoundTripThroughTheFile) {
  const Table table = uncertain_table();
  EXPECT_EQ(table.metadata().noise, uncertain_builder().metadata().noise);
  EXPECT_TRUE(small_table().metadata().noise.empty());
}

TEST(Noise, ASubsetKeepsTheModelsOfWhatItHolds) {
  const Table table = uncertain_table();
  const auto of_12 = subset_of(table, {.max_vertices = {}, .epochs = {12}, .metrics = {}});
  const std::map<std::string, NoiseModel> expected = {
      {"energy_kwh", {NoiseKind::relative, {{12, 0.125}}}}};
  EXPECT_EQ(of_12.metadata().noise, expected);
  const auto accuracy =
      subset_of(table, {.max_vertices = {}, .epochs = {}, .metrics = {"validation_accuracy"}});
  EXPECT_EQ(accuracy.metadata().noise.size(), 1U);
}

TEST(Noise, ModelsThatMakeNoSenseAreRefused) {
  const auto refuse = [](const char* metric, const NoiseModel& model) {
    TableBuilder builder = testing::small_builder();
    builder.metadata().noise = {{metric, model}};
    return error_of(ErrorCode::invalid_argument, [&] { (void)builder.bytes(); });
  };
  expect_mentions(refuse("energy_kwh", {NoiseKind::logit, {{4, 0.5}}}), {"energy_kwh", "relative"});
  expect_mentions(refuse("test_accuracy", {NoiseKind::relative, {{4, 0.5}}}), {"logit"});
  expect_mentions(refuse("energy", {NoiseKind::relative, {{4, 0.5}}}), {"no such metric"});
  expect_mentions(refuse("energy_kwh", {NoiseKind::relative, {{4, -0.5}}}), {"-0.5 at 4 epochs"});
  expect_mentions(refuse("energy_kwh", {NoiseKind::relative, {{0, 0.5}}}), {"0 epochs"});
  refuse("energy_kwh", {NoiseKind::relative, {{4, std::numeric_limits<double>::infinity()}}});
  refuse("energy_kwh", {NoiseKind::relative, {{4, std::nan("")}}});
}

}  // namespace
}  // namespace ecnas::table
