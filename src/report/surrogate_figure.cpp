#include "ecnas/report/surrogate_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "report/cloud.hpp"
#include "report/frame.hpp"
#include "report/layers.hpp"
#include "report/palette.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {
namespace {

// --- Predicted against measured ------------------------------------------------------------------

constexpr double kSquare = 500;       // pixels, both sides of the plotting area
constexpr double kPanelSquare = 340;  // likewise, of one of several
constexpr double kPanelSpacing = 26;
constexpr std::size_t kMaxPanels = 3;

/// Both coordinates of all points on one axis.
PlotAxis shared_axis(std::span<const std::span<const ScatterPoint>> clouds, const Axis& axis,
                     double length) {
  std::vector<double> values;
  for (const std::span<const ScatterPoint> points : clouds) {
    for (const ScatterPoint& point : points) {
      values.push_back(point.x);
      values.push_back(point.y);
    }
  }
  return PlotAxis::around(values, axis, length);
}

Axis named(std::string_view word, const Axis& axis) {
  Axis result = axis;
  result.title = std::string(word) + " " + axis.title;
  return result;
}

Json diagonal_layer(const PlotAxis& axis) {
  const NamedLine line{"y = x", kVermillion};
  Json layer = spans_layer(
      "diagonal",
      {{{"x", axis.low()}, {"y", axis.low()}, {"end_x", axis.high()}, {"end_y", axis.high()}}},
      {{"type", "rule"}, {"strokeWidth", 1.2}});
  layer["encoding"]["stroke"] = line_stroke(line, {&line, 1});
  return layer;
}

/// A square of predictions against measured values.
Json prediction_plot(const Cloud& cloud, const Axis& axis, const PlotAxis& plot) {
  return {{"width", plot.length()},
          {"height", plot.length()},
          {"layer",
           {cloud_layer(cloud, named("Measured", axis), named("Predicted", axis), {plot, plot}),
            diagonal_layer(plot)}}};
}

/// The same, one of several: its layers have the panel's name before their own.
Json prediction_panel(const PredictionPanelsFigure& figure, std::size_t number,
                      const PlotAxis& plot) {
  const PredictionPanel& panel = figure.panels[number];
  const Cloud cloud{panel.points, figure.groups, figure.group_title, true};
  Json drawn = prediction_plot(cloud, figure.axis, plot);
  for (Json& layer : drawn["layer"]) {
    layer["name"] = fmt::format("panel_{}_{}", number, layer["name"].get<std::string>());
  }
  // One axis names the quantity for all.
  if (number > 0) drawn["layer"][0]["encoding"]["y"]["axis"]["title"] = nullptr;
  drawn["title"] = panel_title(panel.title, plot.length());
  return drawn;
}

// --- Learning curve ------------------------------------------------------------------------------

constexpr double kScorePanelHeight = 250;
constexpr double kErrorPanelHeight = 170;

/// One score of all points, and how it looks.
struct Series {
  std::string_view name;
  std::string_view label;
  std::string_view colour;
  std::string_view shape;
  double shift;  ///< in pixels along x, so that bars do not cover one another
  std::optional<MeanAndDeviation> LearningCurvePoint::*score;
};

constexpr Series kR2 = {"r2", "R²", kVermillion, "square", -3, &LearningCurvePoint::r2};
constexpr Series kTau = {"kendall_tau", "Kendall τ", kBlue,
                         "circle",      3,           &LearningCurvePoint::kendall_tau};
constexpr Series kMae = {"mae", "Mean absolute error",   kInk, "diamond",
                         0,     &LearningCurvePoint::mae};

bool has_any(const LearningCurveFigure& figure, const Series& series) {
  return std::ranges::any_of(figure.points, [&](const LearningCurvePoint& point) {
    return (point.*series.score).has_value();
  });
}

void check(const LearningCurveFigure& figure) {
  std::size_t last = 0;
  for (const LearningCurvePoint& point : figure.points) {
    if (point.training_cells <= last) {
      fail(ErrorCode::invalid_argument, "figure {}: {} cells after {}; sizes must ascend from 1",
           ecnas::quoted(figure.title), point.training_cells, last);
    }
    last = point.training_cells;
    for (const Series& series : {kR2, kTau, kMae}) {
      const auto& score = point.*series.score;
      if (score && (!std::isfinite(score->deviation) || score->deviation < 0)) {
        fail(ErrorCode::invalid_argument,
             "figure {}: a standard deviation of {} is {}; it must be finite and not negative",
             ecnas::quoted(figure.title), series.label, score->deviation);
      }
    }
  }
  if (!has_any(figure, kR2) && !has_any(figure, kTau) && !has_any(figure, kMae))
    fail(ErrorCode::invalid_argument, "figure {}: no score; at least one is needed",
         ecnas::quoted(figure.title));
}

/// Ends of all bars.
std::vector<double> extents(const LearningCurveFigure& figure, std::span<const Series> shown) {
  std::vector<double> values;
  for (const LearningCurvePoint& point : figure.points) {
    for (const Series& series : shown) {
      if (const auto& score = point.*series.score) {
        values.push_back(score->mean - score->deviation);
        values.push_back(score->mean + score->deviation);
      }
    }
  }
  return values;
}

Json score_rows(const LearningCurveFigure& figure, const Series& series) {
  Json rows = Json::array();
  for (const LearningCurvePoint& point : figure.points) {
    if (const auto& score = point.*series.score)
      rows.push_back({{"x", point.training_cells}, {"y", score->mean}});
  }
  return rows;
}

Json bar_rows(const LearningCurveFigure& figure, const Series& series) {
  Json rows = Json::array();
  for (const LearningCurvePoint& point : figure.points) {
    const auto& score = point.*series.score;
    if (!score || score->deviation == 0) continue;
    rows.push_back({{"x", point.training_cells},
                    {"y", score->mean - score->deviation},
                    {"end_x", point.training_cells},
                    {"end_y", score->mean + score->deviation}});
  }
  return rows;
}

/// Bars, the line through the means, their marks.
/// @param named  lines in the legend, if this is one of several
void append_series(const LearningCurveFigure& figure, const Series& series,
                   std::span<const NamedLine> named, Json& layers) {
  const std::string name(series.name);
  layers.push_back(spans_layer(name + "_bars", bar_rows(figure, series),
                               {{"type", "rule"},
                                {"color", series.colour},
                                {"strokeWidth", 1.4},
                                {"xOffset", series.shift},
                                {"x2Offset", series.shift}}));
  Json line = marks_layer(name + "_line", score_rows(figure, series),
                          {{"type", "line"},
                           {"color", series.colour},
                           {"strokeWidth", 1.6},
                           {"xOffset", series.shift}});
  if (!named.empty())
    line["encoding"]["stroke"] = line_stroke({series.label, series.colour}, named);
  layers.push_back(std::move(line));
  layers.push_back(marks_layer(name + "_marks", score_rows(figure, series),
                               {{"type", "point"},
                                {"shape", series.shape},
                                {"filled", true},
                                {"size", 34},
                                {"opacity", 1},
                                {"color", series.colour},
                                {"xOffset", series.shift}}));
}

struct Panel {
  std::span<const Series> series;
  Axis axis;
  double height;
  bool legend;  ///< names its series; otherwise the axis does
  bool lowest;  ///< of the panels: it names the axis they share
};

Json panel_of(const LearningCurveFigure& figure, const Panel& panel) {
  const Axis cells{
      .title = "Cells fitted on", .unit = "", .scale = Scale::logarithmic, .provenance = {}};
  std::vector<double> sizes;
  for (const LearningCurvePoint& point : figure.points)
    sizes.push_back(static_cast<double>(point.training_cells));
  Json x = position_encoding("x", cells, PlotAxis::around(sizes, cells, kPlotWidth));
  x["axis"]["format"] = ",d";
  x["axis"]["values"] = sizes;
  x["axis"]["labelOverlap"] = "greedy";
  if (!panel.lowest) x["axis"]["title"] = nullptr;
  Json y = position_encoding(
      "y", panel.axis, PlotAxis::around(extents(figure, panel.series), panel.axis, panel.height));
  y["axis"]["minExtent"] = 44;  // so that the panels' plotting areas stand below one another
  y["axis"]["tickCount"] = 6;
  std::vector<NamedLine> named;
  for (const Series& series : panel.series) {
    if (panel.legend) named.push_back({series.label, series.colour});
  }
  Json layers = Json::array();
  for (const Series& series : panel.series)
    append_series(figure, series, named, layers);
  layers.front()["encoding"]["x"] = x;
  layers.front()["encoding"]["y"] = y;
  return {{"width", kPlotWidth}, {"height", panel.height}, {"layer", layers}};
}

}  // namespace

