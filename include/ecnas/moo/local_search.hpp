#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/moo/algorithm.hpp"
#include "ecnas/moo/archive.hpp"
#include "ecnas/moo/population.hpp"
#include "ecnas/moo/random_search.hpp"
#include "ecnas/moo/semoa.hpp"

namespace ecnas::moo {

struct LocalSearchOptions {
  std::size_t initial = 10;  ///< samples of the first step, and of every restart
};

/// @throws Error{invalid_argument} for no initial samples.
void validate(const LocalSearchOptions& options);

/// Pareto local search: evaluates all neighbours of one member of the archive after another, the
/// unexplored one with the greatest hypervolume contribution first. Where all are explored, the
/// archive is Pareto locally optimal, and the search starts afresh, from other samples and an empty
/// archive: what it found is the caller's to keep.
/// @source [Paquete04]; docs/algorithms/local-search.md
template <typename Genotype>
class LocalSearch final : public Algorithm<Genotype> {
 public:
  /// `variation` must outlive it. @throws Error{invalid_argument} as `validate`
  explicit LocalSearch(Variation<Genotype>& variation, LocalSearchOptions options = {})
      : variation_(variation), options_((validate(options), options)) {}

  [[nodiscard]] std::vector<Genotype> ask(Rng& rng) override {
    for (const Solution<std::size_t>* member : by_contribution(archive_)) {
      Found& found = found_[member->genotype];
      if (found.is_explored) continue;
      found.is_explored = true;
      std::vector<Genotype> neighbours = variation_.neighbours(found.genotype, rng);
      if (!neighbours.empty()) return neighbours;
    }
    archive_ = {};
    found_.clear();
    return samples(variation_, options_.initial, rng);
  }

  void tell(std::span<const Evaluated<Genotype>> evaluated) override {
    for (const auto& [genotype, outcome] : evaluated) {
      if (outcome && archive_.insert(*outcome, found_.size())) found_.push_back({genotype, false});
    }
  }

  /// The archive since the latest start, in its order.
  [[nodiscard]] Population<Genotype> members() const {
    Population<Genotype> members;
    for (const Solution<std::size_t>& member : archive_)
      members.push_back({member.objectives, found_[member.genotype].genotype});
    return members;
  }

 private:
  struct Found {
    Genotype genotype;
    bool is_explored;
  };

  Variation<Genotype>& variation_;
  LocalSearchOptions options_;
  std::vector<Found> found_;      // all that the archive took since the latest start
  Archive<std::size_t> archive_;  // positions in found_
};

}  // namespace ecnas::moo
