#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "search/observed.hpp"
#include "search/quantity_beliefs.hpp"
#include "search/registry.hpp"

namespace ecnas::search {

struct KeenOptions {
  std::size_t initial = 6;     ///< samples of the first step
  std::size_t pool = 200;      ///< cells that are considered a step, at every budget
  std::size_t training = 250;  ///< evaluations that the models learn from, at most
  double batch = 0.01;         ///< evaluations a step, of those so far; at least one
  double thrift = -1;  ///< exponent of cost that gains are divided by; −1: 1 under a limit
                       ///< on cost, 0 under one on evaluations
  /// Ingredients, for ablation. @{
  bool use_prior = true;        ///< else nothing is known beforehand
  bool use_neighbours = true;   ///< else the pool is mutants and random cells
  bool choose_budgets = true;   ///< else budgets take turns
  bool use_features = true;     ///< else cells are their adjacency and operations as written
  bool use_uncertainty = true;  ///< else predictions count as certain
  /// @}
};

/// @throws Error{invalid_argument} for no samples, pool or training, a batch outside 0 … 1, or a
/// thrift outside 0 … 1 other than −1
void validate(const KeenOptions& options);

[[nodiscard]] OptionFields<KeenOptions> keen_fields();

/// KEEN: known-energy expected hypervolume improvement over neighbourhoods. A Gaussian process for
/// each objective that the cell alone does not decide, over features of cells and budgets together;
/// where a prior guesses an objective, it learns only what the guess leaves. Considered are, at
/// every budget, the archive's cells, cells one edit away from them, mutants and random cells;
/// chosen is what the hypervolume is expected to grow by most.
/// @complexity a step: of n ≤ `training` evaluations n³/3 for each process, and n · pool · budgets
/// @source ours; docs/algorithms/keen.md
class Keen final : public moo::Algorithm<Genotype> {
 public:
  Keen(const AlgorithmContext& context, KeenOptions options);

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override;
  void tell(std::span<const moo::Evaluated<Genotype>> evaluated) override;

 private:
  [[nodiscard]] std::vector<Candidate> pool(std::span<const std::size_t> front, Rng& rng);
  [[nodiscard]] std::vector<table::Row> cells_to_consider(std::span<const std::size_t> front,
                                                          Rng& rng);
  [[nodiscard]] std::vector<table::Row> near(std::span<const std::size_t> front, Rng& rng);
  void believe(std::span<const Candidate> pool, Rng& rng);
  [[nodiscard]] std::vector<Candidate> choose(std::span<const Candidate> pool,
                                              std::span<const std::size_t> front);
  [[nodiscard]] moo::Objectives reference(std::span<const moo::Objectives> front) const;
  [[nodiscard]] std::vector<double> prices(std::span<const Candidate> pool) const;
  [[nodiscard]] std::optional<QuantityGuesses> guesses(std::size_t objective,
                                                       std::span<const Candidate> learnt,
                                                       std::span<const Candidate> pool) const;

  AlgorithmContext context_;
  KeenOptions options_;
  Observed observed_;
  std::vector<QuantityBeliefs> objectives_;
  Feasibility feasibility_;
  std::unordered_map<table::Row, std::vector<table::Row>> neighbours_;  // of cells of the archive
  std::uint32_t turn_ = 0;                                              // where budgets take turns
};

}  // namespace ecnas::search
