#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ecnas/moo/moead.hpp"
#include "ecnas/moo/nsga2.hpp"
#include "ecnas/moo/ranking.hpp"
#include "ecnas/moo/sms_emoa.hpp"
#include "moo/check.hpp"
#include "moo/fronts.hpp"

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The points at some positions.
std::vector<Objectives> subset(std::span<const Objectives> points,
                               std::span<const std::size_t> positions) {
  std::vector<Objectives> selected;
  selected.reserve(positions.size());
  for (const std::size_t i : positions)
    selected.push_back(points[i]);
  return selected;
}

std::vector<std::size_t> positions_of_rank(std::span<const std::size_t> ranks, std::size_t rank) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (ranks[i] == rank) positions.push_back(i);
  }
  return positions;
}

bool are_planar(std::span<const Objectives> points) {
  return !points.empty() && points[0].size() == 2;
}

/// Crowding distances along one front whose members come in order of x, so y falls.
void crowd_along(std::span<const PlanarRank* const> front, std::span<CrowdedRank> result) {
  const double width = front.back()->x - front.front()->x;
  const double height = front.front()->y - front.back()->y;
  for (std::size_t i = 0; i < front.size(); ++i) {
    const bool is_end = i == 0 || i + 1 == front.size();
    const double crowding = is_end ? kInfinity
                                   : (front[i + 1]->x - front[i - 1]->x) / width +
                                         (front[i - 1]->y - front[i + 1]->y) / height;
    result[front[i]->position] = {front[i]->rank, crowding};
  }
}

std::vector<CrowdedRank> rank_and_crowd_planar(std::span<const Objectives> points) {
  const std::vector<PlanarRank> entries = planar_ranks(points);
  std::vector<std::size_t> ends;  // of each front among the members, one after another
  for (const PlanarRank& entry : entries) {
    if (entry.rank >= ends.size()) ends.resize(entry.rank + std::size_t{1}, 0);
    if (!entry.is_copy) ++ends[entry.rank];
  }
  std::vector<std::size_t> next(ends.size(), 0);
  std::exclusive_scan(ends.begin(), ends.end(), next.begin(), std::size_t{0});
  std::inclusive_scan(ends.begin(), ends.end(), ends.begin());
  std::vector<const PlanarRank*> members(ends.back());
  for (const PlanarRank& entry : entries) {
    if (!entry.is_copy) members[next[entry.rank]++] = &entry;
  }
  std::vector<CrowdedRank> result(points.size(), CrowdedRank{ends.size(), 0});  // copies come last
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    crowd_along(std::span(members).subspan(begin, end - begin), result);
    begin = end;
  }
  return result;
}

/// Contribution of entry `i` of one front in order of x, as `front_contributions` has it. A copy
/// next to it leaves its box no width or no height.
double planar_contribution(std::span<const PlanarRank> front, std::size_t i) {
  const PlanarRank& entry = front[i];
  if (entry.is_copy) return 0;
  const bool is_end = i == 0 || entry.x == front.back().x;
  return is_end ? kInfinity : (front[i + 1].x - entry.x) * (front[i - 1].y - entry.y);
}

std::size_t least_contributor_planar(std::span<const Objectives> points) {
  std::vector<PlanarRank> front = planar_ranks(points);
  const std::uint32_t worst = std::ranges::max(front, {}, &PlanarRank::rank).rank;
  std::erase_if(front, [&](const PlanarRank& entry) { return entry.rank != worst; });
  double least = planar_contribution(front, 0);
  std::uint32_t chosen = front[0].position;
  for (std::size_t i = 1; i < front.size(); ++i) {
    const double contribution = planar_contribution(front, i);
    if (contribution > least || (contribution == least && front[i].position < chosen)) continue;
    least = contribution;
    chosen = front[i].position;
  }
  return chosen;
}

}  // namespace

