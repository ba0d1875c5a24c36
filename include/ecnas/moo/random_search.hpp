#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/algorithm.hpp"

namespace ecnas::moo {

struct RandomSearchOptions {
  std::size_t batch = 10;  ///< samples a step
};

/// @throws Error{invalid_argument} for a batch of none.
void validate(const RandomSearchOptions& options);

/// `count` fresh samples: how every algorithm here begins.
template <typename Genotype>
[[nodiscard]] std::vector<Genotype> samples(Variation<Genotype>& variation, std::size_t count,
                                            Rng& rng) {
  std::vector<Genotype> drawn;
  drawn.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    drawn.push_back(variation.sample(rng));
  return drawn;
}

/// The baseline: independent samples, nothing learned.
template <typename Genotype>
class RandomSearch final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit RandomSearch(Variation<Genotype>& variation, RandomSearchOptions options = {})
      : variation_(variation), options_(options) {
    validate(options);
  }

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    return samples(variation_, options_.batch, rng);
  }
  void tell(std::span<const Evaluated<Genotype>>) override {}

 private:
  Variation<Genotype>& variation_;
  RandomSearchOptions options_;
};

}  // namespace ecnas::moo
