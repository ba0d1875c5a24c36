#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/moo/algorithm.hpp"
#include "search/cell_variation.hpp"
#include "search/search_space.hpp"

namespace ecnas::search {

/// What a search has been told, budget by budget, and what it has not asked for yet: so that it
/// compares at one budget only, and never asks twice.
class EvaluatedCells {
 public:
  /// `space` must outlive it.
  explicit EvaluatedCells(const SearchSpace& space);

  /// Failures, and what is known already, are passed over.
  void record(std::span<const moo::Evaluated<Genotype>> evaluated);

  [[nodiscard]] bool contains(Candidate candidate) const {
    return positions_[candidate.budget].contains(candidate.row);
  }
  /// @pre contains(candidate)
  [[nodiscard]] const moo::Objectives& objectives(Candidate candidate) const {
    return solutions_[candidate.budget][positions_[candidate.budget].at(candidate.row)].objectives;
  }
  /// In order of evaluation.
  [[nodiscard]] std::span<const moo::Solution<Genotype>> at(std::uint32_t budget) const {
    return solutions_[budget];
  }
  [[nodiscard]] std::vector<moo::Objectives> objectives_at(std::uint32_t budget) const;
  [[nodiscard]] std::size_t size() const;

  [[nodiscard]] std::uint32_t budgets() const {
    return static_cast<std::uint32_t>(solutions_.size());
  }

  /// Samples, all different, that are not evaluated at the budget yet: fewer only where its domain
  /// has no more.
  [[nodiscard]] std::vector<Genotype> unseen(std::uint32_t budget, std::size_t count,
                                             CellVariation& variation, Rng& rng) const;

  /// One of them; absent: all of the budget's domain is evaluated.
  [[nodiscard]] std::optional<Genotype> unseen(std::uint32_t budget, CellVariation& variation,
                                               Rng& rng) const;

  /// A sample not evaluated at the first budget that has any, from `first` on and around. Any
  /// sample where the whole domain is evaluated.
  [[nodiscard]] Genotype unseen_from(std::uint32_t first, CellVariation& variation, Rng& rng) const;

 private:
  const SearchSpace& space_;
  std::vector<std::vector<moo::Solution<Genotype>>> solutions_;           // (budgets, evaluated)
  std::vector<std::unordered_map<table::Row, std::uint32_t>> positions_;  // (budgets)
};

/// The same cell at another budget, not evaluated there. @pre it stands for a candidate
[[nodiscard]] Genotype at_budget(const Genotype& genotype, std::uint32_t budget);

}  // namespace ecnas::search
