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
#include "report/hexagons.hpp"
#include "report/highlights.hpp"
#include "report/layers.hpp"
#include "report/palette.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {
namespace {

constexpr std::string_view kSchema = "https://vega.github.io/schema/vega-lite/v6.json";
constexpr std::string_view kFont = "DejaVu Sans, Verdana, sans-serif";
constexpr double kTitleSize = 15;
constexpr double kBoldWidth = 1.12;  // against the same text in normal weight
constexpr double kTextSize = 11.5;
constexpr double kFigureWidth = kPlotWidth + 50;  // with the y axis, for titles
constexpr double kLegendLabelWidth = 120;
constexpr std::size_t kMaxLegendEntries = 12;
// A hexagon's corners at radius 1, one up.
constexpr std::string_view kHexagonPath = "M0,-1L0.866,-0.5L0.866,0.5L0,1L-0.866,0.5L-0.866,-0.5Z";

void check_positions(const FrontFigure& figure) {
  const auto group_exists = [&](const ScatterPoint& point) {
    return point.group >= 0 && static_cast<std::size_t>(point.group) < figure.groups.size();
  };
  if (figure.points.empty() || figure.groups.empty()) {
    fail(ErrorCode::invalid_argument, "figure {}: {}; at least one of each is needed",
         ecnas::quoted(figure.title), figure.points.empty() ? "no points" : "no groups");
  }
  if (!std::ranges::all_of(figure.points, group_exists) ||
      !std::ranges::all_of(figure.front, group_exists)) {
    fail(ErrorCode::invalid_argument, "figure {}: a point's group is not among the {} groups",
         ecnas::quoted(figure.title), figure.groups.size());
  }
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

// --- Encodings ---------------------------------------------------------------------------------

Json position_encoding(std::string_view field, const Axis& axis, const PlotAxis& plot) {
  Json scale = {{"type", plot.logarithmic() ? "log" : "linear"},
                {"domain", {plot.low(), plot.high()}},
                {"nice", false}};
  if (!plot.logarithmic()) scale["zero"] = false;
  const double largest = std::max(std::abs(plot.low()), std::abs(plot.high()));
  Json drawn = {{"title", axis_title(axis)},
                {"titleLimit", plot.length()},
                {"format", largest >= 1e4 ? "~s" : "~g"}};
  if (const std::vector<double> ticks = plot.ticks(); !ticks.empty()) {
    drawn["values"] = ticks;
  } else {
    drawn["tickCount"] = 8;
  }
  return {{"field", field}, {"type", "quantitative"}, {"scale", scale}, {"axis", drawn}};
}

std::vector<std::string> group_names(const FrontFigure& figure) {
  std::vector<std::string> names;
  for (const std::string& group : figure.groups)
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

Json group_encoding(const FrontFigure& figure) {
  const std::vector<std::string> names = group_names(figure);
  Json legend = nullptr;
  if (names.size() > 1) {
    legend = {{"title", one_line(figure.group_title, kLabelSize, kLegendLabelWidth)},
              {"values", legend_entries(names)},
              {"symbolOpacity", 1},
              {"symbolType", "circle"}};
  }
  return {{"field", "group"},
          {"type", "nominal"},
          {"scale", {{"domain", names}, {"range", group_colours(names.size())}}},
          {"legend", legend}};
}

// --- Layers ------------------------------------------------------------------------------------

Json point_rows(std::span<const ScatterPoint> points, const std::vector<std::string>& groups) {
  Json rows = Json::array();
  for (const ScatterPoint& point : points) {
    rows.push_back(
        {{"x", point.x}, {"y", point.y}, {"group", groups[static_cast<std::size_t>(point.group)]}});
  }
  return rows;
}

Json points_layer(const FrontFigure& figure, const Json& x, const Json& y) {
  const std::size_t count = figure.points.size();
  const double size = count <= 500 ? 30 : count <= 5'000 ? 16 : 8;
  const double opacity = count <= 500 ? 0.8 : count <= 5'000 ? 0.6 : 0.4;
  return {{"name", "points"},
          {"data", {{"values", point_rows(figure.points, group_names(figure))}}},
          {"mark", {{"type", "circle"}, {"size", size}, {"opacity", opacity}, {"aria", false}}},
          {"encoding", {{"x", x}, {"y", y}, {"color", group_encoding(figure)}}}};
}

Json density_layer(const FrontFigure& figure, const Axes& axes, const Json& x, const Json& y) {
  const std::vector<std::string> groups = group_names(figure);
  Json rows = Json::array();
  std::size_t most = 2;  // a logarithmic scale needs a span
  for (const Hexagon& hexagon : count_in_hexagons(figure.points, axes.x, axes.y)) {
    most = std::max(most, hexagon.count);
    rows.push_back({{"x", hexagon.x},
                    {"y", hexagon.y},
                    {"group", groups[static_cast<std::size_t>(hexagon.group)]},
                    {"count", hexagon.count}});
  }
  Json decades = Json::array();
  for (std::size_t count = 1; count <= most; count *= 10)
    decades.push_back(count);
  Json opacity = {{"field", "count"},
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
  return {
      {"name", "density"},
      {"data", {{"values", rows}}},
      {"mark",
       {{"type", "point"},
        {"shape", kHexagonPath},
        {"size", 4 * kHexagonRadius * kHexagonRadius},
        {"filled", true},
        {"strokeWidth", 0},
        {"clip", true},
        {"aria", false}}},
      {"encoding", {{"x", x}, {"y", y}, {"color", group_encoding(figure)}, {"opacity", opacity}}}};
}

Json front_line_layer(const FrontFigure& figure, const Axes& axes) {
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
            {"stroke",
             {{"datum", "Pareto front"},
              {"scale", {{"domain", {"Pareto front"}}, {"range", {kVermillion}}}},
              {"legend", {{"title", nullptr}, {"symbolType", "stroke"}}}}}}}};
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

Json title_of(const FrontFigure& figure) {
  Json lines = Json::array();
  for (const std::string& line : subtitle_lines(figure)) {
    for (const std::string& part : wrapped(line, kTextSize, kFigureWidth, 3))
      lines.push_back(part);
  }
  return {{"text", wrapped(figure.title, kTitleSize * kBoldWidth, kFigureWidth, 2)},
          {"subtitle", lines},
          {"anchor", "start"},
          {"frame", "bounds"},
          {"fontSize", kTitleSize},
          {"color", kInk},
          {"subtitleFontSize", kTextSize},
          {"subtitleColor", kFaintInk},
          {"subtitleLineHeight", 16},
          {"subtitlePadding", 6},
          {"offset", 12}};
}

Json configuration() {
  return {{"font", kFont},
          {"view", {{"stroke", nullptr}}},
          {"axis",
           {{"gridColor", kGridLine},
            {"domainColor", kFaintInk},
            {"tickColor", kFaintInk},
            {"labelColor", kInk},
            {"titleColor", kInk},
            {"labelFontSize", kLabelSize},
            {"titleFontSize", 12},
            {"titleFontWeight", "normal"},
            {"titlePadding", 10}}},
          {"legend",
           {{"orient", "top"},
            {"direction", "horizontal"},
            {"titleOrient", "left"},
            {"labelFontSize", kLabelSize},
            {"titleFontSize", kLabelSize},
            {"titleFontWeight", "normal"},
            {"titleColor", kFaintInk},
            {"labelColor", kInk},
            {"symbolStrokeWidth", 1.6},
            {"offset", 6},
            {"layout",
             {{"top", {{"margin", 20}, {"anchor", "start"}, {"direction", "horizontal"}}}}}}}};
}

void append(Json& layers, const Json& more) {
  layers.insert(layers.end(), more.begin(), more.end());
}

Json layers_of(const FrontFigure& figure, const Axes& axes) {
  const Json x = position_encoding("x", figure.x_axis, axes.x);
  const Json y = position_encoding("y", figure.y_axis, axes.y);
  Json layers = Json::array();
  layers.push_back(figure.points.size() <= kMaxDrawnPoints ? points_layer(figure, x, y)
                                                           : density_layer(figure, axes, x, y));
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
  const Json specification = {{"$schema", kSchema},
                              {"description", one_line(figure.title, kTitleSize, kFigureWidth)},
                              {"background", kPaper},
                              {"padding", 14},
                              {"width", kPlotWidth},
                              {"height", kPlotHeight},
                              {"title", title_of(figure)},
                              {"layer", layers_of(figure, axes)},
                              {"config", configuration()}};
  return specification.dump();
}

}  // namespace ecnas::report
