#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/report/figure.hpp"
#include "report/captions.hpp"
#include "report/cloud.hpp"
#include "report/frame.hpp"
#include "report/highlights.hpp"
#include "report/layers.hpp"
#include "report/palette.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {
namespace {

Cloud cloud_of(const FrontFigure& figure) {
  return {figure.points, figure.groups, figure.group_title};
}

void check_positions(const FrontFigure& figure) {
  check(cloud_of(figure), figure.title);
  if (!figure.front.empty()) check({figure.front, figure.groups, ""}, figure.title);
  const auto on_front = [&](std::size_t position) { return position < figure.front.size(); };
  if ((figure.knee && !on_front(*figure.knee)) || !std::ranges::all_of(figure.extrema, on_front) ||
      figure.extrema.size() > 2) {
    fail(ErrorCode::invalid_argument,
         "figure {}: the knee and at most two extrema must be positions in its front of {}",
         ecnas::quoted(figure.title), figure.front.size());
  }
}

void check_regions(const FrontFigure& figure) {
  if (figure.regions.size() > kMaxRegions) {
    fail(ErrorCode::invalid_argument, "figure {}: {} regions; {} can be told apart",
         ecnas::quoted(figure.title), figure.regions.size(), kMaxRegions);
  }
  for (const OutlinedRegion& region : figure.regions) {
    constexpr std::size_t kLeastCorners = 3;
    if (region.outline.size() < kLeastCorners) {
      fail(ErrorCode::invalid_argument, "figure {}: region {} has an outline of {} corners",
           ecnas::quoted(figure.title), ecnas::quoted(region.label), region.outline.size());
    }
    std::vector<ScatterPoint> corners;
    for (const auto& [x, y] : region.outline)
      corners.push_back({x, y});
    check({corners, figure.groups, ""}, figure.title);
  }
}

PlotAxis axis_around(const FrontFigure& figure, double ScatterPoint::*coordinate, const Axis& axis,
                     double length) {
  std::vector<double> values;
  values.reserve(figure.points.size() + figure.front.size());
  for (const ScatterPoint& point : figure.points)
    values.push_back(point.*coordinate);
  for (const ScatterPoint& point : figure.front)
    values.push_back(point.*coordinate);
  const std::size_t place = coordinate == &ScatterPoint::x ? 0 : 1;
  for (const OutlinedRegion& region : figure.regions) {
    for (const auto& corner : region.outline)
      values.push_back(corner[place]);
  }
  return PlotAxis::around(values, axis, length);
}

// --- Layers ------------------------------------------------------------------------------------

constexpr NamedLine kFrontLine{"Pareto front", kVermillion};

/// The lines that the legend names: the front, and the outlines.
std::vector<NamedLine> named_lines(const FrontFigure& figure) {
  constexpr std::array<std::string_view, kMaxRegions> kColours = {kPurple, kGreen};
  std::vector<NamedLine> lines;
  if (!figure.front.empty()) lines.push_back(kFrontLine);
  for (std::size_t i = 0; i < figure.regions.size(); ++i)
    lines.push_back({figure.regions[i].label, kColours[i]});
  return lines;
}

/// Drawn twice, the first time wide and in the colour of the paper, to stand out on any cloud.
Json region_layer(const FrontFigure& figure, std::size_t number, std::span<const NamedLine> lines) {
  const std::vector<std::array<double, 2>>& outline = figure.regions[number].outline;
  Json rows = Json::array();
  for (std::size_t i = 0; i <= outline.size(); ++i) {
    const auto& [x, y] = outline[i % outline.size()];
    rows.push_back({{"x", x}, {"y", y}, {"order", i}});
  }
  const Json encoding = {{"x", bare_position("x")},
                         {"y", bare_position("y")},
                         {"order", {{"field", "order"}, {"type", "quantitative"}}}};
  const Json casing = {{"type", "line"}, {"stroke", kPaper}, {"strokeWidth", 5}, {"clip", true}};
  const Json mark = {{"type", "line"}, {"strokeWidth", 2.4}, {"clip", true}};
  Json line = {{"mark", mark}, {"encoding", encoding}};
  line["encoding"]["stroke"] =
      line_stroke(lines[lines.size() - figure.regions.size() + number], lines);
  return {{"name", fmt::format("region_{}", number)},
          {"data", {{"values", rows}}},
          {"layer", {{{"mark", casing}, {"encoding", encoding}}, line}}};
}

Json front_line_layer(const FrontFigure& figure, const Axes& axes,
                      std::span<const NamedLine> lines) {
  Json rows = Json::array();
  for (const ScatterPoint& corner : front_corners(figure, axes)) {
    rows.push_back({{"x", corner.x}, {"y", corner.y}, {"order", rows.size()}});
  }
  return {{"name", "front_line"},
          {"data", {{"values", rows}}},
          {"mark",
           {{"type", "line"}, {"interpolate", "step-after"}, {"strokeWidth", 1.6}, {"clip", true}}},
          {"encoding",
           {{"x", bare_position("x")},
            {"y", bare_position("y")},
            {"order", {{"field", "order"}, {"type", "quantitative"}}},
            {"stroke", line_stroke(kFrontLine, lines)}}}};
}

Json front_layer(const FrontFigure& figure, const Axes& axes) {
  const std::vector<std::string> colours = group_colours(figure.groups.size());
  Json rows = Json::array();
  for (const ScatterPoint& point : drawn_front(figure, axes)) {
    const std::string& colour = colours[static_cast<std::size_t>(point.group)];
    rows.push_back({{"x", point.x}, {"y", point.y}, {"colour", colour}});
  }
  Json layer = marks_layer("front", rows,
                           {{"type", "point"},
                            {"shape", "circle"},
                            {"filled", true},
                            {"size", 38},
                            {"opacity", 1},
                            {"stroke", kVermillion},
                            {"strokeWidth", 1.4}});
  layer["encoding"]["fill"] = {{"field", "colour"}, {"type", "nominal"}, {"scale", nullptr}};
  return layer;
}

// --- The whole -----------------------------------------------------------------------------------

void append(Json& layers, const Json& more) {
  layers.insert(layers.end(), more.begin(), more.end());
}

Json layers_of(const FrontFigure& figure, const Axes& axes) {
  Json layers = Json::array();
  layers.push_back(cloud_layer(cloud_of(figure), figure.x_axis, figure.y_axis, axes));
  const std::vector<NamedLine> lines = named_lines(figure);
  HighlightLayers highlights;
  if (!figure.front.empty()) highlights = highlight_layers(figure, axes);
  // Plates hide as little as they can: the cloud, and nothing drawn after it.
  append(layers, highlights.below);
  for (std::size_t i = 0; i < figure.regions.size(); ++i)
    layers.push_back(region_layer(figure, i, lines));
  if (!figure.front.empty()) {
    layers.push_back(front_line_layer(figure, axes, lines));
    layers.push_back(front_layer(figure, axes));
    append(layers, highlights.above);
  }
  return layers;
}

}  // namespace

std::string front_figure_spec(const FrontFigure& figure) {
  check_positions(figure);
  check_regions(figure);
  const Axes axes{axis_around(figure, &ScatterPoint::x, figure.x_axis, kPlotWidth),
                  axis_around(figure, &ScatterPoint::y, figure.y_axis, kPlotHeight)};
  Json specification = framed({figure.title, subtitle_lines(figure), kPlotWidth});
  specification["width"] = kPlotWidth;
  specification["height"] = kPlotHeight;
  specification["layer"] = layers_of(figure, axes);
  return specification.dump();
}

}  // namespace ecnas::report
