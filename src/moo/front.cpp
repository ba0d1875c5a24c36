#include "ecnas/moo/front.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "moo/check.hpp"

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Distinct non-dominated positions in order of the first objective.
std::vector<std::size_t> along_front(std::span<const Objectives> front) {
  std::vector<std::size_t> positions = non_dominated(front);
  std::ranges::sort(positions, {}, [&](std::size_t i) { return front[i][0]; });
  return positions;
}

/// How far a minimised front turns at a point: the slope angle towards its left neighbour less that
/// towards its right one. Positive where it bulges towards the ideal.
double bend_angle(const Objectives& left, const Objectives& point, const Objectives& right) {
  const double left_slope = std::atan2(left[1] - point[1], point[0] - left[0]);
  const double right_slope = std::atan2(point[1] - right[1], right[0] - point[0]);
  return left_slope - right_slope;
}

bool better_extreme(const Objectives& a, const Objectives& b, std::size_t objective) {
  if (a[objective] != b[objective]) return a[objective] < b[objective];
  return std::ranges::lexicographical_compare(a, b);
}

/// A point of one trial's front.
struct Corner {
  double x;
  double y;
  std::size_t trial;
};

std::vector<Corner> corners_in_order(std::span<const std::vector<Objectives>> fronts) {
  std::vector<Corner> corners;
  for (std::size_t trial = 0; trial < fronts.size(); ++trial) {
    require_size(fronts[trial], 2, "attainment_surface");
    for (const Objectives& point : fronts[trial])
      corners.push_back({point[0], point[1], trial});
  }
  std::ranges::stable_sort(corners, {}, &Corner::x);
  return corners;
}

/// The best second objective that each trial has reached, sorted: entry l − 1 is what l trials
/// reach.
class Heights {
 public:
  explicit Heights(std::size_t trials) : by_trial_(trials, kInfinity), sorted_(trials, kInfinity) {}

  void lower(std::size_t trial, double y) {
    if (y >= by_trial_[trial]) return;
    const auto old = std::ranges::lower_bound(sorted_, by_trial_[trial]);
    const auto target = std::ranges::lower_bound(sorted_.begin(), old, y);
    std::move_backward(target, old, std::next(old));
    *target = y;
    by_trial_[trial] = y;
  }

  [[nodiscard]] double attained_by(std::size_t trials) const { return sorted_[trials - 1]; }

 private:
  std::vector<double> by_trial_;
  std::vector<double> sorted_;
};

}  // namespace

std::optional<std::size_t> knee(std::span<const Objectives> front) {
  require_size(front, 2, "knee");
  const std::vector<std::size_t> order = along_front(front);
  if (order.size() < 3) return std::nullopt;
  // Along a front the first objective grows and the second falls, so its ends are the bounds.
  const Objectives& first = front[order.front()];
  const Objectives& last = front[order.back()];
  const Bounds bounds{{first[0], last[1]}, {last[0], first[1]}};
  const auto point = [&](std::size_t i) { return normalised(front[order[i]], bounds); };

  std::size_t best = 0;
  double best_angle = -kInfinity;
  for (std::size_t i = 1; i + 1 < order.size(); ++i) {
    const double angle = bend_angle(point(i - 1), point(i), point(i + 1));
    if (angle > best_angle) {
      best_angle = angle;
      best = order[i];
    }
  }
  return best;
}

std::vector<std::size_t> extrema(std::span<const Objectives> front) {
  if (front.empty()) return {};
  require_one_size(front, "extrema");
  std::vector<std::size_t> positions(front[0].size(), 0);
  for (std::size_t objective = 0; objective < positions.size(); ++objective) {
    std::size_t& best = positions[objective];
    for (std::size_t i = 1; i < front.size(); ++i) {
      if (better_extreme(front[i], front[best], objective)) best = i;
    }
  }
  return positions;
}

std::vector<Objectives> attainment_surface(std::span<const std::vector<Objectives>> fronts,
                                           std::size_t level) {
  if (level == 0 || level > fronts.size()) {
    fail(ErrorCode::invalid_argument,
         "attainment_surface: level {} of {} trials; expected 1 to the number of trials", level,
         fronts.size());
  }
  const std::vector<Corner> corners = corners_in_order(fronts);
  Heights heights(fronts.size());
  std::vector<Objectives> surface;
  double height = kInfinity;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    heights.lower(corners[i].trial, corners[i].y);
    const bool last_at_x = i + 1 == corners.size() || corners[i + 1].x != corners[i].x;
    if (!last_at_x || heights.attained_by(level) >= height) continue;
    height = heights.attained_by(level);
    surface.push_back({corners[i].x, height});
  }
  return surface;
}

}  // namespace ecnas::moo
