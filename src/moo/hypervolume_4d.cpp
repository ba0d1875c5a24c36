#include "moo/hypervolume_4d.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <vector>

#include "moo/hypervolume_3d.hpp"

namespace ecnas::moo {
namespace {

struct Point4 {
  Point3 solid;  // the first three objectives
  double w;
};

Point4 split(const Objectives& point) {
  return {{point[0], point[1], point[2]}, point[3]};
}

bool strictly_below(const Point4& point, const Point4& reference) {
  return point.solid.x < reference.solid.x && point.solid.y < reference.solid.y &&
         point.solid.z < reference.solid.z && point.w < reference.w;
}

bool in_order_of_w(const Point4& a, const Point4& b) {
  if (a.w != b.w) return a.w < b.w;
  return std::tie(a.solid.z, a.solid.x, a.solid.y) < std::tie(b.solid.z, b.solid.x, b.solid.y);
}

/// The points met so far that none dominates in the first three objectives, in order of the third.
class SolidFront {
 public:
  explicit SolidFront(const Point3& reference) : reference_(reference) {}

  /// Adds a point. @return the volume gained
  double add(const Point3& point) {
    const auto at = std::ranges::lower_bound(members_, point.z, {}, &Point3::z);
    const Exclusive gained =
        exclusive_3d(point, {members_.begin(), at}, {at, members_.end()}, reference_, shadow_);
    if (gained.is_attained) return 0;
    // What it dominates was walked over: beyond, the point that ended the walk would dominate it.
    const auto walked = at + static_cast<std::ptrdiff_t>(gained.walked);
    const auto kept = std::remove_if(at, walked, [&](const Point3& member) {
      return point.x <= member.x && point.y <= member.y;
    });
    if (kept == walked) {
      members_.insert(at, point);
    } else {
      std::move_backward(at, kept, std::next(kept));
      *at = point;
      members_.erase(std::next(kept), walked);
    }
    return gained.volume;
  }

 private:
  Point3 reference_;
  std::vector<Point3> members_;
  Shadow shadow_;
};

}  // namespace

double volume_4d(std::span<const Objectives> points, const Objectives& reference) {
  const Point4 corner = split(reference);
  std::vector<Point4> sorted;
  sorted.reserve(points.size());
  for (const Objectives& point : points) {
    if (strictly_below(split(point), corner)) sorted.push_back(split(point));
  }
  std::ranges::sort(sorted, in_order_of_w);
  SolidFront front(corner.solid);
  double volume = 0;
  for (const Point4& point : sorted)
    volume += front.add(point.solid) * (corner.w - point.w);
  return volume;
}

}  // namespace ecnas::moo
