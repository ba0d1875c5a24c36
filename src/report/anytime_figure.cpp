#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/report/comparison_figure.hpp"
#include "report/captions.hpp"
#include "report/compared.hpp"
#include "report/frame.hpp"
#include "report/layers.hpp"
#include "report/looks.hpp"
#include "report/palette.hpp"
#include "report/share_axis.hpp"

namespace ecnas::report {
namespace {

using Points = std::vector<search::CurvePoint>;

void check(const AnytimeFigure& figure, std::span<const std::string> names) {
  check_compared(names, figure.title, 1);
  for (const AnytimeSeries& series : figure.series) {
    double last = 0;
    for (const search::CurvePoint& point : series.points) {
      if (!(point.spent > last)) {
        fail(ErrorCode::invalid_argument,
             "figure {}: {} spent after {}; amounts must ascend from 0",
             ecnas::quoted(figure.title), point.spent, last);
      }
      last = point.spent;
    }
    if (series.points.empty()) {
      fail(ErrorCode::invalid_argument, "figure {}: series {} has no points",
           ecnas::quoted(figure.title), ecnas::quoted(series.label));
    }
  }
}

bool is_coloured(std::size_t number) {
  return number < kLooks.size();
}

/// As it is drawn.
double height_of(const AnytimeFigure& figure, double value) {
  return figure.is_share ? missing(value) : value;
}

Axes axes_of(const AnytimeFigure& figure, const Axis& x_axis, const Axis& y_axis) {
  std::vector<double> amounts;
  std::vector<double> heights;
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    for (const search::CurvePoint& point : figure.series[i].points) {
      amounts.push_back(point.spent);
      heights.push_back(height_of(figure, point.values.median));
      if (!is_coloured(i)) continue;
      heights.push_back(height_of(figure, point.values.lower_quartile));
      heights.push_back(height_of(figure, point.values.upper_quartile));
    }
  }
  return {PlotAxis::around(amounts, x_axis, kPlotWidth),
          PlotAxis::around(heights, y_axis, kPlotHeight)};
}

Json quartiles_layer(const AnytimeFigure& figure, std::size_t number) {
  Json rows = Json::array();
  for (const search::CurvePoint& point : figure.series[number].points) {
    rows.push_back({{"x", point.spent},
                    {"y", height_of(figure, point.values.lower_quartile)},
                    {"end_y", height_of(figure, point.values.upper_quartile)}});
  }
  Json layer = marks_layer(fmt::format("series_{}_quartiles", number), rows,
                           {{"type", "area"},
                            {"interpolate", "step-after"},
                            {"color", kLooks[number].colour},
                            {"opacity", 0.16},
                            {"aria", false}});
  layer["encoding"]["y2"] = {{"field", "end_y"}};
  return layer;
}

Json median_layer(const AnytimeFigure& figure, std::size_t number) {
  Json rows = Json::array();
  for (const search::CurvePoint& point : figure.series[number].points)
    rows.push_back({{"x", point.spent}, {"y", height_of(figure, point.values.median)}});
  Json mark = {{"type", "line"}, {"interpolate", "step-after"}};
  if (is_coloured(number)) {
    mark["color"] = kLooks[number].colour;
    mark["strokeDash"] = Json::parse(kLooks[number].dashes);
    mark["strokeWidth"] = 2.2;
  } else {
    mark["color"] = kOtherLine;
    mark["strokeWidth"] = 1.2;
  }
  return marks_layer(fmt::format("series_{}_median", number), rows, std::move(mark));
}

/// Positions that keep `gap` pixels between labels and are near the wanted ones, within the plot.
/// @param wanted  ascending
std::vector<double> apart(std::vector<double> wanted, double gap, double length) {
  for (std::size_t i = 1; i < wanted.size(); ++i)
    wanted[i] = std::max(wanted[i], wanted[i - 1] + gap);
  double limit = length;
  for (std::size_t i = wanted.size(); i-- > 0;) {
    wanted[i] = std::min(wanted[i], limit);
    limit = wanted[i] - gap;
  }
  return wanted;
}

/// Each curve's name at the right, and a line to it from where the curve ends.
void add_labels(const AnytimeFigure& figure, std::span<const std::string> names, const Axes& axes,
                Json& layers) {
  constexpr double kGap = 14;
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto end_of = [&](std::size_t i) {
    return height_of(figure, figure.series[i].points.back().values.median);
  };
  std::ranges::stable_sort(order, {}, end_of);
  std::vector<double> wanted;
  for (const std::size_t i : order)
    wanted.push_back(axes.y.position_of(end_of(i)));
  const std::vector<double> positions = apart(std::move(wanted), kGap, axes.y.length());
  Json leaders = Json::array();
  Json labels = Json::array();
  for (std::size_t place = 0; place < order.size(); ++place) {
    const std::size_t i = order[place];
    const double height = axes.y.value_at(positions[place]);
    leaders.push_back({{"x", figure.series[i].points.back().spent},
                       {"y", end_of(i)},
                       {"end_x", axes.x.high()},
                       {"end_y", height}});
    labels.push_back({{"x", axes.x.high()},
                      {"y", height},
                      {"text", names[i]},
                      {"colour", is_coloured(i) ? kLooks[i].colour : kFaintInk}});
  }
  layers.push_back(spans_layer("leaders", leaders,
                               {{"type", "rule"}, {"color", kOtherLine}, {"strokeWidth", 0.7}}));
  Json text = text_layer("labels", labels);
  text["mark"]["align"] = "left";
  text["mark"]["dx"] = 5;
  text["encoding"]["color"] = {{"field", "colour"}, {"type", "nominal"}, {"scale", nullptr}};
  layers.push_back(std::move(text));
}

std::string explanation(const AnytimeFigure& figure) {
  std::string text = "Medians of trials, with quartiles";
  if (figure.series.size() > kLooks.size())
    text += fmt::format(" of the best {}; the others in grey", kLooks.size());
  const bool is_beyond =
      figure.is_share && std::ranges::any_of(figure.series, [](const AnytimeSeries& series) {
        return 1 - series.points.back().values.upper_quartile < kLeastMissing;
      });
  if (is_beyond)
    text += fmt::format("; what is beyond {:.6g} % is drawn there", 100 * (1 - kLeastMissing));
  return text;
}

}  // namespace

