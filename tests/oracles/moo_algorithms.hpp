#pragma once
/// Algorithms of moo by the letter of their papers, slow: everything is found anew at every step.
/// They draw the same random numbers in the same order as ours, so they take the same steps.

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "ecnas/moo/nsga3.hpp"
#include "ecnas/moo/population.hpp"
#include "ecnas/moo/random_search.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo::oracle {

inline constexpr std::size_t kPopulation = 20;
inline constexpr double kCrossover = 0.9;

/// [Deb02], Sec. III. @pre two objectives
template <typename Genotype>
class Nsga2 final : public Algorithm<Genotype> {
 public:
  explicit Nsga2(Variation<Genotype>& variation) : variation_(variation) {}

  std::vector<Genotype> ask(Rng& rng) override {
    if (population_.empty()) return samples(variation_, kPopulation, rng);
    const std::vector<CrowdedRank> ranking = ranked_and_crowded(objectives_of(population_));
    const auto winner = [&] {
      const std::size_t a = rng.below(population_.size());
      const std::size_t b = rng.below(population_.size());
      return crowded_less(ranking[b], ranking[a]) ? b : a;
    };
    std::vector<Genotype> offspring;
    while (offspring.size() < kPopulation) {
      const Genotype first = population_[winner()].genotype;
      const Genotype second = population_[winner()].genotype;
      offspring.push_back(bred(first, second, kCrossover, variation_, rng));
    }
    return offspring;
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    append(population_, evaluated);
    const std::vector<CrowdedRank> ranking = ranked_and_crowded(objectives_of(population_));
    std::vector<bool> survives(population_.size(), false);
    for (std::size_t kept = 0; kept < std::min(kPopulation, population_.size()); ++kept) {
      std::size_t best = population_.size();
      for (std::size_t i = 0; i < population_.size(); ++i) {
        if (survives[i]) continue;
        if (best == population_.size() || crowded_less(ranking[i], ranking[best])) best = i;
      }
      survives[best] = true;
    }
    Population<Genotype> survivors;
    for (std::size_t i = 0; i < population_.size(); ++i) {
      if (survives[i]) survivors.push_back(population_[i]);
    }
    population_ = survivors;
  }

 private:
  Variation<Genotype>& variation_;
  Population<Genotype> population_;
};

/// [Beume07], Algorithms 1 and 2. @pre two objectives
template <typename Genotype>
class SmsEmoa final : public Algorithm<Genotype> {
 public:
  explicit SmsEmoa(Variation<Genotype>& variation) : variation_(variation) {}

  std::vector<Genotype> ask(Rng& rng) override {
    if (population_.empty()) return samples(variation_, kPopulation, rng);
    const Genotype first = population_[rng.below(population_.size())].genotype;
    const Genotype second = population_[rng.below(population_.size())].genotype;
    return {bred(first, second, kCrossover, variation_, rng)};
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    append(population_, evaluated);
    while (population_.size() > kPopulation) {
      const std::size_t out = least_contributor(objectives_of(population_));
      population_.erase(population_.begin() + static_cast<std::ptrdiff_t>(out));
    }
  }

 private:
  Variation<Genotype>& variation_;
  Population<Genotype> population_;
};

/// What [DebJai14], Algorithm 1, puts around the niching, which is ours: parents at random, the
/// best of each objective among all solutions that ever were.
template <typename Genotype>
class Nsga3 final : public Algorithm<Genotype> {
 public:
  Nsga3(Variation<Genotype>& variation, std::vector<Weights> directions)
      : variation_(variation), directions_(std::move(directions)) {}

  std::vector<Genotype> ask(Rng& rng) override {
    niching_ = Rng(rng.next());
    if (population_.empty()) return samples(variation_, kPopulation, rng);
    std::vector<Genotype> offspring;
    while (offspring.size() < kPopulation) {
      const Genotype first = population_[rng.below(population_.size())].genotype;
      const Genotype second = population_[rng.below(population_.size())].genotype;
      offspring.push_back(bred(first, second, kCrossover, variation_, rng));
    }
    return offspring;
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    append(seen_, evaluated);
    append(population_, evaluated);
    const Objectives ideal = bounds_of(objectives_of(seen_)).ideal;
    Population<Genotype> survivors;
    for (const std::size_t i :
         niche_survivors(objectives_of(population_), kPopulation, ideal, directions_, niching_)) {
      survivors.push_back(population_[i]);
    }
    population_ = survivors;
  }

 private:
  Variation<Genotype>& variation_;
  std::vector<Weights> directions_;
  Population<Genotype> seen_;  // all of it
  Population<Genotype> population_;
  Rng niching_{0};
};

/// [ZhaLi07], Sec. III, for given weights and neighbourhoods; of equal distances a dominating
/// solution stays.
template <typename Genotype>
class Moead final : public Algorithm<Genotype> {
 public:
  Moead(Variation<Genotype>& variation, std::vector<std::vector<double>> weights,
        std::vector<std::vector<std::size_t>> neighbourhoods)
      : variation_(variation), weights_(std::move(weights)), near_(std::move(neighbourhoods)) {}

  std::vector<Genotype> ask(Rng& rng) override {
    if (solutions_.empty()) return samples(variation_, kPopulation, rng);
    const std::vector<std::size_t>& near = near_[step_ % weights_.size()];
    const Genotype first = solutions_[near[rng.below(near.size())]].genotype;
    const Genotype second = solutions_[near[rng.below(near.size())]].genotype;
    return {bred(first, second, kCrossover, variation_, rng)};
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    append(seen_, evaluated);
    if (solutions_.empty()) {
      for (const std::vector<double>& weight : weights_) {
        std::size_t best = 0;
        for (std::size_t i = 0; i < seen_.size(); ++i) {
          if (wins(seen_[i], seen_[best], weight, seen_)) best = i;
        }
        solutions_.push_back(seen_[best]);
      }
      return;
    }
    const Solution<Genotype> child = seen_.back();
    Population<Genotype> all = solutions_;
    all.push_back(child);
    for (const std::size_t i : near_[step_ % weights_.size()]) {
      if (wins(child, solutions_[i], weights_[i], all)) solutions_[i] = child;
    }
    ++step_;
  }

 private:
  /// The worst of an objective is found among `present`, the best among all ever seen.
  double distance(const Solution<Genotype>& solution, const std::vector<double>& weight,
                  const Population<Genotype>& present) const {
    double farthest = 0;
    for (std::size_t k = 0; k < weight.size(); ++k) {
      double ideal = seen_.front().objectives[k];
      for (const auto& other : seen_)
        ideal = std::min(ideal, other.objectives[k]);
      double nadir = ideal;
      for (const auto& other : present)
        nadir = std::max(nadir, other.objectives[k]);
      if (nadir == ideal) continue;
      const double share = (solution.objectives[k] - ideal) / (nadir - ideal);
      farthest = std::max(farthest, (weight[k] == 0 ? 1e-6 : weight[k]) * share);
    }
    return farthest;
  }

  bool wins(const Solution<Genotype>& child, const Solution<Genotype>& other,
            const std::vector<double>& weight, const Population<Genotype>& present) const {
    const double a = distance(child, weight, present);
    const double b = distance(other, weight, present);
    return a < b || (a == b && !dominates(other.objectives, child.objectives));
  }

  Variation<Genotype>& variation_;
  std::vector<std::vector<double>> weights_;
  std::vector<std::vector<std::size_t>> near_;
  Population<Genotype> seen_;  // all of it
  Population<Genotype> solutions_;
  std::size_t step_ = 0;
};

}  // namespace ecnas::moo::oracle
