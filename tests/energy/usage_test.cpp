#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>

#include "ecnas/energy/cpu_time.hpp"
#include "energy/proc_stat.hpp"
#include "energy/usage_sources.hpp"
#include "fake_sources.hpp"
#include "support/temporary_tree.hpp"

namespace ecnas::energy {
namespace {

using ecnas::testing::TemporaryTree;
using testing::at;

/// A user whose use a test sets.
class FakeUser : public CpuTimeReader {
 public:
  [[nodiscard]] const char* name() const override { return "made up user"; }
  std::optional<Usage> usage = Usage{};

 private:
  [[nodiscard]] std::optional<Usage> look() override { return usage; }
};

double ticks_a_second() {
  return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// /proc/stat with this much busy time.
void set_busy(const TemporaryTree& tree, double busy_s) {
  tree.write("stat", fmt::format("cpu  {} 0 0 500 0 0 0 7 0 0\ncpu0 1 2 3\n",
                                 static_cast<std::int64_t>(busy_s * ticks_a_second())));
}

ModelledCpu example_cpu(PowerCurve curve = PowerCurve({{0, 20}, {1, 100}})) {
  // A machine that shows 4 of a package's 8 threads.
  return {.curve = std::move(curve),
          .threads = 8,
          .logical_cpus = 4,
          .device = "",
          .origin = "test",
          .tolerance = {}};
}

double energy_after(Source& source, double time_s) {
  const auto reading = source.read(at(time_s));
  EXPECT_TRUE(reading.has_value());
  return reading.has_value() ? *reading : -1;
}

TEST(CpuModel, ABusyProcessorDrawsItsPartOfFullPower) {
  const TemporaryTree tree;
  set_busy(tree, 0);
  const auto user = std::make_shared<FakeUser>();
  const auto model = model_cpu(example_cpu(), user, tree.at("stat"));
  EXPECT_EQ(energy_after(*model, 0), 0);
  user->usage->cpu_s = 10;  // one of 4 processors for 10 s
  set_busy(tree, 10);
  EXPECT_DOUBLE_EQ(energy_after(*model, 10), 10 * 100.0 / 8);
}

TEST(CpuModel, TwiceTheProcessorsOrTheTimeIsTwiceTheEnergyWhateverOthersDo) {
  for (const double others_s : {0.0, 25.0}) {
    const TemporaryTree tree;
    set_busy(tree, 0);
    const auto user = std::make_shared<FakeUser>();
    const auto model = model_cpu(example_cpu(), user, tree.at("stat"));
    (void)energy_after(*model, 0);
    user->usage->cpu_s = 20;
    set_busy(tree, 20 + others_s);
    EXPECT_DOUBLE_EQ(energy_after(*model, 10), 20 * 100.0 / 8);
  }
}

TEST(CpuModel, WhoDoesNothingUsesNothing) {
  const TemporaryTree tree;
  set_busy(tree, 0);
  const auto model = model_cpu(example_cpu(), std::make_shared<FakeUser>(), tree.at("stat"));
  (void)energy_after(*model, 0);
  set_busy(tree, 40);
  EXPECT_EQ(energy_after(*model, 10), 0);
}

TEST(CpuModel, AMachineAtRestDrawsItsPartOfIdlePower) {
  const TemporaryTree tree;
  set_busy(tree, 0);
  const auto model = model_cpu(example_cpu(), nullptr, tree.at("stat"));
  (void)energy_after(*model, 0);
  EXPECT_DOUBLE_EQ(energy_after(*model, 10), 10 * 20.0 * 4 / 8);
  set_busy(tree, 40);  // all four, ten seconds
  EXPECT_DOUBLE_EQ(energy_after(*model, 20), 10 * 20.0 * 4 / 8 + 10 * 100.0 * 4 / 8);
}

TEST(CpuModel, OnABentCurveTheUseIsSharedOutByTime) {
  const TemporaryTree tree;
  set_busy(tree, 0);
  const auto user = std::make_shared<FakeUser>();
  const auto model =
      model_cpu(example_cpu(PowerCurve({{0, 20}, {0.5, 80}, {1, 100}})), user, tree.at("stat"));
  (void)energy_after(*model, 0);
  user->usage->cpu_s = 10;
  set_busy(tree, 20);  // half of the machine, half of that the user's
  // s P(0) + (P(u) - P(0)) s/u = 0.25 * 20 + 60 * 0.5 W, of half a package
  EXPECT_DOUBLE_EQ(energy_after(*model, 10), 10 * (0.25 * 20 + 60 * 0.5) / 2);
}

TEST(CpuModel, AUserThatCannotBeReadIsAFailure) {
  const TemporaryTree tree;
  set_busy(tree, 0);
  const auto user = std::make_shared<FakeUser>();
  const auto model = model_cpu(example_cpu(), user, tree.at("stat"));
  user->usage.reset();
  EXPECT_FALSE(model->read(at(1)).has_value());
  tree.write("stat", "nonsense");
  EXPECT_FALSE(model_cpu(example_cpu(), nullptr, tree.at("stat"))->read(at(1)).has_value());
}

TEST(MemoryModel, DrawsByResidentMemory) {
  const auto user = std::make_shared<FakeUser>();
  user->usage->resident_gib = 10;
  const auto model = model_memory(user, 64);
  EXPECT_DOUBLE_EQ(energy_after(*model, 0), 3.92);
  EXPECT_EQ(model->description().kind, Kind::power);
  EXPECT_DOUBLE_EQ(energy_after(*model_memory(nullptr, 64), 0), 64 * 0.392);
}

TEST(ShareByCpuTime, TakesTheUsersPartOfAMeter) {
  const TemporaryTree tree;
  set_busy(tree, 0);
  const auto user = std::make_shared<FakeUser>();
  const auto share = share_by_cpu_time(
      std::make_unique<testing::SteadySource>(testing::counter(), 100), user, tree.at("stat"));
  (void)energy_after(*share, 0);
  user->usage->cpu_s = 5;
  set_busy(tree, 20);
  const double first_j = energy_after(*share, 10);
  EXPECT_NEAR(first_j, 1000 * 0.25, 1e-6);
  user->usage->cpu_s = 25;  // alone
  set_busy(tree, 40);
  EXPECT_NEAR(energy_after(*share, 20) - first_j, 1000, 1e-6);
  EXPECT_EQ(share->description().attribution, "made up user");
  EXPECT_EQ(share->description().quality, Quality::counter);
}

TEST(ShareByCpuTime, MakesJoulesOfPowers) {
  const TemporaryTree tree;
  set_busy(tree, 0);
  const auto user = std::make_shared<FakeUser>();
  const auto share = share_by_cpu_time(
      std::make_unique<testing::SteadySource>(testing::power(), 100), user, tree.at("stat"));
  const double before_j = energy_after(*share, 0);
  user->usage->cpu_s = 1;
  set_busy(tree, 1);
  EXPECT_NEAR(energy_after(*share, 1) - before_j, 100, 1e-6);
  EXPECT_EQ(share->description().kind, Kind::counter);
  EXPECT_EQ(share->description().quality, Quality::integrated);
}

TEST(ParseProcess, TheNameMayHoldAnything) {
  const auto status = parse_process(
      "42 (a ) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 30 4 20 0 1 0 5 1000 250 18446744073\n");
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->parent, 7);
  EXPECT_EQ(status->ticks, 120U);
  EXPECT_EQ(status->ended_children_ticks, 34U);
  EXPECT_EQ(status->resident_pages, 250U);
}

TEST(ParseProcess, WhatIsCutOrNegativeIsNone) {
  EXPECT_FALSE(parse_process("").has_value());
  EXPECT_FALSE(parse_process("42 (a) S 7 42").has_value());
  EXPECT_FALSE(parse_process("42 (a) S 7 42 42 0 -1 41 1 2 3 4 -100 20 30 4 20 0 1 0 5 1000 250")
                   .has_value());
}

TEST(ParseBusyTicks, LeavesOutIdleWaitingAndStolenTime) {
  EXPECT_EQ(parse_busy_ticks("cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1"), 190U);
  EXPECT_FALSE(parse_busy_ticks("cpu  10 20 30 40\n").has_value());
  EXPECT_FALSE(parse_busy_ticks("intr 1 2 3 4 5 6 7 8").has_value());
}

void burn(double time_s) {
  const std::clock_t begin = std::clock();
  while (static_cast<double>(std::clock() - begin) < time_s * CLOCKS_PER_SEC) {
  }
}

double rusage_s(const rusage& usage) {
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

TEST(Descendants, TimeOfEndedGrandchildrenIsKept) {
  const auto tree = read_descendants();
  const double before_s = tree->read(at(0))->cpu_s;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) {
      burn(0.2);
      ::_exit(0);
    }
    burn(0.1);
    ::wait(nullptr);
    ::_exit(0);
  }
  int status = 0;
  rusage used{};
  ASSERT_EQ(::wait4(child, &status, 0, &used), child);
  const double seen_s = tree->read(at(1))->cpu_s - before_s;
  EXPECT_GE(seen_s, 0.3 - 0.02);  // ticks of 10 ms, one for each
  EXPECT_NEAR(seen_s, rusage_s(used), 1e-5);
}

TEST(Descendants, AnOrphanIsStillCounted) {
  const auto tree = read_descendants();
  const double before_s = tree->read(at(0))->cpu_s;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) {
      burn(0.2);
      ::_exit(0);
    }
    ::_exit(0);  // its child becomes an orphan, which is given to us
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_GT(::waitpid(-1, nullptr, 0), 0);
  EXPECT_GE(tree->read(at(1))->cpu_s - before_s, 0.2 - 0.02);
}

