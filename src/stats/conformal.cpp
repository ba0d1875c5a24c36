#include "ecnas/stats/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "ecnas/core/error.hpp"

namespace ecnas::stats {
namespace {

/// ⌈(n + 1)·coverage⌉, where a product that is whole but for rounding counts as whole.
double rank_to_take(std::size_t n, double coverage) {
  constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();
  return std::ceil(static_cast<double>(n + 1) * coverage * (1 - kRounding));
}

}  // namespace

double conformal_half_width(std::span<const double> absolute_residuals, double coverage) {
  if (!(coverage > 0 && coverage < 1)) {
    fail(ErrorCode::invalid_argument,
         "conformal_half_width: coverage {}; expected one within (0, 1), such as 0.9", coverage);
  }
  for (std::size_t i = 0; i < absolute_residuals.size(); ++i) {
    if (!(absolute_residuals[i] >= 0)) {
      fail(ErrorCode::invalid_argument,
           "conformal_half_width: residual {} is {}; expected its magnitude", i,
           absolute_residuals[i]);
    }
  }
  const double rank = rank_to_take(absolute_residuals.size(), coverage);
  if (rank > static_cast<double>(absolute_residuals.size()))
    return std::numeric_limits<double>::infinity();
  std::vector<double> residuals(absolute_residuals.begin(), absolute_residuals.end());
  const auto taken = residuals.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
  std::nth_element(residuals.begin(), taken, residuals.end());
  return *taken;
}

}  // namespace ecnas::stats
