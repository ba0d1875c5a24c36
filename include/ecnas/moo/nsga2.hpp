#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/population.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/ranking.hpp"

namespace ecnas::moo {

struct Nsga2Options {
  std::size_t population = 20;  ///< parents kept, and children a step
  double crossover_probability = 0.9;
};

/// @throws Error{invalid_argument} for no population or what is no probability.
void validate(const Nsga2Options& options);

/// NSGA-II: binary tournaments on rank and crowding, recombination, mutation, and the best of
/// parents and children together survive. Until something valid is found it samples again.
/// @source [Deb02], Sec. III; docs/algorithms/nsga2.md
template <typename Genotype>
class Nsga2 final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit Nsga2(Variation<Genotype>& variation, Nsga2Options options = {})
      : variation_(variation), options_(options) {
    validate(options);
  }

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    if (population_.empty()) return samples(variation_, options_.population, rng);
    return make_offspring(rng);
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    append(population_, evaluated);  // P_t and Q_t
    Population<Genotype> survivors;  // P_t+1
    for (const std::size_t i : best_positions(objectives_of(population_), options_.population)) {
      survivors.push_back(std::move(population_[i]));
    }
    population_ = std::move(survivors);
    ranking_ = rank_and_crowd(objectives_of(population_));
  }

  [[nodiscard]] const Population<Genotype>& population() const { return population_; }

 private:
  [[nodiscard]] std::vector<Genotype> make_offspring(Rng& rng) {
    std::vector<Genotype> offspring;
    offspring.reserve(options_.population);
    for (std::size_t i = 0; i < options_.population; ++i) {
      const Genotype& first = tournament_winner(rng);
      const Genotype& second = tournament_winner(rng);
      offspring.push_back(bred(first, second, options_.crossover_probability, variation_, rng));
    }
    return offspring;
  }

  [[nodiscard]] const Genotype& tournament_winner(Rng& rng) const {
    const std::size_t a = rng.below(population_.size());
    const std::size_t b = rng.below(population_.size());
    return population_[crowded_less(ranking_[b], ranking_[a]) ? b : a].genotype;
  }

  Variation<Genotype>& variation_;
  Nsga2Options options_;
  Population<Genotype> population_;
  std::vector<CrowdedRank> ranking_;  // of population_
};

}  // namespace ecnas::moo
