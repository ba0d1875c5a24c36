#pragma once
/// Energies and times for people. The programs share it.

#include <string>

namespace ecnas::app {

/// Three significant digits, never as 1e+03.
[[nodiscard]] std::string three_digits(double value);

/// "2.95 J", "1.24 Wh", "2.50 kWh".
[[nodiscard]] std::string energy_text(double kwh);
/// In the unit that suits another energy.
[[nodiscard]] std::string energy_text_like(double kwh, double other_kwh);

/// "12.30 s", "1:02:03 h".
[[nodiscard]] std::string duration_text(double duration_s);

}  // namespace ecnas::app
