#include "search/promotion.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/ranking.hpp"

namespace ecnas::search {
namespace {

std::vector<moo::Objectives> gathered(std::span<const moo::Objectives> points,
                                      std::span<const std::size_t> positions) {
  std::vector<moo::Objectives> chosen;
  chosen.reserve(positions.size());
  for (const std::size_t position : positions)
    chosen.push_back(points[position]);
  return chosen;
}

/// Whole ranks while there is room.
/// @param order  (points of one rank, count) → positions of the `count` best among them
template <typename Order>
std::vector<std::size_t> best_by_rank(std::span<const moo::Objectives> points, std::size_t count,
                                      Order order) {
  const std::vector<std::size_t> ranks = moo::non_dominated_ranks(points);
  const std::size_t wanted = std::min(count, points.size());
  std::vector<std::size_t> best;
  for (std::size_t rank = 0; best.size() < wanted; ++rank) {
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      if (ranks[i] == rank) members.push_back(i);
    }
    const std::size_t room = std::min(members.size(), wanted - best.size());
    for (const std::size_t i : order(gathered(points, members), room))
      best.push_back(members[i]);
  }
  return best;
}

moo::Objectives beyond_worst(std::span<const moo::Objectives> points) {
  constexpr double kMargin = 0.1;
  const moo::Objectives worst = moo::bounds_of(points).nadir;
  std::vector<double> reference;
  for (const double value : worst)
    reference.push_back(
        value + std::max(kMargin * std::abs(value), std::numeric_limits<double>::epsilon()));
  return moo::Objectives(reference);
}

/// Gains shrink as more is chosen, so a gain of an earlier time bounds the present one.
std::vector<std::size_t> greedy_hypervolume(const std::vector<moo::Objectives>& front,
                                            std::size_t count, const moo::Objectives& reference) {
  std::vector<moo::Objectives> chosen;
  double volume = 0;
  const auto gain = [&](std::size_t i) {
    chosen.push_back(front[i]);
    const double gained = moo::hypervolume(chosen, reference) - volume;
    chosen.pop_back();
    return gained;
  };
  std::vector<double> bounds(front.size(), std::numeric_limits<double>::infinity());
  std::vector<std::size_t> order;
  while (order.size() < count) {
    std::vector<bool> is_exact(front.size(), false);
    for (;;) {
      const auto most = static_cast<std::size_t>(std::ranges::max_element(bounds) - bounds.begin());
      if (is_exact[most]) {
        order.push_back(most);
        break;
      }
      bounds[most] = gain(most);
      is_exact[most] = true;
    }
    volume += bounds[order.back()];
    chosen.push_back(front[order.back()]);
    bounds[order.back()] = -std::numeric_limits<double>::infinity();
  }
  return order;
}

}  // namespace

std::vector<std::size_t> best_by_crowding(std::span<const moo::Objectives> points,
                                          std::size_t count) {
  const std::vector<moo::CrowdedRank> ranked = moo::rank_and_crowd(points);
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return moo::crowded_less(ranked[a], ranked[b]); });
  order.resize(std::min(count, order.size()));
  return order;
}

std::vector<std::size_t> best_by_contribution(std::span<const moo::Objectives> points,
                                              std::size_t count) {
  return best_by_rank(points, count,
                      [](const std::vector<moo::Objectives>& front, std::size_t room) {
                        const std::vector<double> contributions = moo::front_contributions(front);
                        std::vector<std::size_t> order(front.size());
                        std::iota(order.begin(), order.end(), std::size_t{0});
                        std::ranges::stable_sort(order, std::greater<>{},
                                                 [&](std::size_t i) { return contributions[i]; });
                        order.resize(room);
                        return order;
                      });
}

std::vector<std::size_t> best_by_hypervolume(std::span<const moo::Objectives> points,
                                             std::size_t count) {
  if (points.empty()) return {};
  const moo::Objectives reference = beyond_worst(points);
  return best_by_rank(points, count,
                      [&](const std::vector<moo::Objectives>& front, std::size_t room) {
                        if (room < front.size()) return greedy_hypervolume(front, room, reference);
                        std::vector<std::size_t> all(front.size());
                        std::iota(all.begin(), all.end(), std::size_t{0});
                        return all;
                      });
}

std::vector<std::size_t> farthest_first(std::span<const moo::Objectives> points,
                                        std::size_t count) {
  std::vector<std::size_t> order;
  if (points.empty() || count == 0) return order;
  const moo::Bounds bounds = moo::bounds_of(points);
  const std::size_t objectives = points.front().size();
  std::vector<double> weights;  // of squared differences
  for (std::size_t k = 0; k < objectives; ++k) {
    const double range = bounds.nadir[k] - bounds.ideal[k];
    weights.push_back(range > 0 ? 1 / (range * range) : 0.0);
  }
  std::vector<double> nearest(points.size(), std::numeric_limits<double>::infinity());
  auto next = static_cast<std::size_t>(
      std::ranges::min_element(points, {}, [](const moo::Objectives& p) { return p[0]; }) -
      points.begin());
  for (;;) {
    order.push_back(next);
    if (order.size() == std::min(count, points.size())) return order;
    for (std::size_t i = 0; i < points.size(); ++i) {
      double distance = 0;
      for (std::size_t k = 0; k < objectives; ++k) {
        const double difference = points[i][k] - points[next][k];
        distance += weights[k] * difference * difference;
      }
      nearest[i] = std::min(nearest[i], distance);
    }
    nearest[next] = -1;  // copies of it are at 0
    next = static_cast<std::size_t>(std::ranges::max_element(nearest) - nearest.begin());
  }
}

bool DominanceLevels::is_dominated(const moo::Objectives& point,
                                   std::span<const std::uint32_t> by) const {
  return std::ranges::any_of(by, [&](std::uint32_t other) {
    return moo::compare(points_[other], point) == moo::Dominance::dominates;
  });
}

void DominanceLevels::insert(const moo::Objectives& point) {
  const auto position = static_cast<std::uint32_t>(points_.size());
  points_.push_back(point);
  // What a level dominates, all levels above it dominate too.
  auto level = std::ranges::partition_point(
      levels_, [&](const std::vector<std::uint32_t>& l) { return is_dominated(point, l); });
  std::vector<std::uint32_t> sinking = {position};
  for (; level != levels_.end() && !sinking.empty(); ++level) {
    std::vector<std::uint32_t> merged;
    std::vector<std::uint32_t> displaced;
    for (const std::uint32_t member : *level)
      (is_dominated(points_[member], sinking) ? displaced : merged).push_back(member);
    const auto middle = static_cast<std::ptrdiff_t>(merged.size());
    merged.insert(merged.end(), sinking.begin(), sinking.end());
    std::inplace_merge(merged.begin(), merged.begin() + middle, merged.end());
    *level = std::move(merged);
    sinking = std::move(displaced);
  }
  if (!sinking.empty()) levels_.push_back(std::move(sinking));
}

}  // namespace ecnas::search
