#pragma once
/// Points of several groups, or hexagons with their counts where they are many.

#include <span>
#include <string>
#include <string_view>

#include "ecnas/report/figure.hpp"
#include "report/layers.hpp"

namespace ecnas::report {

struct Cloud {
  std::span<const ScatterPoint> points;
  std::span<const std::string> groups;
  std::string_view group_title;
  bool later_below = false;  ///< later groups are drawn first, under the earlier ones
};

/// @param title  of the figure, for the message
/// @throws Error{invalid_argument} if there are no points or no groups, or a point is in none
void check(const Cloud& cloud, std::string_view title);

/// The layer `points`, or `density` above kMaxDrawnPoints, with the scales and axes of the figure.
/// @pre check
[[nodiscard]] Json cloud_layer(const Cloud& cloud, const Axis& x_axis, const Axis& y_axis,
                               const Axes& axes);

}  // namespace ecnas::report
