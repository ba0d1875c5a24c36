#pragma once
/// What all figures share: title, axes, type, colours of frame and legends.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/report/figure.hpp"
#include "report/layers.hpp"

namespace ecnas::report {

/// What stands above the plotting area.
struct Heading {
  std::string title;               ///< at most two lines are drawn
  std::vector<std::string> lines;  ///< below it, each wrapped to at most three
  double width;                    ///< in pixels, of the plotting area
};

/// Encoding of a position by a field on an axis whose scale, domain, title and ticks it states.
[[nodiscard]] Json position_encoding(std::string_view field, const Axis& axis,
                                     const PlotAxis& plot);

/// A line that the legend names.
struct NamedLine {
  std::string_view label;
  std::string_view colour;
};

/// Encoding of a line's stroke, with the legend of all lines of the figure.
/// @param all  the same for each of them: they share one scale
[[nodiscard]] Json line_stroke(const NamedLine& line, std::span<const NamedLine> all);

/// Title of one of several panels, of at most two lines.
/// @param width  in pixels, of its plotting area
[[nodiscard]] Json panel_title(std::string_view title, double width);

/// Legends above several panels: apart from the panels' titles.
void set_legend_apart(Json& specification);

/// A specification with everything but what is drawn: `layer` or `vconcat` are the caller's.
[[nodiscard]] Json framed(const Heading& heading);

}  // namespace ecnas::report
