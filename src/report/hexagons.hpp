#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/report/figure.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {

/// Distance in pixels from a hexagon's centre to its corners (one points up).
inline constexpr double kHexagonRadius = 4.5;

/// Points of one group counted in one hexagon.
struct Hexagon {
  std::int32_t group;
  double x;  ///< centre, in the units of the axis
  double y;
  std::size_t count;
};

/// Counts points in a honeycomb over the plotting area, each group for itself.
/// @return the hexagons that are not empty, by group, then row, then column; their counts add up to
///         points.size(). At most about 10,000 a group, whatever the number of points.
/// @source Carr et al. 1987, by the nearer of two rectangular lattices.
[[nodiscard]] std::vector<Hexagon> count_in_hexagons(std::span<const ScatterPoint> points,
                                                     const PlotAxis& x_axis,
                                                     const PlotAxis& y_axis);

}  // namespace ecnas::report
