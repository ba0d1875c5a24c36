#include "ecnas/analysis/hardware.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "analysis/made_up.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/space/hash.hpp"
#include "oracles/analysis_naive.hpp"
#include "support/data.hpp"
#include "support/expect_error.hpp"

namespace ecnas::analysis {
namespace {

using testing::expect_error;

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kFirst = "043721b9c7fe8c5fad811d47d83132ec";
constexpr const char* kSecond = "53cee42601ad14d661bb6878031d6acb";
constexpr const char* kThird = "c122367432b22688bc63c2f329bf5286";
constexpr const char* kFourth = "d1269d9156ddc027c40473008192958a";

std::string row(const char* hash, const std::string& rest) {
  return std::string(hash) + "," + rest + "\n";
}

std::vector<DeviceSeries> read(const std::string& text, const std::string& file = "m.csv") {
  return read_device_series(text, file, std::nullopt, 4);
}

/// The cells of 4 vertices on some devices of different speed; `bad` readings of the last device
/// are half as high again.
DeviceEnergies made_up_devices(std::size_t devices, std::size_t bad, double noise, double missing,
                               std::uint64_t seed) {
  Rng rng(seed);
  DeviceEnergies energies;
  for (std::size_t device = 0; device < devices; ++device)
    energies.devices.push_back("device " + std::to_string(device));
  for (const space::Cell& cell : space::Space::shared(4).cells()) {
    energies.cells.push_back(cell);
    const double energy = 1e-12 * (static_cast<double>(space::flops(cell)) + 2e8);
    for (std::size_t device = 0; device < devices; ++device) {
      const bool high = device + 1 == devices && energies.cells.size() <= bad;
      const double factor = (high ? 1.5 : 1.0) * static_cast<double>(device + 1);
      const double reading = energy * factor * std::exp(noise * rng.normal());
      energies.energies_kwh.push_back(rng.chance(missing) ? kAbsent : reading);
    }
  }
  return energies;
}

TEST(DeviceSeries, AreNamedByTheirColumns) {
  const auto series = read("hash,gpu_wh,other_kwh,energy_j\n" + row(kFirst, "1,2,3.6") +
                               row(kSecond, "2,3,7.2") + row(kThird, "3,4,7.2"),
                           "folder/fast gpu.csv");
  ASSERT_EQ(series.size(), 3U);
  EXPECT_EQ(series[0].device, "gpu");
  EXPECT_EQ(series[1].device, "other");
  EXPECT_EQ(series[2].device, "fast gpu");
  EXPECT_DOUBLE_EQ(series[0].energies_kwh[1], 2e-3);
  EXPECT_DOUBLE_EQ(series[2].energies_kwh[0], 1e-6);
  EXPECT_EQ(series[1].lines, (std::vector<std::size_t>{2, 3, 4}));
}

TEST(DeviceSeries, OfATableAreItsEnergies) {
  const table::Table table = testing::made_up_table({.left_out = 0.2});
  const DeviceSeries series = device_series(table, 12);
  EXPECT_EQ(series.device, "made up");
  ASSERT_EQ(series.cells.size(), table.cells());
  for (std::size_t i = 0; i < series.cells.size(); ++i)
    EXPECT_EQ(series.energies_kwh[i], table.query(series.cells[i], 12)->value("energy_kwh"));
  EXPECT_EQ(device_series(testing::made_up_table({.devices = {"a", "b"}}), 4).device, "a, b");
  const table::Table apart =
      testing::made_up_table({.devices = {"gpu (energy_kwh)", "old (training_time_s)"}});
  EXPECT_EQ(device_series(apart, 4).device, "gpu");
  table::TableBuilder builder({});
  builder.add(space::Cell::trivial(), 4, 1, "energy_kwh", 1, table::Provenance::measured, "t");
  expect_error(ErrorCode::invalid_data, "1 cells with an energy at 4 epochs",
               [&] { (void)device_series(builder.build("t"), 4); });
}

TEST(DeviceSeries, AreJoinedByCell) {
  auto series =
      read("hash,a_wh\n" + row(kFirst, "1") + row(kSecond, "2") + row(kThird, "3"), "a.csv");
  const auto others = read(
      "hash,b_wh\n" + row(kFourth, "9") + row(kThird, "6") + row(kSecond, "4") + row(kFirst, "2"),
      "b.csv");
  series.insert(series.end(), others.begin(), others.end());
  const DeviceEnergies energies = joined(series);
  ASSERT_EQ(energies.cells.size(), 4U);
  std::size_t absent = 0;
  for (std::size_t cell = 0; cell < 4; ++cell) {
    if (std::isnan(energies.at(cell, 0))) {
      ++absent;
      EXPECT_EQ(to_text(space::hash_of(energies.cells[cell])), kFourth);
    } else {
      EXPECT_DOUBLE_EQ(energies.at(cell, 1), 2 * energies.at(cell, 0));
    }
  }
  EXPECT_EQ(absent, 1U);
}

TEST(DeviceSeries, ThatCannotBeComparedAreRefusedWithTheirLines) {
  const auto a =
      read("hash,a_wh\n" + row(kFirst, "1") + row(kSecond, "2") + row(kThird, "3"), "a.csv");
  const auto b =
      read("hash,b_wh\n" + row(kFourth, "9") + row("e773a7a186b03b0957d57fed0f4d014a", "1") +
               row(kThird, "6") + row(kSecond, "4"),
           "b.csv");
  expect_error(ErrorCode::invalid_data,
               "a.csv (a, lines 3, 4) and b.csv (b, lines 4, 5): 2 cells in common; expected 3",
               [&] {
                 (void)joined(std::vector{a[0], b[0]});
               });
  expect_error(ErrorCode::invalid_data, "a.csv and a.csv: both of device 'a'", [&] {
    (void)joined(std::vector{a[0], a[0]});
  });
  expect_error(ErrorCode::invalid_argument, "1 device", [&] { (void)joined(a); });
  expect_error(ErrorCode::invalid_data, "m.csv:3: column 'hash'", [] {
    (void)read("hash,a_wh\n" + row(kFirst, "1") + row("00000000000000000000000000000000", "2"));
  });
  expect_error(ErrorCode::invalid_data, "2 cells at 4 epochs; expected 3",
               [] { (void)read("hash,a_wh\n" + row(kFirst, "1") + row(kSecond, "2")); });
}

TEST(DeviceSeries, AreComparedAtOnePue) {
  const std::string rows = row(kFirst, "1,1.5") + row(kSecond, "2,1.5") + row(kThird, "3,1.5");
  const DeviceSeries a = read("hash,a_wh,pue\n" + rows).front();
  EXPECT_EQ(a.pue, 1.5);
  EXPECT_DOUBLE_EQ(converted(a, 1).energies_kwh[1], 2e-3 / 1.5);
  const DeviceSeries b = device_series(testing::made_up_table(), 4, {.conversion = {.pue = 1.2}});
  EXPECT_EQ(b.pue, 1.2);
  expect_error(ErrorCode::invalid_argument, "include PUE 1.5 and 1.2", [&] {
    (void)joined(std::vector{a, b});
  });
  EXPECT_EQ(joined(std::vector{converted(a, 1.2), b}).devices.size(), 2U);
  DeviceSeries unknown = a;
  unknown.pue.reset();
  EXPECT_EQ(joined(std::vector{unknown, b}).devices.size(), 2U);
  expect_error(ErrorCode::invalid_argument, "does not state the PUE",
               [&] { (void)converted(unknown, 1); });
}

TEST(OutlierReadings, AreThoseWhoseScoreIsLarge) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const DeviceEnergies energies = made_up_devices(2 + seed % 4, 15, 0.05, 0.05, seed);
    std::vector<std::vector<double>> logs;
    for (std::size_t cell = 0; cell < energies.cells.size(); ++cell) {
      logs.emplace_back();
      for (std::size_t device = 0; device < energies.devices.size(); ++device)
        logs.back().push_back(std::log(energies.at(cell, device)));
    }
    const auto found = outlier_readings(energies, 3);
    std::set<std::pair<std::size_t, std::size_t>> places;
    for (const OutlierReading& reading : found) {
      places.emplace(reading.cell, reading.device);
      EXPECT_NEAR(reading.score, oracle::outlier_score(logs, reading.cell, reading.device), 1e-9);
    }
    for (std::size_t cell = 0; cell < logs.size(); ++cell) {
      for (std::size_t device = 0; device < energies.devices.size(); ++device) {
        if (std::isnan(logs[cell][device])) continue;
        EXPECT_EQ(places.contains({cell, device}),
                  std::abs(oracle::outlier_score(logs, cell, device)) > 3);
      }
    }
  }
}

