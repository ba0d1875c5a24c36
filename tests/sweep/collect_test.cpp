#include "ecnas/sweep/collect.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "ecnas/sweep/status.hpp"
#include "support/expect_error.hpp"
#include "sweep/fixtures.hpp"

namespace ecnas::sweep {
namespace {

using ecnas::testing::expect_error;
using testing::InDirectory;
using testing::spec_with;
using testing::stub_pool;
namespace fs = std::filesystem;

std::vector<std::byte> bytes_of(const table::Table& table) {
  return {table.bytes().begin(), table.bytes().end()};
}

class Collect : public InDirectory {
 protected:
  /// Changes the text of a run's published results.
  static void change(const Sweep& sweep, RunNumber number, const std::string& from,
                     const std::string& to) {
    const fs::path file = sweep.results_directory(sweep.runs()[number]) / "results.json";
    std::string text = read_file(file);
    const std::size_t place = text.find(from);
    ASSERT_NE(place, std::string::npos);
    write_file(file, text.replace(place, from.size(), to));
  }
};

TEST_F(Collect, MakesATableOfAllThatIsDone) {
  const Sweep sweep = make_sweep();
  ASSERT_EQ(run_pool(sweep, stub_pool()).finished, kRuns);
  const Collected collected = collect(sweep);
  const table::Table& table = collected.imported.table;
  EXPECT_EQ(table.cells(), 7U);
  EXPECT_EQ(table.repeats(), 2U);
  EXPECT_EQ(table.metadata().data_set, "made up");
  EXPECT_EQ(table.metadata().energy_quality, "modelled");
  EXPECT_EQ(table.metadata().pue, 1.0);
  EXPECT_EQ(table.metadata().skeleton.stem_width, 16);
  EXPECT_EQ(table.metadata().citation, "");
  EXPECT_EQ(collected.left, 0U);
  for (const table::Column& column : table.columns()) {
    EXPECT_TRUE(std::ranges::all_of(column.provenance, [](table::Provenance provenance) {
      return provenance == table::Provenance::measured;
    })) << column.info.name;
  }
  table.verify();
}

TEST_F(Collect, TwoCollectorsAndTwoSweepsOfOneSpecGiveTheSameBytes) {
  const Sweep sweep = make_sweep();
  (void)run_pool(sweep, stub_pool());
  const auto first = bytes_of(collect(sweep).imported.table);
  EXPECT_EQ(bytes_of(collect(sweep).imported.table), first);
  const Sweep other = make_sweep(kSpec, "other");
  (void)run_pool(other, stub_pool());
  EXPECT_EQ(bytes_of(collect(other).imported.table), first);
}

TEST_F(Collect, NothingDoneIsSaid) {
  const Sweep sweep = make_sweep();
  expect_error(ErrorCode::not_found, "no run is done yet", [&] { (void)collect(sweep); });
}

TEST_F(Collect, FailedRunsAndThoseLeftAreListed) {
  const Sweep sweep =
      make_sweep(spec_with("\"--stub-fail\", \"diverged\", \"--stub-fail-share\", \"30\""));
  PoolOptions options = stub_pool();
  options.limit = 20;
  const PoolReport report = run_pool(sweep, options);
  const Collected collected = collect(sweep);
  EXPECT_EQ(collected.failed.size(), report.failed);
  EXPECT_EQ(collected.failed.at(0).kind, "diverged");
  EXPECT_EQ(collected.failed.at(0).message, "loss is NaN");
  EXPECT_EQ(collected.left, kRuns - 20);
  EXPECT_EQ(status_of(sweep).failures.at("diverged"), report.failed);
}

TEST_F(Collect, DamagedResultsAreToldLeftOutAndDoneAgain) {
  const Sweep sweep = make_sweep();
  (void)run_pool(sweep, stub_pool());
  const auto sound = bytes_of(collect(sweep).imported.table);
  change(sweep, 3, "{", "[");
  change(sweep, 5, "\"trainable_params\": ", "\"trainable_params\": 9");
  fs::resize_file(sweep.results_directory(sweep.runs()[8]) / "results.json", 100);
  const Collected collected = collect(sweep);
  ASSERT_EQ(collected.damaged.size(), 3U);
  EXPECT_EQ(collected.damaged[0].run, sweep.runs()[3]);
  EXPECT_EQ(collected.damaged[1].run, sweep.runs()[5]);
  EXPECT_NE(collected.damaged[1].message.find("trainable_params"), std::string::npos);
  EXPECT_EQ(retry(sweep, "diverged").damaged, 0U);
  const Reopened reopened = retry(sweep);
  EXPECT_EQ(reopened.damaged, 3U);
  EXPECT_EQ(run_pool(sweep, stub_pool()).finished, 3U);
  EXPECT_EQ(bytes_of(collect(sweep).imported.table), sound);
}

TEST_F(Collect, RunsThatContradictEachOtherAreRefused) {
  const std::pair<const char*, const char*> changes[] = {
      {"\"energy_quality\": \"modelled\"", "\"energy_quality\": \"counter\""},
      {"\"data_set\": \"made up\"", "\"data_set\": \"another\""},
      {"\"data_checksum\": \"0123\"", "\"data_checksum\": \"4567\""},
      {"\"pue\": 1.0", "\"pue\": 1.5"},
      {"\"train\": 4000", "\"train\": 4001"},
      {"\"ecnas\": {", "\"else\": {"}};
  int number = 0;
  for (const auto& [from, to] : changes) {
    SCOPED_TRACE(to);
    const Sweep sweep = make_sweep(kSpec, "work" + std::to_string(number++));
    (void)run_pool(sweep, stub_pool());
    change(sweep, 4, from, to);
    if (std::string(from).find("ecnas") != std::string::npos) {
      // Without the key its network is taken for the published one, whose parameters it has not.
      EXPECT_EQ(collect(sweep).damaged.size(), 1U);
    } else {
      expect_error(ErrorCode::invalid_data, "unlike", [&] { (void)collect(sweep); });
    }
  }
}

TEST_F(Collect, RunsThatSharedTheirMachineAreCounted) {
  const Sweep sweep = make_sweep(spec_with("", "[devices]\ncpu = [[0], [1]]\n"));
  (void)run_pool(sweep, stub_pool());
  EXPECT_EQ(status_of(sweep).shared_machine, kRuns);
  const auto& notes = collect(sweep).imported.summary.notes;
  EXPECT_TRUE(std::ranges::any_of(notes, [](const std::string& note) {
    return note.find("28 of 28 runs shared their machine") != std::string::npos;
  }));
  EXPECT_EQ(retry(sweep).shared_machine, 0U);
  EXPECT_EQ(retry(sweep, "shared_machine").shared_machine, kRuns);
  EXPECT_EQ(run_pool(sweep, stub_pool()).finished, kRuns);
}

TEST_F(Collect, OnlyRunsThatSharedTheirMachineAreDoneAgainForIt) {
  const Sweep sweep = make_sweep();
  (void)run_pool(sweep, stub_pool());
  EXPECT_EQ(retry(sweep, "shared_machine").shared_machine, 0U);
  EXPECT_EQ(testing::count_states(sweep).at(RunState::done), kRuns);
}

}  // namespace
}  // namespace ecnas::sweep
