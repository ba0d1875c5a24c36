#pragma once
/// Pieces that the layers of a figure are made of.

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "ecnas/report/figure.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {

using Json = nlohmann::ordered_json;

inline constexpr double kLabelSize = 11;

struct Axes {
  PlotAxis x;
  PlotAxis y;
};

/// Encoding of a position by a field, on the scale that the figure's first layer declares.
[[nodiscard]] Json bare_position(std::string_view field);

/// A layer of marks at (x, y) of each row.
[[nodiscard]] Json marks_layer(std::string_view name, const Json& rows, Json mark);

/// A layer of marks from (x, y) to (end_x, end_y) of each row.
[[nodiscard]] Json spans_layer(std::string_view name, const Json& rows, Json mark);

/// A layer of each row's text, centred at (x, y).
[[nodiscard]] Json text_layer(std::string_view name, const Json& rows);

/// The front in order of x, without points that lie within half a pixel of the one before: at most
/// about 2,200 are left of any front.
[[nodiscard]] std::vector<ScatterPoint> drawn_front(const FrontFigure& figure, const Axes& axes);

/// Corners of the line that bounds what the front dominates: it comes down from the top of the plot
/// at the least x and leaves to the right at the least y. @pre the front is not empty
[[nodiscard]] std::vector<ScatterPoint> front_corners(const FrontFigure& figure, const Axes& axes);

}  // namespace ecnas::report
