#pragma once
/// One search on a problem made up by a test.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/moo/algorithm.hpp"

namespace ecnas::moo::testing {

template <typename Genotype>
using Maker = std::function<std::unique_ptr<Algorithm<Genotype>>(Variation<Genotype>&)>;

template <typename Genotype, template <typename> typename Method>
std::unique_ptr<Algorithm<Genotype>> make(Variation<Genotype>& variation) {
  return std::make_unique<Method<Genotype>>(variation);
}

using Outcome = Result<Objectives, Failure>;

/// Every genotype that one trial evaluates, in order, up to the step that reaches so many.
template <typename Genotype>
std::vector<Genotype> evaluated_by(Algorithm<Genotype>& algorithm, std::size_t evaluations,
                                   std::uint64_t seed,
                                   const std::function<Outcome(const Genotype&)>& problem) {
  Rng rng(seed);
  std::vector<Genotype> genotypes;
  while (genotypes.size() < evaluations) {
    std::vector<Evaluated<Genotype>> evaluated;
    for (const Genotype& genotype : algorithm.ask(rng)) {
      genotypes.push_back(genotype);
      evaluated.push_back({genotype, problem(genotype)});
    }
    algorithm.tell(evaluated);
  }
  return genotypes;
}

}  // namespace ecnas::moo::testing
