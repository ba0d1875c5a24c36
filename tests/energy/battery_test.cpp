#include "energy/battery.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/temporary_tree.hpp"
#include "support/without_privileges.hpp"

namespace ecnas::energy {
namespace {

using Reason = ReadFailure::Reason;

class Batteries : public ::testing::Test {
 protected:
  void write(const std::string& supply, const std::string& file, const std::string& content) const {
    tree_.write("class/power_supply/" + supply + "/" + file, content + "\n");
  }
  void battery(const std::string& name, const std::string& status) const {
    write(name, "type", "Battery");
    write(name, "status", status);
  }
  [[nodiscard]] Discovered find() const { return find_batteries(tree_.root()); }
  // Of a machine that has a battery: a reading, or a failure's text.
  [[nodiscard]] static std::string text_of(const Result<double, ReadFailure>& reading) {
    return reading ? std::to_string(*reading) : reading.reason().text;
  }
  [[nodiscard]] static std::string read(const Discovered& found) {
    EXPECT_EQ(found.sources.size(), 1U);
    return found.sources.empty() ? "" : text_of(found.sources[0].source->read(Instant{}));
  }

  ecnas::testing::TemporaryTree tree_;
};

TEST_F(Batteries, ABatteryThatDischargesIsTheMachinesPower) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "8250000");
  write("BAT0", "model_name", "5B10W13930");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_TRUE(found.missing.empty());
  EXPECT_TRUE(found.sources[0].is_counted);
  EXPECT_EQ(found.sources[0].remark, "");
  const SourceDescription& description = found.sources[0].source->description();
  EXPECT_EQ(description.name, "battery");
  EXPECT_EQ(description.domain, Domain::machine);
  EXPECT_EQ(description.kind, Kind::power);
  EXPECT_EQ(description.quality, Quality::integrated);
  EXPECT_EQ(description.device, "5B10W13930");
  EXPECT_EQ(description.origin, tree_.at("class/power_supply/BAT0").string());
  EXPECT_EQ(*found.sources[0].source->read(Instant{}), 8.25);
}

TEST_F(Batteries, CurrentTimesVoltageIsPowerWhateverTheSignOfTheCurrent) {
  battery("BAT0", "Discharging");
  write("BAT0", "voltage_now", "12000000");
  for (const char* current : {"1500000", "-1500000"}) {
    write("BAT0", "current_now", current);
    EXPECT_DOUBLE_EQ(*find().sources.at(0).source->read(Instant{}), 18);
  }
}

TEST_F(Batteries, SeveralBatteriesAreOneSource) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "5000000");
  battery("BAT1", "Discharging");
  write("BAT1", "power_now", "3000000");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_EQ(*found.sources[0].source->read(Instant{}), 8);
  EXPECT_EQ(found.sources[0].source->description().device, "BAT0 + BAT1");
  // One rests while the other is used, whatever it tells of its power.
  for (const char* status : {"Not charging", "Unknown", "Full"}) {
    write("BAT1", "status", status);
    EXPECT_EQ(*found.sources[0].source->read(Instant{}), 5) << status;
  }
}

TEST_F(Batteries, WhileItChargesThereIsNoReading) {
  battery("BAT0", "Charging");
  write("BAT0", "power_now", "45000000");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_FALSE(found.sources[0].is_counted);
  EXPECT_EQ(found.sources[0].remark, "BAT0 is charging");
  EXPECT_EQ(read(found), "BAT0 is charging");
  write("BAT0", "status", "Full");
  EXPECT_EQ(read(found), "no battery is discharging");
  write("BAT0", "status", "Discharging");
  EXPECT_EQ(read(found), "45.000000");
}

TEST_F(Batteries, WhileAPlugIsOnlineThereIsNoReading) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "2000000");
  write("ADP1", "type", "Mains");
  write("ADP1", "online", "0");
  write("ucsi", "type", "USB");
  write("ucsi", "online", "0");
  const Discovered found = find();
  EXPECT_EQ(read(found), "2.000000");
  write("ADP1", "online", "1");
  EXPECT_EQ(read(found), "the machine is plugged in (ADP1)");
  write("ADP1", "online", "0");
  write("ucsi", "online", "1");
  EXPECT_EQ(read(found), "the machine is plugged in (ucsi)");
}

TEST_F(Batteries, NoPowerAtAllIsNoReading) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "0");
  EXPECT_EQ(read(find()), "the power told is 0");
}

TEST_F(Batteries, WhatIsNoBatteryOfTheMachineIsNotFound) {
  EXPECT_TRUE(find().sources.empty());
  battery("mouse", "Discharging");
  write("mouse", "scope", "Device");
  write("mouse", "power_now", "1000");
  battery("bay", "Discharging");
  write("bay", "present", "0");
  write("bay", "power_now", "1000");
  battery("gauge", "Discharging");  // tells no power
  write("gauge", "current_now", "1000");
  write("ADP1", "type", "Mains");
  write("ADP1", "online", "1");
  write("ADP1", "power_now", "1000");
  EXPECT_TRUE(find().sources.empty());
  EXPECT_TRUE(find().missing.empty());
}

TEST_F(Batteries, ABatteryThatIsTakenOutIsGoneUntilItIsBack) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "2000000");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  tree_.remove("class/power_supply/BAT0");
  const auto reading = found.sources[0].source->read(Instant{});
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.reason().reason, Reason::gone);
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "3000000");
  EXPECT_EQ(read(found), "3.000000");
}

TEST_F(Batteries, GarbageIsAFailureAndLargeNumbersAreFinite) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "2000000");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  for (const char* content : {"", "x", "1.5", "nan", "9223372036854775808"}) {
    write("BAT0", "power_now", content);
    const auto reading = found.sources[0].source->read(Instant{});
    ASSERT_FALSE(reading.has_value()) << content;
    EXPECT_EQ(reading.reason().reason, Reason::failed);
  }
  write("BAT0", "power_now", "-9223372036854775808");
  EXPECT_DOUBLE_EQ(*found.sources[0].source->read(Instant{}), 9223372036854.775808);
}

TEST_F(Batteries, PermissionLostMidwayIsDenied) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "2000000");
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  for (const char* file : {"power_now", "status"}) {
    const auto path = tree_.at("class/power_supply/BAT0") / file;
    std::filesystem::permissions(path, std::filesystem::perms::none);
    const ecnas::testing::WithoutPrivileges nobody;
    const auto reading = found.sources[0].source->read(Instant{});
    ASSERT_FALSE(reading.has_value());
    EXPECT_EQ(reading.reason().reason, Reason::denied) << file;
  }
}

}  // namespace
}  // namespace ecnas::energy
