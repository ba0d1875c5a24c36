#include "ecnas/energy/inventory.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fake_sources.hpp"
#include "support/temporary_tree.hpp"

namespace ecnas::energy {
namespace {

using ecnas::testing::TemporaryTree;

/// A machine in a directory, without any meter.
void add_machine(const TemporaryTree& tree) {
  tree.write("proc/cpuinfo",
             "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
             "model name\t: Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz\nphysical id\t: 0\n");
  tree.write("proc/meminfo", "MemTotal:       33554432 kB\nMemFree: 1 kB\n");
  tree.write("proc/stat", "cpu  10 0 0 500 0 0 0 7 0 0\n");
}

void add_zone(const TemporaryTree& tree, const std::string& zone, const std::string& name,
              std::int64_t energy_uj = 5'000'000) {
  const std::string directory = "sys/class/powercap/" + zone + "/";
  tree.write(directory + "name", name + "\n");
  tree.write(directory + "energy_uj", fmt::format("{}\n", energy_uj));
  tree.write(directory + "max_energy_range_uj", "262143328850\n");
}

void add_acpi_meter(const TemporaryTree& tree) {
  tree.write("sys/class/hwmon/hwmon0/name", "power_meter\n");
  tree.write("sys/class/hwmon/hwmon0/power1_average", "220000000\n");
}

void add_register(const TemporaryTree& tree) {
  tree.write("sys/devices/system/cpu/cpu0/topology/physical_package_id", "0\n");
  std::string registers(0x620, '\0');
  registers[0x606 + 1] = 0x0E;  // units of 2^-14 J
  registers[0x611 + 2] = 0x01;  // the package's counter
  tree.write("dev/cpu/0/msr", registers);
}

Inventory inventory_of(const TemporaryTree& tree, InventoryOptions options = {}) {
  options.paths = {.sys = tree.at("sys"),
                   .dev = tree.at("dev"),
                   .proc = tree.at("proc"),
                   .nvml = "",
                   .ipmitool = ""};
  return take_inventory(options);
}

std::vector<std::string> counted_names(const Inventory& inventory) {
  std::vector<std::string> names;
  for (const FoundSource& found : inventory.sources) {
    if (found.is_counted) names.push_back(found.source->description().name);
  }
  std::ranges::sort(names);
  return names;
}

using Names = std::vector<std::string>;

TEST(Inventory, WithoutAMeterProcessorsAndMemoryAreModelledAndNeverNothing) {
  const TemporaryTree tree;
  add_machine(tree);
  const Inventory inventory = inventory_of(tree);
  EXPECT_EQ(counted_names(inventory), (Names{"cpu", "memory"}));
  for (const FoundSource& found : inventory.sources) {
    EXPECT_EQ(found.source->description().quality, Quality::modelled);
    EXPECT_TRUE(found.source->description().tolerance.has_value());
  }
  EXPECT_NE(inventory.sources[0].source->description().origin.find("205 W TDP of 48 threads"),
            std::string::npos);
  EXPECT_EQ(inventory.machine.memory_gib, 32);
  EXPECT_EQ(inventory.machine.logical_cpus, 1U);
}

TEST(Inventory, AnEmptyTreeIsModelledToo) {
  const TemporaryTree tree;
  EXPECT_EQ(counted_names(inventory_of(tree)), (Names{"cpu", "memory"}));
}

TEST(Inventory, PowercapCountsAndTheRegistersAreTheSame) {
  const TemporaryTree tree;
  add_machine(tree);
  add_zone(tree, "intel-rapl:0", "package-0");
  add_zone(tree, "intel-rapl:0:0", "dram");
  add_register(tree);
  EXPECT_EQ(inventory_of(tree).sources.size(), 2U);
  InventoryOptions options;
  options.all_ways = true;
  const Inventory inventory = inventory_of(tree, options);
  EXPECT_EQ(counted_names(inventory), (Names{"dram-0", "package-0"}));
  const auto doubled = std::ranges::find_if(inventory.sources, [](const FoundSource& found) {
    return found.source->description().origin.find("register 0x611") != std::string::npos;
  });
  ASSERT_NE(doubled, inventory.sources.end());
  EXPECT_NE(doubled->remark.find("the same as"), std::string::npos);
}

TEST(Inventory, RegistersCountWherePowercapIsNot) {
  const TemporaryTree tree;
  add_machine(tree);
  add_register(tree);
  EXPECT_EQ(counted_names(inventory_of(tree)), (Names{"memory", "package-0"}));  // memory modelled
}

TEST(Inventory, ACounterBehindWhichThereIsNothingIsNotCounted) {
  const TemporaryTree tree;
  add_machine(tree);
  add_zone(tree, "intel-rapl:0", "package-0", 0);
  const Inventory inventory = inventory_of(tree);
  EXPECT_EQ(counted_names(inventory), (Names{"cpu", "memory"}));
  ASSERT_EQ(inventory.missing.size(), 1U);
  EXPECT_NE(inventory.missing[0].reason.find("stands at 0"), std::string::npos);
}

TEST(Inventory, AMeterOfTheWholeStandsInForPackagesAndIsNotAddedToThem) {
  const TemporaryTree tree;
  add_machine(tree);
  add_acpi_meter(tree);
  EXPECT_EQ(counted_names(inventory_of(tree)), (Names{"machine-acpi"}));
  add_zone(tree, "intel-rapl:0", "package-0");
  EXPECT_EQ(counted_names(inventory_of(tree)), (Names{"memory", "package-0"}));
}

TEST(Inventory, ThePlatformIsNotAddedToItsPackages) {
  const TemporaryTree tree;
  add_machine(tree);
  add_zone(tree, "intel-rapl:1", "psys");
  EXPECT_EQ(counted_names(inventory_of(tree)), (Names{"psys"}));
  add_zone(tree, "intel-rapl:0", "package-0");
  EXPECT_EQ(counted_names(inventory_of(tree)), (Names{"memory", "package-0"}));
}

TEST(Inventory, AGivenCurveIsThatOfOnePackage) {
  const TemporaryTree tree;
  add_machine(tree);
  InventoryOptions options;
  options.cpu_power = PowerCurve({{0, 10}, {1, 60}});
  Inventory inventory = inventory_of(tree, options);
  EXPECT_NE(inventory.sources[0].source->description().origin.find("given"), std::string::npos);
  const auto sources = inventory.take_counted();
  (void)sources[0]->read(testing::at(0));
  const auto energy = sources[0]->read(testing::at(10));  // at rest
  ASSERT_TRUE(energy.has_value());
  EXPECT_DOUBLE_EQ(*energy, 100);
}

TEST(Inventory, CountersAreSharedOutOnlyWhenAsked) {
  const TemporaryTree tree;
  add_machine(tree);
  add_zone(tree, "intel-rapl:0", "package-0");
  InventoryOptions options;
  options.user = read_own_process();
  for (const bool is_shared : {false, true}) {
    options.share_counters = is_shared;
    const Inventory inventory = inventory_of(tree, options);
    EXPECT_EQ(inventory.sources[0].source->description().attribution, is_shared ? "process" : "");
  }
}

TEST(Inventory, TakingTheCountedLeavesTheOthers) {
  const TemporaryTree tree;
  add_machine(tree);
  add_zone(tree, "intel-rapl:0", "package-0");
  add_zone(tree, "intel-rapl:0:0", "core");
  Inventory inventory = inventory_of(tree);
  EXPECT_EQ(inventory.take_counted().size(), 2U);
  ASSERT_EQ(inventory.sources.size(), 1U);
  EXPECT_EQ(inventory.sources[0].remark, "part of package-0");
}

}  // namespace
}  // namespace ecnas::energy
