#include "ecnas/energy/foreign_logs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <tuple>

#include "ecnas/core/random.hpp"
#include "support/expect_error.hpp"

namespace ecnas::energy {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;

/// As carbontracker 2.4 writes it: one GPU that was not read in the second epoch, two sockets.
/// 2 s × 15 W + 3 s × 0 W = 30 J; 2 s × 25 W + 3 s × 10 W = 80 J; 2 s × 5 W + 3 s × 20 W = 70 J.
const std::string kStandard =
    "2024-03-01 12:00:00 - carbontracker version 2.4.7\n"
    "2024-03-01 12:00:00 - Only predicted and actual consumptions are multiplied by a PUE "
    "coefficient of 1.58 (Daniel Bizo, 2023, Uptime Institute Global Data Center Survey).\n"
    "2024-03-01 12:00:00 - The following components were found: GPU with device(s) Made-up GPU. "
    "CPU with device(s) Xeon(R) @ 2.20GHz, cpu:1.\n"
    "2024-03-01 12:00:00 - Monitoring thread started.\n"
    "2024-03-01 12:00:02 - Epoch 1:\n"
    "2024-03-01 12:00:02 - Duration: 0:00:02.00\n"
    "2024-03-01 12:00:02 - Average power usage (W) for gpu: 15.0\n"
    "2024-03-01 12:00:02 - Average power usage (W) for cpu: [25.  5.]\n"
    "2024-03-01 12:00:05 - Epoch 2:\n"
    "2024-03-01 12:00:05 - Duration: 0:00:03.00\n"
    "2024-03-01 12:00:05 - Average power usage (W) for gpu: None\n"
    "2024-03-01 12:00:05 - Average power usage (W) for cpu: [10.\n 20.]\n"
    "2024-03-01 12:00:05 - Carbon intensities (gCO2eq/kWh) fetched every 900 s at detected "
    "location: Unknown: [400.0]\n"
    "2024-03-01 12:00:05 - Average carbon intensity during training was 400.00 gCO2eq/kWh. \n"
    "2024-03-01 12:00:05 - Monitoring thread ended.\n";

const std::string kOutput =
    "2024-03-01 12:00:00 - CarbonTracker: The following components were found: GPU with device(s) "
    "Made-up GPU.\n"
    "2024-03-01 12:00:02 - CarbonTracker: \n"
    "Predicted consumption for 9 epoch(s):\n"
    "\tTime:\t0:00:20\n\tEnergy:\t0.900000000000 kWh\n\tCO2eq:\t360.000000000000 g\n"
    "2024-03-01 12:00:05 - CarbonTracker: \n"
    "Actual consumption for 2 epoch(s):\n"
    "\tTime:\t0:00:05\n\tEnergy:\t0.000079000000 kWh\n\tCO2eq:\t0.031600000000 g\n"
    "\tThis is equivalent to:\n\t0.000263483146 km travelled by car\n"
    "2024-03-01 12:00:05 - CarbonTracker: Finished monitoring.\n";

/// As CodeCarbon 3 writes it, with a PUE of 1.25 in all energies.
const std::string kHeader =
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,"
    "gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_iso_code,region,"
    "os,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,ram_total_size,tracking_mode,"
    "pue\n";
const std::string kRow =
    "2024-03-01T12:00:05,mine,r1,e1,4.5,0.002,0.0004,1,2,3,0.005,0.01,0.005,0.02,DNK,north,Linux,"
    "3.3.2,8,Made-up CPU,1,1 x Made-up GPU,32.5,machine,1.25\n";

class ForeignLogs : public ::testing::Test {
 protected:
  ForeignLogs() {
    std::string pattern = ::testing::TempDir() + "ecnas-logs-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~ForeignLogs() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  [[nodiscard]] fs::path write(const std::string& name, std::string_view text) const {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  [[nodiscard]] std::vector<Measurement> read(std::string_view text) const {
    return read_foreign_log(write("alone.log", text));
  }
  void expect_refusal(std::string_view text, const std::string& part) const {
    expect_error(ErrorCode::invalid_data, part, [&] { std::ignore = read(text); });
  }

  fs::path directory_;
};

std::string replaced(std::string text, std::string_view old, std::string_view fresh) {
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), fresh);
}

