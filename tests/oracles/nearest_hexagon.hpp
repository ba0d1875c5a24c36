#pragma once
/// Hexagon binning the slow way: the distance from a place to every centre of the honeycomb.

#include <algorithm>
#include <cmath>
#include <limits>

namespace ecnas::oracles {

/// Distance from (x, y) to the nearest centre of a honeycomb of pointy-top hexagons with the given
/// corner radius and one centre at (0, 0), searched over all centres in [−20, extent + 20]².
inline double distance_to_nearest_centre(double x, double y, double radius, double extent) {
  const double width = std::sqrt(3.0) * radius;
  double least = std::numeric_limits<double>::infinity();
  for (int row = -10; row * 1.5 * radius < extent + 20; ++row) {
    const double shift = row % 2 == 0 ? 0 : width / 2;
    for (int column = -10; column * width < extent + 20; ++column) {
      least = std::min(least, std::hypot(x - (column * width + shift), y - row * 1.5 * radius));
    }
  }
  return least;
}

}  // namespace ecnas::oracles
