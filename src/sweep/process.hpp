#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ecnas::sweep {

/// When a process began, in ticks since boot: with its number, the one process. Absent if there is
/// none of that number, or only what is left of one that has ended.
[[nodiscard]] std::optional<std::uint64_t> start_time_of(std::int64_t pid);

/// A training to be started.
struct ChildOptions {
  std::vector<std::string> command;  ///< the program's path first
  std::vector<unsigned> cores;       ///< that it is pinned to; none: as we are
  std::filesystem::path log;         ///< gets what it says, at the end of what is there
};

/// Starts a process in a group of its own, with nothing to read, which the system kills when the
/// thread that calls this ends, however that ends.
/// @return its number
/// @throws Error{missing_dependency} if the program cannot be executed, Error{invalid_argument} if
/// no such core may be used, Error{io_failure}
[[nodiscard]] pid_t start_child(const ChildOptions& options);

/// Waits until it has ended, without taking its number from it: it is safe to signal until `reap`.
void await_end(pid_t child);

/// How it ended, as waitpid has it; whatever is left of its group is killed.
[[nodiscard]] int reap(pid_t child);

}  // namespace ecnas::sweep
