#include "ecnas/sweep/collect.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <span>

#include "ecnas/core/error.hpp"
#include "ecnas/sweep/lease.hpp"
#include "sweep/results.hpp"
#include "sweep/small_file.hpp"

namespace ecnas::sweep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDamaged = "damaged";
constexpr const char* kSharedMachine = "shared_machine";

/// Calls `see` with the number and standing of every run.
template <typename See>
void for_each_run(const Sweep& sweep, const See& see) {
  for (std::size_t shard = 0; shard < sweep.shards(); ++shard) {
    const std::vector<Standing> standings = sweep.standings(shard);
    for (std::size_t i = 0; i < standings.size(); ++i)
      see(static_cast<RunNumber>(shard * kRunsPerShard + i), standings[i]);
  }
}

/// A training that failed by itself would fail again from its checkpoint.
bool begins_anew(const Failure& failure) {
  constexpr std::array<std::string_view, 4> kOfTheTraining = {"diverged", "out_of_memory",
                                                              "training", "no_results"};
  return std::ranges::find(kOfTheTraining, failure.kind) != kOfTheTraining.end();
}

void drop_attempts(const Sweep& sweep, RunNumber number, std::uint32_t generation) {
  for (std::uint32_t g = 1; g <= generation; ++g) {
    std::error_code error;
    fs::remove_all(sweep.attempt_directory(number, g), error);
    if (error) {
      fail(ErrorCode::io_failure, "{}: cannot be removed: {}",
           sweep.attempt_directory(number, g).string(), error.message());
    }
  }
}

}  // namespace

Collected collect(const Sweep& sweep, unsigned threads) {
  std::vector<MissingRun> failed;
  std::size_t left = 0;
  std::size_t done = 0;
  for_each_run(sweep, [&](RunNumber number, const Standing& standing) {
    if (standing.state == RunState::done) {
      ++done;
    } else if (standing.state == RunState::failed) {
      const Failure failure = sweep.failure(number).value_or(Failure{"unknown", ""});
      failed.push_back({sweep.runs()[number], failure.kind, failure.message});
    } else {
      ++left;
    }
  });
  if (done == 0) {
    fail(ErrorCode::not_found, "{}: no run is done yet; work on it with 'ecnas sweep run'",
         sweep.directory().string());
  }
  std::map<fs::path, std::string> damaged_files;
  table::ImportOptions options{.format = table::ImportFormat::results,
                               .provenance = table::Provenance::measured,
                               .keep_going = true,
                               .threads = threads};
  options.damaged = [&](const fs::path& file, const std::string& reason) {
    damaged_files.emplace(file, reason);
  };
  const std::array<fs::path, 1> sources = {sweep.directory() / "runs"};
  Collected collected{table::import_tables(sources, options), std::move(failed), {}, left};
  for (RunNumber number = 0; number < sweep.runs().size() && !damaged_files.empty(); ++number) {
    const Run run = sweep.runs()[number];
    const auto found = damaged_files.find(sweep.results_directory(run) / kResultsName);
    if (found != damaged_files.end()) collected.damaged.push_back({run, kDamaged, found->second});
  }
  return collected;
}

Reopened retry(const Sweep& sweep, const std::optional<std::string>& kind) {
  const Worker worker(sweep);
  Claims claims(sweep, worker);
  announce_reopening(sweep);  // also if an earlier one was killed before it could
  Reopened reopened;
  for_each_run(sweep, [&](RunNumber number, const Standing& standing) {
    if (standing.state == RunState::failed) {
      const Failure failure = sweep.failure(number).value_or(Failure{"unknown", ""});
      if (kind && failure.kind != *kind) return;
      if (begins_anew(failure)) drop_attempts(sweep, number, standing.generation);
      remove_file(sweep.claim_file(number, "failed"));
      announce_reopening(sweep);
      ++reopened.failed;
    } else if (standing.state == RunState::done && kind == kSharedMachine) {
      const auto record = sweep.done_record(number);
      if (record && record->is_shared_machine && claims.reopen(number)) ++reopened.shared_machine;
    } else if (standing.state == RunState::done && (!kind || *kind == kDamaged)) {
      const Run run = sweep.runs()[number];
      if (!fault_of_results(sweep.results_directory(run), run)) return;
      if (claims.reopen(number)) ++reopened.damaged;
    }
  });
  return reopened;
}

}  // namespace ecnas::sweep
