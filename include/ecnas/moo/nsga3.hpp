#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/population.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/weights.hpp"

namespace ecnas::moo {

struct Nsga3Options {
  std::size_t population = 20;  ///< parents kept, and children a step
  std::size_t divisions = 0;    ///< of the lattice of directions; 0: as many as fit the population
  double crossover_probability = 0.9;
};

/// @throws Error{invalid_argument} for no population or what is no probability.
void validate(const Nsga3Options& options);

/// Positions of the `count` points (or all) that NSGA-III keeps, ascending: whole fronts while they
/// fit; of the next one, points of the directions that have fewest.
/// @param directions  from the ideal point, in the normalised space
/// @param rng         breaks ties among directions, and draws from those that have some
/// @source [DebJai14], Algorithms 1 to 4
[[nodiscard]] std::vector<std::size_t> niche_survivors(std::span<const Objectives> points,
                                                       std::size_t count,
                                                       std::span<const Weights> directions,
                                                       Rng& rng);

/// NSGA-III: parents are drawn uniformly; survivors spread over directions of the objective space.
/// Until something valid is found it samples again.
/// @source [DebJai14]; docs/algorithms/nsga3.md
template <typename Genotype>
class Nsga3 final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit Nsga3(Variation<Genotype>& variation, Nsga3Options options = {})
      : variation_(variation), options_((validate(options), options)) {}

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    niching_ = Rng(rng.next());
    if (population_.empty()) return samples(variation_, options_.population, rng);
    std::vector<Genotype> offspring;
    offspring.reserve(options_.population);
    for (std::size_t i = 0; i < options_.population; ++i) {
      const Genotype& first = population_[rng.below(population_.size())].genotype;
      const Genotype& second = population_[rng.below(population_.size())].genotype;
      offspring.push_back(bred(first, second, options_.crossover_probability, variation_, rng));
    }
    return offspring;
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    append(population_, evaluated);
    if (population_.empty()) return;
    if (directions_.empty()) {
      const std::size_t objectives = population_.front().objectives.size();
      directions_ = options_.divisions > 0 ? uniform_weights(objectives, options_.divisions)
                                           : weights_for(objectives, options_.population);
    }
    Population<Genotype> survivors;
    for (const std::size_t i : niche_survivors(objectives_of(population_), options_.population,
                                               directions_, niching_)) {
      survivors.push_back(std::move(population_[i]));
    }
    population_ = std::move(survivors);
  }

  [[nodiscard]] const Population<Genotype>& population() const { return population_; }

 private:
  Variation<Genotype>& variation_;
  Nsga3Options options_;
  std::vector<Weights> directions_;  // from the first valid solution on
  Population<Genotype> population_;
  Rng niching_{0};
};

}  // namespace ecnas::moo
