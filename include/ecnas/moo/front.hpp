#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// What makes a point of a two-objective front its knee, on the min–max normalised front.
enum class KneeDefinition : std::uint8_t {
  bend_angle,      ///< the largest turn between its two neighbours [DebGup11]
  chord_distance,  ///< the farthest from the line through both ends, towards the ideal [Das99]
  curvature,       ///< the tightest circle through it and its two neighbours [Satopaa11]
  hypervolume,     ///< the largest rectangle up to the nadir [AugBadBro09]
  ideal_distance,  ///< the nearest to the ideal point, Euclidean [Yu73]
};

[[nodiscard]] std::span<const KneeDefinition> knee_definitions();
/// "bend-angle", "chord-distance", "curvature", "hypervolume", "ideal-distance"
[[nodiscard]] std::string_view name(KneeDefinition definition);
[[nodiscard]] std::optional<KneeDefinition> parse_knee_definition(std::string_view text);

/// Position of the knee of a two-objective front. Its ends are no knees; of equal candidates the
/// first in order of the first objective is taken.
/// @param front  (n, 2), any order
/// @return absent for fewer than 3 distinct non-dominated points; others are passed over.
/// @throws Error{invalid_argument} unless every point has two objectives.
/// @complexity O(n log n)  @source docs/algorithms/knee.md
[[nodiscard]] std::optional<std::size_t> knee(
    std::span<const Objectives> front, KneeDefinition definition = KneeDefinition::bend_angle);

/// How far the knees of several trials scatter: their mean Euclidean distance from their mean, on
/// axes on which `bounds` (of the exact front) is the unit square.
/// @param knees  one a trial that has one, in the objectives' units
/// @return ≥ 0; absent for no knees
/// @throws Error{invalid_argument} unless every knee has as many objectives as the bounds.
[[nodiscard]] std::optional<double> knee_scatter(std::span<const Objectives> knees,
                                                 const Bounds& bounds);

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

/// The level that a share of the trials makes: the least that is no smaller a share, so 0.25, 0.5
/// and 0.75 of 30 are 8, 15 and 23.
/// @param share  0 < share ≤ 1; rounding errors of its decimals are forgiven
/// @throws Error{invalid_argument} for no trials or another share
[[nodiscard]] std::size_t attainment_level(std::size_t trials, double share);

/// A part of the objective space, left and bottom sides included, right and top ones not, that two
/// algorithms attain differently.
struct AttainmentDifference {
  double left;
  double right;  ///< may be +infinity
  double bottom;
  double top;         ///< may be +infinity
  double difference;  ///< share of the trials of A that attain it less that of B; not 0

  friend bool operator==(const AttainmentDifference&, const AttainmentDifference&) = default;
};

/// Where and by how much one algorithm is more likely to attain a goal than another: disjoint
/// rectangles in order of (left, bottom); elsewhere the difference is 0. Neighbours of one
/// difference are merged, upwards first, then to the right where their sides match.
/// @param fronts_a   one front a trial, two objectives each
/// @param fronts_b   the same of the other algorithm; another number of trials is allowed
/// @param intervals  0: differences as they are. Else |difference| becomes the lower end of its
///                   interval, of so many that divide 0 … 1 (1 is in the last), as one draws them.
/// @throws Error{invalid_argument} if an algorithm has no trials, or a point other than two
///         objectives
/// @complexity O(N log N + N n log n) for N points of n trials  @source [LopPaqStu10]
[[nodiscard]] std::vector<AttainmentDifference> attainment_difference(
    std::span<const std::vector<Objectives>> fronts_a,
    std::span<const std::vector<Objectives>> fronts_b, std::size_t intervals = 0);

}  // namespace ecnas::moo