TEST(Descendants, ARunningChildIsSeen) {
  const auto tree = read_descendants();
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;)
      burn(1);
  }
  double seen_s = 0;
  double now_s = 0;
  const double before_s = tree->read(at(0))->cpu_s;
  while (seen_s < 0.1) {
    timespec pause{.tv_sec = 0, .tv_nsec = 10'000'000};
    ::nanosleep(&pause, nullptr);
    seen_s = tree->read(at(now_s += 1))->cpu_s - before_s;
  }
  EXPECT_GT(tree->read(at(now_s))->resident_gib, 0);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_GE(tree->read(at(now_s + 1))->cpu_s - before_s, seen_s);  // never falls
}

TEST(Descendants, ChildrenAreFoundWithoutTheKernelsListsToo) {
  const TemporaryTree proc;
  const auto stat = [](int parent) {
    return fmt::format("1 (x) S {} 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 5 1000 250 0\n", parent);
  };
  proc.write("7/task/7/stat", "");
  proc.write("7/stat", stat(1));
  proc.write("8/stat", stat(7));
  proc.write("9/stat", stat(7));
  proc.write("10/stat", stat(9));
  std::vector<pid_t> children = children_of(proc.root(), 7);
  std::ranges::sort(children);
  EXPECT_EQ(children, (std::vector<pid_t>{8, 9}));
  proc.write("7/task/7/children", "11 12 ");
  EXPECT_EQ(children_of(proc.root(), 7), (std::vector<pid_t>{11, 12}));
}

