#pragma once

#include <cstddef>
#include <vector>

#include "search/registry.hpp"

namespace ecnas::search {

struct ExhaustiveOptions {
  std::size_t batch = 100;  ///< entries a step
};

/// @throws Error{invalid_argument} for a batch of none
void validate(const ExhaustiveOptions& options);

[[nodiscard]] OptionFields<ExhaustiveOptions> exhaustive_fields();

/// Every entry of the domain once: cell after cell in the order of the table's rows, each at all
/// its budgets before the next. Rows are sorted by hash, so whatever limit ends it, what it has
/// seen is about a sample of the cells. After the whole domain its front is the exact one.
/// @complexity O(budgets) an entry
class Exhaustive final : public moo::Algorithm<Genotype> {
 public:
  Exhaustive(const AlgorithmContext& context, ExhaustiveOptions options);

  /// @return the next entries; fewer at the domain's end, none after it
  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override;
  void tell(std::span<const moo::Evaluated<Genotype>>) override {}

 private:
  [[nodiscard]] std::optional<Candidate> next();

  AlgorithmContext context_;
  ExhaustiveOptions options_;
  std::vector<std::size_t> done_;  // (budgets): rows of its domain
};

}  // namespace ecnas::search
