#include "energy/rapl.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>

#include "fake_sources.hpp"
#include "support/temporary_tree.hpp"
#include "support/without_privileges.hpp"

namespace ecnas::energy {
namespace {

using ecnas::testing::TemporaryTree;

void add_zone(const TemporaryTree& tree, const std::string& zone, const std::string& name,
              std::int64_t energy_uj, std::int64_t range_uj = 262'143'328'850) {
  const std::string directory = "class/powercap/" + zone + "/";
  tree.write(directory + "name", name + "\n");
  tree.write(directory + "energy_uj", fmt::format("{}\n", energy_uj));
  tree.write(directory + "max_energy_range_uj", fmt::format("{}\n", range_uj));
}

const FoundSource* find(const Discovered& discovered, const std::string& name) {
  const auto found = std::ranges::find_if(discovered.sources, [&](const FoundSource& source) {
    return source.source->description().name == name;
  });
  return found == discovered.sources.end() ? nullptr : &*found;
}

double value(const FoundSource& found) {
  const auto reading = found.source->read({});
  EXPECT_TRUE(reading.has_value());
  return reading.has_value() ? *reading : -1;
}

TEST(Powercap, EverySocketIsCountedWithItsMemoryAndNoPartTwice) {
  const TemporaryTree tree;
  for (const int socket : {0, 1}) {
    const std::string zone = fmt::format("intel-rapl:{}", socket);
    add_zone(tree, zone, fmt::format("package-{}", socket), 5'000'000 + socket);
    add_zone(tree, zone + ":0", "core", 3'000'000);
    add_zone(tree, zone + ":1", "dram", 1'000'000 + socket);
  }
  const Discovered found = find_powercap(tree.root());
  EXPECT_EQ(found.sources.size(), 6U);
  EXPECT_TRUE(found.missing.empty());
  double counted = 0;
  for (const FoundSource& source : found.sources) {
    if (source.is_counted) counted += value(source);
  }
  EXPECT_DOUBLE_EQ(counted, 5 + 5.000001 + 1 + 1.000001);
  EXPECT_EQ(find(found, "cores-1")->remark, "part of package-1");
  EXPECT_EQ(find(found, "dram-1")->source->description().domain, Domain::memory);
}

TEST(Powercap, AZoneSaysWhereItWrapsAndWhatItsStepIs) {
  const TemporaryTree tree;
  add_zone(tree, "intel-rapl:0", "package-0", 1, 65'532'610'987);
  const Discovered found = find_powercap(tree.root());
  ASSERT_EQ(found.sources.size(), 1U);
  const SourceDescription& source = found.sources[0].source->description();
  EXPECT_DOUBLE_EQ(*source.wrap_j, 65'532.610987);
  EXPECT_EQ(source.resolution, 1e-6);
  EXPECT_EQ(source.quality, Quality::counter);
  EXPECT_GT(*source.power_bound_w, 500);
}

TEST(Powercap, ThePlatformsZoneIsNotCalledAPackage) {
  const TemporaryTree tree;
  add_zone(tree, "intel-rapl:0", "package-0", 7);
  add_zone(tree, "intel-rapl:1", "psys", 9);
  const Discovered found = find_powercap(tree.root());
  EXPECT_EQ(find(found, "psys")->source->description().domain, Domain::platform);
}

TEST(Powercap, DiesOfAPackageAreCountedEach) {
  const TemporaryTree tree;
  add_zone(tree, "intel-rapl:0", "package-0-die-0", 1'000'000);
  add_zone(tree, "intel-rapl:1", "package-0-die-1", 2'000'000);
  const Discovered found = find_powercap(tree.root());
  EXPECT_TRUE(find(found, "package-0-die-0")->is_counted);
  EXPECT_TRUE(find(found, "package-0-die-1")->is_counted);
}

TEST(Powercap, TheSamePackageByAnotherDoorIsNotCountedAgain) {
  const TemporaryTree tree;
  add_zone(tree, "intel-rapl:0", "package-0", 1'000'000);
  add_zone(tree, "intel-rapl:9", "package-0", 1'000'000);
  add_zone(tree, "intel-rapl-mmio:0", "package-0", 1'000'000);
  const Discovered found = find_powercap(tree.root());
  EXPECT_EQ(found.sources.size(), 2U);
  EXPECT_EQ(std::ranges::count_if(found.sources, &FoundSource::is_counted), 1);
}

TEST(Powercap, ACounterThatVanishesIsGoneAndOneThatReturnsIsRead) {
  const TemporaryTree tree;
  add_zone(tree, "intel-rapl:0", "package-0", 1'000'000);
  const Discovered found = find_powercap(tree.root());
  ASSERT_EQ(found.sources.size(), 1U);
  tree.remove("class/powercap/intel-rapl:0");
  const auto lost = found.sources[0].source->read({});
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.reason().reason, ReadFailure::Reason::gone);
  add_zone(tree, "intel-rapl:0", "package-0", 3'000'000);
  EXPECT_EQ(value(found.sources[0]), 3);
}

TEST(Powercap, WhatIsNoNumberIsAFailureAndNoEnergy) {
  for (const char* text : {"", "x", "-5", "1e9", "99999999999999999999", "12 13"}) {
    const TemporaryTree tree;
    add_zone(tree, "intel-rapl:0", "package-0", 1'000'000);
    const Discovered found = find_powercap(tree.root());
    tree.write("class/powercap/intel-rapl:0/energy_uj", text);
    EXPECT_FALSE(found.sources[0].source->read({}).has_value()) << text;
  }
}

void forbid(const TemporaryTree& tree, const std::string& zone) {
  std::filesystem::permissions(tree.at("class/powercap/" + zone + "/energy_uj"),
                               std::filesystem::perms::none);
}

TEST(Powercap, WhoMayNotReadCountersIsToldTheRuleThatLetsHim) {
  const TemporaryTree tree;
  add_zone(tree, "intel-rapl:0", "package-0", 1'000'000);
  add_zone(tree, "intel-rapl:0:0", "dram", 1'000'000);
  forbid(tree, "intel-rapl:0");
  forbid(tree, "intel-rapl:0:0");
  const ecnas::testing::WithoutPrivileges nobody;
  const Discovered found = find_powercap(tree.root());
  EXPECT_TRUE(found.sources.empty());
  ASSERT_EQ(found.missing.size(), 1U);
  EXPECT_NE(found.missing[0].reason.find("2 counters"), std::string::npos);
  for (const char* part : {"udev", "chmod a+r", "CVE-2020-8694", "/etc/udev/rules.d/"})
    EXPECT_NE(found.missing[0].remedy.find(part), std::string::npos) << part;
}

TEST(Powercap, APermissionThatIsLostMidwayIsDenied) {
  const TemporaryTree tree;
  add_zone(tree, "intel-rapl:0", "package-0", 1'000'000);
  const Discovered found = find_powercap(tree.root());
  // A counter that was open stays so; one that is replaced has to be opened again.
  tree.remove("class/powercap/intel-rapl:0/energy_uj");
  (void)found.sources[0].source->read({});
  add_zone(tree, "intel-rapl:0", "package-0", 2'000'000);
  forbid(tree, "intel-rapl:0");
  const ecnas::testing::WithoutPrivileges nobody;
  const auto reading = found.sources[0].source->read({});
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.reason().reason, ReadFailure::Reason::denied);
}

TEST(Powercap, AnEmptyMachineHasNothingAndMissesNothing) {
  const TemporaryTree tree;
  const Discovered found = find_powercap(tree.root());
  EXPECT_TRUE(found.sources.empty());
  EXPECT_TRUE(found.missing.empty());
}

/// Events as files in memory: what a test wrote to them is what is read next.
class FakeEvents {
 public:
  OpenEvent opener() {
    return [this](std::uint32_t type, std::uint64_t config,
                  int processor) -> Result<int, std::error_code> {
      EXPECT_EQ(type, 21U);
      if (error_ != 0) return std::error_code(error_, std::generic_category());
      std::array<int, 2> ends{};
      EXPECT_EQ(::pipe(ends.data()), 0);
      writers_[{config, processor}] = ends[1];
      return ends[0];
    };
  }
  void fail_with(int error) { error_ = error; }
  void count(std::uint64_t config, int processor, std::uint64_t value) {
    ASSERT_EQ(::write(writers_.at({config, processor}), &value, sizeof value),
              static_cast<ssize_t>(sizeof value));
  }
  void end(std::uint64_t config, int processor) { ::close(writers_.at({config, processor})); }

