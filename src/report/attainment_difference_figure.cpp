#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/report/comparison_figure.hpp"
#include "report/captions.hpp"
#include "report/compared.hpp"
#include "report/frame.hpp"
#include "report/layers.hpp"
#include "report/looks.hpp"
#include "report/palette.hpp"

namespace ecnas::report {
namespace {

constexpr double kVisible = 0.5;  // pixels

void check(const AttainmentDifferenceFigure& figure, std::span<const std::string> names) {
  check_compared(names, figure.title, 2);
  if (figure.exact_front.empty() || figure.intervals == 0) {
    fail(ErrorCode::invalid_argument, "figure {}: no exact front or no steps",
         ecnas::quoted(figure.title));
  }
  for (const moo::Objectives& point : figure.exact_front) {
    if (point.size() == 2) continue;
    fail(ErrorCode::invalid_argument, "figure {}: a point of {} objectives; expected two",
         ecnas::quoted(figure.title), point.size());
  }
}

/// Around the front and all finite corners of differences.
PlotAxis axis_around(const AttainmentDifferenceFigure& figure, std::size_t objective,
                     const Axis& axis, double length) {
  std::vector<double> values;
  for (const moo::Objectives& point : figure.exact_front)
    values.push_back(point[objective]);
  for (const moo::AttainmentDifference& part : figure.differences) {
    for (const double value :
         objective == 0 ? std::array{part.left, part.right} : std::array{part.bottom, part.top}) {
      if (std::isfinite(value)) values.push_back(value);
    }
  }
  return PlotAxis::around(values, axis, length);
}

/// How strongly a difference shows: one of `intervals` steps.
double strength(double difference, std::size_t intervals) {
  const auto steps = static_cast<double>(intervals);
  const double step = std::min(std::floor(std::abs(difference) * steps), steps - 1);
  return 0.15 + 0.8 * (step + 0.5) / steps;
}

/// Parts of the plane by who attains more of them; those too small to see are left out.
Json part_rows(const AttainmentDifferenceFigure& figure, std::span<const std::string> names,
               const Axes& axes) {
  Json rows = Json::array();
  for (const moo::AttainmentDifference& part : figure.differences) {
    const double right = std::min(part.right, axes.x.high());
    const double top = std::min(part.top, axes.y.high());
    const double width = axes.x.position_of(right) - axes.x.position_of(part.left);
    const double height = axes.y.position_of(top) - axes.y.position_of(part.bottom);
    if (width < kVisible || height < kVisible) continue;
    rows.push_back({{"x", part.left},
                    {"y", part.bottom},
                    {"end_x", right},
                    {"end_y", top},
                    {"who", names[part.difference > 0 ? 0 : 1]},
                    {"strength", strength(part.difference, figure.intervals)}});
  }
  return rows;
}

Json parts_layer(const AttainmentDifferenceFigure& figure, std::span<const std::string> names,
                 const Axes& axes) {
  Json layer = spans_layer("differences", part_rows(figure, names, axes),
                           {{"type", "rect"}, {"strokeWidth", 0}, {"aria", false}});
  layer["encoding"]["color"] = {
      {"field", "who"},
      {"type", "nominal"},
      {"scale", {{"domain", {names[0], names[1]}}, {"range", {kBlue, kVermillion}}}},
      {"legend", {{"title", "More often attained by"}, {"symbolType", "square"}}}};
  layer["encoding"]["opacity"] = {
      {"field", "strength"}, {"type", "quantitative"}, {"scale", nullptr}};
  return layer;
}

/// The line that bounds what the front dominates.
Json front_layer(const AttainmentDifferenceFigure& figure, const Axes& axes) {
  Json rows = Json::array();
  double y = axes.y.high();
  const auto add = [&](double x, double height) {
    rows.push_back({{"x", x}, {"y", height}, {"order", rows.size()}});
  };
  for (const moo::Objectives& point : figure.exact_front) {
    add(point[0], y);
    y = point[1];
    add(point[0], y);
  }
  add(axes.x.high(), y);
  Json layer =
      marks_layer("exact_front", rows,
                  {{"type", "line"}, {"strokeWidth", 1}, {"strokeJoin", "miter"}, {"color", kInk}});
  layer["encoding"]["order"] = {{"field", "order"}, {"type", "quantitative"}};
  return layer;
}

}  // namespace

std::string attainment_difference_figure_spec(const AttainmentDifferenceFigure& figure) {
  const std::vector<std::string> names = legend_names(figure.labels);
  check(figure, names);
  const Axes axes{axis_around(figure, 0, figure.x_axis, kPlotWidth),
                  axis_around(figure, 1, figure.y_axis, kPlotHeight)};
  std::vector<std::string> lines = figure.lines;
  lines.push_back(fmt::format(
      "The stronger the colour, the larger the difference in shares of trials, in steps "
      "of {:g} %; the line is the exact front",
      100.0 / static_cast<double>(figure.intervals)));
  Json specification = framed({figure.title, lines, kPlotWidth});
  specification["width"] = kPlotWidth;
  specification["height"] = kPlotHeight;
  specification["layer"] = {parts_layer(figure, names, axes), front_layer(figure, axes)};
  Json& first = specification["layer"][0]["encoding"];
  first["x"] = position_encoding("x", figure.x_axis, axes.x);
  first["y"] = position_encoding("y", figure.y_axis, axes.y);
  return specification.dump();
}

}  // namespace ecnas::report
