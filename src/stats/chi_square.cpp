#include "stats/chi_square.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ecnas::stats {

/// It is Q(degrees / 2, x / 2), the regularised upper incomplete gamma function, by
/// Q(a + 1, h) = Q(a, h) + hᵃ e⁻ʰ / Γ(a + 1) from Q(1, h) = e⁻ʰ or Q(½, h) = erfc √h. Terms are
/// positive, and logarithms keep those of many degrees from underflowing on the way.
double chi_square_share_above(double x, std::size_t degrees) noexcept {
  if (x <= 0) return 1;
  const double h = x / 2;
  const bool is_odd = degrees % 2 == 1;
  double a = is_odd ? 0.5 : 1;
  double share = is_odd ? std::erfc(std::sqrt(h)) : std::exp(-h);
  // log(hᵃ e⁻ʰ / Γ(a + 1)), with Γ(3/2) = √π / 2 and Γ(2) = 1
  double log_term = a * std::log(h) - h - (is_odd ? std::log(std::sqrt(std::numbers::pi) / 2) : 0);
  for (; 2 * a < static_cast<double>(degrees); ++a) {
    share += std::exp(log_term);
    log_term += std::log(h / (a + 1));
  }
  return std::min(share, 1.0);
}

}  // namespace ecnas::stats
