#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "ecnas/moo/weights.hpp"
#include "search/observed.hpp"
#include "search/quantity_beliefs.hpp"
#include "search/registry.hpp"

namespace ecnas::search {

struct ParEgoOptions {
  std::size_t initial = 10;     ///< samples of the first step
  std::size_t neighbours = 75;  ///< considered a step: one edit from the best, at most so many, …
  std::size_t mutants = 75;     ///< … mutants of the five best, …
  std::size_t random = 150;     ///< … and random ones
  std::size_t training = 200;   ///< evaluations that the model learns from, at most
  double batch = 0.01;          ///< evaluations a step, of those so far; at least one
  std::size_t divisions = 0;    ///< of the lattice of weights; 0: the paper's
  double rho = 0.05;            ///< what the sum of the objectives adds to their maximum
  bool logarithms = false;      ///< scalarise the logarithms of objectives that are positive
};

/// @throws Error{invalid_argument} for no samples, random candidates or training, a batch outside 0
/// … 1, or a negative rho
void validate(const ParEgoOptions& options);

[[nodiscard]] OptionFields<ParEgoOptions> parego_fields();

/// max wᵢzᵢ + ρ Σ wᵢzᵢ of a normalised point z: a front's least lies where the weights say; the sum
/// tells of points with equal maxima the dominating one. @source [Knowles06]
[[nodiscard]] double augmented_tchebycheff(const moo::Objectives& point,
                                           std::span<const double> weights, double rho);

/// ParEGO: efficient global optimisation of one scalarised objective a step. Each step draws a
/// weight of the lattice, scalarises what is evaluated, fits one Gaussian process over features of
/// cells and budgets, and evaluates the candidates of greatest expected improvement. Improvements
/// count as much as the constraints are likely to be kept; nothing kept yet, that likelihood alone.
/// @complexity a step: training³ / 3 + O(training · candidates · d) for the cost and as much a
/// constraint; up to a hundred times the first where hyperparameters are searched, which is seldom
/// @source [Knowles06]; docs/algorithms/parego.md
class ParEgo final : public moo::Algorithm<Genotype> {
 public:
  ParEgo(const AlgorithmContext& context, ParEgoOptions options);

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override;
  void tell(std::span<const moo::Evaluated<Genotype>> evaluated) override;

 private:
  [[nodiscard]] std::vector<double> scalarised(std::span<const double> weights) const;
  [[nodiscard]] std::vector<std::size_t> best_first(std::span<const double> costs) const;
  [[nodiscard]] std::vector<Candidate> pool(std::span<const std::size_t> ranking, Rng& rng);
  [[nodiscard]] std::vector<Candidate> choose(std::span<const Candidate> pool,
                                              std::span<const double> costs, std::size_t best,
                                              Rng& rng);

  AlgorithmContext context_;
  ParEgoOptions options_;
  std::vector<moo::Weights> weights_;
  Observed observed_;
  QuantityBeliefs cost_;
  Feasibility feasibility_;
};

}  // namespace ecnas::search
