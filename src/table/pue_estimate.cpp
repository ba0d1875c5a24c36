#include "table/pue_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace ecnas::table {
namespace {

// Half a unit in the last place of a component's rounded energy.
constexpr double kRoundingKwh = 0.5e-6;
constexpr int kMaxDecimals = 6;

}  // namespace

bool PueEstimate::add(double total_kwh, double components_kwh, std::size_t components) {
  const double rounding = kRoundingKwh * static_cast<double>(components);
  const double least = std::max(least_, (total_kwh - rounding) / components_kwh);
  const double most = std::min(most_, (total_kwh + rounding) / components_kwh);
  if (!(least <= most)) return false;
  least_ = least;
  most_ = most;
  empty_ = false;
  return true;
}

double PueEstimate::value() const {
  double power = 1;
  for (int decimals = 0; decimals <= kMaxDecimals; ++decimals, power *= 10) {
    const double candidate = std::ceil(least_ * power) / power;
    if (allows(candidate)) return candidate;
  }
  return (least_ + most_) / 2;
}

}  // namespace ecnas::table
