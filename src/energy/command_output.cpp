#include "energy/command_output.hpp"

#include <fmt/format.h>

#include <system_error>

#include "ecnas/core/text.hpp"
#include "energy/program_run.hpp"

namespace ecnas::energy {

Result<std::string, CommandFailure> command_output(const std::vector<std::string>& words,
                                                   std::chrono::milliseconds timeout,
                                                   std::size_t max_bytes) {
  ProgramRun program;
  const int error = program.start(words, max_bytes);
  if (error != 0)
    return CommandFailure{"it cannot be run: " + std::generic_category().message(error)};
  const bool has_ended = program.advance(program.started() + timeout);
  if (program.has_written_too_much()) {
    return CommandFailure{fmt::format("it wrote more than {} bytes",
                                      with_thousands(static_cast<std::int64_t>(max_bytes)))};
  }
  if (!has_ended) {
    return CommandFailure{fmt::format("it did not end within {:.3g} s",
                                      std::chrono::duration<double>(timeout).count())};
  }
  const int status = program.status().value_or(0);
  if (status > 128) return CommandFailure{fmt::format("it was ended by signal {}", status - 128)};
  if (status != 0) return CommandFailure{fmt::format("it ended with status {}", status)};
  return std::string(program.output());
}

}  // namespace ecnas::energy
