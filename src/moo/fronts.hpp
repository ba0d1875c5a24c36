#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// One of some points with two objectives, and its non-dominated rank.
struct PlanarRank {
  double x;
  double y;
  std::uint32_t position;  ///< among the points
  std::uint32_t rank;      ///< as `non_dominated_ranks`: equal points share one
  bool is_copy;            ///< equals an earlier point, the entry before this one
};

/// All points in order of x, then y, then position. Within a rank x grows and y falls, copies
/// aside, so that neighbours in this order are neighbours along the front.
/// @pre every point has two objectives
/// @return (n)
/// @complexity O(n log n)  @source [Jensen03], Sec. III, the sweep for two objectives
[[nodiscard]] std::vector<PlanarRank> planar_ranks(std::span<const Objectives> points);

/// The fronts of some points, copies apart.
struct Fronts {
  std::size_t count = 0;           ///< of the distinct points
  std::vector<std::size_t> ranks;  ///< (n), of a point that equals an earlier one `count`
};

/// @throws Error{invalid_argument} if sizes differ.
[[nodiscard]] Fronts distinct_fronts(std::span<const Objectives> points);

}  // namespace ecnas::moo
