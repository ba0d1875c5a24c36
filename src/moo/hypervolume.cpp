#include "ecnas/moo/hypervolume.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

#include "moo/check.hpp"
#include "moo/hypervolume_3d.hpp"
#include "moo/wfg.hpp"

namespace ecnas::moo {
namespace {

bool strictly_below(const Objectives& point, const Objectives& reference) {
  return std::ranges::equal(point, reference, std::less{});
}

void require_comparable(std::span<const Objectives> points, const Objectives& reference) {
  if (reference.size() == 0) {
    fail(ErrorCode::invalid_argument, "hypervolume: reference has no objectives; expected 1 to {}",
         kMaxObjectives);
  }
  require_size(points, reference.size(), "hypervolume");
}

Point2 planar(const Objectives& point) {
  return {point[0], point[1]};
}

std::vector<Point2> planar(std::span<const Objectives> points) {
  std::vector<Point2> result;
  result.reserve(points.size());
  for (const Objectives& point : points)
    result.push_back(planar(point));
  return result;
}

double length(std::span<const Objectives> points, const Objectives& reference) {
  double least = reference[0];
  for (const Objectives& point : points)
    least = std::min(least, point[0]);
  return reference[0] - least;
}

/// In the plane what only a member of the front dominates is a box between its two neighbours, less
/// what dominated points and copies in that box dominate as well.
class PlanarContributions {
 public:
  PlanarContributions(std::span<const Objectives> points, Point2 reference)
      : points_(points), reference_(reference), contributions_(points.size(), 0.0) {}

  std::vector<double> compute() && {
    sort_positions();
    for (const std::size_t i : order_)
      take(i);
    close_box(reference_.x);
    return std::move(contributions_);
  }

 private:
  void sort_positions() {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (points_[i][0] < reference_.x && points_[i][1] < reference_.y) order_.push_back(i);
    }
    std::ranges::sort(order_, [&](std::size_t a, std::size_t b) {
      const Point2 p = planar(points_[a]);
      const Point2 q = planar(points_[b]);
      return p.x != q.x ? p.x < q.x : p.y != q.y ? p.y < q.y : a < b;
    });
  }

  void take(std::size_t i) {
    const Point2 point = planar(points_[i]);
    const double height = members_ == 0 ? reference_.y : member_.y;
    if (point.y < height) {
      close_box(point.x);
      previous_y_ = height;
      member_ = point;
      member_position_ = i;
      inside_.clear();
      ++members_;
    } else if (point.y < previous_y_) {
      inside_.push_back(point);
    }
  }

  /// The current member's box ends where the next begins.
  void close_box(double right) {
    if (members_ == 0) return;
    const double box = (right - member_.x) * (previous_y_ - member_.y);
    const double shared = hypervolume_2d(inside_, {right, previous_y_});
    contributions_[member_position_] = std::max(0.0, box - shared);
  }

  std::span<const Objectives> points_;
  Point2 reference_;
  std::vector<double> contributions_;
  std::vector<std::size_t> order_;
  std::size_t members_ = 0;  // of the front, so far
  Point2 member_{};          // the latest
  std::size_t member_position_ = 0;
  double previous_y_ = 0;       // of the member before, or the reference
  std::vector<Point2> inside_;  // dominated by the latest member and by no other
};

double contribution_in_length(std::span<const Objectives> points, std::size_t i,
                              const Objectives& reference) {
  double next = reference[0];
  for (std::size_t other = 0; other < points.size(); ++other) {
    if (other != i) next = std::min(next, points[other][0]);
  }
  return std::max(0.0, next - points[i][0]);
}

double contribution(std::span<const Objectives> points, std::size_t i,
                    const Objectives& reference) {
  if (!strictly_below(points[i], reference)) return 0;
  if (reference.size() == 1) return contribution_in_length(points, i, reference);
  std::vector<Objectives> others;
  for (std::size_t other = 0; other < points.size(); ++other) {
    if (other != i && strictly_below(points[other], reference)) others.push_back(points[other]);
  }
  return exclusive_volume(points[i], others, reference);
}

}  // namespace

double hypervolume(std::span<const Objectives> points, const Objectives& reference) {
  require_comparable(points, reference);
  if (reference.size() == 1) return length(points, reference);
  if (reference.size() == 2) return hypervolume_2d(planar(points), planar(reference));
  std::vector<Objectives> below;
  std::ranges::copy_if(points, std::back_inserter(below),
                       [&](const Objectives& point) { return strictly_below(point, reference); });
  return volume(below, reference);
}

std::vector<double> hypervolume_contributions(std::span<const Objectives> points,
                                              const Objectives& reference) {
  require_comparable(points, reference);
  if (reference.size() == 2) return PlanarContributions(points, planar(reference)).compute();
  if (reference.size() == 3) return contributions_3d(points, reference);
  std::vector<double> contributions(points.size());
  for (std::size_t i = 0; i < points.size(); ++i)
    contributions[i] = contribution(points, i, reference);
  return contributions;
}

Hypervolume2d::Hypervolume2d(Point2 reference) : reference_(reference) {
  require_finite(reference, "hypervolume: reference");
}

double Hypervolume2d::insert(Point2 point) {
  require_finite(point, "hypervolume: a point");
  if (!(point.x < reference_.x && point.y < reference_.y)) return 0;
  const double gained = front_.gain(point, reference_);
  front_.insert({point.x, point.y, 0}, removed_);
  removed_.clear();
  value_ += gained;
  return gained;
}

}  // namespace ecnas::moo