std::string prediction_figure_spec(const PredictionFigure& figure) {
  // The few small cells over the many large ones.
  const Cloud cloud{figure.points, figure.groups, figure.group_title, true};
  check(cloud, figure.title);
  const std::span<const ScatterPoint> points = figure.points;
  Json specification = framed({figure.title, figure.lines, kSquare});
  specification.update(
      prediction_plot(cloud, figure.axis, shared_axis({&points, 1}, figure.axis, kSquare)));
  return specification.dump();
}

std::string prediction_panels_spec(const PredictionPanelsFigure& figure) {
  if (figure.panels.empty() || figure.panels.size() > kMaxPanels) {
    fail(ErrorCode::invalid_argument, "figure {}: {} panels; 1 to {} can be drawn",
         ecnas::quoted(figure.title), figure.panels.size(), kMaxPanels);
  }
  std::vector<std::span<const ScatterPoint>> clouds;
  for (const PredictionPanel& panel : figure.panels) {
    check(Cloud{panel.points, figure.groups, figure.group_title}, figure.title);
    clouds.emplace_back(panel.points);
  }
  const PlotAxis plot = shared_axis(clouds, figure.axis, kPanelSquare);
  const auto count = static_cast<double>(figure.panels.size());
  Json specification = framed(
      {figure.title, figure.lines, count * kPanelSquare + (count - 1) * (kPanelSpacing + 30)});
  specification["hconcat"] = Json::array();
  for (std::size_t i = 0; i < figure.panels.size(); ++i)
    specification["hconcat"].push_back(prediction_panel(figure, i, plot));
  specification["spacing"] = kPanelSpacing;
  set_legend_apart(specification);
  return specification.dump();
}

std::string learning_curve_figure_spec(const LearningCurveFigure& figure) {
  check(figure);
  std::vector<Series> scores;
  for (const Series& series : {kR2, kTau}) {
    if (has_any(figure, series)) scores.push_back(series);
  }
  const bool has_error = has_any(figure, kMae);
  Json panels = Json::array();
  if (!scores.empty()) {
    const Axis axis{
        .title = "Score on test cells", .unit = "", .scale = Scale::linear, .provenance = {}};
    panels.push_back(panel_of(figure, {scores, axis, kScorePanelHeight, true, !has_error}));
  }
  if (has_error) {
    const Axis axis{.title = "Mean absolute error",
                    .unit = figure.error_unit,
                    .scale = Scale::linear,
                    .provenance = {}};
    panels.push_back(panel_of(figure, {std::span(&kMae, 1), axis, kErrorPanelHeight, false, true}));
  }
  Json specification = framed({figure.title, figure.lines, kPlotWidth});
  specification["vconcat"] = panels;
  specification["spacing"] = 26;
  return specification.dump();
}

}  // namespace ecnas::report
