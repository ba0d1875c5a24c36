#include "search/cell_variation.hpp"

#include <algorithm>

#include "ecnas/space/cell.hpp"

namespace ecnas::search {
namespace {

// Redraws before a fresh sample is taken instead. On a 7-vertex canvas about one mutation in three
// is a cell, so this is reached only in domains that hold next to none of the parent's neighbours.
constexpr int kMaxRedraws = 1000;

// Expected numbers of changes by one mutation, as EC-NAS chose them.
constexpr double kEdgeChanges = 2.0;
constexpr double kOperationChanges = 0.5;

space::Specification mutated(space::Specification specification, Rng& rng) {
  const unsigned vertices = specification.vertices;
  const double edge_probability = kEdgeChanges / (vertices * (vertices - 1) / 2.0);
  for (unsigned target = 1; target < vertices; ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if (rng.chance(edge_probability)) specification.flip_edge(source, target);
    }
  }
  if (vertices == 2) return specification;
  const double operation_probability = kOperationChanges / (vertices - 2);
  for (unsigned vertex = 1; vertex + 1 < vertices; ++vertex) {
    if (!rng.chance(operation_probability)) continue;
    const auto current = static_cast<unsigned>(specification.operation(vertex));
    const auto shift = static_cast<unsigned>(1 + rng.below(space::kOperationCount - 1));
    specification.set_operation(
        vertex, static_cast<space::Operation>((current + shift) % space::kOperationCount));
  }
  return specification;
}

space::Specification crossed(const space::Specification& first, const space::Specification& second,
                             Rng& rng) {
  space::Specification child = first;
  const auto from_second = static_cast<std::uint32_t>(rng.next());
  child.adjacency = (first.adjacency & ~from_second) | (second.adjacency & from_second);
  for (unsigned vertex = 1; vertex + 1 < child.vertices; ++vertex) {
    if (rng.chance(0.5)) child.set_operation(vertex, second.operation(vertex));
  }
  return child;
}

}  // namespace

Genotype CellVariation::sample(Rng& rng) {
  if (sampling_ == space::Sampling::published) return sample_published(rng);
  return at(draw_entry(rng), rng);
}

Genotype CellVariation::at(Candidate candidate, Rng& rng) const {
  return {space::embedded(space_.cell(candidate.row), space_.max_vertices(), rng), candidate, {}};
}

std::vector<Genotype> CellVariation::neighbours(const Genotype& parent, Rng& rng) {
  std::vector<Genotype> found;
  if (!parent.candidate) return found;
  const auto [row, budget] = *parent.candidate;
  const auto add = [&](Candidate candidate) {
    if (space_.contains(candidate)) found.push_back(at(candidate, rng));
  };
  for (std::uint32_t other = 0; other < space_.budgets().size(); ++other) {
    if (other != budget) add({row, other});
  }
  for (const table::Row neighbour : space_.neighbours(row))
    add({neighbour, budget});
  return found;
}

Genotype CellVariation::sample_published(Rng& rng) {
  const std::uint32_t budget = budget_for(rng);
  for (;;) {
    const space::Specification specification = space::sample_published(space_.max_vertices(), rng);
    if (!space::Cell::from(specification)) return {specification, std::nullopt, {}};
    const std::optional<Candidate> candidate = resolve(specification, budget);
    if (candidate) return {specification, candidate, {}};
  }
}

Genotype CellVariation::mutate(const Genotype& parent, Rng& rng) {
  const std::uint32_t budget = budget_for(rng);
  for (int attempt = 0; attempt < kMaxRedraws; ++attempt) {
    const space::Specification child = mutated(parent.specification, rng);
    const std::optional<Candidate> candidate = resolve(child, budget);
    if (!candidate) continue;
    // A solution is a cell at a budget: the parent's cell at another budget is another solution.
    if (candidate != parent.candidate) return {child, candidate, {}};
  }
  return sample(rng);
}

Genotype CellVariation::recombine(const Genotype& first, const Genotype& second, Rng& rng) {
  const std::uint32_t budget = budget_for(rng);
  for (int attempt = 0; attempt < kMaxRedraws; ++attempt) {
    const space::Specification child = crossed(first.specification, second.specification, rng);
    if (const std::optional<Candidate> candidate = resolve(child, budget)) {
      return {child, candidate, {}};
    }
  }
  return sample(rng);
}

Candidate CellVariation::draw_entry(Rng& rng) const {
  const std::uint32_t budget = budget_for(rng);
  const std::span<const table::Row> domain = space_.domain(budget);
  return {domain[rng.below(domain.size())], budget};
}

std::uint32_t CellVariation::budget_for(Rng& rng) const {
  if (budget_) return *budget_;
  std::uint64_t entry = rng.below(space_.size());
  std::uint32_t budget = 0;
  while (entry >= space_.domain(budget).size())
    entry -= space_.domain(budget++).size();
  return budget;
}

std::optional<Candidate> CellVariation::resolve(const space::Specification& specification,
                                                std::uint32_t budget) {
  const auto cell = space::Cell::from(specification);
  if (!cell) return std::nullopt;
  const std::optional<table::Row> row = space_.find(*cell);
  if (row && space_.contains({*row, budget})) return Candidate{*row, budget};
  evaluator_.book_absent();
  return std::nullopt;
}

}  // namespace ecnas::search
