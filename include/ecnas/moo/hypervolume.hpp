#pragma once

#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// A point with two objectives, for the flat fast paths.
struct Point2 {
  double x;
  double y;
  friend bool operator==(const Point2&, const Point2&) = default;
};

/// Area dominated by `points` and bounded by `reference`; both objectives minimised.
///
/// @param points     (n, 2), any order; duplicates and dominated points allowed. Points not
///                   strictly below `reference` contribute nothing.
/// @param reference  (2), same units as `points`.
/// @return product of the two objective units; 0 when no point contributes.
/// @throws Error{invalid_argument} if a coordinate is not finite.
/// @complexity O(n log n) time, O(n) memory.  @source [FonPaqLop06], 2-D sweep.
[[nodiscard]] double hypervolume_2d(std::span<const Point2> points, Point2 reference);

/// Volume dominated by `points` in any number of objectives: exact and our own in 1 to 3
/// (3-D: O(n log n) sweep [FonPaqLop06]); above, pagmo's WFG.
/// @throws Error{invalid_argument} if sizes differ.
[[nodiscard]] double hypervolume(std::span<const Objectives> points, const Objectives& reference);

/// Exclusive contribution of each point: the volume lost without it. Dominated points and duplicates
/// have 0. Same conventions as `hypervolume`.
/// @return (n)
[[nodiscard]] std::vector<double> hypervolume_contributions(std::span<const Objectives> points,
                                                            const Objectives& reference);

}  // namespace ecnas::moo
