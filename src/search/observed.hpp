#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/moo/algorithm.hpp"
#include "search/cell_encoding.hpp"
#include "search/cell_variation.hpp"
#include "search/response_model.hpp"
#include "search/search_space.hpp"

namespace ecnas::search {

/// What a trial has evaluated so far, each entry of the domain once, and how models see it. The
/// space must outlive it.
class Observed {
 public:
  struct Entry {
    Candidate candidate;
    Measurement measurement;

    [[nodiscard]] bool is_feasible() const { return measurement.violation == 0; }
  };

  explicit Observed(const SearchSpace& space,
                    CellEncoding::Kind encoding = CellEncoding::Kind::features);

  /// Takes what was measured; failures and repeats are passed over.
  void add(std::span<const moo::Evaluated<Genotype>> evaluated);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] const Entry& operator[](std::size_t i) const { return entries_[i]; }
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  [[nodiscard]] bool contains(Candidate candidate) const;

  /// As measured, whether constraints are kept or not. (n)
  [[nodiscard]] std::span<const moo::Objectives> objectives() const { return objectives_; }

  /// Positions of the non-dominated entries among those that keep the constraints, ascending.
  [[nodiscard]] std::vector<std::size_t> front() const;

  /// Those of the candidates that are not evaluated yet, each once, in an order drawn.
  [[nodiscard]] std::vector<Candidate> unobserved(std::vector<Candidate> candidates,
                                                  Rng& rng) const;

  /// What models know candidates by.
  [[nodiscard]] ResponseInputs inputs(std::span<const Candidate> candidates) {
    return encoded_.inputs(candidates);
  }
  /// The same of the entries at `positions`.
  [[nodiscard]] ResponseInputs inputs_of(std::span<const std::size_t> positions);

 private:
  EncodedCells encoded_;
  std::vector<Entry> entries_;
  std::vector<moo::Objectives> objectives_;     // (n)
  std::vector<std::vector<bool>> is_observed_;  // (budgets, N)
};

/// Evaluations of a step: a share of those so far, at least one.
[[nodiscard]] std::size_t batch_size(double share, std::size_t evaluated);

/// Every entry of the domain. @complexity O(domain)
[[nodiscard]] std::vector<Candidate> every_entry(const SearchSpace& space);

/// Positions to learn from where that is not affordable for all: half of them those of least cost,
/// the others drawn from the rest; of equal costs which ones is drawn too.
/// @return ascending, min(costs.size(), at_most) of them  @source [Knowles06]
[[nodiscard]] std::vector<std::size_t> training_positions(std::span<const double> costs,
                                                          std::size_t at_most, Rng& rng);

}  // namespace ecnas::search
