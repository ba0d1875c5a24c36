#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// Rank of each point: 0 for the non-dominated ones, r for those that are non-dominated once all of
/// lower rank are taken away. Equal points share a rank.
/// @param points  (n), all of one size
/// @return (n)
/// @throws Error{invalid_argument} if sizes differ.
/// @complexity O(n log n) for two objectives, O(k n²) for others
/// @source [Jensen03], the sweep for two objectives; [Deb02], fast non-dominated sort
[[nodiscard]] std::vector<std::size_t> non_dominated_ranks(std::span<const Objectives> points);

/// Crowding distance of each point of a front: the sum over objectives of the gap between its two
/// neighbours, relative to the front's extent; infinite for the first and last in any objective.
/// Equal values are ordered by position; an objective without extent adds nothing.
/// @return (n)
/// @throws Error{invalid_argument} if sizes differ.
/// @complexity O(k n log n)  @source [Deb02], crowding-distance-assignment
[[nodiscard]] std::vector<double> crowding_distances(std::span<const Objectives> front);

/// What NSGA-II compares solutions by: lower rank first, then greater crowding distance.
struct CrowdedRank {
  std::size_t rank;
  double crowding;
};

/// Does `a` win over `b`? Deb et al.'s crowded-comparison operator.
[[nodiscard]] inline bool crowded_less(const CrowdedRank& a, const CrowdedRank& b) {
  return a.rank != b.rank ? a.rank < b.rank : a.crowding > b.crowding;
}

/// Ranks and crowding distances of a population. A point equal to an earlier one ranks behind all
/// distinct points with crowding 0: copies only fill up a population that would else be short.
/// @return (n)
/// @throws Error{invalid_argument} if sizes differ.
/// @complexity O(n log n) for two objectives, O(k n²) for others
[[nodiscard]] std::vector<CrowdedRank> rank_and_crowd(std::span<const Objectives> points);

/// Positions of the best `count` (or all) by `crowded_less`, ties by position, ascending.
[[nodiscard]] std::vector<std::size_t> best_positions(std::span<const Objectives> points,
                                                      std::size_t count);

/// Exclusive hypervolume contribution of each point of a front, for ranking: infinite for the best
/// point in each objective (ties: the better in the others, then the first); a point equal to an
/// earlier one has 0. With two objectives no reference point plays a part; with more it lies a
/// tenth of the front's extent beyond the nadir (1 beyond, where there is no extent).
/// @param front  (n), mutually non-dominated or equal, any order
/// @return (n)
/// @throws Error{invalid_argument} if sizes differ.
/// @complexity O(n log n) for two objectives, O(n² log n) for three
[[nodiscard]] std::vector<double> front_contributions(std::span<const Objectives> front);

/// Linear ranking selection: of n ranked best first, number i is drawn with probability
/// (η⁺ − (η⁺ − η⁻) i / (n − 1)) / n.
/// @source [Baker85]
class LinearRanking {
 public:
  /// @throws Error{invalid_argument} unless 1 ≤ η⁺ ≤ 2 and η⁺ + η⁻ = 2.
  LinearRanking(double eta_plus, double eta_minus);

  /// @pre rank < count
  [[nodiscard]] double probability(std::size_t rank, std::size_t count) const;

  /// O(1). @pre count > 0
  [[nodiscard]] std::size_t draw(std::size_t count, Rng& rng) const;

 private:
  double eta_minus_;
};

}  // namespace ecnas::moo
