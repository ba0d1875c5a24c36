#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace ecnas::table {

/// Mean of the values that are there; NaN if none is.
[[nodiscard]] inline double mean_of(std::span<const float> values) {
  double sum = 0;
  std::size_t count = 0;
  for (const float value : values) {
    if (std::isnan(value)) continue;
    sum += static_cast<double>(value);
    ++count;
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

}  // namespace ecnas::table
