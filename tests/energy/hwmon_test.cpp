#include "energy/hwmon.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/temporary_tree.hpp"
#include "support/without_privileges.hpp"

namespace ecnas::energy {
namespace {

using Reason = ReadFailure::Reason;

class Hwmon : public ::testing::Test {
 protected:
  // A file of chip `number`.
  void write(int number, std::string_view file, std::string_view content) const {
    tree_.write(path(number, file), content);
  }
  void chip(int number, std::string_view driver) const {
    write(number, "name", std::string(driver) + "\n");
  }
  [[nodiscard]] static std::string path(int number, std::string_view file) {
    return "class/hwmon/hwmon" + std::to_string(number) + "/" + std::string(file);
  }
  [[nodiscard]] std::string full(int number, std::string_view file) const {
    return tree_.at(path(number, file)).string();
  }
  [[nodiscard]] Discovered find() const { return find_hwmon(tree_.root()); }
  [[nodiscard]] static std::vector<std::string> names(const Discovered& found, bool is_counted) {
    std::vector<std::string> names;
    for (const FoundSource& source : found.sources) {
      if (source.is_counted == is_counted) names.push_back(source.source->description().name);
    }
    return names;
  }
  [[nodiscard]] static double read(const FoundSource& found) {
    const auto reading = found.source->read(Instant{});
    EXPECT_TRUE(reading.has_value());
    return reading ? *reading : -1;
  }

