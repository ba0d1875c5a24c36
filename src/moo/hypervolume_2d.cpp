#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <utility>

#include "ecnas/moo/hypervolume.hpp"
#include "moo/check.hpp"

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Sums the steps of the front while points come in order of (x, y).
class Sweep {
 public:
  explicit Sweep(Point2 reference) : reference_(reference), height_(reference.y) {}

  void add(Point2 point) {
    if (point.y >= height_) return;
    area_ += (reference_.x - point.x) * (height_ - point.y);
    height_ = point.y;
  }

  /// Points at or above it are dominated by those that came before.
  [[nodiscard]] double height() const { return height_; }
  [[nodiscard]] double area() const { return area_; }

 private:
  Point2 reference_;
  double height_;
  double area_ = 0;
};

bool by_x_then_y(const Point2& a, const Point2& b) {
  return a.x != b.x ? a.x < b.x : a.y < b.y;
}

void insertion_sort(std::span<Point2> points) {
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Point2 moved = points[i];
    std::size_t hole = i;
    for (; hole > 0 && by_x_then_y(moved, points[hole - 1]); --hole)
      points[hole] = points[hole - 1];
    points[hole] = moved;
  }
}

/// Maps x to one of `count` intervals of [least, greatest], never downwards as x grows.
class Intervals {
 public:
  Intervals(double least, double greatest, std::size_t count)
      : least_(least),
        scale_(static_cast<double>(count) / (greatest - least)),
        last_(static_cast<std::int32_t>(count - 1)) {}

  /// False where the extent is nothing, or too small or too large for arithmetic.
  [[nodiscard]] bool usable() const { return std::isfinite(scale_) && scale_ > 0; }

  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(last_) + 1; }

  /// @pre usable() and least ≤ x ≤ greatest
  [[nodiscard]] std::size_t operator()(double x) const {
    const auto interval = static_cast<std::int32_t>((x - least_) * scale_);
    return static_cast<std::size_t>(std::min(interval, last_));
  }

 private:
  double least_;
  double scale_;
  std::int32_t last_;
};

constexpr std::size_t kMaxIntervals = 1024;
constexpr std::size_t kPointsPerInterval = 4;
constexpr std::size_t kSmall = 24;  // insertion sort is quickest up to here
constexpr std::size_t kFew = 256;   // a comparison sort is quickest up to here
constexpr int kMaxDepth = 3;        // then comparison sort: x is too uneven for intervals

struct Range {
  double least = kInfinity;
  double greatest = -kInfinity;
};

/// Range of x of the points below the reference.
Range range_below(std::span<const Point2> points, Point2 reference) {
  Range range;
  for (const Point2& point : points) {
    const bool below = point.x < reference.x && point.y < reference.y;
    range.least = below && point.x < range.least ? point.x : range.least;
    range.greatest = below && point.x > range.greatest ? point.x : range.greatest;
  }
  return range;
}

/// Points by interval of x, less those that a point of an earlier interval dominates.
class Groups {
 public:
  Groups(std::span<const Point2> points, const Intervals& intervals, Point2 bound)
      : grouped_(std::make_unique_for_overwrite<Point2[]>(points.size())) {
    const auto below = [bound](Point2 point) { return point.x < bound.x && point.y < bound.y; };
    std::array<double, kMaxIntervals> ceiling;  // least y in the interval, later in the ones before
    std::fill_n(ceiling.begin(), intervals.count(), kInfinity);
    std::fill_n(end_.begin(), intervals.count(), std::size_t{0});
    for (const Point2& point : points) {
      if (!below(point)) continue;
      const std::size_t i = intervals(point.x);
      ++end_[i];
      ceiling[i] = point.y < ceiling[i] ? point.y : ceiling[i];
    }
    std::size_t offset = 0;
    double height = bound.y;
    for (std::size_t i = 0; i < intervals.count(); ++i) {
      begin_[i] = offset;
      offset += std::exchange(end_[i], offset);
      height = std::min(height, std::exchange(ceiling[i], height));
    }
    for (const Point2& point : points) {
      if (!below(point)) continue;
      const std::size_t i = intervals(point.x);
      if (point.y < ceiling[i]) grouped_[end_[i]++] = point;
    }
  }

  [[nodiscard]] std::span<Point2> operator[](std::size_t i) {
    return {grouped_.get() + begin_[i], end_[i] - begin_[i]};
  }

 private:
  std::unique_ptr<Point2[]> grouped_;
  std::array<std::size_t, kMaxIntervals> begin_;
  std::array<std::size_t, kMaxIntervals> end_;
};

void sort_and_sweep(std::span<Point2> points, Point2 reference, int depth, Sweep& sweep);

/// Feeds the points below the reference to the sweep in order of (x, y): a distribution sort that
/// drops dominated points on the way. @return false, with nothing done, if x cannot be divided
bool distribute_and_sweep(std::span<const Point2> points, Range range, Point2 reference, int depth,
                          Sweep& sweep) {
  const std::size_t count =
      std::clamp(points.size() / kPointsPerInterval, std::size_t{1}, kMaxIntervals);
  const Intervals intervals(range.least, range.greatest, count);
  if (!intervals.usable()) return false;
  Groups groups(points, intervals, {reference.x, sweep.height()});
  for (std::size_t i = 0; i < intervals.count(); ++i)
    sort_and_sweep(groups[i], reference, depth + 1, sweep);
  return true;
}

void sort_and_sweep(std::span<Point2> points, Point2 reference, int depth, Sweep& sweep) {
  if (points.size() <= kSmall) {
    insertion_sort(points);
  } else {
    if (depth < kMaxDepth &&
        distribute_and_sweep(points, range_below(points, reference), reference, depth, sweep)) {
      return;
    }
    std::ranges::sort(points, by_x_then_y);
  }
  for (const Point2& point : points)
    sweep.add(point);
}

void require_finite(std::span<const Point2> points) {
  constexpr std::uint64_t kExponent = 0x7ff0000000000000;
  bool finite = true;
  for (const Point2& point : points) {
    finite &= (std::bit_cast<std::uint64_t>(point.x) & kExponent) != kExponent;
    finite &= (std::bit_cast<std::uint64_t>(point.y) & kExponent) != kExponent;
  }
  if (finite) return;
  for (const Point2& point : points)
    require_finite(point, "hypervolume_2d: a point");
}

}  // namespace

double hypervolume_2d(std::span<const Point2> points, Point2 reference) {
  require_finite(reference, "hypervolume_2d: reference");
  require_finite(points);
  Sweep sweep(reference);
  if (points.size() <= kFew ||
      !distribute_and_sweep(points, range_below(points, reference), reference, 0, sweep)) {
    std::vector<Point2> below;
    std::ranges::copy_if(points, std::back_inserter(below), [&](const Point2& point) {
      return point.x < reference.x && point.y < reference.y;
    });
    sort_and_sweep(below, reference, kMaxDepth, sweep);
  }
  return sweep.area();
}

}  // namespace ecnas::moo
