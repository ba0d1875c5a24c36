#include "ecnas/sweep/store.hpp"

#include <gtest/gtest.h>

#include "ecnas/sweep/status.hpp"
#include "support/expect_error.hpp"
#include "sweep/fixtures.hpp"

namespace ecnas::sweep {
namespace {

using ecnas::testing::expect_error;
using testing::InDirectory;
namespace fs = std::filesystem;

class Store : public InDirectory {};

TEST_F(Store, ANewSweepHasAllRunsOpen) {
  const Sweep sweep = make_sweep();
  EXPECT_EQ(sweep.runs().size(), kRuns);
  EXPECT_EQ(sweep.shards(), 1U);
  EXPECT_EQ(testing::count_states(sweep)[RunState::open], kRuns);
  EXPECT_EQ(to_toml(sweep.spec()), to_toml(parse_spec(kSpec, "s", directory_)));
}

TEST_F(Store, ADirectoryWithASweepOrAnythingElseIsRefused) {
  (void)make_sweep();
  expect_error(ErrorCode::invalid_argument, "holds a sweep already", [&] { (void)make_sweep(); });
  fs::create_directory(directory_ / "full");
  write("full/x", "");
  expect_error(ErrorCode::invalid_argument, "not empty", [&] { (void)make_sweep(kSpec, "full"); });
  expect_error(ErrorCode::not_found, "no sweep",
               [&] { (void)Sweep::open(directory_ / "elsewhere"); });
}

TEST_F(Store, ASweepWithoutCellsIsRefused) {
  const Spec spec = parse_spec(kSpec, "s", directory_);
  expect_error(ErrorCode::invalid_argument, "no cells",
               [&] { (void)Sweep::create(directory_ / "none", spec, {}); });
}

TEST_F(Store, ADamagedSpecIsNamed) {
  (void)make_sweep();
  write("work/sweep.toml", "budgets = [");
  expect_error(ErrorCode::invalid_data,
               "sweep.toml:1:", [&] { (void)Sweep::open(directory_ / "work"); });
}

TEST_F(Store, NamesOfFilesTellHowARunStands) {
  const Sweep sweep = make_sweep();
  const auto standing = [&](RunNumber number) { return sweep.standings(0)[number]; };
  const auto put = [&](RunNumber number, const char* ending) {
    write_file(sweep.claim_file(number, ending), "");
  };
  put(0, "1");
  EXPECT_EQ(standing(0).state, RunState::held);
  put(0, "1.free");
  EXPECT_EQ(standing(0).state, RunState::open);
  EXPECT_EQ(standing(0).generation, 1U);
  put(0, "12");
  EXPECT_EQ(standing(0).state, RunState::held);
  EXPECT_EQ(standing(0).generation, 12U);
  put(0, "failed");
  EXPECT_EQ(standing(0).state, RunState::failed);
  put(0, "done");
  EXPECT_EQ(standing(0).state, RunState::done);
  // What is no claim, and a run that is not of this sweep.
  for (const char* stray : {".0000001.1.part", "0000001", "0000001.x", "0000001.0", "0009999.1"})
    write_file(sweep.shard_directory(0) / stray, "");
  EXPECT_EQ(standing(1).state, RunState::open);
  EXPECT_EQ(standing(1).generation, 0U);
}

TEST_F(Store, DamagedNotesAreNotBelieved) {
  const Sweep sweep = make_sweep();
  EXPECT_EQ(sweep.failure(0), std::nullopt);
  write_file(sweep.claim_file(0, "failed"), "kind");
  EXPECT_EQ(sweep.failure(0)->kind, "unknown");
  write_file(sweep.claim_file(0, "done"), "energy_kwh 1\ntime_s -3\n");
  EXPECT_EQ(sweep.done_record(0), std::nullopt);
}

TEST_F(Store, AStopIsSeenByThoseWhoRememberTheCount) {
  const Sweep sweep = make_sweep();
  EXPECT_EQ(stop_requests(sweep).count, 0U);
  request_stop(sweep, Stop::now);
  request_stop(sweep, Stop::after_runs);
  EXPECT_EQ(stop_requests(sweep).count, 2U);
  EXPECT_EQ(stop_requests(sweep).last, Stop::after_runs);
}

TEST_F(Store, AStatusScalesBudgetsThatHaveNoneDone) {
  const Sweep sweep = make_sweep();
  EXPECT_EQ(status_of(sweep).energy_left_kwh, std::nullopt);
  RunNumber of_one = 0;
  while (sweep.runs()[of_one].epochs != 1)
    ++of_one;
  write_file(sweep.claim_file(of_one, "done"),
             "energy_kwh 0.5\ntime_s 100\nfinished_unix_s 1000\ngeneration 1\nshared_machine 1\n");
  write_file(sweep.claim_file(of_one == 0 ? 1 : 0, "1"), "");
  const Status status = status_of(sweep);
  EXPECT_EQ(status.done, 1U);
  EXPECT_EQ(status.held, 1U);
  EXPECT_EQ(status.shared_machine, 1U);
  ASSERT_EQ(status.budgets.size(), 2U);
  EXPECT_EQ(status.budgets[1].scaled_from, 1);
  EXPECT_EQ(status.budgets[1].energy_kwh, 1.0);
  // 13 runs of 1 epoch at 0.5 kWh, 14 of 2 epochs at 1 kWh.
  EXPECT_DOUBLE_EQ(status.energy_left_kwh.value(), 13 * 0.5 + 14 * 1.0);
  EXPECT_DOUBLE_EQ(status.time_left_s.value(), 13 * 100 + 14 * 200);
}

}  // namespace
}  // namespace ecnas::sweep