  using Names = std::vector<std::string>;
  ecnas::testing::TemporaryTree tree_;
};

TEST_F(Hwmon, AMachineWithoutItHasNothing) {
  const Discovered found = find();
  EXPECT_TRUE(found.sources.empty());
  EXPECT_TRUE(found.missing.empty());
}

TEST_F(Hwmon, ChipsWithoutPowerAreNothing) {
  chip(0, "coretemp");
  write(0, "temp1_input", "40000\n");
  tree_.write("class/hwmon/hwmon1/power1_input", "1\n");  // without a name
  const Discovered found = find();
  EXPECT_TRUE(found.sources.empty());
  EXPECT_TRUE(found.missing.empty());
}

TEST_F(Hwmon, AnAmdCardIsReadInWattsByItsAverage) {
  chip(3, "amdgpu");
  write(3, "power1_average", "95000000\n");
  write(3, "power1_input", "120000000\n");
  write(3, "power1_cap", "300000000\n");
  write(3, "power1_label", "PPT\n");
  write(3, "device/vendor", "0x1002\n");
  write(3, "device/device", "0x73bf\n");
  const Discovered found = find();
  EXPECT_TRUE(found.missing.empty());
  EXPECT_EQ(found.devices, Names{"AMD GPU 1002:73bf"});
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_TRUE(found.sources[0].is_counted);
  EXPECT_EQ(read(found.sources[0]), 95);
  const SourceDescription& description = found.sources[0].source->description();
  EXPECT_EQ(description.name, "gpu-amd-0");
  EXPECT_EQ(description.domain, Domain::gpu);
  EXPECT_EQ(description.kind, Kind::power);
  EXPECT_EQ(description.quality, Quality::integrated);
  EXPECT_EQ(description.device, "AMD GPU 1002:73bf");
  EXPECT_EQ(description.origin, full(3, "power1_average"));
  EXPECT_EQ(description.resolution, 1e-6);
  EXPECT_EQ(description.power_bound_w, 600);
}

TEST_F(Hwmon, AnAmdCardWithoutAnAverageIsReadRightNow) {
  chip(0, "amdgpu");
  write(0, "power1_input", "8000000\n");
  write(0, "device/product_name", "AMD Instinct MI210\n");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_EQ(read(found.sources[0]), 8);
  EXPECT_EQ(found.devices, Names{"AMD Instinct MI210"});
  EXPECT_FALSE(found.sources[0].source->description().power_bound_w.has_value());
}

TEST_F(Hwmon, CardsAreNumberedInTheOrderOfTheirDirectories) {
  for (const int number : {10, 2, 7}) {
    chip(number, "amdgpu");
    write(number, "power1_input", std::to_string(number) + "000000\n");
  }
  const Discovered found = find();
  EXPECT_EQ(names(found, true), (Names{"gpu-amd-0", "gpu-amd-1", "gpu-amd-2"}));
  EXPECT_EQ(read(found.sources[0]), 2);
  EXPECT_EQ(read(found.sources[2]), 10);
}

TEST_F(Hwmon, ACardWithoutPowerIsMissing) {
  chip(0, "amdgpu");
  const Discovered found = find();
  EXPECT_TRUE(found.sources.empty());
  ASSERT_EQ(found.missing.size(), 1U);
  EXPECT_EQ(found.missing[0].name, "gpu-amd-0");
  EXPECT_EQ(found.missing[0].reason, "amdgpu tells no power of this card");
  EXPECT_EQ(found.devices, Names{"AMD GPU"});
}

TEST_F(Hwmon, TheGraphicsOfAProcessorAreItsPackage) {
  chip(0, "amdgpu");
  write(0, "in1_label", "vddnb\n");
  write(0, "power1_input", "15000000\n");
  const Discovered found = find();
  EXPECT_TRUE(found.devices.empty());
  EXPECT_EQ(names(found, true), Names{"apu-0"});
  EXPECT_EQ(found.sources[0].source->description().domain, Domain::cpu);
}

TEST_F(Hwmon, ACardWithoutPowerSupplyUsesNoneAndIsNotAsked) {
  chip(0, "amdgpu");
  write(0, "power1_average", "no reading while asleep\n");
  write(0, "device/power_state", "D3cold\n");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_EQ(read(found.sources[0]), 0);
  write(0, "device/power_state", "D3hot\n");
  EXPECT_FALSE(found.sources[0].source->read(Instant{}).has_value());
  write(0, "device/power_state", "D0\n");
  write(0, "power1_average", "30000000\n");
  EXPECT_EQ(read(found.sources[0]), 30);
}

TEST_F(Hwmon, TheCounterOfACardWithoutPowerSupplyStandsStill) {
  chip(0, "xe");
  write(0, "energy1_input", "5000000\n");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  write(0, "device/power_state", "D3cold\n");
  write(0, "energy1_input", "asleep\n");
  EXPECT_EQ(read(found.sources[0]), 5);
}

TEST_F(Hwmon, AnIntelCardHasACounterAndPartsThatDoNotCount) {
  chip(0, "xe");
  write(0, "energy1_input", "2500000\n");
  write(0, "energy1_label", "card\n");
  write(0, "energy2_input", "1500000\n");
  write(0, "energy2_label", "pkg\n");
  write(0, "power1_max", "190000000\n");
  write(0, "device/vendor", "0x8086\n");
  write(0, "device/device", "0xe20b\n");
  chip(1, "i915");
  write(1, "energy1_input", "7000000\n");
  chip(2, "i915_gt0");
  write(2, "energy1_input", "3000000\n");
  const Discovered found = find();
  EXPECT_EQ(found.devices, (Names{"Intel GPU 8086:e20b", "Intel GPU"}));
  EXPECT_EQ(names(found, true), (Names{"gpu-intel-0", "gpu-intel-1"}));
  EXPECT_EQ(names(found, false), (Names{"xe-0-energy2", "i915_gt0-0-energy1"}));
  const SourceDescription& card = found.sources[0].source->description();
  EXPECT_EQ(card.kind, Kind::counter);
  EXPECT_EQ(card.quality, Quality::counter);
  EXPECT_EQ(card.power_bound_w, 380);
  EXPECT_EQ(read(found.sources[0]), 2.5);
  EXPECT_EQ(found.sources[1].remark, "part of gpu-intel-0");
  EXPECT_EQ(found.sources[1].source->description().device, "pkg");
}

TEST_F(Hwmon, NouveauTellsThePowerOfACard) {
  chip(0, "nouveau");
  write(0, "power1_input", "40000000\n");
  EXPECT_EQ(names(find(), true), Names{"gpu-nouveau-0"});
}

TEST_F(Hwmon, SocketsOfAmdEnergyArePackagesAndCoresAreNotListed) {
  chip(0, "amd_energy");
  for (const auto& [number, label] :
       {std::pair{1, "Ecore000"}, {2, "Ecore001"}, {3, "Esocket0"}, {4, "Esocket1"}}) {
    const std::string stem = "energy" + std::to_string(number);
    write(0, stem + "_label", std::string(label) + "\n");
    write(0, stem + "_input", std::to_string(number) + "000000\n");
  }
  const Discovered found = find();
  EXPECT_EQ(names(found, true), (Names{"package-0", "package-1"}));
  EXPECT_TRUE(names(found, false).empty());
  EXPECT_EQ(found.sources[0].source->description().domain, Domain::cpu);
  EXPECT_EQ(found.sources[0].source->description().kind, Kind::counter);
  EXPECT_EQ(read(found.sources[0]), 3);
  EXPECT_EQ(read(found.sources[1]), 4);
}

TEST_F(Hwmon, APackageOfSeveralNodesCountsOnce) {
  chip(0, "amd_energy");
  for (int node = 0; node < 4; ++node) {
    const std::string number = std::to_string(node);
    write(0, "energy" + number + "_label", "Esocket" + number + "\n");
    write(0, "energy" + number + "_input", "1\n");
    tree_.write("devices/system/node/node" + number + "/cpulist",
                std::to_string(16 * node) + "-" + std::to_string(16 * node + 15) + ",128\n");
    tree_.write(
        "devices/system/cpu/cpu" + std::to_string(16 * node) + "/topology/physical_package_id",
        std::to_string(node / 2) + "\n");
  }
  const Discovered found = find();
  EXPECT_EQ(names(found, true), (Names{"package-0", "package-1"}));
  EXPECT_EQ(names(found, false), (Names{"amd_energy-0-energy1", "amd_energy-0-energy3"}));
  EXPECT_EQ(found.sources[1].remark, "the same counter as package-0");
}

TEST_F(Hwmon, ThePartsOfAPackageAreSummed) {
  chip(0, "apm_xgene");
  write(0, "power1_label", "CPU power\n");
  write(0, "power1_input", "14760000\n");
  write(0, "power2_label", "IO power\n");
  write(0, "power2_input", "31070000\n");
  const Discovered found = find();
  EXPECT_EQ(names(found, true), Names{"package-0"});
  EXPECT_DOUBLE_EQ(read(found.sources[0]), 45.83);
  EXPECT_EQ(found.sources[0].source->description().origin,
            full(0, "power1_input") + " + power2_input");
  tree_.remove(path(0, "power2_input"));
  EXPECT_FALSE(found.sources[0].source->read(Instant{}).has_value());
}

TEST_F(Hwmon, TheAcpiMeterIsTheMachines) {
  chip(0, "power_meter");
  write(0, "power1_average", "220000000\n");
  write(0, "power1_average_interval", "1000\n");
  write(0, "power1_average_max", "1\n");
  write(0, "power1_model_number", "PWR-1\n");
  const Discovered found = find();
  EXPECT_EQ(names(found, true), Names{"machine-acpi"});
  EXPECT_EQ(found.sources[0].source->description().domain, Domain::machine);
  EXPECT_EQ(found.sources[0].source->description().device, "PWR-1");
  EXPECT_EQ(read(found.sources[0]), 220);
}

TEST_F(Hwmon, OfSeveralAcpiMetersNoneCounts) {
  for (int number = 0; number < 2; ++number) {
    chip(number, "power_meter");
    write(number, "power1_average", "220000000\n");
  }
  const Discovered found = find();
  EXPECT_TRUE(names(found, true).empty());
  EXPECT_EQ(names(found, false), (Names{"power_meter-0-power1", "power_meter-1-power1"}));
}

TEST_F(Hwmon, TheInputRailOfABoardIsTheMachineAndTheOthersArePartsOfIt) {
  chip(0, "ina3221");
  const std::vector<std::string> labels = {"VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    write(0, "in" + number + "_label", labels[i] + "\n");
    write(0, "in" + number + "_input", "5000\n");
    write(0, "curr" + number + "_input", std::to_string(1200 - 100 * i) + "\n");
  }
  write(0, "in7_input", "1\n");
  write(0, "curr4_input", "1\n");
  const Discovered found = find();
  EXPECT_EQ(names(found, true), Names{"machine-ina"});
  EXPECT_EQ(names(found, false), (Names{"ina3221-0-in2", "ina3221-0-in3"}));
  EXPECT_DOUBLE_EQ(read(found.sources[0]), 6);  // 5 V × 1.2 A
  EXPECT_DOUBLE_EQ(read(found.sources[1]), 5.5);
  EXPECT_EQ(found.sources[0].source->description().domain, Domain::machine);
  EXPECT_EQ(found.sources[0].source->description().origin, full(0, "in1_input") + " × curr1_input");
  EXPECT_EQ(found.sources[1].remark, "part of machine-ina");
  EXPECT_EQ(found.sources[1].source->description().device, "VDD_CPU_GPU_CV");
}

TEST_F(Hwmon, ABoardsRailsOfUnknownPlaceDoNotCount) {
  chip(0, "ina226");
  write(0, "power1_input", "2000000\n");
  write(0, "in1_input", "5000\n");
  write(0, "curr1_input", "400\n");
  chip(1, "ina238");
  write(1, "label", "VDD_GPU\n");
  write(1, "power1_input", "3000000\n");
  const Discovered found = find();
  EXPECT_EQ(names(found, false), (Names{"ina226-0-power1", "ina238-0-power1"}));
  EXPECT_TRUE(names(found, true).empty());
  EXPECT_EQ(found.sources[0].remark, "what part of the machine it measures is not known");
  EXPECT_EQ(found.sources[1].source->description().device, "VDD_GPU");
}

TEST_F(Hwmon, AppleAndPowerMachinesTellTheirWholePowerByLabel) {
  chip(0, "macsmc_hwmon");
  write(0, "power1_label", "AC Input Power\n");
  write(0, "power1_input", "9000000\n");
  write(0, "power2_label", "Total System Power\n");
  write(0, "power2_input", "8000000\n");
  chip(1, "ibmpowernv");
  write(1, "power1_label", "System\n");
  write(1, "power1_input", "432000000\n");
  const Discovered found = find();
  EXPECT_EQ(names(found, true), (Names{"machine-smc", "machine-powernv"}));
  EXPECT_EQ(names(found, false), Names{"macsmc_hwmon-0-power1"});
}

TEST_F(Hwmon, UnknownMetersAreFoundAndNotCounted) {
  chip(0, "pmbus");
  write(0, "power1_input", "1000000\n");
  write(0, "power1_label", "pout1\n");
  write(0, "energy2_input", "4000000\n");
  chip(1, "pmbus");
  write(1, "power1_average", "2000000\n");
  const Discovered found = find();
  EXPECT_TRUE(names(found, true).empty());
  EXPECT_EQ(names(found, false), (Names{"pmbus-0-energy2", "pmbus-0-power1", "pmbus-1-power1"}));
  EXPECT_EQ(found.sources[0].remark, "what it measures is not known");
  EXPECT_EQ(found.sources[0].source->description().kind, Kind::counter);
  EXPECT_EQ(found.sources[1].source->description().device, "pout1");
}

TEST_F(Hwmon, AChipWithManyMetersIsCutOff) {
  chip(0, "altra");
  for (int i = 1; i <= 200; ++i)
    write(0, "energy" + std::to_string(i) + "_input", "1\n");
  const Discovered found = find();
  EXPECT_EQ(found.sources.size(), 16U);
  EXPECT_EQ(found.sources[15].source->description().name, "altra-0-energy16");
}

TEST_F(Hwmon, NumbersThatNoMeterHasAreFailures) {
  chip(0, "amdgpu");
  write(0, "power1_average", "1000000\n");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  Source& card = *found.sources[0].source;
  for (const char* content : {"-1\n", "", "garbage", "1e9\n", "9223372036854775808\n", "nan\n"}) {
    write(0, "power1_average", content);
    const auto reading = card.read(Instant{});
    ASSERT_FALSE(reading.has_value()) << content;
    EXPECT_EQ(reading.reason().reason, Reason::failed);
  }
  write(0, "power1_average", "9223372036854775807\n");
  EXPECT_DOUBLE_EQ(read(found.sources[0]), 9223372036854.775807);
}

TEST_F(Hwmon, AProductOfLargeNumbersIsFinite) {
  chip(0, "ina3221");
  write(0, "in1_input", "9223372036854775807\n");
  write(0, "curr1_input", "9223372036854775807\n");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_DOUBLE_EQ(read(found.sources[0]), 9223372036854775807.0 * 9223372036854775807.0 * 1e-6);
  write(0, "curr1_input", "-5\n");
  const auto reading = found.sources[0].source->read(Instant{});
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.reason().text, full(0, "curr1_input") + ": -5 is negative");
}

TEST_F(Hwmon, ACardThatVanishesIsGone) {
  chip(0, "amdgpu");
  write(0, "power1_average", "1000000\n");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  tree_.remove("class/hwmon/hwmon0");
  const auto reading = found.sources[0].source->read(Instant{});
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.reason().reason, Reason::gone);
}

