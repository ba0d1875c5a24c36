#pragma once

#include "report/layers.hpp"

namespace ecnas::report {

/// The knee and the extrema of a front with their labels.
struct HighlightLayers {
  Json below = Json::array();  ///< to be drawn over the cloud, under the front
  Json above = Json::array();  ///< to be drawn over the front
};

/// @pre positions are valid and the front is not empty
[[nodiscard]] HighlightLayers highlight_layers(const FrontFigure& figure, const Axes& axes);

}  // namespace ecnas::report
