#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/moo/population.hpp"
#include "search/evaluated_cells.hpp"
#include "search/registry.hpp"

namespace ecnas::search {

struct ShEmoaOptions {
  std::size_t population = 10;
  std::size_t evaluations = 0;  ///< of a round; 0: the limit's if nothing else is limited, else 200
  double eta = 3;               ///< a budget has so many times the children of the next larger one
  std::size_t tournament = 3;   ///< members of which the best is a parent
  double crossover_probability = 0.5;  ///< that a child has two parents; else it is a mutant
};

/// @throws Error{invalid_argument} for no population or tournament, η not above 1, or what is no
/// probability
void validate(const ShEmoaOptions& options);

[[nodiscard]] OptionFields<ShEmoaOptions> sh_emoa_fields();

/// Children that are bred at each budget, the smallest first: a geometric series, so that with the
/// population evaluated once at each budget a round takes `evaluations`; at least one child each.
/// @return (budgets)
/// @source [Izquierdo21]
[[nodiscard]] std::vector<std::size_t> sh_emoa_children(std::size_t evaluations,
                                                        std::size_t population, std::size_t budgets,
                                                        double eta);

/// SH-EMOA: SMS-EMOA whose whole population climbs from the smallest budget to the largest, with
/// ever fewer children at each. Objectives are compared at one budget only. After the largest
/// budget a new round begins at the smallest, with the cells of the last.
/// @source [Izquierdo21]; docs/algorithms/sh-emoa.md
class ShEmoa final : public moo::Algorithm<Genotype> {
 public:
  ShEmoa(const AlgorithmContext& context, ShEmoaOptions options);

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override;
  void tell(std::span<const moo::Evaluated<Genotype>> evaluated) override;

  /// Best first. All at one budget.
  [[nodiscard]] const moo::Population<Genotype>& population() const { return population_; }

 private:
  [[nodiscard]] std::vector<Genotype> enter_budget(Rng& rng);
  [[nodiscard]] std::optional<Genotype> bred(Rng& rng);
  [[nodiscard]] const Genotype& parent(Rng& rng) const;
  void next_budget();
  void survive();

  AlgorithmContext context_;
  ShEmoaOptions options_;
  EvaluatedCells evaluated_;
  std::vector<std::size_t> children_;  // (budgets): of a round
  moo::Population<Genotype> population_;
  std::uint32_t budget_ = 0;
  bool has_entered_ = false;  // is the population evaluated, or about to be, at the budget?
  std::size_t left_ = 0;      // children still to be bred at the budget
};

}  // namespace ecnas::search
