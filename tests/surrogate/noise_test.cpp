#include "ecnas/surrogate/noise.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "ecnas/table/builder.hpp"
#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;
using testing::made_up_observations;
using testing::some_cells;

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

/// Entries of several repeats at 4 epochs, value(cell's number, repeat); at 12 epochs one repeat.
template <typename Value>
table::Table repeated(std::string_view metric, std::size_t cells, std::size_t repeats,
                      const Value& value) {
  table::TableBuilder builder(table::Metadata{});
  const std::vector<space::Cell> some = some_cells(cells, 1);
  for (std::size_t i = 0; i < cells; ++i) {
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
      builder.add(some[i], 4, repeat + 1, metric, static_cast<float>(value(i, repeat)),
                  table::Provenance::measured, "t");
    }
    builder.add(some[i], 12, 1, metric, 0.5F, table::Provenance::measured, "t");
  }
  return builder.build("repeated");
}

TEST(NoiseOfRepeats, HandWorked) {
  // Two repeats 0.1 below and above their mean, in logarithms: each deviates by 0.1 · √2.
  const table::Table table =
      repeated("energy_kwh", 12, 2, [](std::size_t cell, std::size_t repeat) {
        return std::exp(0.3 * static_cast<double>(cell) + (repeat == 0 ? -0.1 : 0.1));
      });
  const table::NoiseModel noise = noise_of_repeats(table, Target::energy_kwh);
  EXPECT_EQ(noise.kind, table::NoiseKind::relative);
  ASSERT_EQ(noise.standard_deviation.size(), 1U);  // at 12 epochs there are no repeats
  EXPECT_NEAR(noise.standard_deviation.at(4), 0.2 * std::sqrt(2) / 1.349, 1e-6);
}

TEST(NoiseOfRepeats, FindsTheDeviationThatWasDrawnWithAndOutliersDoNotMoveIt) {
  Rng rng(1);
  const table::Table times =
      repeated("training_time_s", 600, 3, [&](std::size_t cell, std::size_t) {
        return 100 * std::exp(0.05 * rng.normal() + (cell % 50 == 0 ? rng.normal() : 0.0));
      });
  EXPECT_NEAR(noise_of_repeats(times, Target::training_time_s).standard_deviation.at(4), 0.05,
              0.005);
  const table::Table accuracies =
      repeated("validation_accuracy", 600, 3, [&](std::size_t cell, std::size_t) {
        return logistic(0.002 * static_cast<double>(cell) + 0.2 * rng.normal());
      });
  const table::NoiseModel noise = noise_of_repeats(accuracies, Target::validation_accuracy);
  EXPECT_EQ(noise.kind, table::NoiseKind::logit);
  EXPECT_NEAR(noise.standard_deviation.at(4), 0.2, 0.02);
}

TEST(NoiseOfRepeats, RefusesATableWithoutTheTargetOrWithoutRepeats) {
  const auto constant = [](std::size_t, std::size_t) { return 1.0; };
  expect_error(ErrorCode::not_found, "repeated: there is no energy_kwh", [&] {
    (void)noise_of_repeats(repeated("training_time_s", 12, 2, constant), Target::energy_kwh);
  });
  expect_error(ErrorCode::invalid_data, "fewer than 10 entries of energy_kwh have repeats", [&] {
    (void)noise_of_repeats(repeated("energy_kwh", 9, 2, constant), Target::energy_kwh);
  });
  expect_error(ErrorCode::invalid_data, "fewer than 10 entries", [&] {
    (void)noise_of_repeats(repeated("energy_kwh", 30, 1, constant), Target::energy_kwh);
  });
}

/// One repeat of three with this deviation, at 108 epochs the best, and the mean of the three.
std::array<Observations, 2> samples_and_means(std::size_t cells, double deviation) {
  Rng rng(2);
  const std::vector<space::Cell> some = some_cells(cells, 2);
  std::array<Observations, 2> result;
  for (Observations& one : result) {
    one = made_up_observations(Target::validation_accuracy, some, {4, 108},
                               [](const space::Cell&, int) { return 0.0; });
  }
  for (std::size_t at = 0; at < result[0].values.size(); ++at) {
    std::array<double, 3> repeats{};
    for (double& repeat : repeats)
      repeat = 1 + deviation * rng.normal();
    const double one = at % 2 == 0 ? repeats[0] : *std::ranges::max_element(repeats);
    result[0].values[at] = logistic(one);
    result[1].values[at] = logistic((repeats[0] + repeats[1] + repeats[2]) / 3);
  }
  result[0].kind = AccuracyKind::sample;
  result[1].cells = testing::relabelled(some, 3);
  return result;
}

TEST(NoiseOfSamples, FindsTheDeviationThatWasDrawnWith) {
  const auto [samples, means] = samples_and_means(2000, 0.25);
  const table::NoiseModel noise = noise_of_samples(samples, means);
  EXPECT_EQ(noise.kind, table::NoiseKind::logit);
  EXPECT_NEAR(noise.standard_deviation.at(4), 0.25, 0.02);
  EXPECT_NEAR(noise.standard_deviation.at(108), 0.25, 0.03);
}

TEST(NoiseOfSamples, IsOfTheBudgetsInBothAndNeverNegative) {
  auto [samples, means] = samples_and_means(20, 0.25);
  std::swap(samples.values, means.values);  // the best below the mean
  means.epochs[0] = 12;
  const table::NoiseModel noise = noise_of_samples(samples, means);
  EXPECT_EQ(noise.standard_deviation, (std::map<std::int32_t, double>{{108, 0.0}}));
}

TEST(NoiseOfSamples, RefusesFewerThanTenSharedCells) {
  const auto [samples, means] = samples_and_means(9, 0.25);
  expect_error(ErrorCode::invalid_data, "shares fewer than 10 cells",
               [&] { (void)noise_of_samples(samples, means); });
}

}  // namespace
}  // namespace ecnas::surrogate