std::string anytime_figure_spec(const AnytimeFigure& figure) {
  std::vector<std::string> labels;
  for (const AnytimeSeries& series : figure.series)
    labels.push_back(series.label);
  const std::vector<std::string> names = legend_names(labels);
  check(figure, names);
  Axis x_axis = figure.x_axis;
  x_axis.scale = Scale::logarithmic;
  const Axis y_axis = figure.is_share ? share_axis() : figure.y_axis;
  const Axes axes = axes_of(figure, x_axis, y_axis);
  std::vector<std::string> lines = figure.lines;
  lines.push_back(explanation(figure));
  Json specification = framed({figure.title, lines, kPlotWidth});
  specification["width"] = kPlotWidth;
  specification["height"] = kPlotHeight;
  Json layers = Json::array();
  // The first in front of the others.
  for (std::size_t i = std::min(names.size(), kLooks.size()); i-- > 0;)
    layers.push_back(quartiles_layer(figure, i));
  for (std::size_t i = names.size(); i-- > 0;)
    layers.push_back(median_layer(figure, i));
  add_labels(figure, names, axes, layers);
  Json& first = layers[0]["encoding"];
  first["x"] = position_encoding("x", x_axis, axes.x);
  first["y"] =
      figure.is_share ? share_encoding("y", axes.y) : position_encoding("y", y_axis, axes.y);
  specification["layer"] = std::move(layers);
  return specification.dump();
}

}  // namespace ecnas::report
