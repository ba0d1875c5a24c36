#pragma once
/// The definitions of moo, word for word and slow.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "ecnas/moo/ranking.hpp"

namespace ecnas::moo::oracle {

inline bool nowhere_worse(const Objectives& a, const Objectives& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
  }
  return true;
}

inline bool dominates(const Objectives& a, const Objectives& b) {
  return nowhere_worse(a, b) && !(a == b);
}

/// Positions that no point dominates and that equal no earlier one.
inline std::vector<std::size_t> front(const std::vector<Objectives>& points) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < points.size(); ++i) {
    bool stays = true;
    for (std::size_t j = 0; j < points.size(); ++j) {
      if (dominates(points[j], points[i]) || (j < i && points[j] == points[i])) stays = false;
    }
    if (stays) kept.push_back(i);
  }
  return kept;
}

/// By inclusion and exclusion over all subsets of the points. @pre at most about 15 points
inline double hypervolume_by_subsets(const std::vector<Objectives>& points,
                                     const Objectives& reference) {
  double total = 0;
  for (std::uint32_t subset = 1; subset < (1U << points.size()); ++subset) {
    double volume = 1;
    std::size_t members = 0;
    for (std::size_t d = 0; d < reference.size(); ++d) {
      double corner = -std::numeric_limits<double>::infinity();
      members = 0;
      for (std::size_t i = 0; i < points.size(); ++i) {
        if (((subset >> i) & 1U) == 0) continue;
        corner = std::max(corner, points[i][d]);
        ++members;
      }
      volume *= std::max(0.0, reference[d] - corner);
    }
    total += members % 2 == 1 ? volume : -volume;
  }
  return total;
}

/// For points on the integer grid: how many unit cells below an integer reference some point
/// dominates. Exact.
inline double hypervolume_by_counting(const std::vector<Objectives>& points,
                                      const std::vector<int>& reference, int least) {
  std::vector<int> cell(reference.size(), least);
  double count = 0;
  for (;;) {
    const bool covered = std::ranges::any_of(points, [&](const Objectives& point) {
      for (std::size_t d = 0; d < cell.size(); ++d) {
        if (point[d] > cell[d]) return false;
      }
      return true;
    });
    if (covered) ++count;
    std::size_t d = 0;
    while (d < cell.size() && ++cell[d] == reference[d])
      cell[d++] = least;
    if (d == cell.size()) return count;
  }
}

/// The textbook sweep with a comparison sort: terms in the order that ours promises.
inline double hypervolume_by_sweep(std::vector<Objectives> points, const Objectives& reference) {
  std::ranges::sort(points, [](const Objectives& a, const Objectives& b) {
    return std::ranges::lexicographical_compare(a, b);
  });
  double area = 0;
  double height = reference[1];
  for (const Objectives& point : points) {
    if (point[0] >= reference[0] || point[1] >= height) continue;
    area += (reference[0] - point[0]) * (height - point[1]);
    height = point[1];
  }
  return area;
}

/// Takes fronts away one by one.
inline std::vector<std::size_t> ranks(const std::vector<Objectives>& points) {
  constexpr std::size_t kUnranked = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> ranks(points.size(), kUnranked);
  for (std::size_t rank = 0; std::ranges::find(ranks, kUnranked) != ranks.end(); ++rank) {
    std::vector<std::size_t> next;
    for (std::size_t i = 0; i < points.size(); ++i) {
      bool free = ranks[i] == kUnranked;
      for (std::size_t j = 0; j < points.size(); ++j) {
        if (ranks[j] == kUnranked && dominates(points[j], points[i])) free = false;
      }
      if (free) next.push_back(i);
    }
    for (const std::size_t i : next)
      ranks[i] = rank;
  }
  return ranks;
}

/// Each point looks for its own neighbours. @pre no two points share a value in an objective
inline std::vector<double> crowding_distances(const std::vector<Objectives>& front) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> distances;
  for (const Objectives& point : front) {
    double distance = 0;
    for (std::size_t d = 0; d < point.size(); ++d) {
      double below = -kInfinity;
      double above = kInfinity;
      double least = kInfinity;
      double greatest = -kInfinity;
      for (const Objectives& other : front) {
        if (other[d] < point[d]) below = std::max(below, other[d]);
        if (other[d] > point[d]) above = std::min(above, other[d]);
        least = std::min(least, other[d]);
        greatest = std::max(greatest, other[d]);
      }
      distance += (above - below) / (greatest - least);
    }
    distances.push_back(distance);
  }
  return distances;
}

/// Ranks of the distinct points and their crowding distances; copies rank behind all others.
/// @pre two objectives, so that no two distinct points of a front share a value
inline std::vector<CrowdedRank> ranked_and_crowded(const std::vector<Objectives>& points) {
  std::vector<Objectives> distinct;
  for (const Objectives& point : points) {
    if (std::ranges::find(distinct, point) == distinct.end()) distinct.push_back(point);
  }
  const std::vector<std::size_t> rank_of = ranks(distinct);
  std::vector<CrowdedRank> result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto place = std::ranges::find(distinct, points[i]) - distinct.begin();
    const std::size_t rank = rank_of[static_cast<std::size_t>(place)];
    std::vector<Objectives> front;
    for (std::size_t j = 0; j < distinct.size(); ++j) {
      if (rank_of[j] == rank) front.push_back(distinct[j]);
    }
    const auto in_front = std::ranges::find(front, points[i]) - front.begin();
    const double crowding = crowding_distances(front)[static_cast<std::size_t>(in_front)];
    const bool is_copy =
        std::ranges::find(points, points[i]) - points.begin() != static_cast<std::ptrdiff_t>(i);
    result.push_back(is_copy ? CrowdedRank{std::ranges::max(rank_of) + 1, 0}
                             : CrowdedRank{rank, crowding});
  }
  return result;
}

/// Of the worst rank the point that adds least to that rank's hypervolume, the best in each
/// objective aside; ties: the last. @pre two objectives
inline std::size_t least_contributor(const std::vector<Objectives>& points) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<std::size_t> rank_of = ranks(points);
  std::vector<Objectives> worst;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (rank_of[i] == std::ranges::max(rank_of)) worst.push_back(points[i]);
  }
  const double least_x = std::ranges::min(worst, {}, [](const auto& p) { return p[0]; })[0];
  const double least_y = std::ranges::min(worst, {}, [](const auto& p) { return p[1]; })[1];
  std::size_t chosen = points.size();
  double least = kInfinity;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (rank_of[i] != std::ranges::max(rank_of)) continue;
    const bool is_first =
        std::ranges::find(points, points[i]) - points.begin() == static_cast<std::ptrdiff_t>(i);
    std::vector<Objectives> others = worst;
    others.erase(std::ranges::find(others, points[i]));
    const Objectives far{1000, 1000};
    double contribution = hypervolume_by_sweep(worst, far) - hypervolume_by_sweep(others, far);
    if (is_first && (points[i][0] == least_x || points[i][1] == least_y)) contribution = kInfinity;
    if (contribution <= least) {
      least = contribution;
      chosen = i;
    }
  }
  return chosen;
}

}  // namespace ecnas::moo::oracle
