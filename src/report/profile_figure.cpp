#include "ecnas/report/profile_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "report/captions.hpp"
#include "report/frame.hpp"
#include "report/layers.hpp"
#include "report/looks.hpp"
#include "report/palette.hpp"
#include "report/plot_axis.hpp"

namespace ecnas::report {
namespace {

constexpr std::size_t kLeastQuantities = 3;
constexpr std::size_t kMostQuantities = 8;

void check(const ProfileFigure& figure, const ProfileQuantity& quantity) {
  if (std::isfinite(quantity.least) && std::isfinite(quantity.greatest) &&
      quantity.least <= quantity.greatest)
    return;
  fail(ErrorCode::invalid_argument, "figure {}: {} ranges from {} to {}",
       ecnas::quoted(figure.title), ecnas::quoted(quantity.axis.title), quantity.least,
       quantity.greatest);
}

void check(const ProfileFigure& figure, std::span<const std::string> names) {
  static_assert(kMaxProfileSolutions == kLooks.size());
  check_looks(names, figure.title, "solutions");
  const std::size_t count = figure.quantities.size();
  if (count < kLeastQuantities || count > kMostQuantities) {
    fail(ErrorCode::invalid_argument, "figure {}: {} quantities; {} to {} can be drawn",
         ecnas::quoted(figure.title), count, kLeastQuantities, kMostQuantities);
  }
  for (const ProfileQuantity& quantity : figure.quantities)
    check(figure, quantity);
  for (const ProfileSolution& solution : figure.solutions) {
    if (solution.values.size() != count ||
        !std::ranges::all_of(solution.values, [](double value) { return std::isfinite(value); })) {
      fail(ErrorCode::invalid_argument,
           "figure {}: solution {} has {} values, expected {}, all finite",
           ecnas::quoted(figure.title), ecnas::quoted(solution.label), solution.values.size(),
           count);
    }
  }
}

std::vector<std::string> names_of(const ProfileFigure& figure) {
  std::vector<std::string> labels;
  for (const ProfileSolution& solution : figure.solutions)
    labels.push_back(solution.label);
  return legend_names(labels);
}

/// Marks that differ by colour and shape, with their legend.
Json solution_marks(const std::string& name, const Json& rows, std::span<const std::string> names) {
  Json layer = marks_layer(name, rows,
                           {{"type", "point"},
                            {"filled", true},
                            {"size", 80},
                            {"opacity", 1},
                            {"stroke", kPaper},
                            {"strokeWidth", 0.8}});
  const Json source = {{"field", "solution"}};
  layer["encoding"]["fill"] = look_encoding(source, names, &Look::colour);
  layer["encoding"]["shape"] = look_encoding(source, names, &Look::shape);
  return layer;
}

// --- Radar ---------------------------------------------------------------------------------------

constexpr double kRadarWidth = 640;
constexpr double kRadius = 155;
constexpr double kLabelDistance = 18;  // from the rim
constexpr double kLineHeight = 14;

/// A place from the centre, in pixels; y upwards.
struct Place {
  double x;
  double y;
};

/// @param spoke  of how many, clockwise from the top
Place towards(std::size_t spoke, std::size_t spokes, double distance) {
  const double angle =
      2 * std::numbers::pi * static_cast<double>(spoke) / static_cast<double>(spokes);
  return {distance * std::sin(angle), distance * std::cos(angle)};
}

std::pair<double, double> worst_and_best(const ProfileQuantity& quantity) {
  if (quantity.larger_is_better) return {quantity.least, quantity.greatest};
  return {quantity.greatest, quantity.least};
}

/// 0 at the worst of the range, 1 at the best; beyond the range its end.
double goodness(double value, const ProfileQuantity& quantity) {
  const double span = quantity.greatest - quantity.least;
  if (span == 0) return 1;
  const double share = std::clamp((value - quantity.least) / span, 0.0, 1.0);
  return quantity.larger_is_better ? share : 1 - share;
}

/// The closed way around, at a distance from the centre for each spoke.
template <typename Distance>
Json ring_rows(std::size_t spokes, const Distance& distance) {
  Json rows = Json::array();
  for (std::size_t i = 0; i <= spokes; ++i) {
    const auto [x, y] = towards(i % spokes, spokes, distance(i % spokes));
    rows.push_back({{"x", x}, {"y", y}, {"order", i}});
  }
  return rows;
}

Json ring_layer(const std::string& name, const Json& rows, Json mark) {
  Json layer = marks_layer(name, rows, std::move(mark));
  layer["encoding"]["order"] = {{"field", "order"}, {"type", "quantitative"}};
  return layer;
}

Json rings_layer(std::size_t spokes) {
  constexpr std::array kShares = {0.25, 0.5, 0.75, 1.0};
  Json rows = Json::array();
  for (const double share : kShares) {
    for (Json row : ring_rows(spokes, [&](std::size_t) { return share * kRadius; })) {
      row["ring"] = share;
      rows.push_back(std::move(row));
    }
  }
  Json layer =
      ring_layer("rings", rows, {{"type", "line"}, {"color", "#CFCFCF"}, {"strokeWidth", 1}});
  layer["encoding"]["detail"] = {{"field", "ring"}, {"type", "nominal"}};
  return layer;
}

Json spokes_layer(std::size_t spokes) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < spokes; ++i) {
    const auto [x, y] = towards(i, spokes, kRadius);
    rows.push_back({{"x", 0}, {"y", 0}, {"end_x", x}, {"end_y", y}});
  }
  return spans_layer("spokes", rows, {{"type", "rule"}, {"color", "#CFCFCF"}, {"strokeWidth", 1}});
}

