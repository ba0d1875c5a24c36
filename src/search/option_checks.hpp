#pragma once

#include <cstddef>
#include <string_view>

#include "ecnas/core/error.hpp"

namespace ecnas::search {

/// What an option of an algorithm must be. @throws Error{invalid_argument} naming both @{
inline void require_some(std::size_t value, std::string_view algorithm, std::string_view option) {
  if (value == 0)
    fail(ErrorCode::invalid_argument, "{}: {}: 0; expected at least 1", algorithm, option);
}

inline void require_share(double value, std::string_view algorithm, std::string_view option) {
  if (!(value >= 0 && value <= 1)) {
    fail(ErrorCode::invalid_argument, "{}: {}: {}; expected 0 to 1", algorithm, option, value);
  }
}
/// @}

}  // namespace ecnas::search
