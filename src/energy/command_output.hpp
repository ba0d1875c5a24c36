#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "ecnas/core/result.hpp"

namespace ecnas::energy {

struct CommandFailure {
  std::string reason;  ///< one line
};

/// What a program prints; see `ProgramRun`. Nothing of it is left when this returns: not later than
/// the timeout, but for the time that the system takes to end it.
/// @param words  program and arguments, at least one
[[nodiscard]] Result<std::string, CommandFailure> command_output(
    const std::vector<std::string>& words, std::chrono::milliseconds timeout,
    std::size_t max_bytes);

}  // namespace ecnas::energy
