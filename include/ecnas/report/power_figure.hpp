#pragma once
/// The figure of power over time, a line for each component.

#include <cstddef>
#include <string>
#include <vector>

namespace ecnas::report {

/// Mean power of one component since its reading before.
struct PowerReading {
  double time_s = 0;
  std::size_t component = 0;  ///< position in `PowerFigure::components`
  double power_w = 0;
};

/// Power while something ran. Texts are drawn as they are, never interpreted.
struct PowerFigure {
  std::string title;
  std::vector<std::string> lines;       ///< below the title
  std::vector<std::string> components;  ///< legend labels, distinct
  std::vector<PowerReading> readings;   ///< in the order of time
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md), one layer `power`. Time is
/// in s, min or h, as it suits. The same figure gives the same bytes.
///
/// @throws Error{invalid_argument} if there are no readings, no or more than 16 components, two
///         named alike, a component out of range, or a value that is not finite
[[nodiscard]] std::string power_figure_spec(const PowerFigure& figure);

}  // namespace ecnas::report
