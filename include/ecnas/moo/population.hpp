#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// Evaluated solutions in order of age: what algorithms with a population of fixed size keep.
template <typename Genotype>
using Population = std::vector<Solution<Genotype>>;

/// Appends what has objectives; failures never enter a population.
template <typename Genotype>
void append(Population<Genotype>& population, std::span<const Evaluated<Genotype>> evaluated) {
  for (const auto& [genotype, outcome] : evaluated) {
    if (outcome) population.push_back({*outcome, genotype});
  }
}

template <typename Genotype>
[[nodiscard]] std::vector<Objectives> objectives_of(const Population<Genotype>& population) {
  std::vector<Objectives> points;
  points.reserve(population.size());
  for (const Solution<Genotype>& member : population)
    points.push_back(member.objectives);
  return points;
}

/// A child of two parents: recombined with a probability, else the first; then mutated.
template <typename Genotype>
[[nodiscard]] Genotype bred(const Genotype& first, const Genotype& second,
                            double crossover_probability, Variation<Genotype>& variation,
                            Rng& rng) {
  if (!rng.chance(crossover_probability)) return variation.mutate(first, rng);
  return variation.mutate(variation.recombine(first, second, rng), rng);
}

}  // namespace ecnas::moo
