#pragma once

#include "ecnas/core/error.hpp"

namespace ecnas::app {

inline constexpr int kDone = 0;
inline constexpr int kBadUsage = 2;
inline constexpr int kBadInput = 3;
inline constexpr int kNotThere = 4;
inline constexpr int kInputOutputFailed = 5;
inline constexpr int kMissingDependency = 6;
inline constexpr int kOurFault = 70;
inline constexpr int kInterrupted = 130;

/// The one place where an error becomes an exit status.
[[nodiscard]] constexpr int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return kBadUsage;
    case ErrorCode::invalid_data:
      return kBadInput;
    case ErrorCode::not_found:
      return kNotThere;
    case ErrorCode::io_failure:
      return kInputOutputFailed;
    case ErrorCode::missing_dependency:
      return kMissingDependency;
    case ErrorCode::interrupted:
      return kInterrupted;
  }
  return kOurFault;
}

}  // namespace ecnas::app
