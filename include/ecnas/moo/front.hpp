#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// Position of the knee of a two-objective front: the interior point with the largest bend angle on
/// the min–max normalised front (angles by atan2 from the point to its two neighbours along the
/// front); endpoints are no knees; of equal angles the first in order of the first objective.
/// @param front  (n, 2), any order
/// @return absent for fewer than 3 distinct non-dominated points; others are passed over.
/// @throws Error{invalid_argument} unless every point has two objectives.
/// @source [DebGup11], bend angle; docs/algorithms/knee.md
[[nodiscard]] std::optional<std::size_t> knee(std::span<const Objectives> front);

/// For each objective the position of its best point (ties: the better in the others, in order).
/// @return (k); empty for no points.
[[nodiscard]] std::vector<std::size_t> extrema(std::span<const Objectives> front);

/// Attainment surface at `level`: the boundary of what at least `level` of the trials attain
/// (dominate or equal), as its corner points in order of the first objective.
/// @param fronts  one front a trial, two objectives each
/// @param level   1 … fronts.size(): 1 is best, (n+1)/2 the median, n the worst
/// @source [FonFle96]
[[nodiscard]] std::vector<Objectives> attainment_surface(
    std::span<const std::vector<Objectives>> fronts, std::size_t level);

}  // namespace ecnas::moo
