#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

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

void check_compared(std::span<const std::string> names, std::string_view title, std::size_t least) {
  const std::set<std::string> different(names.begin(), names.end());
  if (names.size() >= least && names.size() <= kMaxCompared && different.size() == names.size())
    return;
  fail(ErrorCode::invalid_argument,
       "figure {}: {} algorithms; {} to {}, all named differently, can be drawn",
       ecnas::quoted(title), names.size(), least, kMaxCompared);
}

namespace {

constexpr double kLane = 30;     // pixels from one row to the next
constexpr double kJitter = 0.3;  // of a lane, at most

PlotAxis axis_of(const TrialsFigure& figure) {
  std::vector<double> values;
  for (const TrialsRow& row : figure.rows) {
    for (const double share : row.shares)
      values.push_back(missing(share));
    values.push_back(missing(row.mean));
    if (!row.interval) continue;
    values.push_back(missing(row.interval->first));
    values.push_back(missing(row.interval->second));
  }
  return PlotAxis::around(values, share_axis(), kPlotWidth);
}

/// Evenly spread for any number of trials.
double jitter(std::size_t trial) {
  constexpr double kGolden = 0.6180339887498949;
  const double place = kGolden * static_cast<double>(trial + 1);
  return kJitter * (2 * (place - std::floor(place)) - 1);
}

Json trial_rows(const TrialsFigure& figure) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < figure.rows.size(); ++i) {
    for (std::size_t trial = 0; trial < figure.rows[i].shares.size(); ++trial)
      rows.push_back({{"x", missing(figure.rows[i].shares[trial])},
                      {"y", static_cast<double>(i) + jitter(trial)}});
  }
  return rows;
}

Json interval_rows(const TrialsFigure& figure) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < figure.rows.size(); ++i) {
    if (!figure.rows[i].interval) continue;
    const auto [low, high] = *figure.rows[i].interval;
    rows.push_back({{"x", missing(low)}, {"y", i}, {"end_x", missing(high)}, {"end_y", i}});
  }
  return rows;
}

Json layers_of(const TrialsFigure& figure, std::span<const std::string> names,
               const PlotAxis& axis) {
  Json guides = Json::array();
  Json means = Json::array();
  Json titles = Json::array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    guides.push_back({{"x", axis.low()}, {"y", i}, {"end_x", axis.high()}, {"end_y", i}});
    means.push_back({{"x", missing(figure.rows[i].mean)}, {"y", i}});
    titles.push_back({{"x", axis.high()}, {"y", i}, {"text", names[i]}});
  }
  Json text = text_layer("names", titles);
  text["mark"]["align"] = "right";
  text["mark"]["dx"] = -10;
  return {
      spans_layer("guides", guides, {{"type", "rule"}, {"color", kGridLine}}),
      marks_layer(
          "trials", trial_rows(figure),
          {{"type", "point"}, {"filled", true}, {"size", 20}, {"opacity", 0.45}, {"color", kBlue}}),
      spans_layer("intervals", interval_rows(figure),
                  {{"type", "rule"}, {"strokeWidth", 4}, {"color", kVermillion}}),
      marks_layer("means", means,
                  {{"type", "point"},
                   {"shape", "diamond"},
                   {"filled", true},
                   {"size", 90},
                   {"opacity", 1},
                   {"color", kInk}}),
      std::move(text)};
}

}  // namespace

std::string trials_figure_spec(const TrialsFigure& figure) {
  std::vector<std::string> labels;
  for (const TrialsRow& row : figure.rows)
    labels.push_back(row.label);
  const std::vector<std::string> names = legend_names(labels);
  check_compared(names, figure.title, 1);
  for (const TrialsRow& row : figure.rows) {
    if (row.shares.empty()) {
      fail(ErrorCode::invalid_argument, "figure {}: {} has no trials", ecnas::quoted(figure.title),
           ecnas::quoted(row.label));
    }
  }
  const PlotAxis axis = axis_of(figure);
  std::vector<std::string> lines = figure.lines;
  lines.emplace_back("Each dot a trial, diamonds their mean, bars its interval");
  Json specification = framed({figure.title, lines, kPlotWidth});
  specification["width"] = kPlotWidth;
  specification["height"] = kLane * static_cast<double>(names.size());
  specification["layer"] = layers_of(figure, names, axis);
  Json& first = specification["layer"][0]["encoding"];
  first["x"] = share_encoding("x", axis);
  first["y"] = {{"field", "y"},
                {"type", "quantitative"},
                {"scale",
                 {{"domain", {-0.5, static_cast<double>(names.size()) - 0.5}},
                  {"reverse", true},
                  {"nice", false},
                  {"zero", false}}},
                {"axis", nullptr}};
  return specification.dump();
}

}  // namespace ecnas::report
