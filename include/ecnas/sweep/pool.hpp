#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "ecnas/sweep/store.hpp"

namespace ecnas::sweep {

struct PoolOptions {
  std::filesystem::path trainer;             ///< the program `ecnas-train`
  std::vector<Device> devices;               ///< one run on each at a time; none: the spec's
  std::optional<std::size_t> limit;          ///< end after so many runs
  std::optional<std::chrono::seconds> time;  ///< begin none later than this
  bool waits = true;                         ///< while others hold the last runs, in case they die
  bool is_shared_machine = false;            ///< somebody else works here too
  std::chrono::seconds patience{60};         ///< between asking a run to end and ending it
  std::stop_token stop;                      ///< runs under way are asked to end, and given back
};

/// What a pool tells while it runs; called from several threads, one at a time. Any may be empty.
struct PoolObserver {
  std::function<void(const Run&, const Device&)> began;
  std::function<void(const Run&, const DoneRecord&)> finished;
  std::function<void(const Run&, const Failure&)> failed;
};

struct PoolReport {
  std::size_t finished = 0;
  std::size_t failed = 0;
  std::size_t released = 0;  ///< begun and given back
  bool is_stopped = false;   ///< by `stop` or by `request_stop`
};

/// Trains runs until none is left that could be had, each in a process of its own that is pinned to
/// its device, has its own process group, and does not outlive this process however that ends.
///
/// What is wrong with the run (it diverged, ran out of memory, time or disk, crashed) fails the
/// run, and the pool goes on. What is wrong with the sweep or the machine (an argument, the data, a
/// missing device) stops the pool, and fails no run.
/// @throws Error{missing_dependency} if the trainer or a device is not there;
/// Error{invalid_argument} for a core that does not exist and for what the trainer refuses;
/// Error{invalid_data} for data that it refuses; Error{io_failure}
[[nodiscard]] PoolReport run_pool(const Sweep& sweep, const PoolOptions& options,
                                  const PoolObserver& observer = {});

/// The command that trains a run: what the pool executes.
/// @param is_continued  the attempt's folder may hold a checkpoint
[[nodiscard]] std::vector<std::string> training_command(const Sweep& sweep, const Run& run,
                                                        const std::filesystem::path& trainer,
                                                        const Device& device,
                                                        const std::filesystem::path& output,
                                                        bool is_continued, bool is_shared_machine);

/// Whether two of these devices are parts of one processor package, so that its meter counts both.
/// A CUDA device without cores may run anywhere. @param root  that holds the machine's `sys`
[[nodiscard]] bool share_a_package(const std::vector<Device>& devices,
                                   const std::filesystem::path& root = "/");

}  // namespace ecnas::sweep
