#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ecnas/moo/expected_improvement.hpp"
#include "search/cell_encoding.hpp"
#include "search/registry.hpp"
#include "search/response_model.hpp"

namespace ecnas::search {

struct KeenOptions {
  std::size_t initial = 6;     ///< samples of the first step
  std::size_t pool = 200;      ///< cells that are considered a step
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

/// @throws Error{invalid_argument} for no samples, pool or training, a negative batch, or a thrift
/// outside 0 … 1 other than −1
void validate(const KeenOptions& options);

[[nodiscard]] OptionFields<KeenOptions> keen_fields();

/// KEEN: known-energy expected hypervolume improvement over neighbourhoods. A Gaussian process for
/// each objective that the cell alone does not decide, over features of cells and budgets together;
/// where a prior guesses an objective, it learns only what the guess leaves. Proposed are cells one
/// edit away from the archive's, mutants, random cells and the archive's own at every budget;
/// chosen is what the hypervolume is expected to grow by most, exactly, in order of bounds on it.
/// @source ours; docs/algorithms/keen.md
class Keen final : public moo::Algorithm<Genotype> {
 public:
  Keen(const AlgorithmContext& context, KeenOptions options);

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override;
  void tell(std::span<const moo::Evaluated<Genotype>> evaluated) override;

 private:
  struct Observation {
    Candidate candidate;
    std::vector<double> quantities;  // (quantities): objectives, then constrained
    bool is_feasible;
  };
  /// Candidates of one step with what is believed of them.
  struct Proposals;

  [[nodiscard]] std::vector<Genotype> propose(Rng& rng);
  [[nodiscard]] std::vector<table::Row> pool(Rng& rng);
  [[nodiscard]] std::vector<Candidate> candidates(std::span<const table::Row> rows) const;
  [[nodiscard]] std::vector<std::size_t> training(Rng& rng) const;
  void believe(Proposals& proposals, Rng& rng);
  [[nodiscard]] std::vector<Candidate> choose(Proposals& proposals);
  [[nodiscard]] moo::Objectives reference() const;
  /// The prior's guesses, each asked for once; 1 where it has none.
  [[nodiscard]] std::vector<double> guesses(std::span<const Candidate> candidates,
                                            std::size_t quantity);
  [[nodiscard]] double price(const Proposals& proposals, std::size_t candidate) const;
  [[nodiscard]] std::span<const table::Row> neighbours(table::Row row);
  [[nodiscard]] std::vector<FrontPoint> front() const;

  AlgorithmContext context_;
  KeenOptions options_;
  std::vector<Objective> quantities_;  // objectives, then constrained
  EncodedCells encoded_;
  std::vector<Observation> observations_;
  std::vector<std::vector<bool>> is_observed_;                      // (budgets, N)
  std::vector<ResponseModel> models_;                               // (quantities)
  std::vector<std::unordered_map<std::uint64_t, double>> guesses_;  // (quantities), by candidate
  std::unordered_map<table::Row, std::vector<table::Row>> neighbours_;
  std::uint32_t turn_ = 0;  // where budgets take turns
};

}  // namespace ecnas::search
