#include "stats/studentized_range.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "stats/normal.hpp"

namespace ecnas::stats {

/// k ∫ φ(z) (Φ(z) − Φ(z − q))ᵏ⁻¹ dz over the greatest value z, by the trapezoidal rule: the
/// integrand is smooth and vanishes at both ends, where that rule converges faster than any power
/// of the step.
double studentized_range_share_below(double q, std::size_t values) noexcept {
  constexpr int kStepsPerUnit = 32;
  constexpr int kEnd = 12;  // beyond it lies less than 10⁻³² of a normal distribution
  if (q <= 0) return 0;
  const auto k = static_cast<double>(values);
  double sum = 0;
  for (int step = -kEnd * kStepsPerUnit; step <= kEnd * kStepsPerUnit; ++step) {
    const double z = static_cast<double>(step) / kStepsPerUnit;
    const double between = normal_share_below(z) - normal_share_below(z - q);
    sum += std::exp(-z * z / 2) * std::pow(between, k - 1);
  }
  const double density_at_0 = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  return std::min(1.0, k * density_at_0 * sum / kStepsPerUnit);
}

double studentized_range_quantile(double share, std::size_t values) noexcept {
  double lower = 0;
  double upper = 80;  // above it lies less than any double
  for (;;) {          // halving ends when no double is left between
    const double middle = lower + (upper - lower) / 2;
    if (middle <= lower || middle >= upper) return upper;
    (studentized_range_share_below(middle, values) < share ? lower : upper) = middle;
  }
}

}  // namespace ecnas::stats
