#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "search/observed.hpp"
#include "search/quantity_beliefs.hpp"
#include "search/registry.hpp"

namespace ecnas::search {

struct MsEhviOptions {
  std::size_t initial = 10;    ///< samples of the first step
  std::size_t mutants = 150;   ///< considered a step: mutants of the front's members …
  std::size_t random = 150;    ///< … and random ones
  std::size_t training = 200;  ///< evaluations that the models learn from, at most
  double batch = 0.01;         ///< evaluations a step, of those so far; at least one
  bool logarithms = false;     ///< learn the logarithms of what is positive
};

/// @throws Error{invalid_argument} for no samples, random candidates or training, or a batch
/// outside 0 … 1
void validate(const MsEhviOptions& options);

[[nodiscard]] OptionFields<MsEhviOptions> ms_ehvi_fields();

/// MS-EHVI: mixed surrogate expected hypervolume improvement. Objectives that the cell alone
/// decides are exact, each other one is a Gaussian process over features of cells and budgets; each
/// step evaluates the candidates by which the hypervolume is expected to grow most, as far as they
/// are likely to keep the constraints, one after another: a chosen one counts as evaluated, with
/// what is expected of it, when the next is chosen.
/// @complexity a step: training³ / 3 + O(training · candidates · d) an objective that is learned
/// and a constraint; up to a hundred times the first where hyperparameters are searched, which is
/// seldom. An evaluation: the front to the power of objectives less one, a candidate
/// @source [Izquierdo21]; docs/algorithms/ms-ehvi.md
class MsEhvi final : public moo::Algorithm<Genotype> {
 public:
  MsEhvi(const AlgorithmContext& context, MsEhviOptions options);

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override;
  void tell(std::span<const moo::Evaluated<Genotype>> evaluated) override;

 private:
  [[nodiscard]] std::vector<Candidate> pool(std::span<const std::size_t> front, Rng& rng);
  void believe(std::span<const Candidate> pool, std::span<const std::size_t> front, Rng& rng);
  [[nodiscard]] std::vector<Candidate> choose(std::span<const Candidate> pool,
                                              std::span<const std::size_t> front);
  [[nodiscard]] moo::Objectives reference() const;

  AlgorithmContext context_;
  MsEhviOptions options_;
  Observed observed_;
  std::vector<QuantityBeliefs> objectives_;
  Feasibility feasibility_;
};

}  // namespace ecnas::search