TEST(OutlierReadings, SayWhatIsExpected) {
  const DeviceEnergies energies = made_up_devices(4, 12, 0, 0, 1);
  const auto found = outlier_readings(energies);
  ASSERT_EQ(found.size(), 12U);
  for (const OutlierReading& reading : found) {
    EXPECT_EQ(reading.device, 3U);
    EXPECT_NEAR(reading.energy_kwh / reading.expected_kwh, 1.5, 1e-9);
  }
  const DeviceEnergies rest = without(energies, found);
  EXPECT_TRUE(outlier_readings(rest).empty());
  EXPECT_TRUE(std::isnan(rest.at(found[0].cell, 3)));
}

TEST(OutlierReadings, OfTwoDevicesCannotBeTold) {
  EXPECT_TRUE(outlier_readings(made_up_devices(2, 15, 0.01, 0, 1)).empty());
  expect_error(ErrorCode::invalid_argument, "threshold 0",
               [] { (void)outlier_readings(made_up_devices(3, 0, 0, 0, 1), 0); });
}

TEST(OutlierReadings, OfThePublishedFigureAreTheKnownOnes) {
  ECNAS_NEEDS_DATA("ec-nas-4v-hardware.csv");
  const std::string path = testing::data_file("ec-nas-4v-hardware.csv").string();
  const DeviceEnergies energies = joined(read_device_series(read_file(path), path, {}, 4));
  std::vector<std::string> hashes;
  for (const space::Cell& cell : energies.cells)
    hashes.push_back(to_text(space::hash_of(cell)));
  std::ranges::sort(hashes);
  std::set<std::string> known(hashes.begin(), hashes.begin() + 21);  // of which one has no reading
  const auto found = outlier_readings(energies);
  EXPECT_EQ(found.size(), 20U);
  for (const OutlierReading& reading : found) {
    EXPECT_EQ(energies.devices[reading.device], "rtx3060");
    EXPECT_TRUE(known.contains(to_text(space::hash_of(energies.cells[reading.cell]))));
    EXPECT_GT(reading.score, 0);
  }
}

