#pragma once

#include <cstddef>
#include <iterator>
#include <span>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/population.hpp"
#include "ecnas/moo/random_search.hpp"

namespace ecnas::moo {

struct SmsEmoaOptions {
  std::size_t population = 20;
  double crossover_probability = 0.9;
};

/// @throws Error{invalid_argument} for no population or what is no probability.
void validate(const SmsEmoaOptions& options);

/// Position of the point that SMS-EMOA discards: of the worst rank, the one with the least
/// hypervolume contribution within that rank (`front_contributions`: extremes are kept); ties: the
/// last.
/// @pre not empty
[[nodiscard]] std::size_t least_contributor(std::span<const Objectives> points);

/// SMS-EMOA: steady state; each step breeds one child of two parents drawn uniformly, and the point
/// that adds least to the hypervolume of the worst front goes. Until something valid is found it
/// samples a whole population.
/// @source [Beume07], Algorithms 1 and 2; docs/algorithms/sms-emoa.md
template <typename Genotype>
class SmsEmoa final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit SmsEmoa(Variation<Genotype>& variation, SmsEmoaOptions options = {})
      : variation_(variation), options_(options) {
    validate(options);
  }

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    if (population_.empty()) return samples(variation_, options_.population, rng);
    const Genotype& first = random_member(rng);
    const Genotype& second = random_member(rng);
    return {bred(first, second, options_.crossover_probability, variation_, rng)};
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    append(population_, evaluated);
    while (population_.size() > options_.population)
      reduce();
  }

  [[nodiscard]] const Population<Genotype>& population() const { return population_; }

 private:
  [[nodiscard]] const Genotype& random_member(Rng& rng) const {
    return population_[rng.below(population_.size())].genotype;
  }

  void reduce() {
    const std::size_t discarded = least_contributor(objectives_of(population_));
    population_.erase(std::next(population_.begin(), static_cast<std::ptrdiff_t>(discarded)));
  }

  Variation<Genotype>& variation_;
  SmsEmoaOptions options_;
  Population<Genotype> population_;
};

}  // namespace ecnas::moo
