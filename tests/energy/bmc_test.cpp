#include "energy/bmc.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "ecnas/core/file.hpp"
#include "support/temporary_tree.hpp"
#include "support/without_privileges.hpp"

namespace ecnas::energy {
namespace {

using Reason = ReadFailure::Reason;
using std::chrono::milliseconds;
using std::chrono::seconds;

// What ipmitool prints for a controller that draws so much.
std::string printing(const std::string& power) {
  return "cat <<END\n\n    Instantaneous power reading:                   " + power +
         " Watts\n    Minimum during sampling period:                 18 Watts\n"
         "    Power reading state is:                   activated\nEND\n";
}

class Bmc : public ::testing::Test {
 protected:
  Bmc() { tree_.write("dev/ipmi0", ""); }

  // An ipmitool that notes its arguments, then does as told.
  void tool(const std::string& script) const {
    tree_.write("tool.new", "#!/bin/sh\necho \"$@\" >> " + log() + "\n" + script);
    using std::filesystem::perms;
    std::filesystem::permissions(tree_.at("tool.new"), perms::owner_all | perms::group_read |
                                                           perms::group_exec | perms::others_read |
                                                           perms::others_exec);
    std::filesystem::rename(tree_.at("tool.new"), tree_.at("tool"));
  }
  [[nodiscard]] std::string log() const { return tree_.at("log").string(); }
  [[nodiscard]] std::ptrdiff_t times_started() const {
    return std::ranges::count(read_file(tree_.at("log")), '\n');
  }
  [[nodiscard]] Discovered find(milliseconds patience = seconds(60)) const {
    return find_bmc(tree_.at("tool"), tree_.at("dev"), patience);
  }
  // Why there is none.
  [[nodiscard]] std::string missing_reason(milliseconds patience = seconds(60)) const {
    const Discovered found = find(patience);
    EXPECT_TRUE(found.sources.empty());
    EXPECT_EQ(found.missing.size(), 1U);
    return found.missing.empty() ? "" : found.missing[0].reason;
  }
  // Reads until the answer that is under way is there.
  [[nodiscard]] static Result<double, ReadFailure> read_until_changed(
      Source& source, const Result<double, ReadFailure>& before, Instant now) {
    const auto text = [](const Result<double, ReadFailure>& reading) {
      return reading ? std::to_string(*reading) : reading.reason().text;
    };
    for (;;) {
      auto reading = source.read(now);
      if (text(reading) != text(before)) return reading;
      std::this_thread::yield();
    }
  }

