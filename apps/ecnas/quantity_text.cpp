#include "quantity_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ecnas/energy/measurement.hpp"

namespace ecnas::app {

std::string three_digits(double value) {
  if (value == 0) return "0";
  const int digits =
      std::clamp(2 - static_cast<int>(std::floor(std::log10(std::abs(value)))), 0, 9);
  return fmt::format("{:.{}f}", value, digits);
}

std::string energy_text(double kwh) {
  return energy_text_like(kwh, kwh);
}

std::string energy_text_like(double kwh, double other_kwh) {
  if (other_kwh >= 1) return three_digits(kwh) + " kWh";
  if (other_kwh >= 1e-3) return three_digits(kwh * 1e3) + " Wh";
  return three_digits(kwh * energy::kJoulesPerKwh) + " J";
}

std::string duration_text(double duration_s) {
  if (duration_s < 100) return fmt::format("{:.2f} s", duration_s);
  const long whole_s = std::lround(std::min(duration_s, 1e12));
  return fmt::format("{}:{:02}:{:02} h", whole_s / 3600, whole_s / 60 % 60, whole_s % 60);
}

}  // namespace ecnas::app
