#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>

#include "ecnas/moo/front.hpp"
#include "moo/check.hpp"

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A point of one trial's front.
struct Corner {
  double x;
  double y;
  std::size_t trial;
};

void append_corners(std::span<const std::vector<Objectives>> fronts, std::size_t first_trial,
                    std::string_view caller, std::vector<Corner>& corners) {
  for (std::size_t trial = 0; trial < fronts.size(); ++trial) {
    require_size(fronts[trial], 2, caller);
    for (const Objectives& point : fronts[trial])
      corners.push_back({point[0], point[1], first_trial + trial});
  }
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
  [[nodiscard]] const std::vector<double>& sorted() const { return sorted_; }

 private:
  std::vector<double> by_trial_;
  std::vector<double> sorted_;
};

/// Turns counts of trials into differences of shares, in whole steps of a scale.
class DifferenceScale {
 public:
  DifferenceScale(std::size_t trials_a, std::size_t trials_b, std::size_t intervals)
      : trials_a_(static_cast<std::int64_t>(trials_a)),
        trials_b_(static_cast<std::int64_t>(trials_b)),
        intervals_(static_cast<std::int64_t>(intervals)) {}

  [[nodiscard]] std::int64_t step(std::size_t attained_a, std::size_t attained_b) const {
    const std::int64_t exact = static_cast<std::int64_t>(attained_a) * trials_b_ -
                               static_cast<std::int64_t>(attained_b) * trials_a_;
    if (intervals_ == 0) return exact;
    const std::int64_t size = std::abs(exact) * intervals_ / (trials_a_ * trials_b_);
    const std::int64_t capped = std::min(size, intervals_ - 1);
    return exact < 0 ? -capped : capped;
  }

  [[nodiscard]] double difference(std::int64_t step) const {
    const std::int64_t steps = intervals_ == 0 ? trials_a_ * trials_b_ : intervals_;
    return static_cast<double>(step) / static_cast<double>(steps);
  }

 private:
  std::int64_t trials_a_;
  std::int64_t trials_b_;
  std::int64_t intervals_;
};

/// A rectangle whose right side is not known yet.
struct Strip {
  double left;
  double bottom;
  double top;
  std::int64_t step;
  bool goes_on = false;
};

/// The strips that differ at one x, from the heights that the trials have reached there.
std::vector<Strip> strips_at(double x, const Heights& a, const Heights& b,
                             const DifferenceScale& scale) {
  std::vector<Strip> strips;
  std::size_t attained_a = 0;
  std::size_t attained_b = 0;
  const auto next_height = [](const Heights& heights, std::size_t attained) -> double {
    return attained < heights.sorted().size() ? heights.sorted()[attained] : kInfinity;
  };
  for (;;) {
    const double bottom = std::min(next_height(a, attained_a), next_height(b, attained_b));
    if (bottom == kInfinity) return strips;
    while (next_height(a, attained_a) == bottom)
      ++attained_a;
    while (next_height(b, attained_b) == bottom)
      ++attained_b;
    const double top = std::min(next_height(a, attained_a), next_height(b, attained_b));
    const std::int64_t step = scale.step(attained_a, attained_b);
    if (step == 0) continue;
    if (!strips.empty() && strips.back().top == bottom && strips.back().step == step) {
      strips.back().top = top;
    } else {
      strips.push_back({x, bottom, top, step});
    }
  }
}

/// Rectangles that grow to the right while the strip at the next x is the same.
class Rectangles {
 public:
  explicit Rectangles(const DifferenceScale& scale) : scale_(scale) {}

  void advance(double x, std::vector<Strip> strips) {
    for (Strip& strip : strips) {
      const auto old = std::ranges::lower_bound(open_, strip.bottom, {}, &Strip::bottom);
      if (old == open_.end() || old->bottom != strip.bottom || old->top != strip.top ||
          old->step != strip.step) {
        continue;
      }
      strip.left = old->left;
      old->goes_on = true;
    }
    for (const Strip& strip : open_) {
      if (strip.goes_on) continue;
      closed_.push_back({strip.left, x, strip.bottom, strip.top, scale_.difference(strip.step)});
    }
    open_ = std::move(strips);
  }

  std::vector<AttainmentDifference> finish() && {
    advance(kInfinity, {});
    std::ranges::sort(closed_, [](const AttainmentDifference& p, const AttainmentDifference& q) {
      return std::tie(p.left, p.bottom) < std::tie(q.left, q.bottom);
    });
    return std::move(closed_);
  }

 private:
  DifferenceScale scale_;
  std::vector<Strip> open_;  // in order of their bottom
  std::vector<AttainmentDifference> closed_;
};

}  // namespace

std::vector<Objectives> attainment_surface(std::span<const std::vector<Objectives>> fronts,
                                           std::size_t level) {
  if (level == 0 || level > fronts.size()) {
    fail(ErrorCode::invalid_argument,
         "attainment_surface: level {} of {} trials; expected 1 to the number of trials", level,
         fronts.size());
  }
  std::vector<Corner> corners;
  append_corners(fronts, 0, "attainment_surface", corners);
  std::ranges::stable_sort(corners, {}, &Corner::x);
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

std::size_t attainment_level(std::size_t trials, double share) {
  if (trials == 0 || !(share > 0 && share <= 1)) {
    fail(ErrorCode::invalid_argument,
         "attainment_level: share {} of {} trials; expected trials, and a share above 0 and at "
         "most 1",
         share, trials);
  }
  constexpr double kRounding = 1e-9;  // 0.07 of 100 is 7.000000000000001
  const auto count = static_cast<double>(trials);
  const double level = std::ceil(share * count - kRounding * count);
  return static_cast<std::size_t>(std::max(1.0, level));
}

std::vector<AttainmentDifference> attainment_difference(
    std::span<const std::vector<Objectives>> fronts_a,
    std::span<const std::vector<Objectives>> fronts_b, std::size_t intervals) {
  if (fronts_a.empty() || fronts_b.empty()) {
    fail(ErrorCode::invalid_argument,
         "attainment_difference: {} and {} trials; expected at least one of each algorithm",
         fronts_a.size(), fronts_b.size());
  }
  std::vector<Corner> corners;
  append_corners(fronts_a, 0, "attainment_difference", corners);
  append_corners(fronts_b, fronts_a.size(), "attainment_difference", corners);
  std::ranges::stable_sort(corners, {}, &Corner::x);
  const DifferenceScale scale(fronts_a.size(), fronts_b.size(), intervals);
  Heights a(fronts_a.size());
  Heights b(fronts_b.size());
  Rectangles rectangles(scale);
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const auto [x, y, trial] = corners[i];
    if (trial < fronts_a.size()) {
      a.lower(trial, y);
    } else {
      b.lower(trial - fronts_a.size(), y);
    }
    const bool last_at_x = i + 1 == corners.size() || corners[i + 1].x != x;
    if (last_at_x) rectangles.advance(x, strips_at(x, a, b, scale));
  }
  return std::move(rectangles).finish();
}

}  // namespace ecnas::moo
