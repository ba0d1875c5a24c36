#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/population.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/weights.hpp"

namespace ecnas::moo {

struct MoeadOptions {
  std::size_t population = 20;  ///< subproblems: the finest lattice of at most so many weights
  std::size_t neighbours = 5;   ///< subproblems that breed together, this one included
  double crossover_probability = 0.9;
};

/// @throws Error{invalid_argument} for no population, no neighbours, or what is no probability.
void validate(const MoeadOptions& options);

/// For each weight the positions of the `count` nearest ones (or all), itself first; ties by
/// position. @return (n, count)
[[nodiscard]] std::vector<std::vector<std::size_t>> nearest_weights(std::span<const Weights> weights,
                                                                    std::size_t count);

/// MOEA/D: one solution a weight, compared by the weighted Tchebycheff distance from the ideal
/// point; a child of two solutions of neighbouring weights replaces those of its neighbours that it
/// beats. Objectives are scaled by the range over the current solutions. Until something valid is
/// found it samples again.
/// @source [ZhaLi07], Sec. III; docs/algorithms/moead.md
template <typename Genotype>
class Moead final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit Moead(Variation<Genotype>& variation, MoeadOptions options = {})
      : variation_(variation), options_((validate(options), options)) {}

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    if (solutions_.empty()) return samples(variation_, options_.population, rng);
    const std::vector<std::size_t>& near = neighbourhoods_[current_];
    const Genotype& first = solutions_[near[rng.below(near.size())]].genotype;
    const Genotype& second = solutions_[near[rng.below(near.size())]].genotype;
    return {bred(first, second, options_.crossover_probability, variation_, rng)};
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    if (solutions_.empty()) {
      begin(evaluated);
      return;
    }
    for (const auto& [genotype, outcome] : evaluated) {
      if (!outcome) continue;
      for (const std::size_t i : neighbourhoods_[current_])
        improve(i, {*outcome, genotype});
    }
    current_ = (current_ + 1) % weights_.size();
  }

  /// One a weight.
  [[nodiscard]] const Population<Genotype>& population() const { return solutions_; }

 private:
  /// Every subproblem begins with the sample that is best for it.
  void begin(std::span<const Evaluated<Genotype>> evaluated) {
    Population<Genotype> sampled;
    append(sampled, evaluated);
    if (sampled.empty()) return;
    weights_ = weights_for(sampled.front().objectives.size(), options_.population);
    neighbourhoods_ = nearest_weights(weights_, options_.neighbours);
    const Bounds bounds = bounds_of(objectives_of(sampled));
    for (const Weights& weight : weights_) {
      const auto cost = [&](const Solution<Genotype>& solution) {
        return tchebycheff(normalised(solution.objectives, bounds), weight);
      };
      solutions_.push_back(*std::ranges::min_element(sampled, {}, cost));
    }
  }

  void improve(std::size_t i, const Solution<Genotype>& child) {
    Population<Genotype> all = solutions_;
    all.push_back(child);
    const Bounds bounds = bounds_of(objectives_of(all));
    const auto cost = [&](const Objectives& point) {
      return tchebycheff(normalised(point, bounds), weights_[i]);
    };
    if (cost(child.objectives) <= cost(solutions_[i].objectives)) solutions_[i] = child;
  }

  Variation<Genotype>& variation_;
  MoeadOptions options_;
  std::vector<Weights> weights_;
  std::vector<std::vector<std::size_t>> neighbourhoods_;
  Population<Genotype> solutions_;
  std::size_t current_ = 0;  // subproblem that breeds next
};

}  // namespace ecnas::moo