  ecnas::testing::TemporaryTree tree_;
};

TEST_F(Bmc, ItsPowerIsTheMachines) {
  tool(printing("220"));
  const Discovered found = find();
  EXPECT_TRUE(found.missing.empty());
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_TRUE(found.sources[0].is_counted);
  const SourceDescription& description = found.sources[0].source->description();
  EXPECT_EQ(description.name, "machine-bmc");
  EXPECT_EQ(description.domain, Domain::machine);
  EXPECT_EQ(description.kind, Kind::power);
  EXPECT_EQ(description.quality, Quality::integrated);
  EXPECT_EQ(description.resolution, 1);
  EXPECT_EQ(description.origin, tree_.at("tool").string() + " dcmi power reading");
  EXPECT_EQ(*found.sources[0].source->read(milliseconds(1)), 220);
  EXPECT_EQ(read_file(tree_.at("log")), "dcmi power reading\n");
}

TEST_F(Bmc, WithoutADeviceOrAProgramNothingIsMissing) {
  EXPECT_TRUE(find().missing.empty());  // no program yet
  EXPECT_TRUE(find().sources.empty());
  EXPECT_TRUE(find_bmc("ecnas-no-such-ipmitool", tree_.at("dev")).missing.empty());
  EXPECT_TRUE(find_bmc("", tree_.at("dev")).missing.empty());
  tool(printing("220"));
  tree_.remove("dev/ipmi0");
  EXPECT_TRUE(find().missing.empty());
  EXPECT_TRUE(find().sources.empty());
  EXPECT_FALSE(std::filesystem::exists(log()));
  tree_.write("dev/ipmi/0", "");
  EXPECT_EQ(find().sources.size(), 1U);
}

TEST_F(Bmc, OutputWithoutAPowerSaysWhatItWas) {
  tool("echo garbage\n");
  EXPECT_EQ(missing_reason(), "no power in 'garbage\\x0a'");
  tool("");
  EXPECT_EQ(missing_reason(), "no power in ''");
  for (const char* power : {"", "-5", "2.5", "12e3", "nan", "9223372036854775808", "1 2"}) {
    tool(printing(power));
    EXPECT_TRUE(missing_reason().starts_with("no power in '")) << power;
  }
  tool("echo 'Instantaneous power reading: 220 Joules'\n");
  EXPECT_TRUE(missing_reason().starts_with("no power in '"));
  tool("echo 'Instantaneous power reading:Watts'\n");
  EXPECT_TRUE(missing_reason().starts_with("no power in '"));
  tool(printing("0"));
  EXPECT_EQ(missing_reason(), "the controller tells a power of 0");
  tool(printing("220") + "echo 'Power reading state is: deactivated'\n");
  EXPECT_EQ(missing_reason(), "the controller's power reading is deactivated");
}

TEST_F(Bmc, AProgramThatFailsIsMissingWithItsStatus) {
  tool(printing("220") + "exit 3\n");
  EXPECT_EQ(missing_reason(), tree_.at("tool").string() + ": ended with status 3");
  tool("kill -9 $$\n");
  EXPECT_EQ(missing_reason(), tree_.at("tool").string() + ": ended with status 137");
}

TEST_F(Bmc, AProgramThatCannotBeExecutedIsMissing) {
  tree_.write("tool", "text");
  EXPECT_EQ(missing_reason(), tree_.at("tool").string() + ": Permission denied");
}

TEST_F(Bmc, ADeviceThatMayNotBeOpenedIsTheReason) {
  tool("exit 1\n");
  std::filesystem::permissions(tree_.at("dev/ipmi0"), std::filesystem::perms::none);
  const ecnas::testing::WithoutPrivileges nobody;
  EXPECT_EQ(missing_reason(), tree_.at("dev/ipmi0").string() + ": Permission denied");
}

TEST_F(Bmc, AProgramThatTakesTooLongIsEnded) {
  tool("exec sleep 1000\n");
  EXPECT_EQ(missing_reason(milliseconds(50)),
            tree_.at("tool").string() + ": no answer within 50 ms");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // no child is left
}

TEST_F(Bmc, AProgramThatStaysAfterItsOutputIsEnded) {
  tool(printing("220") + "exec 1>&-\nexec sleep 1000\n");
  EXPECT_EQ(missing_reason(milliseconds(50)),
            tree_.at("tool").string() + ": no answer within 50 ms");
}

TEST_F(Bmc, WhatAProgramLeavesBehindIsNotWaitedFor) {
  tool("sleep 3 &\n" + printing("220"));
  EXPECT_EQ(find().sources.size(), 1U);
}

TEST_F(Bmc, EndlessOutputIsCutOff) {
  tool("exec yes\n");
  EXPECT_EQ(missing_reason(), tree_.at("tool").string() + ": ended with status 141");  // SIGPIPE
}

TEST_F(Bmc, ItIsAskedOnceASecondAndNobodyWaitsForTheAnswer) {
  tool(printing("220"));
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  Source& bmc = *found.sources[0].source;
  // The next answer comes when the test says so.
  tool("until [ -e " + tree_.at("go").string() + " ]; do :; done\n" + printing("240"));
  EXPECT_EQ(*bmc.read(milliseconds(400)), 220);
  EXPECT_EQ(*bmc.read(milliseconds(999)), 220);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // no child
  EXPECT_EQ(*bmc.read(milliseconds(1000)), 220);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), 0);  // one that runs
  EXPECT_EQ(*bmc.read(milliseconds(1100)), 220);
  EXPECT_EQ(*bmc.read(milliseconds(1900)), 220);
  tree_.write("go", "");
  EXPECT_EQ(*read_until_changed(bmc, 220.0, milliseconds(1950)), 240);
  EXPECT_EQ(times_started(), 2);
}

TEST_F(Bmc, AnOldAnswerIsNotTakenForANewOne) {
  tool(printing("220"));
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  Source& bmc = *found.sources[0].source;
  tool(printing("100"));
  EXPECT_EQ(*bmc.read(seconds(60)), 100);
  tool("exit 1\n");
  EXPECT_FALSE(bmc.read(seconds(120)).has_value());
  tool(printing("130"));
  EXPECT_EQ(*bmc.read(seconds(180)), 130);
}

TEST_F(Bmc, AProgramThatVanishesIsGoneUntilItIsBack) {
  tool(printing("220"));
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  Source& bmc = *found.sources[0].source;
  tree_.remove("tool");
  const auto reading = bmc.read(seconds(10));
  ASSERT_FALSE(reading.has_value());
  EXPECT_EQ(reading.reason().reason, Reason::gone);
  tool(printing("230"));
  EXPECT_EQ(*bmc.read(seconds(20)), 230);
}

TEST_F(Bmc, AChildThatSomebodyElseHasWaitedForStillAnswers) {
  tool(printing("220"));
  const Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  Source& bmc = *found.sources[0].source;
  tool(printing("250"));
  EXPECT_EQ(*bmc.read(seconds(1)), 220);
  EXPECT_GT(::waitpid(-1, nullptr, 0), 0);
  EXPECT_EQ(*bmc.read(milliseconds(1100)), 250);
}

TEST_F(Bmc, ASourceThatIsLeftWhileItAsksLeavesNoProcess) {
  tool(printing("220"));
  Discovered found = find();
  ASSERT_EQ(found.sources.size(), 1U);
  tool("exec sleep 1000\n");
  EXPECT_EQ(*found.sources[0].source->read(seconds(1)), 220);
  found.sources.clear();
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

}  // namespace
}  // namespace ecnas::energy
