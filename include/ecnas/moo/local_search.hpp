#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/archive.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/semoa.hpp"

namespace ecnas::moo {

struct LocalSearchOptions {
  std::size_t initial = 10;  ///< samples of the first step, and of every restart
};

/// @throws Error{invalid_argument} for no initial samples.
void validate(const LocalSearchOptions& options);

/// Pareto local search: evaluates all neighbours of one member of the archive after another, the
/// unexplored one with the greatest hypervolume contribution first; where all are explored, the
/// archive is Pareto locally optimal and fresh samples are taken.
/// @source [Paquete04]; docs/algorithms/local-search.md
template <typename Genotype>
class LocalSearch final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit LocalSearch(Variation<Genotype>& variation, LocalSearchOptions options = {})
      : variation_(variation), options_((validate(options), options)) {}

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    for (const Solution<Genotype>* member : by_contribution(archive_)) {
      if (std::ranges::find(explored_, member->objectives) != explored_.end()) continue;
      explored_.push_back(member->objectives);
      std::vector<Genotype> neighbours = variation_.neighbours(member->genotype, rng);
      if (!neighbours.empty()) return neighbours;
    }
    return samples(variation_, options_.initial, rng);
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    for (const auto& [genotype, outcome] : evaluated) {
      if (outcome) archive_.insert(*outcome, genotype);
    }
  }

  [[nodiscard]] const Archive<Genotype>& archive() const { return archive_; }

 private:
  Variation<Genotype>& variation_;
  LocalSearchOptions options_;
  Archive<Genotype> archive_;
  std::vector<Objectives> explored_;  // members have distinct objectives
};

}  // namespace ecnas::moo
