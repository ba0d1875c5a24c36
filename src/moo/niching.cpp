#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "ecnas/moo/nsga3.hpp"
#include "moo/check.hpp"
#include "moo/fronts.hpp"

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// One entry an objective.
using Row = std::array<double, kMaxObjectives>;

Row extents(const Bounds& bounds) {
  Row extent{};
  for (std::size_t k = 0; k < bounds.ideal.size(); ++k)
    extent[k] = bounds.nadir[k] - bounds.ideal[k];
  return extent;
}

Row scaled(const Objectives& point, const Objectives& ideal, const Row& scale) {
  Row row{};
  for (std::size_t k = 0; k < ideal.size(); ++k)
    row[k] = scale[k] > 0 ? (point[k] - ideal[k]) / scale[k] : 0.0;
  return row;
}

/// The row that is best along one axis: least in the achievement function of its direction.
const Row& extreme_along(std::span<const Row> rows, std::size_t axis, std::size_t objectives) {
  constexpr double kOffAxis = 1e6;
  return *std::ranges::min_element(rows, {}, [&](const Row& row) {
    double achieved = row[axis];
    for (std::size_t k = 0; k < objectives; ++k)
      achieved = std::max(achieved, k == axis ? 0.0 : kOffAxis * row[k]);
    return achieved;
  });
}

/// Solves a x = 1 for the rows of `a` by elimination with pivots; absent where there is no plane.
std::optional<Row> plane_through(std::span<Row> a) {
  constexpr double kSingular = 1e-12;  // of entries of about 1
  const std::size_t n = a.size();
  Row x{};
  std::fill_n(x.begin(), n, 1.0);
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row)
      pivot = std::abs(a[row][column]) > std::abs(a[pivot][column]) ? row : pivot;
    if (std::abs(a[pivot][column]) < kSingular) return std::nullopt;
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

/// How far from the ideal point the plane through the extreme points of the first front meets each
/// axis, but no farther than the worst point lies; where there is no such plane, the extents of the
/// front. Paper: a.
Row intercepts(std::span<const Objectives> front, const Objectives& ideal,
               const Objectives& worst) {
  const std::size_t objectives = ideal.size();
  const Row extent = extents({ideal, bounds_of(front).nadir});
  std::vector<Row> rows;  // scaled, so that units do not matter to the achievement function
  for (const Objectives& point : front)
    rows.push_back(scaled(point, ideal, extent));
  std::array<Row, kMaxObjectives> extremes{};
  for (std::size_t axis = 0; axis < objectives; ++axis)
    extremes[axis] = extreme_along(rows, axis, objectives);
  const std::optional<Row> plane = plane_through(std::span(extremes).first(objectives));
  Row result = extent;
  if (!plane) return result;
  const std::span<const double> slopes = std::span(*plane).first(objectives);
  if (std::ranges::any_of(slopes, [](double slope) { return !(slope > 0); })) return result;
  for (std::size_t k = 0; k < objectives; ++k)
    result[k] = std::min(extent[k] / slopes[k], worst[k] - ideal[k]);
  return result;
}

struct Niche {
  std::size_t direction = 0;
  double distance = 0;  ///< from the line of the direction, squared
};

/// The direction that a point is nearest to; ties: the first.
Niche nearest(const Row& point, std::size_t objectives, std::span<const Weights> directions) {
  Niche found{0, kInfinity};
  for (std::size_t j = 0; j < directions.size(); ++j) {
    const Weights& direction = directions[j];
    double along = 0;
    double length = 0;
    for (std::size_t k = 0; k < objectives; ++k) {
      along += point[k] * direction[k];
      length += direction[k] * direction[k];
    }
    along /= length;
    double distance = 0;  // of the rest, not by Pythagoras, which cancels
    for (std::size_t k = 0; k < objectives; ++k) {
      const double rest = point[k] - along * direction[k];
      distance += rest * rest;
    }
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
    choice_.clear();
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (niches_[candidates[i]].direction == direction) choice_.push_back(i);
    }
    const auto distance = [&](std::size_t i) { return niches_[candidates[i]].distance; };
    const std::size_t chosen = members_[direction] == 0
                                   ? *std::ranges::min_element(choice_, {}, distance)
                                   : choice_[rng_.below(choice_.size())];
    const std::size_t position = candidates[chosen];
    candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(chosen));
    count(position);
    return position;
  }

 private:
  /// Of the directions with candidates one with the fewest members.
  [[nodiscard]] std::size_t emptiest(std::span<const std::size_t> candidates) {
    choice_.clear();
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (const std::size_t position : candidates) {
      const std::size_t direction = niches_[position].direction;
      if (members_[direction] > fewest) continue;
      if (members_[direction] < fewest) choice_.clear();
      fewest = members_[direction];
      if (std::ranges::find(choice_, direction) == choice_.end()) choice_.push_back(direction);
    }
    return choice_[rng_.below(choice_.size())];
  }

  std::vector<Niche> niches_;
  std::vector<std::size_t> members_;  // kept so far, by direction
  std::vector<std::size_t> choice_;   // scratch
  Rng& rng_;
};

std::vector<std::size_t> positions_of_rank(const Fronts& fronts, std::size_t rank) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < fronts.ranks.size(); ++i) {
    if (fronts.ranks[i] == rank) positions.push_back(i);
  }
  return positions;
}

/// Paper: Normalize and Associate.
std::vector<Niche> associate(std::span<const Objectives> points, const Fronts& fronts,
                             const Objectives& ideal, std::span<const Weights> directions) {
  std::vector<Objectives> first;
  for (const std::size_t i : positions_of_rank(fronts, 0))
    first.push_back(points[i]);
  const Row scale = intercepts(first, ideal, bounds_of(points).nadir);
  std::vector<Niche> niches;
  niches.reserve(points.size());
  for (const Objectives& point : points)
    niches.push_back(nearest(scaled(point, ideal, scale), ideal.size(), directions));
  return niches;
}

}  // namespace

std::vector<std::size_t> niche_survivors(std::span<const Objectives> points, std::size_t count,
                                         const Objectives& ideal,
                                         std::span<const Weights> directions, Rng& rng) {
  require_size(points, ideal.size(), "niche_survivors");
  std::vector<std::size_t> kept;
  if (points.size() <= count) {
    kept.resize(points.size());
    std::iota(kept.begin(), kept.end(), std::size_t{0});
    return kept;
  }
  const Fronts fronts = distinct_fronts(points);
  std::vector<std::size_t> next = positions_of_rank(fronts, 0);
  for (std::size_t rank = 1; kept.size() + next.size() <= count; ++rank) {
    kept.insert(kept.end(), next.begin(), next.end());
    next = positions_of_rank(fronts, rank);
  }
  if (kept.size() < count) {  // `next` does not fit whole
    Niching niching(associate(points, fronts, ideal, directions), directions.size(), rng);
    for (const std::size_t position : kept)
      niching.count(position);
    while (kept.size() < count)
      kept.push_back(niching.take(next));
  }
  std::ranges::sort(kept);
  return kept;
}

}  // namespace ecnas::moo