LinearRanking::LinearRanking(double eta_plus, double eta_minus) : eta_minus_(eta_minus) {
  // Decimal options such as 1.9 and 0.1 need not sum to 2 in every bit.
  constexpr double kTolerance = 1e-9;
  if (!(eta_plus >= 1 && eta_plus <= 2 && std::abs(eta_plus + eta_minus - 2) <= kTolerance)) {
    fail(ErrorCode::invalid_argument,
         "linear ranking: eta_plus {}, eta_minus {}; expected 1 <= eta_plus <= 2 and a sum of 2",
         eta_plus, eta_minus);
  }
}

double LinearRanking::probability(std::size_t rank, std::size_t count) const {
  ECNAS_ASSERT(rank < count);
  if (count == 1) return 1;
  const auto n = static_cast<double>(count);
  const double eta_plus = 2 - eta_minus_;
  return (eta_plus - (eta_plus - eta_minus_) * static_cast<double>(rank) / (n - 1)) / n;
}

/// The distribution is a mixture: with weight η⁻ uniform, else the better of two distinct draws,
/// whose probabilities fall linearly to 0.
std::size_t LinearRanking::draw(std::size_t count, Rng& rng) const {
  ECNAS_ASSERT(count > 0);
  const std::size_t first = rng.below(count);
  if (count == 1 || rng.chance(eta_minus_)) return first;
  // The second draw is from the others: those from `first` on are one further along, but then
  // `first` is the better anyway.
  const std::size_t other = rng.below(count - 1);
  return std::min(first, other);
}

std::vector<CrowdedRank> rank_and_crowd(std::span<const Objectives> points) {
  require_one_size(points, "rank_and_crowd");
  if (are_planar(points)) return rank_and_crowd_planar(points);
  const Fronts fronts = distinct_fronts(points);
  std::vector<CrowdedRank> result(points.size(), CrowdedRank{fronts.count, 0});  // copies come last
  for (std::size_t rank = 0; rank < fronts.count; ++rank) {
    const std::vector<std::size_t> members = positions_of_rank(fronts.ranks, rank);
    const std::vector<double> distances = crowding_distances(subset(points, members));
    for (std::size_t i = 0; i < members.size(); ++i)
      result[members[i]] = {rank, distances[i]};
  }
  return result;
}

std::vector<std::size_t> best_positions(std::span<const Objectives> points, std::size_t count) {
  const std::vector<CrowdedRank> ranking = rank_and_crowd(points);
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return crowded_less(ranking[a], ranking[b]); });
  order.resize(std::min(count, order.size()));
  std::ranges::sort(order);
  return order;
}

std::vector<std::vector<std::size_t>> nearest_weights(std::span<const Weights> weights,
                                                      std::size_t count) {
  std::vector<std::vector<std::size_t>> neighbourhoods;
  for (const Weights& weight : weights) {
    const auto distance = [&](std::size_t j) {
      double square = 0;
      for (std::size_t k = 0; k < weight.size(); ++k)
        square += (weight[k] - weights[j][k]) * (weight[k] - weights[j][k]);
      return square;
    };
    std::vector<std::size_t> order(weights.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, distance);
    order.resize(std::min(count, order.size()));
    neighbourhoods.push_back(std::move(order));
  }
  return neighbourhoods;
}

bool replaces(const Objectives& child, const Objectives& solution, const Bounds& bounds,
              std::span<const double> weights) {
  const double theirs = tchebycheff(normalised(solution, bounds), weights);
  const double its = tchebycheff(normalised(child, bounds), weights);
  if (its != theirs) return its < theirs;
  return compare(solution, child) != Dominance::dominates;
}

std::size_t least_contributor(std::span<const Objectives> points) {
  ECNAS_ASSERT(!points.empty());
  require_one_size(points, "least_contributor");
  if (are_planar(points)) return least_contributor_planar(points);
  const std::vector<std::size_t> ranks = non_dominated_ranks(points);
  const std::vector<std::size_t> worst = positions_of_rank(ranks, std::ranges::max(ranks));
  const std::vector<double> contributions = front_contributions(subset(points, worst));
  std::size_t least = 0;
  for (std::size_t i = 1; i < worst.size(); ++i) {
    if (contributions[i] <= contributions[least]) least = i;
  }
  return worst[least];
}

}  // namespace ecnas::moo
