#include "ecnas/report/device_figure.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "report/captions.hpp"
#include "report/frame.hpp"
#include "report/layers.hpp"
#include "report/palette.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {
namespace {

struct Look {
  std::string_view colour;
  std::string_view shape;
};

constexpr std::array<Look, 8> kLooks = {{{kBlue, "circle"},
                                         {kVermillion, "square"},
                                         {kInk, "triangle-up"},
                                         {kOrange, "diamond"},
                                         {kSkyBlue, "triangle-down"},
                                         {"#009E73", "circle"},
                                         {"#CC79A7", "square"},
                                         {kFaintInk, "diamond"}}};

void check(const DeviceFigure& figure) {
  if (figure.readings.empty())
    fail(ErrorCode::invalid_argument, "figure {}: no readings", ecnas::quoted(figure.title));
  const std::set<std::string> different(figure.devices.begin(), figure.devices.end());
  if (figure.devices.empty() || figure.devices.size() > kLooks.size() ||
      different.size() != figure.devices.size()) {
    fail(ErrorCode::invalid_argument, "figure {}: {} devices; 1 to {}, all different, can be drawn",
         ecnas::quoted(figure.title), figure.devices.size(), kLooks.size());
  }
  for (const DeviceReading& reading : figure.readings) {
    if (reading.device >= figure.devices.size()) {
      fail(ErrorCode::invalid_argument, "figure {}: a reading of device {}; there are {}",
           ecnas::quoted(figure.title), reading.device, figure.devices.size());
    }
  }
}

Json rows_of(const DeviceFigure& figure, bool outliers) {
  Json rows = Json::array();
  for (const DeviceReading& reading : figure.readings) {
    if (reading.is_outlier != outliers) continue;
    rows.push_back({{"x", reading.place + 1},
                    {"y", reading.value},
                    {"device", clean(figure.devices[reading.device])}});
  }
  return rows;
}

/// Of a channel that tells devices apart.
Json by_device(const DeviceFigure& figure, std::string_view Look::*trait) {
  Json domain = Json::array();
  Json range = Json::array();
  for (std::size_t i = 0; i < figure.devices.size(); ++i) {
    domain.push_back(clean(figure.devices[i]));
    range.push_back(kLooks[i].*trait);
  }
  return {{"field", "device"},
          {"type", "nominal"},
          {"scale", {{"domain", domain}, {"range", range}}},
          {"legend", {{"title", "Device"}}}};
}

}  // namespace

std::string device_figure_spec(const DeviceFigure& figure) {
  check(figure);
  std::vector<double> values;
  std::size_t places = 1;
  for (const DeviceReading& reading : figure.readings) {
    values.push_back(reading.value);
    places = std::max(places, reading.place + 1);
  }
  const Axis place_axis{
      .title = figure.place_title, .unit = "", .scale = Scale::linear, .provenance = {}};
  const std::vector<double> ends = {1, static_cast<double>(places)};
  Json readings =
      marks_layer("readings", rows_of(figure, false),
                  {{"type", "point"}, {"filled", true}, {"size", 34}, {"opacity", 0.9}});
  readings["encoding"] = {
      {"x", position_encoding("x", place_axis, PlotAxis::around(ends, place_axis, kPlotWidth))},
      {"y",
       position_encoding("y", figure.axis, PlotAxis::around(values, figure.axis, kPlotHeight))},
      {"color", by_device(figure, &Look::colour)},
      {"shape", by_device(figure, &Look::shape)}};
  readings["encoding"]["x"]["axis"]["format"] = ",d";
  readings["encoding"]["x"]["axis"]["grid"] = false;
  Json layers = Json::array({readings});
  if (const Json outliers = rows_of(figure, true); !outliers.empty()) {
    Json layer = marks_layer("outliers", outliers,
                             {{"type", "point"},
                              {"shape", "M-1,-1L1,1M-1,1L1,-1"},
                              {"filled", false},
                              {"opacity", 1},
                              {"size", 40},
                              {"strokeWidth", 1.8}});
    layer["encoding"]["color"] = by_device(figure, &Look::colour);
    layers.push_back(std::move(layer));
  }
  Json specification = framed({figure.title, figure.lines, kPlotWidth});
  specification["width"] = kPlotWidth;
  specification["height"] = kPlotHeight;
  specification["layer"] = std::move(layers);
  return specification.dump();
}

}  // namespace ecnas::report
