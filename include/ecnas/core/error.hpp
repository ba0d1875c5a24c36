#pragma once
/// core: what every other module stands on: errors, results, seeded random numbers, files, threads.
/// It knows nothing of cells, tables or searches.

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace ecnas {

/// What kind of thing went wrong. Only the edges (the program, the Python package) turn a code into
/// an exit status or an exception type; see `apps/ecnas/exit_status.hpp`.
enum class ErrorCode {
  invalid_argument,    ///< the caller asked for something that makes no sense
  invalid_data,        ///< a file's content is wrong
  not_found,           ///< the asked-for cell, budget, name or file is not there
  io_failure,          ///< reading or writing failed
  missing_dependency,  ///< a program or device that this needs is not there
  interrupted,         ///< stopped on request after saving what was done
};

/// The one exception type of the library. The message names the object, what was found, what was
/// expected and what to do, on one line, for example
/// `t.ecnas: tensor 'hash' ends at byte 6,778,184 but the file holds 6,700,000; import it again`.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// Throws `Error{code}` with a formatted message.
template <typename... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

namespace detail {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;
}  // namespace detail

}  // namespace ecnas

/// An invariant of ours. No input may trigger it; it stays on in release builds and ends the
/// process.
#define ECNAS_ASSERT(condition) \
  ((condition) ? void(0) : ::ecnas::detail::assertion_failed(#condition, __FILE__, __LINE__))
