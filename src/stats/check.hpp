#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "ecnas/core/error.hpp"

namespace ecnas::stats {

/// @throws Error{invalid_argument} unless every value is finite.
inline void require_finite(std::span<const double> values, std::string_view caller) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      fail(ErrorCode::invalid_argument, "{}: value {} is {}; expected a finite number", caller, i,
           values[i]);
    }
  }
}

/// @throws Error{invalid_argument} unless there is at least one value, all finite.
inline void require_values(std::span<const double> values, std::string_view caller) {
  if (values.empty())
    fail(ErrorCode::invalid_argument, "{}: no values; expected at least one", caller);
  require_finite(values, caller);
}

/// @throws Error{invalid_argument} unless both have the same number of values.
inline void require_same_size(std::span<const double> a, std::span<const double> b,
                              std::string_view caller) {
  if (a.size() != b.size()) {
    fail(ErrorCode::invalid_argument, "{}: {} values beside {}; expected as many", caller, a.size(),
         b.size());
  }
}

/// @throws Error{invalid_argument} unless `count` items can be numbered in 32 bits.
inline void require_countable(std::size_t count, std::string_view caller) {
  if (count > std::numeric_limits<std::uint32_t>::max()) {
    fail(ErrorCode::invalid_argument, "{}: {} items; expected fewer than 2^32: take a sample",
         caller, count);
  }
}

}  // namespace ecnas::stats
