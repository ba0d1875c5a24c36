#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/random_search.hpp"

namespace ecnas::moo {

struct RegularisedEvolutionOptions {
  std::size_t population = 100;  ///< the youngest solutions, which alone are parents
  std::size_t sample = 25;       ///< drawn with replacement; the best of them is a parent
};

/// @throws Error{invalid_argument} for no population or no sample.
void validate(const RegularisedEvolutionOptions& options);

/// Regularised evolution with several objectives: the best of a random sample of the population is
/// mutated, the child joins, and the oldest dies, however good it is. The original compares
/// accuracies; here each non-dominated member of the sample is as good as any other.
/// @source [Real19], Algorithm 1; docs/algorithms/regularised-evolution.md
template <typename Genotype>
class RegularisedEvolution final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit RegularisedEvolution(Variation<Genotype>& variation,
                                RegularisedEvolutionOptions options = {})
      : variation_(variation), options_((validate(options), options)) {}

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    if (population_.size() < options_.population) {
      return samples(variation_, options_.population - population_.size(), rng);
    }
    return {variation_.mutate(tournament_winner(rng), rng)};
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    for (const auto& [genotype, outcome] : evaluated) {
      if (outcome) population_.push_back({*outcome, genotype});
    }
    while (population_.size() > options_.population)
      population_.pop_front();
  }

  [[nodiscard]] const std::deque<Solution<Genotype>>& population() const { return population_; }

 private:
  [[nodiscard]] const Genotype& tournament_winner(Rng& rng) const {
    std::vector<const Solution<Genotype>*> drawn;
    std::vector<Objectives> points;
    drawn.reserve(options_.sample);
    points.reserve(options_.sample);
    for (std::size_t i = 0; i < options_.sample; ++i) {
      drawn.push_back(&population_[rng.below(population_.size())]);
      points.push_back(drawn.back()->objectives);
    }
    // The first drawn of the best: each with equal probability.
    return drawn[non_dominated(points).front()]->genotype;
  }

  Variation<Genotype>& variation_;
  RegularisedEvolutionOptions options_;
  std::deque<Solution<Genotype>> population_;  // oldest first
};

}  // namespace ecnas::moo
