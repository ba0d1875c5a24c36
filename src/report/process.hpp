#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::report {

/// What a program that ran to its end left.
struct ProcessResult {
  int status = 0;  ///< its exit status; 128 + signal if one ended it
  std::string output;
  std::string messages;  ///< the beginning of its standard error
};

struct ProcessLimits {
  std::size_t output_bytes = std::size_t{256} << 20;
  std::chrono::milliseconds time{std::chrono::seconds(300)};
};

/// Runs a program with `input` as its standard input and waits for it. No shell is involved, no
/// signal reaches the caller, and nothing of the process is left when this returns or throws.
///
/// @param arguments  the program (looked for on the path unless it holds a slash), its arguments
/// @param remedy     what to do if there is no such program, for the message
/// @throws Error{missing_dependency} if it is not there or cannot be executed;
///         Error{io_failure} if it exceeds a limit (it is killed) or the system refuses.
[[nodiscard]] ProcessResult run_process(const std::vector<std::string>& arguments,
                                        std::string_view input, std::string_view remedy,
                                        const ProcessLimits& limits = {});

}  // namespace ecnas::report
