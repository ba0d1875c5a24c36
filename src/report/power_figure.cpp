#include "ecnas/report/power_figure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "report/captions.hpp"
#include "report/frame.hpp"
#include "report/layers.hpp"
#include "report/palette.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {
namespace {

constexpr std::size_t kMaxComponents = 16;
constexpr std::array<std::string_view, 8> kColours = {kBlue,    kVermillion, kOrange,   kInk,
                                                      kSkyBlue, "#009E73",   "#CC79A7", kFaintInk};

void check(const PowerFigure& figure) {
  const std::set<std::string> different(figure.components.begin(), figure.components.end());
  const bool has_values = std::ranges::all_of(figure.readings, [&](const PowerReading& reading) {
    return reading.component < figure.components.size() && std::isfinite(reading.time_s) &&
           std::isfinite(reading.power_w);
  });
  if (figure.readings.empty() || figure.components.empty() ||
      figure.components.size() > kMaxComponents || different.size() != figure.components.size() ||
      !has_values) {
    fail(ErrorCode::invalid_argument,
         "figure {}: {} readings of {} components; 1 to {} components, all different, with finite "
         "readings can be drawn",
         ecnas::quoted(figure.title), figure.readings.size(), figure.components.size(),
         kMaxComponents);
  }
}

struct TimeUnit {
  std::string_view name;
  double seconds;
};

TimeUnit unit_of(double longest_s) {
  if (longest_s < 300) return {"s", 1};
  if (longest_s < 18'000) return {"min", 60};
  return {"h", 3600};
}

Json colours(const PowerFigure& figure) {
  Json domain = Json::array();
  Json range = Json::array();
  for (std::size_t i = 0; i < figure.components.size(); ++i) {
    domain.push_back(clean(figure.components[i]));
    range.push_back(kColours[i % kColours.size()]);
  }
  return {{"field", "component"},
          {"type", "nominal"},
          {"scale", {{"domain", domain}, {"range", range}}},
          {"legend", {{"title", "Component"}}}};
}

}  // namespace

std::string power_figure_spec(const PowerFigure& figure) {
  check(figure);
  const TimeUnit unit = unit_of(figure.readings.back().time_s);
  Json rows = Json::array();
  std::vector<double> times = {0};
  std::vector<double> powers = {0};
  for (const PowerReading& reading : figure.readings) {
    times.push_back(reading.time_s / unit.seconds);
    powers.push_back(reading.power_w);
    rows.push_back({{"x", times.back()},
                    {"y", reading.power_w},
                    {"component", clean(figure.components[reading.component])}});
  }
  const Axis time{
      .title = "Time", .unit = std::string(unit.name), .scale = Scale::linear, .provenance = {}};
  const Axis power{.title = "Power", .unit = "W", .scale = Scale::linear, .provenance = {}};
  Json layer = marks_layer(
      "power", rows, {{"type", "line"}, {"interpolate", "step-before"}, {"strokeWidth", 1.5}});
  layer["encoding"] = {
      {"x", position_encoding("x", time, PlotAxis::around(times, time, kPlotWidth))},
      {"y", position_encoding("y", power, PlotAxis::around(powers, power, kPlotHeight))},
      {"color", colours(figure)}};
  Json specification = framed({figure.title, figure.lines, kPlotWidth});
  specification["width"] = kPlotWidth;
  specification["height"] = kPlotHeight;
  specification["layer"] = Json::array({layer});
  return specification.dump();
}

}  // namespace ecnas::report
