#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "search/cell_encoding.hpp"
#include "search/mlp_ensemble.hpp"
#include "search/registry.hpp"
#include "search/successive_halving.hpp"

namespace ecnas::search {

struct MoShBananasOptions {
  std::size_t initial = 20;      ///< samples at the largest budget before anything is predicted
  std::size_t parents = 20;      ///< best evaluations of the largest budget, which are mutated
  std::size_t candidates = 100;  ///< mutants that are predicted a step
  std::size_t select = 10;       ///< of which so many enter successive halving
  double eta = 3;
  std::size_t networks = 5;    ///< of the ensemble
  std::size_t training = 300;  ///< evaluations that a network learns from, at most
};

/// @throws Error{invalid_argument} for a count of none, fewer than two networks, or η not above 1
void validate(const MoShBananasOptions& options);

[[nodiscard]] OptionFields<MoShBananasOptions> mo_sh_bananas_fields();

/// Independent Thompson sampling over ranks: how a candidate would rank if one believed a network,
/// drawn from a normal distribution about its rank by the networks' mean, as wide as the networks
/// disagree.
/// @param mean         (n): by the networks' mean, before any other
/// @param by_networks  (networks, n), at least two
/// @return (n); least is best
/// @source [White21]; [Izquierdo21]
[[nodiscard]] std::vector<double> sampled_ranks(
    std::span<const moo::Objectives> mean,
    std::span<const std::vector<moo::Objectives>> by_networks, Rng& rng);

/// MO-SH-BANANAS: mutants of the best cells, chosen by an ensemble of perceptrons and then sifted
/// by successive halving. Objectives that the cell alone decides are not predicted.
/// @source [Izquierdo21] of [White21]; docs/algorithms/mo-sh-bananas.md
class MoShBananas final : public moo::Algorithm<Genotype> {
 public:
  MoShBananas(const AlgorithmContext& context, MoShBananasOptions options);

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override;
  void tell(std::span<const moo::Evaluated<Genotype>> evaluated) override;

 private:
  [[nodiscard]] std::vector<Genotype> initial_samples(Rng& rng) const;
  [[nodiscard]] std::vector<Genotype> entrants(Rng& rng);
  [[nodiscard]] std::vector<Genotype> mutants(Rng& rng);
  [[nodiscard]] std::vector<double> ranks(std::span<const Genotype> mutants, Rng& rng);
  void refit(Rng& rng);
  [[nodiscard]] Eigen::MatrixXd inputs(std::span<const Candidate> candidates);
  [[nodiscard]] moo::Objectives predicted(table::Row row, const Eigen::MatrixXd& values,
                                          Eigen::Index candidate) const;
  [[nodiscard]] std::uint32_t largest() const { return evaluated_.budgets() - 1; }

  AlgorithmContext context_;
  MoShBananasOptions options_;
  EvaluatedCells evaluated_;
  EncodedCells encoded_;
  std::vector<std::size_t> predicted_;  // positions of the objectives that are predicted …
  std::vector<bool> is_log_;            // … by their logarithm
  MlpEnsemble ensemble_;
  std::size_t fitted_at_ = 0;  // evaluations when the ensemble was fitted
  BracketRun run_;
};

}  // namespace ecnas::search
