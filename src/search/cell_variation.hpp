#pragma once

#include <cstdint>
#include <optional>

#include "ecnas/core/random.hpp"
#include "ecnas/moo/algorithm.hpp"
#include "ecnas/search/problem.hpp"
#include "ecnas/space/edit.hpp"
#include "search/evaluator.hpp"
#include "search/search_space.hpp"

namespace ecnas::search {

/// What the algorithms vary: a specification on a canvas of the table's largest cell, and what it
/// stands for in the table (absent: it is no cell).
struct Genotype {
  space::Specification specification;
  std::optional<Candidate> candidate;
  std::optional<Measurement> measurement;  ///< once evaluated
};

/// Variation of cells within a problem's domain, at the budget of the current step. Children that
/// are no cell are redrawn; those outside the domain too, and counted as absent.
class CellVariation : public moo::Variation<Genotype> {
 public:
  CellVariation(const SearchSpace& space, space::Sampling sampling, Evaluator& evaluator)
      : space_(space), sampling_(sampling), evaluator_(evaluator) {}

  /// The budget at which the next genotypes are evaluated; absent: drawn for each, every entry of
  /// the domain with equal probability.
  void set_budget(std::optional<std::uint32_t> budget) { budget_ = budget; }

  Genotype sample(Rng& rng) override;

  /// Each edge flips with probability 2/(V(V−1)/2), each operation changes with 0.5/(V−2); redrawn
  /// until the child is another solution of the domain. @source [Bakhtiarifard24]
  Genotype mutate(const Genotype& parent, Rng& rng) override;

  /// Uniform crossover of edges and operations, redrawn until the child is a cell of the domain.
  Genotype recombine(const Genotype& first, const Genotype& second, Rng& rng) override;

  /// The cell at its other budgets, then all cells one edit away at its own.
  std::vector<Genotype> neighbours(const Genotype& parent, Rng& rng) override;

  /// The domain's entry for a specification; absent if it is no cell, or none of the domain, which
  /// is booked.
  [[nodiscard]] std::optional<Candidate> resolve(const space::Specification& specification,
                                                 std::uint32_t budget);

  /// A candidate of the domain on a canvas.
  Genotype at(Candidate candidate, Rng& rng) const;

 private:
  [[nodiscard]] Genotype sample_published(Rng& rng);
  [[nodiscard]] Candidate draw_entry(Rng& rng) const;
  [[nodiscard]] std::uint32_t budget_for(Rng& rng) const;

  const SearchSpace& space_;
  space::Sampling sampling_;
  Evaluator& evaluator_;
  std::optional<std::uint32_t> budget_;
};

}  // namespace ecnas::search
