#include "search/observed.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ecnas::search {

Observed::Observed(const SearchSpace& space, CellEncoding::Kind encoding)
    : encoded_(space, encoding), is_observed_(space.budgets().size()) {}

void Observed::add(std::span<const moo::Evaluated<Genotype>> evaluated) {
  for (const auto& [genotype, outcome] : evaluated) {
    if (!genotype.candidate || !genotype.measurement || contains(*genotype.candidate)) continue;
    const auto [row, budget] = *genotype.candidate;
    std::vector<bool>& rows = is_observed_[budget];
    if (rows.size() <= row) rows.resize(row + std::size_t{1});
    rows[row] = true;
    entries_.push_back({*genotype.candidate, *genotype.measurement});
    objectives_.push_back(genotype.measurement->objectives);
  }
}

bool Observed::contains(Candidate candidate) const {
  const std::vector<bool>& rows = is_observed_[candidate.budget];
  return candidate.row < rows.size() && rows[candidate.row];
}

std::vector<std::size_t> Observed::front() const {
  std::vector<std::size_t> feasible;
  std::vector<moo::Objectives> points;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!entries_[i].is_feasible()) continue;
    feasible.push_back(i);
    points.push_back(objectives_[i]);
  }
  std::vector<std::size_t> members;
  for (const std::size_t i : moo::non_dominated(points))
    members.push_back(feasible[i]);
  return members;
}

std::vector<Candidate> Observed::unobserved(std::vector<Candidate> candidates, Rng& rng) const {
  std::erase_if(candidates, [&](Candidate candidate) { return contains(candidate); });
  std::ranges::sort(candidates, {}, [](Candidate c) { return std::pair(c.row, c.budget); });
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  rng.shuffle(std::span(candidates));
  return candidates;
}

ResponseInputs Observed::inputs_of(std::span<const std::size_t> positions) {
  std::vector<Candidate> candidates;
  for (const std::size_t i : positions)
    candidates.push_back(entries_[i].candidate);
  return encoded_.inputs(candidates);
}

std::size_t batch_size(double share, std::size_t evaluated) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(evaluated)));
}

std::vector<Candidate> every_entry(const SearchSpace& space) {
  std::vector<Candidate> entries;
  for (std::uint32_t budget = 0; budget < space.budgets().size(); ++budget) {
    for (const table::Row row : space.domain(budget))
      entries.push_back({row, budget});
  }
  return entries;
}

std::vector<std::size_t> training_positions(std::span<const double> costs, std::size_t at_most,
                                            Rng& rng) {
  std::vector<std::size_t> positions(costs.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  if (positions.size() <= at_most) return positions;
  rng.shuffle(std::span(positions));
  std::ranges::stable_sort(positions, {}, [&](std::size_t i) { return costs[i]; });
  rng.shuffle(std::span(positions).subspan(at_most / 2));
  positions.resize(at_most);
  std::ranges::sort(positions);
  return positions;
}

}  // namespace ecnas::search
