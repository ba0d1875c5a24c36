#pragma once

#include <cmath>
#include <span>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/objectives.hpp"
#include "ecnas/moo/staircase.hpp"

namespace ecnas::moo {

/// @throws Error{invalid_argument} unless every point has `dimension` objectives.
inline void require_size(std::span<const Objectives> points, std::size_t dimension,
                         std::string_view caller) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].size() != dimension) {
      fail(ErrorCode::invalid_argument, "{}: point {} has {} objectives; expected {}", caller, i,
           points[i].size(), dimension);
    }
  }
}

/// @throws Error{invalid_argument} unless all points have as many objectives as the first.
inline void require_one_size(std::span<const Objectives> points, std::string_view caller) {
  if (!points.empty()) require_size(points, points[0].size(), caller);
}

/// @throws Error{invalid_argument} unless both coordinates are finite.
inline void require_finite(Point2 point, std::string_view what) {
  if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
    fail(ErrorCode::invalid_argument, "{}: ({}, {}); expected finite coordinates", what, point.x,
         point.y);
  }
}

}  // namespace ecnas::moo