bool has_note(const Measurement& measurement, std::string_view part) {
  return std::ranges::any_of(measurement.notes, [&](const std::string& note) {
    return note.find(part) != std::string::npos;
  });
}

// --- carbontracker -------------------------------------------------------------------------------

TEST_F(ForeignLogs, OfCarbontrackerHoldDevicesAndEpochs) {
  const auto all = read(kStandard);
  ASSERT_EQ(all.size(), 1U);
  const Measurement& found = all.front();
  ASSERT_EQ(found.components.size(), 3U);
  const auto expect_component = [&](std::size_t i, const char* name, Domain domain,
                                    const char* device, double energy_j, double covered_s) {
    const Component& component = found.components[i];
    EXPECT_EQ(component.source.name, name);
    EXPECT_EQ(component.source.domain, domain);
    EXPECT_EQ(component.source.device, device);
    EXPECT_EQ(component.source.quality, Quality::integrated);
    EXPECT_DOUBLE_EQ(component.energy.energy_j, energy_j);
    EXPECT_DOUBLE_EQ(component.energy.covered_s, covered_s);
  };
  expect_component(0, "cpu-0", Domain::cpu, "Xeon(R) @ 2.20GHz", 80, 5);
  expect_component(1, "cpu-1", Domain::cpu, "cpu:1", 70, 5);
  expect_component(2, "gpu-0", Domain::gpu, "Made-up GPU", 30, 2);
  EXPECT_DOUBLE_EQ(found.duration_s, 5);
  EXPECT_EQ(found.pue, 1.58);
  ASSERT_EQ(found.spans.size(), 2U);
  EXPECT_EQ(found.spans[1].name, "epoch 2");
  EXPECT_DOUBLE_EQ(found.spans[1].begin_s, 2);
  EXPECT_DOUBLE_EQ(found.spans[1].duration_s, 3);
  ASSERT_EQ(found.spans[1].components.size(), 3U);
  EXPECT_DOUBLE_EQ(found.spans[1].components[0].energy_j, 30);
  EXPECT_EQ(found.spans[1].components[2].energy_j, 0);
  EXPECT_EQ(found.spans[1].components[2].covered_s, 0);  // not measured, and said so
  EXPECT_EQ(found.emission_factor->g_per_kwh, 400);
  EXPECT_NEAR(*found.co2eq_g, 180 / 3.6e6 * 1.58 * 400, 1e-12);
  EXPECT_TRUE(found.started.empty());  // its clock's zone is not in the log
  EXPECT_TRUE(has_note(found, "2.4.7"));
  EXPECT_TRUE(has_note(found, "whether powers were read or simulated"));
  EXPECT_EQ(found.machine.gpus, std::vector<std::string>{"Made-up GPU"});
}

TEST_F(ForeignLogs, OfCarbontrackerAreReadWithTheOneBesideThem) {
  const fs::path standard = write("1_carbontracker.log", kStandard);
  const fs::path output = write("1_carbontracker_output.log", kOutput);
  for (const fs::path& file : {standard, output}) {
    const Measurement found = read_foreign_log(file).at(0);
    EXPECT_EQ(found.spans.size(), 2U);
    EXPECT_EQ(found.co2eq_g, 0.0316);
    EXPECT_TRUE(has_note(found, "prediction"));
    EXPECT_FALSE(has_note(found, "its epochs sum to"));  // 180 J × 1.58 = 0.000079 kWh
  }
}

TEST_F(ForeignLogs, OfCarbontrackerSayWhereSumsDiffer) {
  const fs::path file = write("1_carbontracker.log", kStandard);
  std::ignore = write("1_carbontracker_output.log", replaced(kOutput, "0.000079", "0.000099"));
  EXPECT_TRUE(has_note(read_foreign_log(file).at(0), "its epochs sum to 7.9e-05 kWh"));
}

