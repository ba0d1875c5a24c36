#include "ecnas/sweep/pool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "ecnas/core/text.hpp"
#include "ecnas/sweep/collect.hpp"
#include "support/expect_error.hpp"
#include "sweep/fixtures.hpp"

namespace ecnas::sweep {
namespace {

using ecnas::testing::expect_error;
using testing::count_states;
using testing::InDirectory;
using testing::spec_with;
using testing::stub_pool;
namespace fs = std::filesystem;

class PoolTest : public InDirectory {
 protected:
  /// How often each run was begun, by the stub's journal.
  std::map<std::string, int> begun() const {
    std::map<std::string, int> counts;
    const std::string text = read_file(directory_ / "journal");
    for (const std::string_view line : split(text, '\n')) {
      const auto words = split(line, ' ');
      if (words.front() == "begin") ++counts[std::string(words[1]) + " " + std::string(words[3])];
    }
    return counts;
  }
  std::string journal() const {
    return "\"--stub-journal\", \"" + (directory_ / "journal").string() + "\"";
  }
};

TEST_F(PoolTest, TrainsEveryRunOnce) {
  const Sweep sweep = make_sweep(spec_with(journal(), "[devices]\ncpu = [[0], [1]]\n"));
  const PoolReport report = run_pool(sweep, stub_pool());
  EXPECT_EQ(report.finished, kRuns);
  EXPECT_EQ(report.failed, 0U);
  EXPECT_EQ(count_states(sweep)[RunState::done], kRuns);
  EXPECT_EQ(begun().size(), kRuns);
  for (const auto& [run, count] : begun())
    EXPECT_EQ(count, 1) << run;
  EXPECT_TRUE(fs::is_empty(sweep.workers_directory()));
}

TEST_F(PoolTest, EndsAfterTheLimitAndGoesOnLater) {
  const Sweep sweep = make_sweep(spec_with(journal()));
  PoolOptions options = stub_pool();
  options.limit = 5;
  EXPECT_EQ(run_pool(sweep, options).finished, 5U);
  options.limit.reset();
  EXPECT_EQ(run_pool(sweep, options).finished, kRuns - 5);
  EXPECT_EQ(run_pool(sweep, options).finished, 0U);
  EXPECT_EQ(begun().size(), kRuns);
}

TEST_F(PoolTest, BeginsNothingAfterItsTime) {
  PoolOptions options = stub_pool();
  options.time = std::chrono::seconds(0);
  EXPECT_EQ(run_pool(make_sweep(), options).finished, 0U);
}

TEST_F(PoolTest, ARunThatFailsIsNotedByKindAndTheOthersGoOn) {
  const std::pair<const char*, const char*> ways[] = {{"diverged", "diverged"},
                                                      {"disk", "input_output"},
                                                      {"crash", "killed_by_signal_6"},
                                                      {"empty", "no_results"}};
  for (const auto& [way, kind] : ways) {
    SCOPED_TRACE(way);
    const Sweep sweep = make_sweep(
        spec_with("\"--stub-fail\", \"" + std::string(way) + "\", \"--stub-fail-share\", \"50\""),
        way);
    std::size_t failed = 0;
    PoolObserver observer;
    observer.failed = [&](const sweep::Run&, const Failure& failure) {
      EXPECT_EQ(failure.kind, kind);
      EXPECT_FALSE(failure.message.empty());
      ++failed;
    };
    const PoolReport report = run_pool(sweep, stub_pool(), observer);
    EXPECT_GT(report.failed, 0U);
    EXPECT_GT(report.finished, 0U);
    EXPECT_EQ(report.failed + report.finished, kRuns);
    EXPECT_EQ(report.failed, failed);
    EXPECT_EQ(count_states(sweep)[RunState::failed], failed);
    EXPECT_EQ(retry(sweep, "other").failed, 0U);
    EXPECT_EQ(retry(sweep, kind).failed, failed);
    EXPECT_EQ(count_states(sweep)[RunState::open], failed);
  }
}

TEST_F(PoolTest, WhatIsWrongWithTheMachineStopsThePoolAndFailsNoRun) {
  const std::pair<const char*, ErrorCode> ways[] = {{"device", ErrorCode::missing_dependency},
                                                    {"argument", ErrorCode::invalid_argument}};
  for (const auto& [way, code] : ways) {
    const Sweep sweep = make_sweep(spec_with("\"--stub-fail\", \"" + std::string(way) + "\""), way);
    expect_error(code, "told to fail", [&] { (void)run_pool(sweep, stub_pool()); });
    EXPECT_EQ(count_states(sweep)[RunState::open], kRuns);
  }
}

TEST_F(PoolTest, AMissingTrainerIsSaidAtOnce) {
  PoolOptions options = stub_pool();
  options.trainer = "/nowhere/ecnas-train";
  expect_error(ErrorCode::missing_dependency, "/nowhere/ecnas-train",
               [&] { (void)run_pool(make_sweep(), options); });
}

TEST_F(PoolTest, ACoreThatTheMachineHasNotIsRefused) {
  const Sweep sweep = make_sweep(spec_with(journal(), "[devices]\ncpu = [[8000]]\n"));
  expect_error(ErrorCode::invalid_argument, "8000", [&] { (void)run_pool(sweep, stub_pool()); });
  EXPECT_EQ(count_states(sweep)[RunState::open], kRuns);
}

TEST_F(PoolTest, ARunBeyondItsTimeFailsAlsoIfItHeedsNoRequest) {
  const Sweep sweep =
      make_sweep(spec_with("\"--stub-fail\", \"hang\"", "[limits]\nrun_time = \"1s\"\n"));
  PoolOptions options = stub_pool();
  options.limit = 1;
  options.patience = std::chrono::seconds(0);
  EXPECT_EQ(run_pool(sweep, options).failed, 1U);
  EXPECT_EQ(sweep.failure(0)->kind, "time_limit");
}

TEST_F(PoolTest, AStopGivesRunsBackAndTheyGoOnFromTheirCheckpoints) {
  const Sweep sweep = make_sweep(spec_with(journal() + ", \"--stub-steps\", \"100000\""));
  std::stop_source stop;
  PoolOptions options = stub_pool();
  options.stop = stop.get_token();
  std::atomic<bool> has_begun = false;
  PoolObserver watching;
  watching.began = [&](const sweep::Run&, const Device&) { has_begun = true; };
  std::thread asker([&] {
    while (!has_begun)
      std::this_thread::yield();
    stop.request_stop();
  });
  const PoolReport report = run_pool(sweep, options, watching);
  asker.join();
  EXPECT_TRUE(report.is_stopped);
  EXPECT_EQ(report.finished, 0U);
  EXPECT_EQ(report.released, 1U);
  EXPECT_EQ(count_states(sweep)[RunState::open], kRuns);
}

TEST_F(PoolTest, AStopOfTheSweepReachesItsPools) {
  const Sweep sweep =
      make_sweep(spec_with("\"--stub-steps\", \"100000\"", "[limits]\nlease_timeout = \"1s\"\n"));
  PoolObserver observer;
  observer.began = [&](const sweep::Run&, const Device&) { request_stop(sweep, Stop::now); };
  const PoolReport report = run_pool(sweep, stub_pool(), observer);
  EXPECT_TRUE(report.is_stopped);
  EXPECT_EQ(report.released, 1U);
  EXPECT_TRUE(run_pool(sweep,
                       [] {
                         PoolOptions options = stub_pool();
                         options.time = std::chrono::seconds(0);
                         return options;
                       }())
                  .finished == 0);
}

TEST_F(PoolTest, SoundResultsOfADeadWorkersAttemptArePublishedNotRedone) {
  const Sweep sweep = make_sweep(spec_with(journal()));
  {
    const Worker worker(sweep);
    Claims claims(sweep, worker);
    const Claim claim = claims.next().claim.value();
    testing::train_by_stub(sweep, claims, claim);
    claims.release(claim);
  }
  EXPECT_EQ(run_pool(sweep, stub_pool()).finished, kRuns);
  for (const auto& [run, count] : begun())
    EXPECT_EQ(count, 1) << run;
}

TEST_F(PoolTest, AFullDiskFailsTheRunAndNotTheSweep) {
  // No file of a run may hold a byte: its results cannot be written, as on a full disk.
  const Sweep sweep = make_sweep(spec_with(""));
  const fs::path script = write("small.sh", "#!/bin/sh\nulimit -f 0\ntrap '' XFSZ\nexec '" +
                                                std::string(ECNAS_STUB_TRAINER) + "' \"$@\"\n");
  fs::permissions(script, fs::perms::owner_all);
  PoolOptions options = stub_pool();
  options.trainer = script;
  options.limit = 2;
  EXPECT_EQ(run_pool(sweep, options).failed, 2U);
  EXPECT_EQ(sweep.failure(0)->kind, "input_output");
  options = stub_pool();
  EXPECT_EQ(run_pool(sweep, options).finished, kRuns - 2);
}

TEST_F(PoolTest, TheCommandSaysAllThatTheTrainerMustKnow) {
  const Sweep sweep = make_sweep(spec_with("\"--crop\", \"2\"", "[carbon]\npue = 1.5\n"));
  const sweep::Run run = sweep.runs()[0];
  const auto command = training_command(
      sweep, run, "/bin/t", {.kind = Device::Kind::cpu, .number = 0, .cores = {0, 1}}, "/out",
      /*is_continued=*/true, /*is_shared_machine=*/true);
  const std::string line = fmt::format("{}", fmt::join(command, " "));
  const auto expect = [&](const std::string& part) {
    EXPECT_NE(line.find(part), std::string::npos) << line;
  };
  EXPECT_EQ(space::to_text(space::hash_of(space::parse_cell(command[1]))),
            space::to_text(run.hash));
  expect("--data auto");
  expect(fmt::format("--epochs {} --seed {} --output /out --pue 1.5", run.epochs, run.seed));
  expect("--width 16");
  expect("--threads 2");
  expect("--device cpu");
  expect("--shared-machine --resume --crop 2");
}

TEST_F(PoolTest, DevicesOfOnePackageShareIt) {
  const auto package = [&](int core, int number) {
    const fs::path file = directory_ / "root/sys/devices/system/cpu" / fmt::format("cpu{}", core) /
                          "topology/physical_package_id";
    fs::create_directories(file.parent_path());
    write_file(file, fmt::format("{}\n", number));
  };
  package(0, 0);
  package(1, 0);
  package(2, 1);
  const fs::path root = directory_ / "root";
  const auto cores = [](std::vector<unsigned> numbers) {
    return Device{.kind = Device::Kind::cpu, .number = 0, .cores = std::move(numbers)};
  };
  EXPECT_FALSE(share_a_package({cores({0, 1})}, root));
  EXPECT_TRUE(share_a_package({cores({0}), cores({1})}, root));
  EXPECT_FALSE(share_a_package({cores({0, 1}), cores({2})}, root));
  EXPECT_TRUE(share_a_package({{.kind = Device::Kind::cuda}, cores({2})}, root));
  EXPECT_FALSE(share_a_package({{.kind = Device::Kind::cuda}}, root));
}

}  // namespace
}  // namespace ecnas::sweep