TEST(DeviceAgreement, ComparesEveryTwoDevices) {
  const DeviceEnergies energies = made_up_devices(3, 0, 0.1, 0.1, 4);
  const DeviceAgreement found = device_agreement(energies, {.intervals = {.resamples = 50}});
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      std::vector<double> x, y;
      std::vector<double> ratios;
      for (std::size_t cell = 0; cell < energies.cells.size(); ++cell) {
        x.push_back(energies.at(cell, a));
        y.push_back(energies.at(cell, b));
        if (!std::isnan(x.back() + y.back())) ratios.push_back(std::log(x.back() / y.back()));
      }
      const RankCorrelation expected = rank_correlation(x, y, {.intervals = {.resamples = 50}});
      const RankCorrelation& pair = found.pairs[a * 3 + b];
      EXPECT_EQ(pair.cells, expected.cells);
      EXPECT_EQ(pair.kendall_tau->value, expected.kendall_tau->value);
      EXPECT_NEAR(found.ratio[a * 3 + b], std::exp(oracle::median(ratios)), 1e-12);
    }
  }
}

TEST(DeviceAgreement, OrdersCellsByTheMean) {
  DeviceEnergies energies{.devices = {"a", "b"}};
  const auto cells = space::Space::shared(3).cells();
  energies.cells.assign(cells.begin(), cells.begin() + 5);
  // Geometric means 4, 2, –, 6, 6.
  energies.energies_kwh = {8, 2, 1, 4, 1, kAbsent, 6, 6, 4, 9};
  const DeviceAgreement found = device_agreement(energies, {.intervals = {.resamples = 2}});
  EXPECT_EQ(found.order, (std::vector<std::size_t>{1, 0, 3, 4}));
  // Places on a: 0, 3, 2, 1; on b: 1, 0, 2, 3.
  EXPECT_EQ(found.rank_change, (std::vector<double>{0, 1, 2, -1, 0, 0, -2, 0}));
}

