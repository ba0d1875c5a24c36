#include "report/frame.hpp"

#include <algorithm>
#include <cmath>

#include "report/captions.hpp"
#include "report/palette.hpp"

namespace ecnas::report {
namespace {

constexpr std::string_view kSchema = "https://vega.github.io/schema/vega-lite/v6.json";
constexpr std::string_view kFont = "DejaVu Sans, Verdana, sans-serif";
constexpr double kTitleSize = 15;
constexpr double kBoldWidth = 1.12;  // against the same text in normal weight
constexpr double kTextSize = 11.5;
constexpr double kAxisWidth = 50;  // left of the plotting area, where titles begin

Json title_of(const Heading& heading) {
  const double width = heading.width + kAxisWidth;
  Json lines = Json::array();
  for (const std::string& line : heading.lines) {
    for (const std::string& part : wrapped(line, kTextSize, width, 3))
      lines.push_back(part);
  }
  return {{"text", wrapped(heading.title, kTitleSize * kBoldWidth, width, 2)},
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

}  // namespace

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

Json line_stroke(const NamedLine& line, std::span<const NamedLine> all) {
  Json labels = Json::array();
  Json colours = Json::array();
  for (const NamedLine& each : all) {
    labels.push_back(each.label);
    colours.push_back(each.colour);
  }
  return {{"datum", line.label},
          {"scale", {{"domain", labels}, {"range", colours}}},
          {"legend", {{"title", nullptr}, {"symbolType", "stroke"}}}};
}

Json panel_title(std::string_view title, double width) {
  constexpr double kSize = 12;
  return {{"text", wrapped(title, kSize, width, 2)},
          {"anchor", "start"},
          {"frame", "group"},
          {"fontSize", kSize},
          {"fontWeight", "normal"},
          {"color", kInk},
          {"offset", 8}};
}

void set_legend_apart(Json& specification) {
  specification["config"]["legend"]["offset"] = 16;
}

Json framed(const Heading& heading) {
  return {{"$schema", kSchema},
          {"description", one_line(heading.title, kTitleSize, heading.width + kAxisWidth)},
          {"background", kPaper},
          {"padding", 14},
          {"title", title_of(heading)},
          {"config", configuration()}};
}

}  // namespace ecnas::report