TEST_F(Hwmon, ACounterForRootAloneIsMissingWithItsRemedy) {
  chip(0, "amd_energy");
  write(0, "energy1_label", "Esocket0\n");
  write(0, "energy1_input", "1000000\n");
  std::filesystem::permissions(tree_.at(path(0, "energy1_input")), std::filesystem::perms::none);
  const ecnas::testing::WithoutPrivileges nobody;
  const Discovered found = find();
  EXPECT_TRUE(found.sources.empty());
  ASSERT_EQ(found.missing.size(), 1U);
  EXPECT_EQ(found.missing[0].name, "package-0");
  EXPECT_EQ(found.missing[0].reason, full(0, "energy1_input") + ": Permission denied");
  EXPECT_EQ(found.missing[0].remedy, "let this user read it (chmod a+r), or run as root");
}

TEST_F(Hwmon, ACountedMeterThatCannotBeReadIsMissing) {
  chip(0, "power_meter");
  write(0, "power1_average", "busy\n");
  chip(1, "pmbus");
  write(1, "power1_input", "busy\n");
  const Discovered found = find();
  EXPECT_TRUE(found.sources.empty());
  ASSERT_EQ(found.missing.size(), 1U);
  EXPECT_EQ(found.missing[0].name, "machine-acpi");
  EXPECT_NE(found.missing[0].reason.find("holds 'busy"), std::string::npos);
  EXPECT_EQ(found.missing[0].remedy, "");
}

}  // namespace
}  // namespace ecnas::energy
