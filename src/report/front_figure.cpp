#include <algorithm>
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

PlotAxis axis_around(const FrontFigure& figure, double ScatterPoint::*coordinate, const Axis& axis,
                     double length) {
  std::vector<double> values;
  values.reserve(figure.points.size() + figure.front.size());
  for (const ScatterPoint& point : figure.points)
    values.push_back(point.*coordinate);
  for (const ScatterPoint& point : figure.front)
    values.push_back(point.*coordinate);
  return PlotAxis::around(values, axis, length);
}

// --- Layers ------------------------------------------------------------------------------------

Json front_line_layer(const FrontFigure& figure, const Axes& axes) {
  const NamedLine line{"Pareto front", kVermillion};
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
            {"stroke", line_stroke(line, {&line, 1})}}}};
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
  if (!figure.front.empty()) {
    // Plates hide as little as they can: the cloud, and nothing drawn after it.
    const HighlightLayers highlights = highlight_layers(figure, axes);
    append(layers, highlights.below);
    layers.push_back(front_line_layer(figure, axes));
    layers.push_back(front_layer(figure, axes));
    append(layers, highlights.above);
  }
  return layers;
}

}  // namespace

std::string front_figure_spec(const FrontFigure& figure) {
  check_positions(figure);
  const Axes axes{axis_around(figure, &ScatterPoint::x, figure.x_axis, kPlotWidth),
                  axis_around(figure, &ScatterPoint::y, figure.y_axis, kPlotHeight)};
  Json specification = framed({figure.title, subtitle_lines(figure), kPlotWidth});
  specification["width"] = kPlotWidth;
  specification["height"] = kPlotHeight;
  specification["layer"] = layers_of(figure, axes);
  return specification.dump();
}

}  // namespace ecnas::report
