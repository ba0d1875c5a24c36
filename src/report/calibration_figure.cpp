#include "ecnas/report/calibration_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "report/captions.hpp"
#include "report/frame.hpp"
#include "report/layers.hpp"
#include "report/palette.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {
namespace {

constexpr double kSquare = 380;
constexpr double kHistogramWidth = 300;
constexpr double kPanelSpacing = 34;

Axis linear_axis(std::string title) {
  return {.title = std::move(title), .unit = "", .scale = Scale::linear, .provenance = {}};
}

void check(const CalibrationFigure& figure, const CoverageSeries& series) {
  double last = 0;
  for (const auto& [nominal, observed] : series.points) {
    const bool within =
        observed.lower >= 0 && observed.lower <= observed.upper && observed.upper <= 1;
    if (!(nominal > last && nominal < 1) || !(observed.share >= 0 && observed.share <= 1) ||
        !within) {
      fail(ErrorCode::invalid_argument,
           "figure {}: {}: {} within [{}, {}] at level {}; expected shares, at ascending levels",
           ecnas::quoted(figure.title), ecnas::quoted(series.label), observed.share, observed.lower,
           observed.upper, nominal);
    }
    last = nominal;
  }
  if (series.points.empty()) {
    fail(ErrorCode::invalid_argument, "figure {}: {} has no points", ecnas::quoted(figure.title),
         ecnas::quoted(series.label));
  }
}

void check(const CalibrationFigure& figure) {
  if (figure.groups.size() > kMaxCoverageGroups) {
    fail(ErrorCode::invalid_argument, "figure {}: {} groups; {} can be told apart",
         ecnas::quoted(figure.title), figure.groups.size(), kMaxCoverageGroups);
  }
  check(figure, figure.all);
  for (const CoverageSeries& group : figure.groups)
    check(figure, group);
  if (figure.histogram.counts.empty() || !(figure.histogram.expected > 0)) {
    fail(ErrorCode::invalid_argument, "figure {}: a histogram of {} bins with {} expected in each",
         ecnas::quoted(figure.title), figure.histogram.counts.size(), figure.histogram.expected);
  }
}

/// Where the curve of all has the level that the model states.
const stats::CoveragePoint& promised_point(const CalibrationFigure& figure) {
  const auto found =
      std::ranges::find(figure.all.points, *figure.promised, &stats::CoveragePoint::nominal);
  if (found != figure.all.points.end()) return *found;
  fail(ErrorCode::invalid_argument, "figure {}: {} is promised, which is none of the levels",
       ecnas::quoted(figure.title), *figure.promised);
}

// --- Coverage ------------------------------------------------------------------------------------

std::string legend_name(const CoverageSeries& series) {
  constexpr double kWidth = 130;
  return fmt::format("{} ({})", one_line(series.label, kLabelSize, kWidth),
                     with_thousands(static_cast<std::int64_t>(series.count)));
}

Json curve_rows(const CoverageSeries& series) {
  Json rows = Json::array();
  for (const stats::CoveragePoint& point : series.points)
    rows.push_back({{"x", point.nominal}, {"y", point.observed.share}});
  return rows;
}

Json band_layer(const CoverageSeries& series) {
  Json rows = Json::array();
  for (const auto& [nominal, observed] : series.points)
    rows.push_back({{"x", nominal}, {"y", observed.lower}, {"end_y", observed.upper}});
  Json layer = marks_layer(
      "band", rows, {{"type", "area"}, {"color", kVermillion}, {"opacity", 0.25}, {"aria", false}});
  layer["encoding"]["y2"] = {{"field", "end_y"}};
  return layer;
}

/// The stated level: from the curve down to its share in words.
void append_promise(const stats::CoveragePoint& point, Json& layers) {
  constexpr double kBelow = 0.13;  // where the words are: far from any curve near the diagonal
  layers.push_back(spans_layer(
      "promise",
      {{{"x", point.nominal},
        {"y", point.observed.share},
        {"end_x", point.nominal},
        {"end_y", kBelow + 0.035}}},
      {{"type", "rule"}, {"color", kFaintInk}, {"strokeWidth", 1}, {"strokeDash", {3, 3}}}));
  layers.push_back(marks_layer("promise_mark",
                               {{{"x", point.nominal}, {"y", point.observed.share}}},
                               {{"type", "point"},
                                {"shape", "circle"},
                                {"filled", false},
                                {"size", 150},
                                {"opacity", 1},
                                {"color", kInk},
                                {"strokeWidth", 1.6}}));
  const std::string text = fmt::format("{:.1f} % within the stated {:g} % intervals",
                                       100 * point.observed.share, 100 * point.nominal);
  Json label = text_layer("promise_label", {{{"x", 0.97}, {"y", kBelow}, {"text", text}}});
  label["mark"]["align"] = "right";
  layers.push_back(std::move(label));
}

PlotAxis unit_axis(const Axis& axis, double length) {
  return PlotAxis::around({0, 1}, axis, length);
}

Json percent_encoding(std::string_view field, const Axis& axis, double length) {
  Json encoding = position_encoding(field, axis, unit_axis(axis, length));
  encoding["scale"]["domain"] = {0, 1};
  encoding["axis"]["format"] = ".0%";
  encoding["axis"]["values"] = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
  encoding["axis"]["labelOverlap"] = "parity";
  return encoding;
}

Json coverage_layers(const CalibrationFigure& figure) {
  const std::vector<std::string> colours =
      figure.groups.empty() ? std::vector<std::string>() : group_colours(figure.groups.size());
  std::vector<std::string> names = {legend_name(figure.all)};
  for (const CoverageSeries& group : figure.groups)
    names.push_back(legend_name(group));
  if (std::set(names.begin(), names.end()).size() != names.size()) {
    fail(ErrorCode::invalid_argument, "figure {}: two series are named alike",
         ecnas::quoted(figure.title));
  }
  std::vector<NamedLine> lines = {{names[0], kVermillion}};
  for (std::size_t i = 0; i < figure.groups.size(); ++i)
    lines.push_back({names[i + 1], colours[i]});
  const auto curve = [&](std::string_view name, const CoverageSeries& series, std::size_t line,
                         double width) {
    Json layer = marks_layer(name, curve_rows(series), {{"type", "line"}, {"strokeWidth", width}});
    layer["encoding"]["stroke"] = line_stroke(lines[line], lines);
    layer["encoding"]["stroke"]["legend"]["labelLimit"] = 240;
    return layer;
  };
  Json layers = {spans_layer("diagonal", {{{"x", 0}, {"y", 0}, {"end_x", 1}, {"end_y", 1}}},
                             {{"type", "rule"}, {"color", kInk}, {"strokeWidth", 1}}),
                 band_layer(figure.all)};
  layers.push_back(curve("all", figure.all, 0, 3.2));
  for (std::size_t i = 0; i < figure.groups.size(); ++i)
    layers.push_back(curve(fmt::format("group_{}", i), figure.groups[i], i + 1, 1.2));
  layers.push_back(marks_layer("all_marks", curve_rows(figure.all),
                               {{"type", "point"},
                                {"shape", "circle"},
                                {"filled", true},
                                {"size", 26},
                                {"opacity", 1},
                                {"color", kVermillion}}));
  if (figure.promised) append_promise(promised_point(figure), layers);
  return layers;
}

Json coverage_panel(const CalibrationFigure& figure) {
  Json layers = coverage_layers(figure);
  layers[0]["encoding"]["x"] = percent_encoding("x", linear_axis("Nominal coverage"), kSquare);
  layers[0]["encoding"]["y"] = percent_encoding("y", linear_axis("Observed coverage"), kSquare);
  const std::string title = figure.promised
                                ? fmt::format(
                                      "Intervals of {:g} % as stated, of other levels by a "
                                      "normal shape through them",
                                      100 * *figure.promised)
                                : std::string("Intervals of every level");
  return {{"title", panel_title(title, kSquare)},
          {"width", kSquare},
          {"height", kSquare},
          {"layer", std::move(layers)}};
}

// --- Histogram -----------------------------------------------------------------------------------

Json histogram_rows(const stats::IntegralHistogram& histogram) {
  const auto bins = static_cast<double>(histogram.counts.size());
  Json rows = Json::array();
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    rows.push_back({{"x", static_cast<double>(i) / bins},
                    {"y", 0},
                    {"end_x", static_cast<double>(i + 1) / bins},
                    {"end_y", static_cast<double>(histogram.counts[i]) / histogram.expected}});
  }
  return rows;
}