TEST_F(ForeignLogs, OfCarbontrackersOutputAloneHoldTheSum) {
  const Measurement found = read(kOutput).at(0);
  ASSERT_EQ(found.components.size(), 1U);
  EXPECT_EQ(found.components[0].source.name, "total");
  EXPECT_DOUBLE_EQ(found.components[0].energy.energy_j, 0.000079 * 3.6e6);
  EXPECT_EQ(found.pue, 1);
  EXPECT_EQ(found.duration_s, 5);
  EXPECT_EQ(found.co2eq_g, 0.0316);
  EXPECT_NEAR(found.emission_factor->g_per_kwh, 400, 1e-9);
  EXPECT_TRUE(has_note(found, "hold carbontracker's PUE"));
}

TEST_F(ForeignLogs, OfCarbontrackerTellAProcessorThatIsModelledByItsName) {
  const fs::path file = write("1_carbontracker.log", kStandard);
  std::ignore = write("1_carbontracker_err.log",
                      "2024-03-01 12:00:00,665 - MainThread - INFO - Using TDP of 35.00W for X at "
                      "50% utilization\n");
  const Measurement found = read_foreign_log(file).at(0);
  EXPECT_EQ(found.components[0].source.quality, Quality::modelled);
  EXPECT_EQ(found.components[2].source.quality, Quality::integrated);
  EXPECT_TRUE(has_note(found, "not read but taken from its name"));
}

TEST_F(ForeignLogs, OfCarbontrackerHoldAModelledProcessorWhereItsPowerNeverChanges) {
  const Measurement found = read(replaced(kStandard, "[10.\n 20.]", "[25.  5.]")).at(0);
  EXPECT_EQ(found.components[0].source.quality, Quality::modelled);
  EXPECT_EQ(found.components[1].source.quality, Quality::modelled);
  EXPECT_EQ(found.components[2].source.quality, Quality::integrated);
}

TEST_F(ForeignLogs, OfOlderCarbontrackersAreReadToo) {
  const Measurement found =
      read(
          "2021-03-01 12:00:00 - carbontracker version 1.1.7\n"
          "2021-03-01 12:00:00 - The following components were found: GPU with device(s) A, B.\n"
          "2021-03-01 12:00:02 - Epoch 1:\n"
          "2021-03-01 12:00:02 - Duration: 1:02:03.50\n"
          "2021-03-01 12:00:02 - Average power usage (W) for gpu: [15. nan]\n"
          "2021-03-01 12:00:02 - Training was interrupted before all 9 epochs were monitored.\n"
          "2021-03-01 12:00:02 - Average carbon intensity during training was 58.68 gCO2/kWh at "
          "detected location: Copenhagen, DK.\n")
          .at(0);
  EXPECT_DOUBLE_EQ(found.duration_s, 3723.5);
  ASSERT_EQ(found.components.size(), 2U);
  EXPECT_DOUBLE_EQ(found.components[0].energy.energy_j, 15 * 3723.5);
  EXPECT_EQ(found.components[1].source.device, "B");
  EXPECT_EQ(found.components[1].energy.covered_s, 0);
  EXPECT_EQ(found.emission_factor->g_per_kwh, 58.68);
  EXPECT_EQ(found.pue, 1);
  EXPECT_TRUE(has_note(found, "interrupted"));
}

