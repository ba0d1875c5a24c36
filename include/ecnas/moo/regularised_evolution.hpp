#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/ranking.hpp"

namespace ecnas::moo {

struct RegularisedEvolutionOptions {
  std::size_t population = 100;  ///< the youngest solutions, which alone are parents
  std::size_t sample = 25;       ///< of which the best is a parent
};

/// @throws Error{invalid_argument} for no population or no sample.
void validate(const RegularisedEvolutionOptions& options);

/// Position of the best of some points by `crowded_less`, ties by position: the winner of a
/// tournament. @pre not empty
[[nodiscard]] std::size_t best_position(std::span<const Objectives> points);

/// Regularised evolution with several objectives: the best of a random sample of the population is
/// mutated, the child joins, and the oldest dies, however good it is. The original compares
/// accuracies; here rank, then crowding distance within the sample.
/// @source [Real19], Algorithm 1; docs/algorithms/regularised-evolution.md
template <typename Genotype>
class RegularisedEvolution final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit RegularisedEvolution(Variation<Genotype>& variation,
                                RegularisedEvolutionOptions options = {})
      : variation_(variation), options_((validate(options), options)) {}

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    if (population_.size() < options_.population && !is_full_) {
      return samples(variation_, options_.population - population_.size(), rng);
    }
    std::vector<const Solution<Genotype>*> drawn;
    std::vector<Objectives> points;
    for (std::size_t i = 0; i < options_.sample; ++i) {
      drawn.push_back(&population_[rng.below(population_.size())]);
      points.push_back(drawn.back()->objectives);
    }
    return {variation_.mutate(drawn[best_position(points)]->genotype, rng)};
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    for (const auto& [genotype, outcome] : evaluated) {
      if (outcome) population_.push_back({*outcome, genotype});
    }
    while (population_.size() > options_.population)
      population_.pop_front();
    is_full_ = population_.size() == options_.population;
  }

  [[nodiscard]] const std::deque<Solution<Genotype>>& population() const { return population_; }

 private:
  Variation<Genotype>& variation_;
  RegularisedEvolutionOptions options_;
  std::deque<Solution<Genotype>> population_;  // oldest first
  bool is_full_ = false;
};

}  // namespace ecnas::moo