TEST(DeviceAgreement, SharesThePlacesOfEqualEnergies) {
  DeviceEnergies energies{.devices = {"a", "b"}};
  const auto cells = space::Space::shared(3).cells();
  energies.cells.assign(cells.begin(), cells.begin() + 3);
  energies.energies_kwh = {1, 1, 1, 2, 2, 3};
  const DeviceAgreement found = device_agreement(energies, {.intervals = {.resamples = 2}});
  EXPECT_EQ(found.rank_change, (std::vector<double>{0.5, 0, -0.5, 0, 0, 0}));
}

TEST(FrontAgreement, IsThatOfPairwiseDominance) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const DeviceEnergies energies = made_up_devices(3, 5, 0.2, 0.02, seed);
    Rng rng(seed);
    const auto errors = testing::made_up_series(energies.cells.size(), 0, 0.05, rng);
    const FrontAgreement found = front_agreement(energies, errors);
    std::vector<std::set<std::size_t>> fronts(3);
    for (std::size_t device = 0; device < 3; ++device) {
      std::vector<double> costs, accuracies;
      for (const std::size_t cell : found.cells) {
        costs.push_back(energies.at(cell, device));
        accuracies.push_back(1 - errors[cell]);
      }
      for (std::size_t i = 0; i < costs.size(); ++i) {
        if (oracle::on_front(costs, accuracies, i)) fronts[device].insert(found.cells[i]);
      }
      EXPECT_EQ(std::set(found.fronts[device].begin(), found.fronts[device].end()), fronts[device]);
      EXPECT_DOUBLE_EQ(found.hypervolume_kept[device * 4], 1);
    }
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t b = 0; b < 3; ++b) {
        const auto shared = std::ranges::count_if(
            fronts[a], [&](std::size_t cell) { return fronts[b].contains(cell); });
        const auto either = std::ssize(fronts[a]) + std::ssize(fronts[b]) - shared;
        EXPECT_DOUBLE_EQ(found.jaccard[a * 3 + b],
                         static_cast<double>(shared) / static_cast<double>(either));
        EXPECT_LE(found.hypervolume_kept[a * 3 + b], 1 + 1e-12);
        EXPECT_GE(found.hypervolume_kept[a * 3 + b], 0);
      }
    }
  }
}

TEST(FrontAgreement, KeepsTheShareOfTheHypervolumeByHand) {
  DeviceEnergies energies{.devices = {"a", "b"}};
  const auto cells = space::Space::shared(3).cells();
  energies.cells.assign(cells.begin(), cells.begin() + 3);
  energies.energies_kwh = {1, 1, 2, 4, 3, 3};
  const std::vector<double> errors = {0.3, 0.2, 0.1};
  const FrontAgreement found = front_agreement(energies, errors);
  EXPECT_EQ(found.fronts[0], (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(found.fronts[1], (std::vector<std::size_t>{0, 2}));
  EXPECT_DOUBLE_EQ(found.jaccard[1], 2.0 / 3);
  EXPECT_DOUBLE_EQ(found.hypervolume_kept[1], 1);  // a's front holds b's
  // On a, b's front lacks (0.5, 0.5): of 1.1 · 0.1 + 0.6 · 0.5 + 0.1 · 0.5 the 0.5 · 0.5.
  const double whole = 1.1 * 0.1 + 0.6 * 0.5 + 0.1 * 0.5;
  EXPECT_NEAR(found.hypervolume_kept[2], (whole - 0.5 * 0.5) / whole, 1e-12);
}

TEST(FrontAgreement, OfTooFewCellsIsAnError) {
  const DeviceEnergies energies = made_up_devices(2, 0, 0, 0, 1);
  std::vector<double> errors(energies.cells.size(), kAbsent);
  errors[0] = errors[1] = 0.5;
  expect_error(ErrorCode::not_found, "2 cells have a reading on every device",
               [&] { (void)front_agreement(energies, errors); });
  expect_error(ErrorCode::invalid_argument, "91 cells",
               [&] { (void)front_agreement(energies, std::span(errors).first(3)); });
}

}  // namespace
}  // namespace ecnas::analysis
