#include "report/layers.hpp"

#include <algorithm>
#include <utility>

#include "report/palette.hpp"

namespace ecnas::report {

Json bare_position(std::string_view field) {
  return {{"field", field}, {"type", "quantitative"}};
}

Json marks_layer(std::string_view name, const Json& rows, Json mark) {
  return {{"name", name},
          {"data", {{"values", rows}}},
          {"mark", std::move(mark)},
          {"encoding", {{"x", bare_position("x")}, {"y", bare_position("y")}}}};
}

Json spans_layer(std::string_view name, const Json& rows, Json mark) {
  Json layer = marks_layer(name, rows, std::move(mark));
  layer["encoding"]["x2"] = {{"field", "end_x"}};
  layer["encoding"]["y2"] = {{"field", "end_y"}};
  return layer;
}

Json text_layer(std::string_view name, const Json& rows) {
  Json layer = marks_layer(name, rows,
                           {{"type", "text"},
                            {"fontSize", kLabelSize},
                            {"align", "center"},
                            {"baseline", "middle"},
                            {"color", kInk}});
  layer["encoding"]["text"] = {{"field", "text"}, {"type", "nominal"}};
  return layer;
}

std::vector<ScatterPoint> drawn_front(const FrontFigure& figure, const Axes& axes) {
  constexpr double kVisible = 0.5;  // pixels
  std::vector<ScatterPoint> front = figure.front;
  std::ranges::sort(front, [](const ScatterPoint& a, const ScatterPoint& b) {
    return std::pair(a.x, a.y) < std::pair(b.x, b.y);
  });
  std::vector<ScatterPoint> drawn;
  for (const ScatterPoint& point : front) {
    if (!drawn.empty()) {
      const double right = axes.x.position_of(point.x) - axes.x.position_of(drawn.back().x);
      const double down = axes.y.position_of(drawn.back().y) - axes.y.position_of(point.y);
      if (right < kVisible && down < kVisible) continue;
    }
    drawn.push_back(point);
  }
  return drawn;
}

std::vector<ScatterPoint> front_corners(const FrontFigure& figure, const Axes& axes) {
  std::vector<ScatterPoint> corners = drawn_front(figure, axes);
  corners.insert(corners.begin(), {corners.front().x, axes.y.high()});
  corners.push_back({axes.x.high(), corners.back().y});
  return corners;
}

}  // namespace ecnas::report
