#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::search {

/// Which of a rung's candidates go on to the next.
/// @param points  (n), all evaluated at one budget
/// @return positions of the best `count`, or of all, best first; ties by position
using Promotion = std::function<std::vector<std::size_t>(std::span<const moo::Objectives> points,
                                                         std::size_t count)>;

/// By rank of dominance, then crowding distance. @complexity O(k n²)  @source [Deb02]
[[nodiscard]] std::vector<std::size_t> best_by_crowding(std::span<const moo::Objectives> points,
                                                        std::size_t count);

/// By rank of dominance, then what each alone adds to the hypervolume of its rank: the reverse of
/// the order in which SMS-EMOA discards. @complexity O(k n²)  @source [Beume07]
[[nodiscard]] std::vector<std::size_t> best_by_contribution(std::span<const moo::Objectives> points,
                                                            std::size_t count);

/// By rank of dominance; of the last rank that takes part, greedily those that together have the
/// greatest hypervolume. The reference lies a tenth beyond the worst of all points (of its absolute
/// value). @complexity O(k n²) and a few hypervolumes a pick  @source [Ozaki20]
[[nodiscard]] std::vector<std::size_t> best_by_hypervolume(std::span<const moo::Objectives> points,
                                                           std::size_t count);

/// An order in which every beginning is spread out: the best in the first objective, then always
/// the point farthest from all before it, distances on the min–max normalised points. An ε-net.
/// @param points  a front
/// @return positions of the first `count`, or of all
/// @complexity O(k n count)  @source [Clarkson06]; [Salinas21]
[[nodiscard]] std::vector<std::size_t> farthest_first(std::span<const moo::Objectives> points,
                                                      std::size_t count);

/// Points by rank of dominance, as they come one after another.
/// A value; not thread safe while written.
class DominanceLevels {
 public:
  /// @complexity O(log levels · level) to find the level, then the points that sink against those
  /// one level below, level by level  @source [LiDeb17], efficient level update
  void insert(const moo::Objectives& point);

  [[nodiscard]] std::size_t size() const { return points_.size(); }
  [[nodiscard]] const moo::Objectives& point(std::size_t position) const {
    return points_[position];
  }

  /// Positions, in order of insertion, by rank: level r holds what `moo::non_dominated_ranks` ranks
  /// r. @{
  [[nodiscard]] std::size_t levels() const { return levels_.size(); }
  [[nodiscard]] std::span<const std::uint32_t> level(std::size_t rank) const {
    return levels_[rank];
  }
  /// @}

 private:
  [[nodiscard]] bool is_dominated(const moo::Objectives& point,
                                  std::span<const std::uint32_t> by) const;

  std::vector<moo::Objectives> points_;
  std::vector<std::vector<std::uint32_t>> levels_;
};

}  // namespace ecnas::search
