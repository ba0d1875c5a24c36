#pragma once

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
[[nodiscard]] std::vector<std::vector<std::size_t>> nearest_weights(
    std::span<const Weights> weights, std::size_t count);

/// Does a child take the place of the solution of the subproblem of some weights? If its
/// Tchebycheff distance from the ideal is less; of equal distances, unless the solution dominates
/// it.
/// @param bounds  that both lie within
/// @throws Error{invalid_argument} if sizes differ
[[nodiscard]] bool replaces(const Objectives& child, const Objectives& solution,
                            const Bounds& bounds, std::span<const double> weights);

/// MOEA/D: one solution a weight, compared by the weighted Tchebycheff distance from the ideal
/// point; a child of two solutions of neighbouring weights replaces those of its neighbours that it
/// beats. Distances are from the best of each objective that was ever seen, in units of the extent
/// to the worst among the current solutions and the child. Until something valid is found it
/// samples again.
/// @source [ZhaLi07], Sec. III and V-E; docs/algorithms/moead.md
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
      if (outcome) offer({*outcome, genotype});
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
    const Bounds bounds = bounds_of(objectives_of(sampled));
    ideal_ = bounds.ideal;
    weights_ = weights_for(ideal_.size(), options_.population);
    neighbourhoods_ = nearest_weights(weights_, options_.neighbours);
    for (const Weights& weight : weights_) {
      const Solution<Genotype>* best = &sampled.front();
      for (const Solution<Genotype>& solution : sampled) {
        if (replaces(solution.objectives, best->objectives, bounds, weight)) best = &solution;
      }
      solutions_.push_back(*best);
    }
  }

  /// To the subproblems in whose neighbourhood it was bred. Paper: steps 2.3 and 2.4.
  void offer(const Solution<Genotype>& child) {
    std::vector<Objectives> points = objectives_of(solutions_);
    points.push_back(child.objectives);
    points.push_back(ideal_);
    const Bounds bounds = bounds_of(points);
    ideal_ = bounds.ideal;
    for (const std::size_t i : neighbourhoods_[current_]) {
      Solution<Genotype>& solution = solutions_[i];
      if (replaces(child.objectives, solution.objectives, bounds, weights_[i])) solution = child;
    }
  }

  Variation<Genotype>& variation_;
  MoeadOptions options_;
  std::vector<Weights> weights_;
  std::vector<std::vector<std::size_t>> neighbourhoods_;
  Population<Genotype> solutions_;
  Objectives ideal_;         // best of each objective that was ever seen. Paper: z
  std::size_t current_ = 0;  // subproblem that breeds next
};

}  // namespace ecnas::moo
