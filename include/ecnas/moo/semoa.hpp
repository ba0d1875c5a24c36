#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/archive.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/ranking.hpp"

namespace ecnas::moo {

struct SemoaOptions {
  std::size_t offspring = 10;  ///< children a step
  std::size_t initial = 10;    ///< samples of the first step
  double eta_plus = 1.9;       ///< selection pressure: how often the best is drawn, on average …
  double eta_minus = 0.1;      ///< … and the worst; together 2
};

/// @throws Error{invalid_argument} for no offspring, no initial samples, or etas that do not sum to
/// 2 with 1 ≤ eta_plus ≤ 2.
void validate(const SemoaOptions& options);

/// Members by contribution to the hypervolume, greatest first, so extremes lead; of equal ones the
/// first in the archive's order. Pointers live until the archive changes.
template <typename Genotype>
[[nodiscard]] std::vector<const Solution<Genotype>*> by_contribution(
    const Archive<Genotype>& archive) {
  const std::vector<double> contributions = archive.contributions();
  std::vector<std::pair<double, const Solution<Genotype>*>> keyed;
  keyed.reserve(contributions.size());
  for (const Solution<Genotype>& member : archive) {
    keyed.emplace_back(contributions[keyed.size()], &member);
  }
  std::ranges::stable_sort(keyed, std::greater{}, [](const auto& pair) { return pair.first; });
  std::vector<const Solution<Genotype>*> ranked;
  ranked.reserve(keyed.size());
  for (const auto& [contribution, member] : keyed)
    ranked.push_back(member);
  return ranked;
}

/// SEMOA, the simple evolutionary multi-objective algorithm: the unbounded archive of non-dominated
/// solutions *is* the population; parents are drawn from it by linear ranking on hypervolume
/// contribution and mutated. While nothing valid has been found it samples again.
/// @source [Krause16], as EC-NAS [Bakhtiarifard24] uses it; docs/algorithms/semoa.md
template <typename Genotype>
class Semoa final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit Semoa(Variation<Genotype>& variation, SemoaOptions options = {})
      : variation_(variation),
        options_((validate(options), options)),
        selection_(options.eta_plus, options.eta_minus) {}

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    if (archive_.empty()) return samples(variation_, options_.initial, rng);
    return mutated(by_contribution(archive_), rng);
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    for (const auto& [genotype, outcome] : evaluated) {
      if (outcome) archive_.insert(*outcome, genotype);
    }
  }

  [[nodiscard]] const Archive<Genotype>& archive() const { return archive_; }

 private:
  [[nodiscard]] std::vector<Genotype> mutated(std::span<const Solution<Genotype>* const> ranked,
                                              Rng& rng) {
    std::vector<Genotype> offspring;
    offspring.reserve(options_.offspring);
    for (std::size_t i = 0; i < options_.offspring; ++i) {
      const Solution<Genotype>& parent = *ranked[selection_.draw(ranked.size(), rng)];
      offspring.push_back(variation_.mutate(parent.genotype, rng));
    }
    return offspring;
  }

  Variation<Genotype>& variation_;
  SemoaOptions options_;
  LinearRanking selection_;
  Archive<Genotype> archive_;
};

}  // namespace ecnas::moo
