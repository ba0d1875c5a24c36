#include <algorithm>
#include <cmath>
#include <numeric>

#include "ecnas/moo/moead.hpp"
#include "ecnas/moo/nsga2.hpp"
#include "ecnas/moo/ranking.hpp"
#include "ecnas/moo/regularised_evolution.hpp"
#include "ecnas/moo/sms_emoa.hpp"

namespace ecnas::moo {
namespace {

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

/// Positions of the first of each set of equal points.
std::vector<std::size_t> distinct_positions(std::span<const Objectives> points) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (std::ranges::find(points.first(i), points[i]) ==
        points.begin() + static_cast<std::ptrdiff_t>(i)) {
      positions.push_back(i);
    }
  }
  return positions;
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
  const std::vector<std::size_t> distinct = distinct_positions(points);
  const std::vector<Objectives> candidates = subset(points, distinct);
  const std::vector<std::size_t> ranks = non_dominated_ranks(candidates);
  const std::size_t fronts = ranks.empty() ? 0 : std::ranges::max(ranks) + 1;

  std::vector<CrowdedRank> result(points.size(), CrowdedRank{fronts, 0});  // copies come last
  for (std::size_t rank = 0; rank < fronts; ++rank) {
    const std::vector<std::size_t> members = positions_of_rank(ranks, rank);
    const std::vector<double> distances = crowding_distances(subset(candidates, members));
    for (std::size_t i = 0; i < members.size(); ++i) {
      result[distinct[members[i]]] = {rank, distances[i]};
    }
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

std::size_t best_position(std::span<const Objectives> points) {
  ECNAS_ASSERT(!points.empty());
  const std::vector<CrowdedRank> ranking = rank_and_crowd(points);
  return static_cast<std::size_t>(std::ranges::min_element(ranking, crowded_less) -
                                  ranking.begin());
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

std::size_t least_contributor(std::span<const Objectives> points) {
  ECNAS_ASSERT(!points.empty());
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
