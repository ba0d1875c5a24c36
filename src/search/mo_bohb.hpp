#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "search/cell_density.hpp"
#include "search/registry.hpp"
#include "search/successive_halving.hpp"

namespace ecnas::search {

struct MoBohbOptions {
  double eta = 3;
  double gamma = 0.1;           ///< share of a budget's evaluations that count as good
  std::size_t candidates = 24;  ///< draws from the good of which the best is evaluated
  double random_fraction = 1.0 / 3;
  std::size_t min_points = 0;  ///< evaluations that a model takes; 0: one more than places + 2
  double stays = 0.9;          ///< probability that a kernel keeps an edge or an operation
};

/// @throws Error{invalid_argument} for η not above 1, no candidates, a γ or λ not between 0 and 1,
/// or what is no probability
void validate(const MoBohbOptions& options);

[[nodiscard]] OptionFields<MoBohbOptions> mo_bohb_fields();

/// MO-TPE's view of evaluations at one budget: where the good ones lie, and where the others.
struct GoodAndBad {
  CellDensity good;  ///< Paper: l
  CellDensity bad;   ///< Paper: g
};

/// Splits evaluations, ⌊γ n⌋ of them good and at least one, by rank and hypervolume.
/// @param solutions  at least one, all at one budget and on a canvas of `vertices`
/// @source [Ozaki20]
[[nodiscard]] GoodAndBad good_and_bad(std::span<const moo::Solution<Genotype>> solutions,
                                      unsigned vertices, const MoBohbOptions& options);

/// MO-BOHB: Hyperband whose candidates are not drawn at random but where the good evaluations of
/// the largest budget with enough of them lie, relative to the others.
/// @source [Izquierdo21] of [Falkner18] and [Ozaki20]; docs/algorithms/mo-bohb.md
class MoBohb final : public moo::Algorithm<Genotype> {
 public:
  MoBohb(const AlgorithmContext& context, MoBohbOptions options);

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override;
  void tell(std::span<const moo::Evaluated<Genotype>> evaluated) override;

 private:
  [[nodiscard]] std::optional<Genotype> proposed(std::uint32_t budget, Rng& rng);
  [[nodiscard]] std::optional<Genotype> modelled(std::uint32_t budget, Rng& rng);
  void refresh_model();

  AlgorithmContext context_;
  MoBohbOptions options_;
  EvaluatedCells evaluated_;
  std::vector<Bracket> brackets_;
  std::size_t next_bracket_ = 0;
  BracketRun run_;
  std::optional<GoodAndBad> model_;
  std::uint32_t model_budget_ = 0;
  std::size_t model_size_ = 0;  // evaluations that the model is made of
};

}  // namespace ecnas::search