TEST(ControlGroup, IsReadInBothVersions) {
  const TemporaryTree tree;
  tree.write("proc/self/cgroup", "4:memory:/a/b\n2:cpuacct,cpu:/a\n");
  tree.write("sys/fs/cgroup/cpuacct/a/cpuacct.usage", "2500000000\n");
  tree.write("sys/fs/cgroup/memory/a/b/memory.usage_in_bytes", "1073741824\n");
  const auto first = read_control_group(tree.at("proc"), tree.at("sys"));
  ASSERT_NE(first, nullptr);
  EXPECT_DOUBLE_EQ(first->read(at(0))->cpu_s, 2.5);
  EXPECT_DOUBLE_EQ(first->read(at(0))->resident_gib, 1);

  tree.write("proc/self/cgroup", "0::/x\n");
  tree.write("sys/fs/cgroup/x/cpu.stat", "usage_usec 1500000\nuser_usec 1\n");
  const auto second = read_control_group(tree.at("proc"), tree.at("sys"));
  ASSERT_NE(second, nullptr);
  EXPECT_DOUBLE_EQ(second->read(at(0))->cpu_s, 1.5);

  const TemporaryTree nothing;
  EXPECT_EQ(read_control_group(nothing.at("proc"), nothing.at("sys")), nullptr);
}

}  // namespace
}  // namespace ecnas::energy
