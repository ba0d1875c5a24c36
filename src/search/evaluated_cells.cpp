#include "search/evaluated_cells.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace ecnas::search {
namespace {

// Samples that may turn out to be known before the unknown ones are listed instead.
constexpr std::size_t kSamplesEach = 32;

}  // namespace

EvaluatedCells::EvaluatedCells(const SearchSpace& space)
    : space_(space), solutions_(space.budgets().size()), positions_(space.budgets().size()) {}

void EvaluatedCells::record(std::span<const moo::Evaluated<Genotype>> evaluated) {
  for (const auto& [genotype, outcome] : evaluated) {
    if (!outcome || !genotype.candidate) continue;
    const auto [row, budget] = *genotype.candidate;
    const auto next = static_cast<std::uint32_t>(solutions_[budget].size());
    if (positions_[budget].emplace(row, next).second)
      solutions_[budget].push_back({*outcome, genotype});
  }
}

std::vector<moo::Objectives> EvaluatedCells::objectives_at(std::uint32_t budget) const {
  std::vector<moo::Objectives> points;
  points.reserve(solutions_[budget].size());
  for (const moo::Solution<Genotype>& solution : solutions_[budget])
    points.push_back(solution.objectives);
  return points;
}

std::size_t EvaluatedCells::size() const {
  std::size_t sum = 0;
  for (const auto& solutions : solutions_)
    sum += solutions.size();
  return sum;
}

std::vector<Genotype> EvaluatedCells::unseen(std::uint32_t budget, std::size_t count,
                                             CellVariation& variation, Rng& rng) const {
  const std::span<const table::Row> domain = space_.domain(budget);
  const std::size_t wanted = std::min(count, domain.size() - solutions_[budget].size());
  std::vector<Genotype> samples;
  std::set<table::Row> drawn;
  variation.set_budget(budget);
  for (std::size_t attempt = 0; attempt < kSamplesEach * wanted && samples.size() < wanted;
       ++attempt) {
    Genotype sample = variation.sample(rng);
    if (!sample.candidate || contains(*sample.candidate)) continue;
    if (drawn.insert(sample.candidate->row).second) samples.push_back(std::move(sample));
  }
  if (samples.size() == wanted) return samples;
  std::vector<table::Row> others;
  for (const table::Row row : domain) {
    if (!contains({row, budget}) && !drawn.contains(row)) others.push_back(row);
  }
  rng.shuffle(std::span(others));
  for (const table::Row row : std::span(others).first(wanted - samples.size()))
    samples.push_back(variation.at({row, budget}, rng));
  return samples;
}

std::optional<Genotype> EvaluatedCells::unseen(std::uint32_t budget, CellVariation& variation,
                                               Rng& rng) const {
  std::vector<Genotype> one = unseen(budget, 1, variation, rng);
  return one.empty() ? std::nullopt : std::optional(std::move(one.front()));
}

Genotype EvaluatedCells::unseen_from(std::uint32_t first, CellVariation& variation,
                                     Rng& rng) const {
  for (std::uint32_t turn = 0; turn < budgets(); ++turn) {
    std::optional<Genotype> sample = unseen((first + turn) % budgets(), variation, rng);
    if (sample) return *std::move(sample);
  }
  variation.set_budget(std::nullopt);
  return variation.sample(rng);
}

Genotype at_budget(const Genotype& genotype, std::uint32_t budget) {
  return {genotype.specification, Candidate{genotype.candidate->row, budget}, {}};
}

}  // namespace ecnas::search