 private:
  int error_ = 0;
  std::map<std::pair<std::uint64_t, int>, int> writers_;
};

void add_power_unit(const TemporaryTree& tree) {
  const std::string unit = "bus/event_source/devices/power/";
  tree.write(unit + "type", "21\n");
  tree.write(unit + "cpumask", "0,24\n");
  for (const auto& [event, config] : std::map<std::string, std::string>{
           {"energy-pkg", "event=0x02"}, {"energy-cores", "event=0x01"}}) {
    tree.write(unit + "events/" + event, config + "\n");
    tree.write(unit + "events/" + event + ".scale", "2.3283064365386962890625e-10\n");
    tree.write(unit + "events/" + event + ".unit", "Joules\n");
  }
}

TEST(PowerEvents, PackagesAreReadInJoulesOnOneProcessorEach) {
  const TemporaryTree tree;
  add_power_unit(tree);
  FakeEvents events;
  const Discovered found = find_power_events(tree.root(), events.opener());
  ASSERT_EQ(found.sources.size(), 4U);
  events.count(2, 24, std::uint64_t{1} << 33);
  EXPECT_DOUBLE_EQ(value(*find(found, "package-1")), 2);
  EXPECT_TRUE(find(found, "package-1")->is_counted);
  EXPECT_EQ(find(found, "cores-0")->remark, "part of package-0");
}

TEST(PowerEvents, AnEventThatEndsIsGone) {
  const TemporaryTree tree;
  add_power_unit(tree);
  FakeEvents events;
  const Discovered found = find_power_events(tree.root(), events.opener());
  events.end(2, 0);
  const auto reading = find(found, "package-0")->source->read({});
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.reason().reason, ReadFailure::Reason::gone);
}

TEST(PowerEvents, WhoMayNotOpenThemIsToldHow) {
  const TemporaryTree tree;
  add_power_unit(tree);
  FakeEvents events;
  events.fail_with(EACCES);
  const Discovered found = find_power_events(tree.root(), events.opener());
  EXPECT_TRUE(found.sources.empty());
  ASSERT_EQ(found.missing.size(), 1U);
  EXPECT_NE(found.missing[0].remedy.find("perf_event_paranoid"), std::string::npos);
}

TEST(PowerEvents, ADescriptionThatMakesNoSenseIsPassedOver) {
  const std::string file = "bus/event_source/devices/power/events/energy-pkg";
  for (const auto& [name, text] :
       std::vector<std::pair<std::string, std::string>>{{"", "event=2"},
                                                        {"", "event=0xZZ"},
                                                        {"", "event=0x0200000000"},
                                                        {".scale", "-1"},
                                                        {".scale", "nan"},
                                                        {".scale", ""},
                                                        {".unit", "Watts"}}) {
    const TemporaryTree tree;
    add_power_unit(tree);
    tree.write(file + name, text);
    FakeEvents events;
    EXPECT_EQ(find(find_power_events(tree.root(), events.opener()), "package-0"), nullptr) << text;
  }
  for (const char* mask : {"", "x", "3-1", "0-99999999", "-1"}) {
    const TemporaryTree tree;
    add_power_unit(tree);
    tree.write("bus/event_source/devices/power/cpumask", mask);
    FakeEvents events;
    EXPECT_TRUE(find_power_events(tree.root(), events.opener()).sources.empty()) << mask;
  }
}

/// A file of registers: eight bytes at an address.
void set_register(const TemporaryTree& tree, int processor, long address, std::uint64_t value) {
  const std::string name = fmt::format("dev/cpu/{}/msr", processor);
  if (!std::filesystem::exists(tree.at(name))) tree.write(name, "");
  std::fstream file(tree.at(name), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(address);
  file.write(reinterpret_cast<const char*>(&value), sizeof value);
}

void add_processor(const TemporaryTree& tree, int processor, int package) {
  tree.write(fmt::format("sys/devices/system/cpu/cpu{}/topology/physical_package_id", processor),
             fmt::format("{}\n", package));
}

TEST(Registers, UnitAndCounterGiveJoules) {
  const TemporaryTree tree;
  add_processor(tree, 0, 0);
  add_processor(tree, 1, 0);
  add_processor(tree, 2, 1);
  for (const int processor : {0, 2}) {
    set_register(tree, processor, 0x606, 0x000A0E03);  // energy unit 2^-14 J
    set_register(tree, processor, 0x611, 0xFFFFFFFF'00004000 + static_cast<unsigned>(processor));
    set_register(tree, processor, 0x619, 0x00010000);
  }
  const CpuIdentity cpu{.vendor = "GenuineIntel", .family = 6, .model = 143};
  const Discovered found = find_registers(tree.at("sys"), tree.at("dev"), cpu);
  ASSERT_EQ(found.sources.size(), 4U);
  EXPECT_DOUBLE_EQ(value(*find(found, "package-0")), 1);
  EXPECT_DOUBLE_EQ(value(*find(found, "package-1")), 1 + 2 * std::ldexp(1, -14));
  EXPECT_DOUBLE_EQ(*find(found, "package-0")->source->description().wrap_j, 262'144);
  // Memory of servers has a unit of its own, 2^-16 J.
  EXPECT_DOUBLE_EQ(value(*find(found, "dram-0")), 1);
}

TEST(Registers, AmdHasPackagesAtItsOwnAddresses) {
  const TemporaryTree tree;
  add_processor(tree, 0, 0);
  set_register(tree, 0, 0xC0010299, 0x000A1003);  // 2^-16 J
  set_register(tree, 0, 0xC001029B, 0x00030000);
  const Discovered found =
      find_registers(tree.at("sys"), tree.at("dev"), {.vendor = "AuthenticAMD", .family = 25});
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_DOUBLE_EQ(value(found.sources[0]), 3);
}

TEST(Registers, AMachineOfAnotherMakerOrWithoutThemHasNone) {
  const TemporaryTree tree;
  add_processor(tree, 0, 0);
  EXPECT_TRUE(
      find_registers(tree.at("sys"), tree.at("dev"), {.vendor = "Arm 0x41"}).sources.empty());
  EXPECT_TRUE(
      find_registers(tree.at("sys"), tree.at("dev"), {.vendor = "GenuineIntel"}).sources.empty());
}

}  // namespace
}  // namespace ecnas::energy
