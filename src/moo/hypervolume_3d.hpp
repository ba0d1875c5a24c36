#pragma once

#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// A point with three objectives, for the flat fast paths.
struct Point3 {
  double x;
  double y;
  double z;
};

/// Volume that points dominate in three objectives; those not strictly below the reference
/// contribute nothing.
/// @complexity O(n log n)  @source [Beume09], [FonPaqLop06]
[[nodiscard]] double volume_3d(std::span<const Objectives> points, const Objectives& reference);

/// The part of it that only the point dominates, for each point. @return (n)
/// @complexity O(n log n) where few points lie in another's box, at worst O(n²)  @source [GueFon18]
[[nodiscard]] std::vector<double> contributions_3d(std::span<const Objectives> points,
                                                   const Objectives& reference);

/// In a plane, what one corner dominates and the points laid over it do not: a region between two
/// axes and a staircase, whose steps go from the top left to the bottom right.
class Shadow {
 public:
  /// The whole box between the corner and the reference.
  void begin(const Point3& corner, const Point3& reference);

  /// Whether a point would take anything away.
  [[nodiscard]] bool reaches(const Point3& point) const {
    return point.x < steps_.back().x && point.y < steps_.front().y;
  }

  /// Takes away what a point dominates. @pre reaches(point)
  void cover(const Point3& point);

  /// Nothing is left: some point dominated or equalled the corner.
  [[nodiscard]] bool is_empty() const { return steps_.size() == 1; }

  [[nodiscard]] double area() const;

 private:
  struct Step {
    double x;
    double y;
  };
  /// x grows and y falls. The first step's x and the last one's y are the corner's; points left of
  /// or below the corner are moved there.
  std::vector<Step> steps_;
};

/// What a point adds to a volume, and how far the search for it went.
struct Exclusive {
  double volume = 0;
  std::size_t walked = 0;    ///< points above that were looked at; the last may have closed the box
  bool is_attained = false;  ///< some point dominates or equals this one
};

/// The volume that only `point` dominates, from a sweep upwards in the third objective over the
/// shadow that `below` leaves it.
/// @param below  the points with at most its z
/// @param above  those with at least its z, ascending; of equal z on either side
[[nodiscard]] Exclusive exclusive_3d(const Point3& point, std::span<const Point3> below,
                                     std::span<const Point3> above, const Point3& reference,
                                     Shadow& shadow);

}  // namespace ecnas::moo