Json histogram_panel(const CalibrationFigure& figure) {
  const stats::IntegralHistogram& histogram = figure.histogram;
  const double lower = static_cast<double>(histogram.lower) / histogram.expected;
  const double upper = static_cast<double>(histogram.upper) / histogram.expected;
  Json layers = {
      spans_layer("histogram", histogram_rows(histogram),
                  {{"type", "rect"}, {"color", kSkyBlue}, {"stroke", kPaper}, {"strokeWidth", 1}}),
      spans_layer("uniform_band", {{{"x", 0}, {"y", lower}, {"end_x", 1}, {"end_y", upper}}},
                  {{"type", "rect"}, {"color", kInk}, {"opacity", 0.16}, {"aria", false}}),
      spans_layer("uniform", {{{"x", 0}, {"y", 1}, {"end_x", 1}, {"end_y", 1}}},
                  {{"type", "rule"}, {"color", kInk}, {"strokeWidth", 1}})};
  const std::size_t most = *std::ranges::max_element(histogram.counts);
  const double highest = 1.06 * std::max(upper, static_cast<double>(most) / histogram.expected);
  Json x =
      percent_encoding("x", linear_axis("Predicted probability of a lower value"), kHistogramWidth);
  const Axis relative = linear_axis("Frequency, against an even spread");
  Json y = position_encoding("y", relative, PlotAxis::around({0, highest}, relative, kSquare));
  y["scale"]["domain"] = {0, highest};
  y["axis"]["format"] = ".0%";
  layers[0]["encoding"]["x"] = std::move(x);
  layers[0]["encoding"]["y"] = std::move(y);
  return {{"title", panel_title("Where truths lie in what was predicted: the bars end in the grey "
                                "band if all is right",
                                kHistogramWidth)},
          {"width", kHistogramWidth},
          {"height", kSquare},
          {"layer", std::move(layers)}};
}

}  // namespace

std::string calibration_figure_spec(const CalibrationFigure& figure) {
  check(figure);
  Json specification =
      framed({figure.title, figure.lines, kSquare + kPanelSpacing + 50 + kHistogramWidth});
  specification["hconcat"] = {coverage_panel(figure), histogram_panel(figure)};
  specification["spacing"] = kPanelSpacing;
  set_legend_apart(specification);
  return specification.dump();
}

}  // namespace ecnas::report
