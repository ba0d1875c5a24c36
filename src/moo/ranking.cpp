#include "ecnas/moo/ranking.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "ecnas/moo/front.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "moo/check.hpp"
#include "moo/fronts.hpp"

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::size_t> positions_by(std::span<const Objectives> points, std::size_t objective) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return points[i][objective]; });
  return order;
}

/// A tenth of the extent beyond the nadir, or 1 where there is no extent.
Objectives reference_beyond(const Bounds& bounds) {
  std::array<double, kMaxObjectives> values{};
  const std::size_t dimension = bounds.ideal.size();
  for (std::size_t i = 0; i < dimension; ++i) {
    const double extent = bounds.nadir[i] - bounds.ideal[i];
    values[i] = bounds.nadir[i] + (extent > 0 ? 0.1 * extent : 1.0);
  }
  return Objectives(std::span(values).first(dimension));
}

/// Deb et al.'s fast non-dominated sort: all pairs, then front by front.
std::vector<std::size_t> ranks_of_all_pairs(std::span<const Objectives> points) {
  const std::size_t count = points.size();
  std::vector<std::vector<std::size_t>> dominated(count);  // S_p
  std::vector<std::size_t> dominators(count, 0);           // n_p
  for (std::size_t p = 0; p < count; ++p) {
    for (std::size_t q = p + 1; q < count; ++q) {
      const Dominance dominance = compare(points[p], points[q]);
      if (dominance == Dominance::equal || dominance == Dominance::incomparable) continue;
      const bool p_wins = dominance == Dominance::dominates;
      dominated[p_wins ? p : q].push_back(p_wins ? q : p);
      ++dominators[p_wins ? q : p];
    }
  }
  std::vector<std::size_t> ranks(count, 0);
  std::vector<std::size_t> front;
  for (std::size_t p = 0; p < count; ++p) {
    if (dominators[p] == 0) front.push_back(p);
  }
  for (std::size_t rank = 0; !front.empty(); ++rank) {
    std::vector<std::size_t> next;
    for (const std::size_t p : front) {
      ranks[p] = rank;
      for (const std::size_t q : dominated[p]) {
        if (--dominators[q] == 0) next.push_back(q);
      }
    }
    front = std::move(next);
  }
  return ranks;
}

}  // namespace

std::vector<std::size_t> non_dominated_ranks(std::span<const Objectives> points) {
  require_one_size(points, "non_dominated_ranks");
  if (points.empty() || points[0].size() != 2) return ranks_of_all_pairs(points);
  std::vector<std::size_t> ranks(points.size());
  for (const PlanarRank& entry : planar_ranks(points))
    ranks[entry.position] = entry.rank;
  return ranks;
}

std::vector<double> crowding_distances(std::span<const Objectives> front) {
  require_one_size(front, "crowding_distances");
  std::vector<double> distances(front.size(), 0.0);
  if (front.empty()) return distances;
  for (std::size_t objective = 0; objective < front[0].size(); ++objective) {
    const std::vector<std::size_t> order = positions_by(front, objective);
    const auto value = [&](std::size_t i) { return front[order[i]][objective]; };
    distances[order.front()] = kInfinity;
    distances[order.back()] = kInfinity;
    const double extent = value(order.size() - 1) - value(0);
    if (!(extent > 0)) continue;
    for (std::size_t i = 1; i + 1 < order.size(); ++i) {
      distances[order[i]] += (value(i + 1) - value(i - 1)) / extent;
    }
  }
  return distances;
}

std::vector<double> front_contributions(std::span<const Objectives> front) {
  if (front.empty()) return {};
  require_one_size(front, "front_contributions");
  std::vector<double> contributions =
      hypervolume_contributions(front, reference_beyond(bounds_of(front)));
  for (const std::size_t extreme : extrema(front)) {
    contributions[extreme] = kInfinity;
  }
  return contributions;
}

}  // namespace ecnas::moo
