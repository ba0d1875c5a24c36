#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <utility>
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
/// fit; of the next one, points of the directions that have fewest: the one nearest to a direction
/// that has none, any of a direction that has some. A point equal to an earlier one comes after all
/// distinct ones, as in `rank_and_crowd`.
/// @param points      (n)
/// @param ideal       nowhere worse than any point
/// @param directions  from the ideal point, in the normalised space: (m), each of as many weights
/// @param rng         breaks ties among directions, and draws from those that have some
/// @throws Error{invalid_argument} if sizes differ
/// @complexity O(n log n + n m) for two objectives, O(k n² + k n m) for k
/// @source [DebJai14], Algorithms 1 to 4; docs/algorithms/nsga3.md
[[nodiscard]] std::vector<std::size_t> niche_survivors(std::span<const Objectives> points,
                                                       std::size_t count, const Objectives& ideal,
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

  /// @throws Error{invalid_argument} for so many divisions that `uniform_weights` refuses them
  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    append(population_, evaluated);
    if (population_.empty()) return;
    const std::vector<Objectives> points = objectives_of(population_);
    if (directions_.empty()) begin(points);
    ideal_ = bounds_of(std::array{ideal_, bounds_of(points).ideal}).ideal;
    Population<Genotype> survivors;
    survivors.reserve(options_.population);
    for (const std::size_t i :
         niche_survivors(points, options_.population, ideal_, directions_, niching_)) {
      survivors.push_back(std::move(population_[i]));
    }
    population_ = std::move(survivors);
  }

  [[nodiscard]] const Population<Genotype>& population() const { return population_; }

 private:
  void begin(std::span<const Objectives> points) {
    ideal_ = points.front();
    directions_ = options_.divisions > 0 ? uniform_weights(ideal_.size(), options_.divisions)
                                         : weights_for(ideal_.size(), options_.population);
  }

  Variation<Genotype>& variation_;
  Nsga3Options options_;
  std::vector<Weights> directions_;  // from the first valid solution on
  Objectives ideal_;                 // best of each objective that was ever seen
  Population<Genotype> population_;
  Rng niching_{0};  // for `tell`, seeded anew by every `ask`
};

}  // namespace ecnas::moo
