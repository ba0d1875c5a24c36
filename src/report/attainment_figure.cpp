#include "ecnas/report/attainment_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "report/captions.hpp"
#include "report/frame.hpp"
#include "report/layers.hpp"
#include "report/looks.hpp"
#include "report/palette.hpp"
#include "report/plot_axis.hpp"
#include "report/share_axis.hpp"

namespace ecnas::report {
namespace {

// --- Attainment surfaces -------------------------------------------------------------------------

using Corners = std::vector<moo::Objectives>;

void check(const AttainmentFigure& figure, const Corners& corners, std::string_view what) {
  if (corners.empty()) {
    fail(ErrorCode::invalid_argument, "figure {}: its {} has no corners",
         ecnas::quoted(figure.title), what);
  }
  for (std::size_t i = 0; i < corners.size(); ++i) {
    if (corners[i].size() == 2 && (i == 0 || corners[i - 1][0] < corners[i][0])) continue;
    fail(ErrorCode::invalid_argument,
         "figure {}: corner {} of its {}; expected two objectives, the first ascending",
         ecnas::quoted(figure.title), i, what);
  }
}

void check(const AttainmentFigure& figure) {
  if (figure.trials == 0)
    fail(ErrorCode::invalid_argument, "figure {}: no trials", ecnas::quoted(figure.title));
  check(figure, figure.best, "best surface");
  check(figure, figure.median, "median surface");
  check(figure, figure.worst, "worst surface");
  check(figure, figure.exact_front, "exact front");
}

PlotAxis axis_around(const AttainmentFigure& figure, std::size_t objective, const Axis& axis,
                     double length) {
  std::vector<double> values;
  for (const Corners* corners : {&figure.best, &figure.median, &figure.worst, &figure.exact_front})
    for (const moo::Objectives& corner : *corners)
      values.push_back(corner[objective]);
  return PlotAxis::around(values, axis, length);
}

/// The line that bounds what corners dominate, from the top of the plot to its right, with the
/// bends between them. Corners within half a pixel of the one before are left out.
std::vector<ScatterPoint> staircase(const Corners& corners, const Axes& axes) {
  constexpr double kVisible = 0.5;
  std::vector<ScatterPoint> line = {{corners.front()[0], axes.y.high()}};
  for (const moo::Objectives& corner : corners) {
    const ScatterPoint& last = line.back();
    const double right = axes.x.position_of(corner[0]) - axes.x.position_of(last.x);
    const double down = axes.y.position_of(last.y) - axes.y.position_of(corner[1]);
    if (line.size() > 1 && right < kVisible && down < kVisible) continue;
    if (line.size() > 1) line.push_back({corner[0], last.y});
    line.push_back({corner[0], corner[1]});
  }
  line.push_back({axes.x.high(), line.back().y});
  return line;
}

Json path_layer(std::string_view name, const std::vector<ScatterPoint>& path, Json mark) {
  Json rows = Json::array();
  for (const ScatterPoint& point : path)
    rows.push_back({{"x", point.x}, {"y", point.y}, {"order", rows.size()}});
  Json layer = marks_layer(name, rows, std::move(mark));
  layer["encoding"]["order"] = {{"field", "order"}, {"type", "quantitative"}};
  return layer;
}

/// Along the best surface and back along the worst.
Json band_layer(const AttainmentFigure& figure, const Axes& axes) {
  std::vector<ScatterPoint> outline = staircase(figure.best, axes);
  const std::vector<ScatterPoint> back = staircase(figure.worst, axes);
  outline.insert(outline.end(), back.rbegin(), back.rend());
  Json layer = path_layer("band", outline,
                          {{"type", "line"}, {"filled", true}, {"opacity", 0.35}, {"clip", true}});
  layer["encoding"]["fill"] = {
      {"datum", "Best to worst trial"},
      {"scale", {{"domain", {"Best to worst trial"}}, {"range", {kSkyBlue}}}},
      {"legend", {{"title", nullptr}, {"symbolType", "square"}, {"symbolOpacity", 0.5}}}};
  return layer;
}

std::string median_name(const AttainmentFigure& figure) {
  return figure.trials == 1 ? "The trial" : fmt::format("Median of {} trials", figure.trials);
}

Json attainment_layers(const AttainmentFigure& figure, const Axes& axes) {
  const std::string median = median_name(figure);
  const std::array<NamedLine, 2> lines = {{{median, kBlue}, {"Exact front", kInk}}};
  const auto line_layer = [&](std::string_view name, const Corners& corners, std::size_t line,
                              double width) {
    Json layer = path_layer(
        name, staircase(corners, axes),
        {{"type", "line"}, {"strokeWidth", width}, {"strokeJoin", "miter"}, {"clip", true}});
    layer["encoding"]["stroke"] = line_stroke(lines[line], lines);
    return layer;
  };
  return {band_layer(figure, axes), line_layer("median", figure.median, 0, 2.6),
          line_layer("exact_front", figure.exact_front, 1, 1)};
}

std::string volumes_text(const AttainmentFigure& figure) {
  const TrialVolumes& volumes = *figure.volumes;
  const auto volume = [](double value) { return fmt::format("{:.6g}", value); };
  constexpr double kRounding =
      1e-12;  // of the mean: trials that all found the same deviate so much
  const bool is_same = volumes.deviation && *volumes.deviation <= kRounding * volumes.mean;
  const std::string deviation = volumes.deviation
                                    ? fmt::format(" ± {:.2g}", is_same ? 0 : *volumes.deviation)
                                    : std::string();
  return fmt::format("Hypervolume {}{}, of the exact front {}; reference point ({}, {})",
                     volume(volumes.mean), deviation, volume(volumes.exact),
                     readable(volumes.reference_point[0], figure.x_axis),
                     readable(volumes.reference_point[1], figure.y_axis));
}

// --- Progress ------------------------------------------------------------------------------------

using Points = std::vector<search::ProgressPoint>;

constexpr std::size_t kMaxSeriesWithRange = 2;

void check(const ProgressFigure& figure, std::span<const std::string> names) {
  static_assert(kMaxProgressSeries == kLooks.size());
  check_looks(names, figure.title, "series");
  for (const ProgressSeries& series : figure.series) {
    std::size_t last = 0;
    for (const search::ProgressPoint& point : series.points) {
      if (point.evaluations <= last) {
        fail(ErrorCode::invalid_argument,
             "figure {}: {} evaluations after {}; they must ascend from 1",
             ecnas::quoted(figure.title), point.evaluations, last);
      }
      last = point.evaluations;
    }
    if (last == 0) {
      fail(ErrorCode::invalid_argument, "figure {}: series {} has no points",
           ecnas::quoted(figure.title), ecnas::quoted(series.label));
    }
  }
}

bool any_beyond(const ProgressFigure& figure) {
  return std::ranges::any_of(figure.series, [](const ProgressSeries& series) {
    return 1 - series.points.back().share.greatest < kLeastMissing;
  });
}

Axes progress_axes(const ProgressFigure& figure, const Axis& x_axis, const Axis& y_axis) {
  const bool ranged = figure.series.size() <= kMaxSeriesWithRange;
  std::vector<double> evaluations;
  std::vector<double> shares;
  for (const ProgressSeries& series : figure.series) {
    for (const search::ProgressPoint& point : series.points) {
      evaluations.push_back(static_cast<double>(point.evaluations));
      shares.push_back(missing(ranged ? point.share.least : point.share.lower_quartile));
      shares.push_back(missing(ranged ? point.share.greatest : point.share.upper_quartile));
    }
  }
  return {PlotAxis::around(evaluations, x_axis, kPlotWidth),
          PlotAxis::around(shares, y_axis, kPlotHeight)};
}

/// Points a pixel apart, the first and the last among them.
Points drawn_points(const Points& points, const PlotAxis& axis) {
  Points drawn;
  double last = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double at = axis.position_of(static_cast<double>(points[i].evaluations));
    if (i > 0 && i + 1 < points.size() && at - last < 1) continue;
    drawn.push_back(points[i]);
    last = at;
  }
  return drawn;
}

/// Between two of the five numbers.
Json band_layer(const std::string& name, const Points& points, double stats::FiveNumbers::*low,
                double stats::FiveNumbers::*high, std::string_view colour, double opacity) {
  Json rows = Json::array();
  for (const search::ProgressPoint& point : points) {
    rows.push_back({{"x", point.evaluations},
                    {"y", missing(point.share.*low)},
                    {"end_y", missing(point.share.*high)}});
  }
  Json layer = marks_layer(name, rows,
                           {{"type", "area"},
                            {"interpolate", "step-after"},
                            {"color", colour},
                            {"opacity", opacity},
                            {"aria", false}});
  layer["encoding"]["y2"] = {{"field", "end_y"}};
  return layer;
}

Json median_layer(const std::string& name, const Points& points, std::size_t number,
                  std::span<const std::string> names) {
  Json rows = Json::array();
  for (const search::ProgressPoint& point : points)
    rows.push_back({{"x", point.evaluations},
                    {"y", missing(point.share.median)},
                    {"share", point.share.median}});
  Json layer = marks_layer(name, rows,
                           {{"type", "line"}, {"interpolate", "step-after"}, {"strokeWidth", 2.2}});
  const Json source = {{"datum", names[number]}};
  layer["encoding"]["stroke"] = look_encoding(source, names, &Look::colour);
  layer["encoding"]["strokeDash"] = look_encoding(source, names, &Look::dashes);
  for (const char* channel : {"stroke", "strokeDash"}) {
    layer["encoding"][channel]["legend"]["symbolType"] = "stroke";
    layer["encoding"][channel]["legend"]["symbolSize"] = 400;
  }
  return layer;
}

Json progress_layers(const ProgressFigure& figure, const Axes& axes,
                     std::span<const std::string> names) {
  Json layers = Json::array();
  Json medians = Json::array();
  const bool ranged = figure.series.size() <= kMaxSeriesWithRange;
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const std::string name = fmt::format("series_{}", i);
    const Points points = drawn_points(figure.series[i].points, axes.x);
    if (ranged) {
      layers.push_back(band_layer(name + "_range", points, &stats::FiveNumbers::least,
                                  &stats::FiveNumbers::greatest, kLooks[i].colour, 0.12));
    }
    layers.push_back(band_layer(name + "_quartiles", points, &stats::FiveNumbers::lower_quartile,
                                &stats::FiveNumbers::upper_quartile, kLooks[i].colour, 0.22));
    medians.push_back(median_layer(name + "_median", points, i, names));
  }
  layers.insert(layers.end(), medians.begin(), medians.end());
  return layers;
}

