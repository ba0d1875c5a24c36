#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/sweep/plan.hpp"
#include "ecnas/sweep/spec.hpp"

namespace ecnas::sweep {

/// Runs of one folder of leases. Whoever looks for work lists a folder, so it is neither huge nor
/// one of very many: 5,083,488 runs are 5,084 folders.
inline constexpr std::size_t kRunsPerShard = 1000;

/// What is known of a run, by the names of files in its shard's folder. A later one in this list
/// prevails over an earlier one.
enum class RunState : std::uint8_t {
  open,    ///< nobody has it: never claimed, or given back
  held,    ///< claimed by a worker, alive or dead
  failed,  ///< its training failed; `retry` opens it again
  done,    ///< its results are published
};
[[nodiscard]] std::string_view name(RunState state);

/// @param generation  how often the run was claimed. Claims are numbered, and no number is used
/// twice as long as the run is not done: whoever holds the highest holds the run.
struct Standing {
  RunState state = RunState::open;
  std::uint32_t generation = 0;
};

/// Why a run failed. `kind` is one word: diverged, out_of_memory, input_output, time_limit,
/// no_results, killed_by_signal_N, exit_N.
struct Failure {
  std::string kind;
  std::string message;  ///< one line
};

/// What a finished run took, kept beside its results so that a status reads small files only.
struct DoneRecord {
  double energy_kwh = 0;  ///< of the whole run, PUE included
  double time_s = 0;
  std::int64_t finished_unix_s = 0;  ///< by the clock of its node: for people only
  std::uint32_t generation = 0;
  bool is_shared_machine = false;
};

/// A sweep's work directory, which is all the state there is (docs/formats/sweep.md):
///
///     sweep.toml   the spec            runs.txt    the list of runs, which never changes
///     claims/      leases and what became of runs, a folder for each 1,000
///     attempts/    trainings under way  runs/      results, as published campaigns have them
///     workers/     who works, and signs of life
///
/// A results folder appears whole, by one rename, in a place that must be free: that is what makes
/// a run done, once. Everything under claims/ serves to find work and to keep two from doing the
/// same. Const and thread safe.
class Sweep {
 public:
  /// Makes a work directory of a spec.
  /// @throws Error{invalid_argument} if there is a sweep, or anything else, in the directory, or no
  /// cells; Error{io_failure}
  static Sweep create(const std::filesystem::path& directory, const Spec& spec,
                      const std::vector<space::Cell>& cells);

  /// @throws Error{not_found} if there is no sweep; Error{invalid_data}, Error{io_failure}
  [[nodiscard]] static Sweep open(const std::filesystem::path& directory);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] const Spec& spec() const { return spec_; }
  [[nodiscard]] const RunList& runs() const { return runs_; }
  [[nodiscard]] std::size_t shards() const;

  /// runs/4_epochs/00/001a…/repeat_1, in its place once it is done.
  [[nodiscard]] std::filesystem::path results_directory(const Run& run) const;
  /// claims/0012, and a run's files in it: 0012345.3 (a lease), 0012345.3.free, .failed, .done
  [[nodiscard]] std::filesystem::path shard_directory(std::size_t shard) const;
  [[nodiscard]] std::filesystem::path claim_file(RunNumber number, std::string_view ending) const;
  /// attempts/0012/0012345.3
  [[nodiscard]] std::filesystem::path attempt_directory(RunNumber number,
                                                        std::uint32_t generation) const;
  [[nodiscard]] std::filesystem::path workers_directory() const { return directory_ / "workers"; }

  /// How the runs of one shard stand, by one listing of its folder.
  /// @return one a run, in order; the last shard may have fewer than `kRunsPerShard`
  /// @throws Error{io_failure}
  [[nodiscard]] std::vector<Standing> standings(std::size_t shard) const;

  /// @return absent if the run has not failed, or not been done; a file that is damaged gives kind
  /// "unknown", or nothing
  [[nodiscard]] std::optional<Failure> failure(RunNumber number) const;
  [[nodiscard]] std::optional<DoneRecord> done_record(RunNumber number) const;

 private:
  Sweep(std::filesystem::path directory, Spec spec, RunList runs);
  std::filesystem::path directory_;
  Spec spec_;
  RunList runs_;
};

/// A stop that everyone who works on a sweep notices within a sign of life or two. Only those are
/// stopped that work when it is asked for.
enum class Stop : std::uint8_t {
  after_runs,  ///< no further runs are begun
  now,         ///< runs under way are told to end; they go on from their checkpoints later
};
/// @throws Error{io_failure}
void request_stop(const Sweep& sweep, Stop stop);

/// How many stops have been asked for, and the last. One who works remembers the count at its
/// beginning and looks for a change.
struct StopRequests {
  std::uint64_t count = 0;
  Stop last = Stop::after_runs;
};
[[nodiscard]] StopRequests stop_requests(const Sweep& sweep);

}  // namespace ecnas::sweep
