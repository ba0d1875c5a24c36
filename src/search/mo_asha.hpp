#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "search/evaluated_cells.hpp"
#include "search/promotion.hpp"
#include "search/registry.hpp"

namespace ecnas::search {

struct MoAshaOptions {
  double eta = 3;               ///< of so many candidates of a rung one is promoted
  bool use_epsilon_net = true;  ///< within a rank; else crowding distance
};

/// @throws Error{invalid_argument} for η not above 1
void validate(const MoAshaOptions& options);

[[nodiscard]] OptionFields<MoAshaOptions> mo_asha_fields();

/// A rung of asynchronous successive halving: candidates come one after another, and one in η may
/// be promoted, whenever it is asked.
class AsynchronousRung {
 public:
  explicit AsynchronousRung(const MoAshaOptions& options) : options_(options) {}

  void insert(const moo::Objectives& objectives, const Genotype& genotype);

  /// The best candidate of the ⌊n/η⌋ best that was not promoted yet; it counts as promoted from now
  /// on. @complexity O(n/η), and an ε-net of one rank
  [[nodiscard]] std::optional<Genotype> promote();

  [[nodiscard]] std::size_t size() const { return candidates_.size(); }

 private:
  [[nodiscard]] std::optional<std::uint32_t> promotable() const;

  MoAshaOptions options_;
  DominanceLevels levels_;
  std::vector<Genotype> candidates_;  // by position in `levels_`
  std::vector<bool> is_promoted_;
};

/// MO-ASHA: asynchronous successive halving whose rungs rank by dominance and spread within a rank.
/// Whatever can be promoted is, from the largest budget down; else a random cell enters the
/// smallest.
/// @source [Schmucker21]; docs/algorithms/mo-asha.md
class MoAsha final : public moo::Algorithm<Genotype> {
 public:
  MoAsha(const AlgorithmContext& context, MoAshaOptions options);

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override;
  void tell(std::span<const moo::Evaluated<Genotype>> evaluated) override;

 private:
  AlgorithmContext context_;
  EvaluatedCells evaluated_;
  std::vector<AsynchronousRung> rungs_;  // (budgets)
};

}  // namespace ecnas::search