TEST_F(ForeignLogs, OfCarbontrackerThatMakeNoSenseAreRefusedWithTheirLine) {
  const auto expect_change = [&](std::string_view old, std::string_view fresh,
                                 const std::string& part) {
    expect_refusal(replaced(kStandard, old, fresh), part);
  };
  expect_change("0:00:02.00", "0:00:62.00", "alone.log:6: duration");
  expect_change("0:00:02.00", "-0:00:02.00", "alone.log:6: duration");
  expect_change("0:00:02.00", "999999999:00:00", "alone.log:6: duration");
  expect_change("2024-03-01 12:00:02 - Duration: 0:00:02.00\n", "", "alone.log:6: a power of no");
  for (const char* bad : {"-1", "x", "1e8", "inf", "[1", "[]", "1]", ""})
    expect_change("15.0", bad, "alone.log:7: power");
  expect_change("[25.  5.]", "[25.  5. 1.]", "alone.log:12: powers of 2 devices");
  expect_change("for gpu: 15.0", "for cpu: [1. 1.]", "alone.log:8: a second power");
  for (const char* bad : {"0.9", "x", "nan", "1000"})
    expect_change("1.58", bad, "alone.log:2: a PUE");
  expect_change("Monitoring thread started.", "carbontracker version 2", "alone.log:4: a second");
  expect_refusal(kStandard.substr(0, kStandard.find("2024-03-01 12:00:02 - Duration")),
                 "alone.log:5: an epoch without a duration");
  expect_refusal(kStandard.substr(0, kStandard.find("2024-03-01 12:00:02")), "no epoch");
  expect_refusal(kStandard + std::string(70'000, 'x'), "beyond 64 KiB");
  expect_refusal(replaced(kOutput, "\tEnergy:\t0.000079000000 kWh\n", ""), "alone.log:7: a consum");
  expect_refusal(replaced(kOutput, "0.000079", "-1"), "alone.log:7: a consumption");
  expect_refusal(kOutput.substr(0, kOutput.find("2024-03-01 12:00:05")), "no epoch");
}

// --- CodeCarbon ----------------------------------------------------------------------------------

TEST_F(ForeignLogs, OfCodeCarbonAreOneMeasurementARow) {
  const auto all = read(kHeader + kRow + replaced(kRow, "mine", "yours"));
  ASSERT_EQ(all.size(), 2U);
  const Measurement& found = all.front();
  ASSERT_EQ(found.components.size(), 3U);
  EXPECT_EQ(found.components[0].source.name, "cpu");
  EXPECT_EQ(found.components[0].source.domain, Domain::cpu);
  EXPECT_EQ(found.components[0].source.quality, Quality::integrated);
  EXPECT_EQ(found.components[0].source.device, "Made-up CPU");
  EXPECT_DOUBLE_EQ(found.components[0].energy.energy_j, 0.005 * 3.6e6 / 1.25);
  EXPECT_EQ(found.components[0].energy.covered_s, 4.5);
  EXPECT_EQ(found.components[1].source.domain, Domain::gpu);
  EXPECT_DOUBLE_EQ(found.components[1].energy.energy_j, 0.01 * 3.6e6 / 1.25);
  EXPECT_EQ(found.components[2].source.domain, Domain::memory);
  EXPECT_EQ(found.components[2].source.quality, Quality::modelled);
  EXPECT_EQ(found.duration_s, 4.5);
  EXPECT_EQ(found.pue, 1.25);
  EXPECT_EQ(found.co2eq_g, 2);
  EXPECT_EQ(found.emission_factor->g_per_kwh, 100);
  EXPECT_EQ(found.emission_factor->zone, "DNK, north");
  EXPECT_EQ(found.machine.logical_cpus, 8U);
  EXPECT_EQ(found.machine.memory_gib, 32.5);
  EXPECT_TRUE(has_note(found, "project 'mine'"));
  EXPECT_TRUE(has_note(found, "3.3.2"));
  EXPECT_TRUE(has_note(found, "it ended at '2024-03-01T12:00:05' by the machine's own clock"));
  EXPECT_FALSE(has_note(found, "sum"));
  EXPECT_TRUE(has_note(all[1], "project 'yours'"));
}

TEST_F(ForeignLogs, OfCodeCarbonsProcessesAreModelled) {
  const Measurement found = read(kHeader + replaced(kRow, "machine", "process")).at(0);
  for (const Component& component : found.components)
    EXPECT_EQ(component.source.quality, Quality::modelled);
  EXPECT_EQ(found.components[0].source.attribution, "process");
  EXPECT_TRUE(found.components[1].source.attribution.empty());  // a card is counted whole
}

TEST_F(ForeignLogs, OfCodeCarbonLeaveOutWhatWasNotMeasured) {
  for (const char* nothing : {"0.0", ""}) {
    const Measurement found =
        read(kHeader + replaced(kRow, "0.005,0.01,", std::string("0.005,") + nothing + ",")).at(0);
    ASSERT_EQ(found.components.size(), 2U);
    EXPECT_EQ(found.components[1].source.name, "memory");
    EXPECT_TRUE(has_note(found, "its components sum to 0.01 kWh, but it says 0.02 kWh"));
    EXPECT_EQ(has_note(found, "no energy of its gpu"), *nothing != '\0');
  }
}

TEST_F(ForeignLogs, OfTheFirstCodeCarbonHoldTheSum) {
  const Measurement found =
      read(
          "timestamp,experiment_id,project_name,duration,emissions,energy_consumed,country_name,"
          "country_iso_code,region\r\n"
          "2020-11-05T12:07:55+01:00,1,codecarbon,5,1.5,3,Canada,CAN,\r\n")
          .at(0);
  ASSERT_EQ(found.components.size(), 1U);
  EXPECT_EQ(found.components[0].source.name, "total");
  EXPECT_DOUBLE_EQ(found.components[0].energy.energy_j, 3 * 3.6e6);
  EXPECT_EQ(found.started, "2020-11-05T11:07:50Z");
  EXPECT_EQ(found.emission_factor->g_per_kwh, 500);
  EXPECT_EQ(found.emission_factor->zone, "CAN");
  EXPECT_TRUE(has_note(found, "not told: a PUE"));
}

TEST_F(ForeignLogs, OfCodeCarbonThatMakeNoSenseAreRefusedWithTheirLine) {
  const auto expect_change = [&](std::string_view old, std::string_view fresh,
                                 const std::string& part) {
    expect_refusal(kHeader + kRow + replaced(kRow, old, fresh), "alone.log:3: " + part);
  };
  for (const char* bad : {"x", "-1", "nan", "inf", "1e13"}) {
    expect_change("4.5,0.002", std::string(bad) + ",0.002", "duration");
    expect_change("0.02,DNK", std::string(bad) + ",DNK", "energy_consumed");
    expect_change("0.005,0.01", std::string("0.005,") + bad, "gpu_energy");
  }
  expect_change("4.5,0.002", ",0.002", "no duration");
  expect_change("machine,1.25", "machine,0.9", "pue");
  expect_change("mine,", "mine,,", "26 fields; the header has 25");
  expect_refusal(kHeader, "a header and no measurement");
  expect_refusal(replaced(kHeader, "run_id", "pue") + kRow, "alone.log:1: column 'pue' is there");
}

TEST_F(ForeignLogs, TextsOfOthersAreMadePrintable) {
  const Measurement found =
      read(kHeader +
           replaced(kRow, "Made-up CPU", "\"a\x1b[31m\xc3\xa6\n" + std::string(999, 'b') + "\""))
          .at(0);
  EXPECT_EQ(found.machine.cpu.substr(0, 10), "a?[31m???b");
  EXPECT_EQ(found.machine.cpu.size(), 200U);
}

// --- Neither -------------------------------------------------------------------------------------

TEST_F(ForeignLogs, OfNeitherAreRefused) {
  for (const char* bad :
       {"", "hello", "a,b\n1,2\n", "2024-03-01 12:00:00 - hello\n", "timestamp,duration\n1,2\n"})
    expect_refusal(bad, "neither a log of carbontracker");
  expect_error(ErrorCode::not_found, "nothing",
               [&] { std::ignore = read_foreign_log(directory_ / "nothing"); });
  expect_error(ErrorCode::io_failure, "", [&] { std::ignore = read_foreign_log(directory_); });
  const fs::path large = write("large", "");
  fs::resize_file(large, 64'000'001);
  expect_error(ErrorCode::invalid_data, "64000000", [&] { std::ignore = read_foreign_log(large); });
}

TEST_F(ForeignLogs, RandomDamageIsRefusedOrMakesSense) {
  Rng rng(23);
  for (const std::string& good : {kStandard, kOutput, kHeader + kRow}) {
    for (int i = 0; i < 200; ++i) {
      std::string text = good;
      for (std::uint64_t n = 1 + rng.below(3); n > 0; --n)
        text[rng.below(text.size())] = static_cast<char>(rng.below(256));
      if (rng.chance(0.2)) text.resize(rng.below(text.size()));
      try {
        for (const Measurement& found : read(text)) {
          EXPECT_TRUE(std::isfinite(found.duration_s) && found.duration_s >= 0);
          for (const Component& component : found.components) {
            const auto [energy_j, covered_s] = component.energy;
            EXPECT_TRUE(std::isfinite(energy_j) && energy_j >= 0) << text;
            EXPECT_LE(covered_s, found.duration_s * (1 + 1e-12)) << text;
          }
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace ecnas::energy
