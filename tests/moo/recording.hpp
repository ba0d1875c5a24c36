#pragma once
/// Genotypes that are but numbers, and a variation that records what it is asked for.

#include <map>
#include <utility>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/population.hpp"

namespace ecnas::moo::testing {

class RecordingVariation final : public Variation<int> {
 public:
  int sample(Rng&) override { return -1; }
  int mutate(const int& parent, Rng&) override {
    ++mutated[parent];
    return parent;
  }
  int recombine(const int& first, const int&, Rng&) override {
    ++recombined;
    return first;
  }
  /// A hundred further on, and one.
  std::vector<int> neighbours(const int& parent, Rng&) override {
    explored.push_back(parent);
    return {parent + 100, parent + 101};
  }
  std::map<int, int> mutated;
  int recombined = 0;
  std::vector<int> explored;
};

inline std::vector<Evaluated<int>> evaluated_as(
    const std::vector<std::pair<int, Objectives>>& solutions) {
  std::vector<Evaluated<int>> evaluated;
  for (const auto& [genotype, objectives] : solutions)
    evaluated.push_back({genotype, objectives});
  return evaluated;
}

/// Genotypes 0, 1, …
inline std::vector<Evaluated<int>> numbered(const std::vector<Objectives>& points) {
  std::vector<Evaluated<int>> evaluated;
  for (const Objectives& point : points)
    evaluated.push_back({static_cast<int>(evaluated.size()), point});
  return evaluated;
}

template <typename Solutions>
std::vector<int> genotypes_of(const Solutions& solutions) {
  std::vector<int> genotypes;
  for (const Solution<int>& solution : solutions)
    genotypes.push_back(solution.genotype);
  return genotypes;
}

}  // namespace ecnas::moo::testing
