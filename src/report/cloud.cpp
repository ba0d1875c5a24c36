#include "report/cloud.hpp"

#include <algorithm>
#include <functional>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "report/captions.hpp"
#include "report/frame.hpp"
#include "report/hexagons.hpp"
#include "report/palette.hpp"

namespace ecnas::report {
namespace {

constexpr double kLegendLabelWidth = 120;
constexpr std::size_t kMaxLegendEntries = 12;
// A hexagon's corners at radius 1, one up.
constexpr std::string_view kHexagonPath = "M0,-1L0.866,-0.5L0.866,0.5L0,1L-0.866,0.5L-0.866,-0.5Z";

std::vector<std::string> group_names(const Cloud& cloud) {
  std::vector<std::string> names;
  for (const std::string& group : cloud.groups)
    names.push_back(one_line(group, kLabelSize, kLegendLabelWidth));
  return names;
}

Json legend_entries(const std::vector<std::string>& names) {
  Json entries = Json::array();
  const std::size_t shown = std::min(names.size(), kMaxLegendEntries);
  for (std::size_t i = 0; i < shown; ++i) {
    entries.push_back(names[shown == 1 ? 0 : i * (names.size() - 1) / (shown - 1)]);
  }
  return entries;
}

Json group_encoding(const Cloud& cloud) {
  const std::vector<std::string> names = group_names(cloud);
  Json legend = nullptr;
  if (names.size() > 1) {
    legend = {{"title", one_line(cloud.group_title, kLabelSize, kLegendLabelWidth)},
              {"values", legend_entries(names)},
              {"symbolOpacity", 1},
              {"symbolType", "circle"}};
  }
  return {{"field", "group"},
          {"type", "nominal"},
          {"scale", {{"domain", names}, {"range", group_colours(names.size())}}},
          {"legend", legend}};
}

Json points_layer(const Cloud& cloud, const Json& x, const Json& y) {
  const std::vector<std::string> groups = group_names(cloud);
  std::vector<ScatterPoint> points(cloud.points.begin(), cloud.points.end());
  if (cloud.later_below) std::ranges::stable_sort(points, std::greater<>(), &ScatterPoint::group);
  Json rows = Json::array();
  for (const ScatterPoint& point : points) {
    rows.push_back(
        {{"x", point.x}, {"y", point.y}, {"group", groups[static_cast<std::size_t>(point.group)]}});
  }
  const std::size_t count = cloud.points.size();
  const double size = count <= 500 ? 30 : count <= 5'000 ? 16 : 8;
  const double opacity = count <= 500 ? 0.8 : count <= 5'000 ? 0.6 : 0.4;
  return {{"name", "points"},
          {"data", {{"values", rows}}},
          {"mark", {{"type", "circle"}, {"size", size}, {"opacity", opacity}, {"aria", false}}},
          {"encoding", {{"x", x}, {"y", y}, {"color", group_encoding(cloud)}}}};
}

Json opacity_encoding(std::size_t most) {
  Json decades = Json::array();
  for (std::size_t count = 1; count <= most; count *= 10)
    decades.push_back(count);
  return {{"field", "count"},
          {"type", "quantitative"},
          {"scale", {{"type", "log"}, {"domain", {1, most}}, {"range", {0.35, 1}}}},
          {"legend",
           {{"title", "Per hexagon"},
            {"type", "symbol"},
            {"values", decades},
            {"format", "~s"},
            {"symbolType", kHexagonPath},
            {"symbolFillColor", kBlue},
            {"symbolStrokeWidth", 0}}}};
}

Json density_layer(const Cloud& cloud, const Axes& axes, const Json& x, const Json& y) {
  const std::vector<std::string> groups = group_names(cloud);
  Json rows = Json::array();
  std::size_t most = 2;  // a logarithmic scale needs a span
  std::vector<Hexagon> hexagons = count_in_hexagons(cloud.points, axes.x, axes.y);
  if (cloud.later_below) std::ranges::stable_sort(hexagons, std::greater<>(), &Hexagon::group);
  for (const Hexagon& hexagon : hexagons) {
    most = std::max(most, hexagon.count);
    rows.push_back({{"x", hexagon.x},
                    {"y", hexagon.y},
                    {"group", groups[static_cast<std::size_t>(hexagon.group)]},
                    {"count", hexagon.count}});
  }
  return {{"name", "density"},
          {"data", {{"values", rows}}},
          {"mark",
           {{"type", "point"},
            {"shape", kHexagonPath},
            {"size", 4 * kHexagonRadius * kHexagonRadius},
            {"filled", true},
            {"strokeWidth", 0},
            {"clip", true},
            {"aria", false}}},
          {"encoding",
           {{"x", x},
            {"y", y},
            {"color", group_encoding(cloud)},
            {"opacity", opacity_encoding(most)}}}};
}

}  // namespace

void check(const Cloud& cloud, std::string_view title) {
  if (cloud.points.empty() || cloud.groups.empty()) {
    fail(ErrorCode::invalid_argument, "figure {}: {}; at least one of each is needed",
         ecnas::quoted(title), cloud.points.empty() ? "no points" : "no groups");
  }
  const auto group_exists = [&](const ScatterPoint& point) {
    return point.group >= 0 && static_cast<std::size_t>(point.group) < cloud.groups.size();
  };
  if (!std::ranges::all_of(cloud.points, group_exists)) {
    fail(ErrorCode::invalid_argument, "figure {}: a point's group is not among the {} groups",
         ecnas::quoted(title), cloud.groups.size());
  }
}

Json cloud_layer(const Cloud& cloud, const Axis& x_axis, const Axis& y_axis, const Axes& axes) {
  const Json x = position_encoding("x", x_axis, axes.x);
  const Json y = position_encoding("y", y_axis, axes.y);
  return cloud.points.size() <= kMaxDrawnPoints ? points_layer(cloud, x, y)
                                                : density_layer(cloud, axes, x, y);
}

}  // namespace ecnas::report
