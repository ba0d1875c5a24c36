#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "ecnas/moo/nsga3.hpp"
#include "ecnas/moo/ranking.hpp"
#include "moo/check.hpp"

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The point that is best along one axis: least in the achievement function of its direction.
std::size_t extreme_along(std::span<const Objectives> points, std::size_t axis,
                          const Objectives& ideal) {
  constexpr double kOffAxis = 1e6;
  std::size_t best = 0;
  double least = kInfinity;
  for (std::size_t i = 0; i < points.size(); ++i) {
    double achieved = 0;
    for (std::size_t k = 0; k < ideal.size(); ++k)
      achieved = std::max(achieved, (points[i][k] - ideal[k]) * (k == axis ? 1.0 : kOffAxis));
    if (achieved < least) {
      least = achieved;
      best = i;
    }
  }
  return best;
}

/// Solves a x = 1 for the rows of `a` by elimination with pivots; absent where there is no plane.
std::optional<std::vector<double>> plane_through(std::vector<std::vector<double>> a) {
  const std::size_t n = a.size();
  std::vector<double> x(n, 1.0);
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row)
      pivot = std::abs(a[row][column]) > std::abs(a[pivot][column]) ? row : pivot;
    if (std::abs(a[pivot][column]) < 1e-12) return std::nullopt;
    std::swap(a[pivot], a[column]);
    std::swap(x[pivot], x[column]);
    for (std::size_t row = 0; row < n; ++row) {
      if (row == column) continue;
      const double factor = a[row][column] / a[column][column];
      for (std::size_t k = column; k < n; ++k)
        a[row][k] -= factor * a[column][k];
      x[row] -= factor * x[column];
    }
  }
  for (std::size_t i = 0; i < n; ++i)
    x[i] /= a[i][i];
  return x;
}

/// Where the plane through the extreme points meets the axes, from the ideal point; where there is
/// no such plane, the range of the first front. Paper: a.
std::vector<double> intercepts(std::span<const Objectives> front, const Bounds& bounds) {
  const std::size_t objectives = bounds.ideal.size();
  std::vector<double> range(objectives);
  for (std::size_t k = 0; k < objectives; ++k)
    range[k] = bounds.nadir[k] - bounds.ideal[k];
  std::vector<std::vector<double>> extremes;
  for (std::size_t axis = 0; axis < objectives; ++axis) {
    const Objectives& extreme = front[extreme_along(front, axis, bounds.ideal)];
    std::vector<double> row(objectives);
    for (std::size_t k = 0; k < objectives; ++k)
      row[k] = range[k] > 0 ? (extreme[k] - bounds.ideal[k]) / range[k] : 0.0;
    extremes.push_back(std::move(row));
  }
  const auto plane = plane_through(std::move(extremes));
  std::vector<double> result = range;
  if (plane && std::ranges::all_of(*plane, [](double x) { return x > 1e-6 && x < 1e6; })) {
    for (std::size_t k = 0; k < objectives; ++k)
      result[k] = range[k] / (*plane)[k];
  }
  return result;
}

struct Niche {
  std::size_t direction = 0;
  double distance = 0;  ///< from the line of the direction
};

/// The direction that a point is nearest to.
Niche nearest(const Objectives& point, const Objectives& ideal, std::span<const double> scale,
              std::span<const Weights> directions) {
  Niche found{0, kInfinity};
  for (std::size_t j = 0; j < directions.size(); ++j) {
    double along = 0;
    double length = 0;
    double square = 0;
    for (std::size_t k = 0; k < scale.size(); ++k) {
      const double x = scale[k] > 0 ? (point[k] - ideal[k]) / scale[k] : 0.0;
      along += x * directions[j][k];
      length += directions[j][k] * directions[j][k];
      square += x * x;
    }
    const double distance = std::sqrt(std::max(0.0, square - along * along / length));
    if (distance < found.distance) found = {j, distance};
  }
  return found;
}

/// Fills up what is kept from the front that does not fit whole. Paper: Niching.
class Niching {
 public:
  Niching(std::vector<Niche> niches, std::size_t directions, Rng& rng)
      : niches_(std::move(niches)), members_(directions, 0), rng_(rng) {}

  void count(std::size_t position) { ++members_[niches_[position].direction]; }

  /// Takes one of the candidates out and returns it. @pre not empty
  std::size_t take(std::vector<std::size_t>& candidates) {
    const std::size_t direction = emptiest(candidates);
    std::vector<std::size_t> there;  // places in `candidates`
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (niches_[candidates[i]].direction == direction) there.push_back(i);
    }
    std::size_t chosen = there[rng_.below(there.size())];
    if (members_[direction] == 0) {
      chosen = *std::ranges::min_element(
          there, {}, [&](std::size_t i) { return niches_[candidates[i]].distance; });
    }
    const std::size_t position = candidates[chosen];
    candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(chosen));
    count(position);
    return position;
  }

 private:
  /// Of the directions with candidates one with the fewest members.
  [[nodiscard]] std::size_t emptiest(std::span<const std::size_t> candidates) {
    std::vector<std::size_t> open;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (const std::size_t position : candidates) {
      const std::size_t direction = niches_[position].direction;
      if (members_[direction] > fewest) continue;
      if (members_[direction] < fewest) open.clear();
      fewest = members_[direction];
      if (std::ranges::find(open, direction) == open.end()) open.push_back(direction);
    }
    return open[rng_.below(open.size())];
  }

  std::vector<Niche> niches_;
  std::vector<std::size_t> members_;  // kept so far, by direction
  Rng& rng_;
};

}  // namespace

std::vector<std::size_t> niche_survivors(std::span<const Objectives> points, std::size_t count,
                                         std::span<const Weights> directions, Rng& rng) {
  require_one_size(points, "niche_survivors");
  std::vector<std::size_t> kept;
  if (points.size() <= count) {
    kept.resize(points.size());
    std::iota(kept.begin(), kept.end(), std::size_t{0});
    return kept;
  }
  const std::vector<CrowdedRank> ranks = rank_and_crowd(points);  // copies rank last
  std::vector<std::size_t> split;                                 // the front that does not fit whole
  for (std::size_t rank = 0; kept.size() < count; ++rank) {
    split.clear();
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (ranks[i].rank == rank) split.push_back(i);
    }
    if (kept.size() + split.size() > count) break;
    kept.insert(kept.end(), split.begin(), split.end());
    split.clear();
  }
  if (!split.empty()) {
    std::vector<Objectives> first;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (ranks[i].rank == 0) first.push_back(points[i]);
    }
    const Bounds bounds = bounds_of(first);
    const std::vector<double> scale = intercepts(first, bounds);
    std::vector<Niche> niches;
    for (const Objectives& point : points)
      niches.push_back(nearest(point, bounds.ideal, scale, directions));
    Niching niching(std::move(niches), directions.size(), rng);
    for (const std::size_t position : kept)
      niching.count(position);
    while (kept.size() < count)
      kept.push_back(niching.take(split));
  }
  std::ranges::sort(kept);
  return kept;
}

}  // namespace ecnas::moo
