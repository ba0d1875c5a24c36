#include "ecnas/stats/student_t.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "ecnas/core/error.hpp"

namespace ecnas::stats {
namespace {

/// Γ(a + ½) / Γ(a), which is smooth where logarithms of either would cancel.
double gamma_ratio(double a) noexcept {
  constexpr double kAsymptotic = 100;  // from here on, what is left out is below 10⁻¹⁴
  if (a < kAsymptotic) return std::tgamma(a + 0.5) / std::tgamma(a);
  const double u = 1 / a;
  return std::sqrt(a) *
         (1 + u * (-1.0 / 8 + u * (1.0 / 128 + u * (5.0 / 1024 - u * 21.0 / 32768))));
}

/// The continued fraction of the incomplete beta function, [AbrSte64] 26.5.8, by the modified
/// Lentz algorithm: I_x(a, b) = xᵃ (1 − x)ᵇ / (a B(a, b)) times its value. Converges quickly for
/// x < (a + 1) / (a + b + 2).
double beta_fraction(double x, double a, double b) noexcept {
  constexpr double kTiny = std::numeric_limits<double>::min();
  constexpr int kMaxSteps = 100'000;
  const auto nonzero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / nonzero(1 - (a + b) * x / (a + 1));
  double value = d;
  for (int m = 1; m < kMaxSteps; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    value *= c * d;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    value *= c * d;
    if (std::abs(c * d - 1) <= std::numeric_limits<double>::epsilon()) break;
  }
  return value;
}

/// For t ≥ 0: half of I_x(ν/2, ½) with x = ν / (ν + t²).
double upper_tail(double t, double degrees) noexcept {
  constexpr double kLarge = 1e8;  // s² + 1 = s² from here on, and s² may overflow
  if (std::isinf(t)) return 0;
  const double a = degrees / 2;
  const double s = t / std::sqrt(degrees);
  const double log_x = s < kLarge ? -std::log1p(s * s) : -2 * std::log(s);
  const double x = std::exp(log_x);
  const double rest = -std::expm1(log_x);  // 1 − x
  const double factor =
      std::exp(a * log_x) * std::sqrt(rest) * gamma_ratio(a) * std::numbers::inv_sqrtpi;
  if (x < (a + 1) / (a + 2.5)) return factor / a * beta_fraction(x, a, 0.5) / 2;
  return 0.5 - factor * beta_fraction(rest, 0.5, a);  // the other end's, divided by its ½
}

void require_degrees(std::size_t degrees, const char* caller) {
  if (degrees == 0) {
    fail(ErrorCode::invalid_argument, "{}: no degree of freedom; expected at least one", caller);
  }
}

}  // namespace

double student_t_share_above(double t, std::size_t degrees_of_freedom) {
  require_degrees(degrees_of_freedom, "student_t_share_above");
  if (std::isnan(t))
    fail(ErrorCode::invalid_argument, "student_t_share_above: t is nan; expected a number");
  const double tail = upper_tail(std::abs(t), static_cast<double>(degrees_of_freedom));
  return t < 0 ? 1 - tail : tail;
}

double student_t_quantile(double probability, std::size_t degrees_of_freedom) {
  require_degrees(degrees_of_freedom, "student_t_quantile");
  if (!(probability > 0 && probability < 1)) {
    fail(ErrorCode::invalid_argument,
         "student_t_quantile: probability {}; expected one between 0 and 1", probability);
  }
  if (probability < 0.5) {  // the tail is given exactly here, and not as 1 − probability
    const auto degrees = static_cast<double>(degrees_of_freedom);
    double lower = 0;
    double upper = 1;
    while (upper_tail(upper, degrees) > probability)
      upper *= 2;
    for (;;) {  // halving ends when no double is left between
      const double middle = lower + (upper - lower) / 2;
      if (middle <= lower || middle >= upper) return -upper;
      (upper_tail(middle, degrees) > probability ? lower : upper) = middle;
    }
  }
  return probability == 0.5 ? 0 : -student_t_quantile(1 - probability, degrees_of_freedom);
}

}  // namespace ecnas::stats
