#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "ecnas/moo/staircase.hpp"

namespace ecnas::moo {

/// Area dominated by `points` and bounded by `reference`; both objectives minimised.
///
/// @param points     (n, 2), any order; duplicates and dominated points allowed. Points not
///                   strictly below `reference` contribute nothing.
/// @param reference  (2), same units as `points`.
/// @return product of the two objective units; 0 when no point contributes. The front's terms are
///         summed in order of x: the same bits for any order of the points.
/// @throws Error{invalid_argument} if a coordinate is not finite.
/// @complexity O(n log n) time, O(n) memory; close to linear where the front is small or x is
/// spread out.  @source [FonPaqLop06], 2-D sweep; docs/algorithms/hypervolume.md
[[nodiscard]] double hypervolume_2d(std::span<const Point2> points, Point2 reference);

/// Volume dominated by `points`, exact, in any number of objectives; conventions as above. 3-D:
/// O(n log n) sweep [Beume09]; 4-D: O(n²) where few points lie in another's box, sweeps within a
/// sweep [GueFon18]; above, the WFG recursion [While12], whose time grows fast with the number of
/// objectives.
/// @throws Error{invalid_argument} if sizes differ or the reference has no objectives.
[[nodiscard]] double hypervolume(std::span<const Objectives> points, const Objectives& reference);

/// Exclusive contribution of each point: the volume lost without it. Dominated points and
/// duplicates have 0. Same conventions as `hypervolume`.
/// @return (n)
/// @complexity O(n log n) for two objectives, and for three where few points lie in another's box
/// [GueFon18]; else one `hypervolume` of up to n points each
[[nodiscard]] std::vector<double> hypervolume_contributions(std::span<const Objectives> points,
                                                            const Objectives& reference);

/// The area dominated by points that come one after another, kept up to date: for curves of
/// attained hypervolume over time. A value; not thread safe while written.
class Hypervolume2d {
 public:
  /// @throws Error{invalid_argument} if a coordinate is not finite.
  explicit Hypervolume2d(Point2 reference);

  /// @return the area gained; 0 for a point that is attained or not strictly below the reference.
  /// @throws Error{invalid_argument} if a coordinate is not finite.
  /// @complexity O(log n), and O(1) for each point that it removes
  double insert(Point2 point);

  /// Sum of the gains.
  [[nodiscard]] double value() const { return value_; }

 private:
  Point2 reference_;
  Staircase front_;
  std::vector<std::uint32_t> removed_;
  double value_ = 0;
};

}  // namespace ecnas::moo
