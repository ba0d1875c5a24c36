#include "report/highlights.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "report/captions.hpp"
#include "report/hexagons.hpp"
#include "report/labels.hpp"
#include "report/palette.hpp"

namespace ecnas::report {
namespace {

constexpr double kLabelLine = 14;  // pixels from one line of a label to the next

// A highlighted front point and what is written at it.
struct Highlight {
  std::size_t position;  // in FrontFigure::front
  bool knee;
  std::string heading;
};

Pixel pixel_of(const ScatterPoint& point, const Axes& axes) {
  return {axes.x.position_of(point.x), axes.y.position_of(point.y)};
}

std::vector<Highlight> highlights_of(const FrontFigure& figure) {
  std::vector<Highlight> highlights;
  const auto add = [&](std::size_t position, bool knee, const std::string& heading) {
    for (Highlight& known : highlights) {
      if (known.position != position) continue;
      known.heading += " · " + heading;  // one point may be best in both
      return;
    }
    highlights.push_back({position, knee, heading});
  };
  if (figure.knee) add(*figure.knee, true, "Knee");
  for (std::size_t i = 0; i < figure.extrema.size(); ++i) {
    add(figure.extrema[i], false, extremum_title(i == 0 ? figure.x_axis : figure.y_axis));
  }
  return highlights;
}

std::string values_text(const ScatterPoint& point, const FrontFigure& figure) {
  return readable(point.x, figure.x_axis) + ", " + readable(point.y, figure.y_axis);
}

std::vector<Pixel> pixels_of(std::span<const ScatterPoint> points, const Axes& axes) {
  std::vector<Pixel> pixels;
  for (const ScatterPoint& point : points)
    pixels.push_back(pixel_of(point, axes));
  return pixels;
}

// Points from `from` towards `to`, along an axis, every few pixels.
void append_run(Pixel from, Pixel to, std::vector<Pixel>& outline) {
  constexpr double kStep = 6;
  const double length = std::hypot(to.x - from.x, to.y - from.y);
  const auto steps = static_cast<int>(std::ceil(length / kStep));
  for (int step = 0; step < steps; ++step) {
    const double share = step * kStep / length;
    outline.push_back({std::lerp(from.x, to.x, share), std::lerp(from.y, to.y, share)});
  }
}

// The line through the front: from each corner across, then down to the next.
std::vector<Pixel> front_outline(const FrontFigure& figure, const Axes& axes) {
  const std::vector<Pixel> corners = pixels_of(front_corners(figure, axes), axes);
  std::vector<Pixel> outline = corners;
  for (std::size_t i = 0; i + 1 < corners.size(); ++i) {
    const Pixel bend{corners[i + 1].x, corners[i].y};
    append_run(corners[i], bend, outline);
    append_run(corners[i + 1], bend, outline);
  }
  return outline;
}

std::vector<Pixel> cloud_of(const FrontFigure& figure, const Axes& axes) {
  if (figure.points.size() <= kMaxDrawnPoints) return pixels_of(figure.points, axes);
  std::vector<Pixel> centres;
  for (const Hexagon& hexagon : count_in_hexagons(figure.points, axes.x, axes.y))
    centres.push_back({axes.x.position_of(hexagon.x), axes.y.position_of(hexagon.y)});
  return centres;
}

std::vector<Box> label_boxes(const std::vector<Highlight>& highlights, const FrontFigure& figure,
                             const Axes& axes) {
  std::vector<Label> labels;
  for (const Highlight& highlight : highlights) {
    const ScatterPoint& point = figure.front[highlight.position];
    const double width = std::max(text_width(highlight.heading, kLabelSize),
                                  text_width(values_text(point, figure), kLabelSize));
    labels.push_back({pixel_of(point, axes), width + 4, 2 * kLabelLine + 2});
  }
  return place_labels(
      labels, {kPlotWidth, kPlotHeight, cloud_of(figure, axes), front_outline(figure, axes)});
}

Json leader_row(const ScatterPoint& point, const Box& box, const Axes& axes) {
  const Pixel end = nearest_in(box, pixel_of(point, axes));
  return {{"x", point.x},
          {"y", point.y},
          {"end_x", axes.x.value_at(end.x)},
          {"end_y", axes.y.value_at(end.y)}};
}

Json plate_row(const Box& box, const Axes& axes) {
  return {{"x", axes.x.value_at(box.centre.x - box.width / 2)},
          {"y", axes.y.value_at(box.centre.y - box.height / 2)},
          {"end_x", axes.x.value_at(box.centre.x + box.width / 2)},
          {"end_y", axes.y.value_at(box.centre.y + box.height / 2)}};
}

Json label_row(const std::string& text, Pixel centre, const Axes& axes) {
  return {{"x", axes.x.value_at(centre.x)}, {"y", axes.y.value_at(centre.y)}, {"text", text}};
}

struct Rows {
  Json plates = Json::array();
  Json leaders = Json::array();
  Json knee = Json::array();
  Json extrema = Json::array();
  Json texts = Json::array();
};

Rows rows_of(const std::vector<Highlight>& highlights, const FrontFigure& figure,
             const Axes& axes) {
  const std::vector<Box> boxes = label_boxes(highlights, figure, axes);
  Rows rows;
  for (std::size_t i = 0; i < highlights.size(); ++i) {
    const ScatterPoint& point = figure.front[highlights[i].position];
    const auto [x, y] = boxes[i].centre;
    (highlights[i].knee ? rows.knee : rows.extrema).push_back({{"x", point.x}, {"y", point.y}});
    rows.plates.push_back(plate_row(boxes[i], axes));
    rows.leaders.push_back(leader_row(point, boxes[i], axes));
    rows.texts.push_back(label_row(highlights[i].heading, {x, y + kLabelLine / 2}, axes));
    rows.texts.push_back(label_row(values_text(point, figure), {x, y - kLabelLine / 2}, axes));
  }
  return rows;
}

Json plate() {
  return {
      {"type", "rect"}, {"color", kPaper}, {"opacity", 0.85}, {"cornerRadius", 3}, {"aria", false}};
}

Json symbol(std::string_view shape, double size, std::string_view fill) {
  return {{"type", "point"}, {"shape", shape}, {"filled", true}, {"size", size},
          {"opacity", 1},    {"fill", fill},   {"stroke", kInk}, {"strokeWidth", 1.2}};
}

}  // namespace

HighlightLayers highlight_layers(const FrontFigure& figure, const Axes& axes) {
  HighlightLayers layers;
  const std::vector<Highlight> highlights = highlights_of(figure);
  if (highlights.empty()) return layers;
  const Rows rows = rows_of(highlights, figure, axes);
  layers.below.push_back(spans_layer("label_plates", rows.plates, plate()));
  layers.above.push_back(spans_layer(
      "leaders", rows.leaders, {{"type", "rule"}, {"color", kFaintInk}, {"strokeWidth", 0.8}}));
  layers.above.push_back(marks_layer("extrema", rows.extrema, symbol("square", 80, kVermillion)));
  layers.above.push_back(marks_layer("knee", rows.knee, symbol("diamond", 150, kOrange)));
  layers.above.push_back(text_layer("labels", rows.texts));
  return layers;
}

}  // namespace ecnas::report
