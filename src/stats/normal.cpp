#include "stats/normal.hpp"

#include <cmath>
#include <numbers>

namespace ecnas::stats {

double normal_share_below(double z) noexcept {
  return std::erfc(-z / std::numbers::sqrt2) / 2;
}

double normal_quantile(double share) noexcept {
  if (share > 0.5) return -normal_quantile(1 - share);
  double lower = -40;  // below it lies less than any double
  double upper = 0;
  for (;;) {  // halving ends when no double is left between
    const double middle = lower + (upper - lower) / 2;
    if (middle <= lower || middle >= upper) return upper;
    (normal_share_below(middle) < share ? lower : upper) = middle;
  }
}

}  // namespace ecnas::stats
