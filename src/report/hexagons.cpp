#include "report/hexagons.hpp"

#include <cmath>
#include <map>
#include <numbers>

namespace ecnas::report {
namespace {

constexpr double kColumnWidth = std::numbers::sqrt3 * kHexagonRadius;
constexpr double kRowHeight = 1.5 * kHexagonRadius;

// Rows count hexagons; columns count half hexagons, so that odd rows have odd columns.
struct Site {
  std::int32_t group;
  int row;
  int column;
  friend auto operator<=>(const Site&, const Site&) = default;
};

double squared_distance(const Site& site, double x, double y) {
  const double dx = x - site.column * kColumnWidth / 2;
  const double dy = y - site.row * kRowHeight;
  return dx * dx + dy * dy;
}

// The centres form two rectangular lattices: even rows and odd rows.
Site nearest_in_lattice(int parity, double x, double y, std::int32_t group) {
  const auto nearest = [parity](double value, double step) {
    return 2 * static_cast<int>(std::lround((value / step - parity) / 2)) + parity;
  };
  return {group, nearest(y, kRowHeight), nearest(x, kColumnWidth / 2)};
}

Site site_of(double x, double y, std::int32_t group) {
  const Site even = nearest_in_lattice(0, x, y, group);
  const Site odd = nearest_in_lattice(1, x, y, group);
  return squared_distance(even, x, y) <= squared_distance(odd, x, y) ? even : odd;
}

}  // namespace

std::vector<Hexagon> count_in_hexagons(std::span<const ScatterPoint> points, const PlotAxis& x_axis,
                                       const PlotAxis& y_axis) {
  std::map<Site, std::size_t> counts;
  for (const ScatterPoint& point : points) {
    ++counts[site_of(x_axis.position_of(point.x), y_axis.position_of(point.y), point.group)];
  }
  std::vector<Hexagon> hexagons;
  hexagons.reserve(counts.size());
  for (const auto& [site, count] : counts) {
    hexagons.push_back({site.group, x_axis.value_at(site.column * kColumnWidth / 2),
                        y_axis.value_at(site.row * kRowHeight), count});
  }
  return hexagons;
}

}  // namespace ecnas::report