/// Texts beside the rim, in two lines, that begin or end there.
/// @param line  0 or 1
Json rim_layer(const std::string& name, const ProfileFigure& figure, int line,
               const auto& text_of) {
  constexpr double kWidest = kRadarWidth / 2 - kRadius - kLabelDistance;
  const std::size_t spokes = figure.quantities.size();
  Json rows = Json::array();
  for (std::size_t i = 0; i < spokes; ++i) {
    const auto [x, y] = towards(i, spokes, kRadius + kLabelDistance);
    const bool middle = std::abs(x) < 1;
    const std::string text =
        one_line(text_of(figure.quantities[i]), kLabelSize, middle ? 2 * kWidest : kWidest);
    const double up = middle ? std::copysign(kLineHeight / 2, y) : 0;
    rows.push_back({{"x", x},
                    {"y", y + up + (line == 0 ? 0.5 : -0.5) * kLineHeight},
                    {"text", text},
                    {"align", middle  ? "center"
                              : x > 0 ? "left"
                                      : "right"}});
  }
  Json layer = text_layer(name, rows);
  layer["mark"]["align"] = Json::object({{"expr", "datum.align"}});
  return layer;
}

/// From the lowest to the highest label, and a little.
struct Extent {
  double low;
  double high;
};

Extent vertical_extent(std::size_t spokes) {
  constexpr double kBeyond = 2.5 * kLineHeight;
  Extent extent{0, 0};
  for (std::size_t i = 0; i < spokes; ++i) {
    const double y = towards(i, spokes, kRadius + kLabelDistance).y;
    extent = {std::min(extent.low, y), std::max(extent.high, y)};
  }
  return {extent.low - kBeyond, extent.high + kBeyond};
}

Json pixel_encoding(std::string_view field, Extent extent) {
  return {{"field", field},
          {"type", "quantitative"},
          {"scale", {{"domain", {extent.low, extent.high}}, {"nice", false}, {"zero", false}}},
          {"axis", nullptr}};
}

Json radar_layers(const ProfileFigure& figure, std::span<const std::string> names) {
  const std::size_t spokes = figure.quantities.size();
  Json layers = {rings_layer(spokes), spokes_layer(spokes)};
  Json marks = Json::array();
  Json lines = Json::array();
  for (std::size_t i = 0; i < figure.solutions.size(); ++i) {
    const auto distance = [&](std::size_t spoke) {
      return kRadius * goodness(figure.solutions[i].values[spoke], figure.quantities[spoke]);
    };
    const Json ring = ring_rows(spokes, distance);
    const std::string name = fmt::format("solution_{}", i);
    layers.push_back(ring_layer(name + "_area", ring,
                                {{"type", "line"},
                                 {"filled", true},
                                 {"fill", kLooks[i].colour},
                                 {"opacity", 0.1},
                                 {"strokeWidth", 0},
                                 {"aria", false}}));
    lines.push_back(ring_layer(name + "_line", ring,
                               {{"type", "line"},
                                {"color", kLooks[i].colour},
                                {"strokeWidth", 2},
                                {"strokeDash", Json::parse(kLooks[i].dashes)}}));
    for (std::size_t spoke = 0; spoke < spokes; ++spoke) {
      const auto [x, y] = towards(spoke, spokes, distance(spoke));
      marks.push_back({{"x", x}, {"y", y}, {"solution", names[i]}});
    }
  }
  layers.insert(layers.end(), lines.begin(), lines.end());
  layers.push_back(solution_marks("marks", marks, names));
  layers.push_back(rim_layer("quantities", figure, 0, [](const ProfileQuantity& quantity) {
    return axis_title(quantity.axis);
  }));
  Json ranges = rim_layer("ranges", figure, 1, [](const ProfileQuantity& quantity) {
    const auto [worst, best] = worst_and_best(quantity);
    return readable(worst) + " → " + readable(best);
  });
  ranges["mark"]["color"] = kFaintInk;
  layers.push_back(std::move(ranges));
  return layers;
}