std::string progress_legend(const ProgressFigure& figure) {
  std::string text = figure.series.size() <= kMaxSeriesWithRange
                         ? "Medians, quartiles, and from the worst to the best trial"
                         : "Medians and quartiles of trials";
  if (any_beyond(figure))
    text += fmt::format("; what is beyond {:.6g} % is drawn there", 100 * (1 - kLeastMissing));
  return text;
}

}  // namespace

std::string attainment_figure_spec(const AttainmentFigure& figure) {
  check(figure);
  const Axes axes{axis_around(figure, 0, figure.x_axis, kPlotWidth),
                  axis_around(figure, 1, figure.y_axis, kPlotHeight)};
  std::vector<std::string> lines = figure.lines;
  if (figure.volumes) lines.push_back(volumes_text(figure));
  Json specification = framed({figure.title, lines, kPlotWidth});
  specification["width"] = kPlotWidth;
  specification["height"] = kPlotHeight;
  specification["layer"] = attainment_layers(figure, axes);
  Json& first = specification["layer"][0]["encoding"];
  first["x"] = position_encoding("x", figure.x_axis, axes.x);
  first["y"] = position_encoding("y", figure.y_axis, axes.y);
  return specification.dump();
}

std::string progress_figure_spec(const ProgressFigure& figure) {
  std::vector<std::string> labels;
  for (const ProgressSeries& series : figure.series)
    labels.push_back(series.label);
  const std::vector<std::string> names = legend_names(labels);
  check(figure, names);
  const Axis x_axis{
      .title = "Evaluations", .unit = "", .scale = Scale::logarithmic, .provenance = {}};
  const Axes axes = progress_axes(figure, x_axis, share_axis());
  std::vector<std::string> lines = figure.lines;
  lines.push_back(progress_legend(figure));
  Json specification = framed({figure.title, lines, kPlotWidth});
  specification["width"] = kPlotWidth;
  specification["height"] = kPlotHeight;
  specification["layer"] = progress_layers(figure, axes, names);
  Json& first = specification["layer"][0]["encoding"];
  first["x"] = position_encoding("x", x_axis, axes.x);
  first["y"] = share_encoding("y", axes.y);
  return specification.dump();
}

}  // namespace ecnas::report