std::string radar_spec(const ProfileFigure& figure, std::span<const std::string> names) {
  std::vector<std::string> lines = figure.lines;
  lines.push_back(fmt::format("Centre to rim: worst to best of {}, linear; further out is better",
                              figure.range_of));
  const Extent extent = vertical_extent(figure.quantities.size());
  Json specification = framed({figure.title, lines, kRadarWidth});
  specification["width"] = kRadarWidth;
  specification["height"] = extent.high - extent.low;
  specification["layer"] = radar_layers(figure, names);
  Json& first = specification["layer"][0]["encoding"];
  first["x"] = pixel_encoding("x", {-kRadarWidth / 2, kRadarWidth / 2});
  first["y"] = pixel_encoding("y", extent);
  return specification.dump();
}

// --- Dots ----------------------------------------------------------------------------------------

constexpr double kDotsWidth = 640;
constexpr double kValueWidth = 90;  // right of the rows' axes, so that all values fit
constexpr double kLane = 19;        // pixels from one solution's lane to the next
constexpr double kBesideMark = 9;   // from a mark's centre to its value

/// Positions in a row, better to the right.
PlotAxis row_axis(const ProfileFigure& figure, std::size_t number) {
  const ProfileQuantity& quantity = figure.quantities[number];
  std::vector<double> values = {quantity.least, quantity.greatest};
  for (const ProfileSolution& solution : figure.solutions)
    values.push_back(solution.values[number]);
  return PlotAxis::around(values, quantity.axis, kDotsWidth - kValueWidth);
}

Json row_layers(const ProfileFigure& figure, std::size_t number, const PlotAxis& plot,
                std::span<const std::string> names) {
  const ProfileQuantity& quantity = figure.quantities[number];
  const double worst = quantity.larger_is_better ? plot.low() : plot.high();
  Json stems = Json::array();
  Json marks = Json::array();
  Json texts = Json::array();
  for (std::size_t i = 0; i < figure.solutions.size(); ++i) {
    const double value = figure.solutions[i].values[number];
    const std::string text = one_line(readable(value), kLabelSize, kValueWidth);
    stems.push_back({{"x", worst}, {"y", i}, {"end_x", value}, {"end_y", i}});
    marks.push_back({{"x", value}, {"y", i}, {"solution", names[i]}});
    texts.push_back({{"x", value}, {"y", i}, {"text", text}});
  }
  const std::string name = fmt::format("row_{}", number);
  Json values = text_layer(name + "_values", texts);
  values["mark"]["align"] = "left";
  values["mark"]["dx"] = kBesideMark;
  return {spans_layer(name + "_stems", stems,
                      {{"type", "rule"}, {"color", kGridLine}, {"strokeWidth", 3}}),
          solution_marks(name + "_marks", marks, names), std::move(values)};
}

Json row_of(const ProfileFigure& figure, std::size_t number, std::span<const std::string> names) {
  const ProfileQuantity& quantity = figure.quantities[number];
  const PlotAxis plot = row_axis(figure, number);
  const double height = kLane * static_cast<double>(names.size());
  Json layers = row_layers(figure, number, plot, names);
  Json x = position_encoding("x", quantity.axis, plot);
  const double end = kDotsWidth - kValueWidth;
  x["scale"]["range"] = quantity.larger_is_better ? Json{0, end} : Json{end, 0};
  x["axis"]["title"] = nullptr;
  x["axis"]["grid"] = false;
  x["axis"]["labelOverlap"] = "greedy";
  x["axis"]["labelColor"] = kFaintInk;
  layers[0]["encoding"]["x"] = std::move(x);
  layers[0]["encoding"]["y"] = {{"field", "y"},
                                {"type", "quantitative"},
                                {"scale",
                                 {{"domain", {-0.5, static_cast<double>(names.size()) - 0.5}},
                                  {"reverse", true},
                                  {"nice", false},
                                  {"zero", false}}},
                                {"axis", nullptr}};
  Json title = panel_title(axis_title(quantity.axis), kDotsWidth);
  title["offset"] = 3;
  return {{"title", std::move(title)},
          {"width", kDotsWidth},
          {"height", height},
          {"layer", std::move(layers)}};
}

std::string dots_spec(const ProfileFigure& figure, std::span<const std::string> names) {
  std::vector<std::string> lines = figure.lines;
  lines.push_back(
      fmt::format("Each row spans {}; further right is better everywhere", figure.range_of));
  Json specification = framed({figure.title, lines, kDotsWidth});
  specification["vconcat"] = Json::array();
  for (std::size_t i = 0; i < figure.quantities.size(); ++i)
    specification["vconcat"].push_back(row_of(figure, i, names));
  specification["spacing"] = 14;
  set_legend_apart(specification);
  return specification.dump();
}

}  // namespace

std::string profile_figure_spec(const ProfileFigure& figure, Profile kind) {
  const std::vector<std::string> names = names_of(figure);
  check(figure, names);
  return kind == Profile::radar ? radar_spec(figure, names) : dots_spec(figure, names);
}

}  // namespace ecnas::report
