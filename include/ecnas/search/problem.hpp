#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "ecnas/search/objective.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::search {

struct ProblemOptions {
  std::vector<Objective> objectives;
  std::vector<std::int32_t> epochs;  ///< the budgets to search; empty: all of the table
  table::Repeat repeat = table::Repeat::mean();
  table::Conversion conversion;
};

/// A cell at a budget that the problem knows.
struct Candidate {
  table::Row row;
  std::uint32_t budget;  ///< index into `Problem::budgets()`
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// One point of a front.
struct FrontPoint {
  Candidate candidate;
  moo::Objectives objectives;
};

/// A table as a multi-objective problem: a solution is a cell at one budget, its objectives are
/// read from the table (all minimised). Its *domain* at a budget are the cells with all objectives
/// there. Values are gathered once; const access is thread safe. The table must outlive it.
class Problem {
 public:
  /// @throws Error{not_found} for a budget or metric that the table lacks, or an empty domain;
  /// Error{invalid_argument} for no objectives or too many.
  /// @complexity one pass over the metrics
  Problem(const table::Table& table, ProblemOptions options);

  [[nodiscard]] const table::Table& table() const { return *table_; }
  [[nodiscard]] const ProblemOptions& options() const { return options_; }
  [[nodiscard]] std::span<const Objective> objectives() const { return options_.objectives; }

  /// The searched budgets in epochs, ascending; one entry 0 for a table without metrics.
  [[nodiscard]] std::span<const std::int32_t> budgets() const { return budgets_; }
  /// Where a budget stands in the table; absent for a table without metrics.
  [[nodiscard]] std::optional<std::size_t> table_budget(std::size_t budget) const;

  /// Rows of the domain at a budget, ascending.
  [[nodiscard]] std::span<const table::Row> domain(std::size_t budget) const {
    return domains_[budget];
  }
  /// Cells at budgets in all domains together.
  [[nodiscard]] std::size_t domain_size() const;

  /// @return absent outside the domain.
  [[nodiscard]] std::optional<moo::Objectives> evaluate(Candidate candidate) const;

  /// Vertices of the largest cell of the table.
  [[nodiscard]] unsigned max_vertices() const { return max_vertices_; }

  /// The default: for each objective the largest value over all entries of the table (errors: 1),
  /// from the table's metadata where no conversion changes it.
  [[nodiscard]] const moo::Objectives& reference_point() const { return reference_point_; }

 private:
  const table::Table* table_;
  ProblemOptions options_;
  std::vector<std::int32_t> budgets_;
  std::vector<std::optional<std::size_t>> table_budgets_;
  std::vector<std::vector<table::Row>> domains_;
  std::vector<double> values_;  // (N, budgets, objectives); NaN: not there
  unsigned max_vertices_ = 2;
  moo::Objectives reference_point_;
};

/// All non-dominated solutions of the problem in order of the first objective (of equal points the
/// one of least hash, then least budget). @complexity O(n log n) for two objectives
[[nodiscard]] std::vector<FrontPoint> exact_front(const Problem& problem);

/// Only the points, for indicators.
[[nodiscard]] std::vector<moo::Objectives> objectives_of(std::span<const FrontPoint> front);

/// Share of the exact front's hypervolume that a front attains: both min–max normalised by ideal
/// and nadir of the exact front, reference (1.1, …, 1.1). 1 for the exact front itself.
class HypervolumeShare {
 public:
  explicit HypervolumeShare(std::span<const moo::Objectives> exact_front);
  [[nodiscard]] double operator()(std::span<const moo::Objectives> front) const;

  /// The share after each of the points, which come one after another.
  /// @return (n)
  /// @complexity O(n log n) for two objectives; else a hypervolume for each point that gains
  [[nodiscard]] std::vector<double> after_each(std::span<const moo::Objectives> points) const;

 private:
  [[nodiscard]] double volume(std::span<const moo::Objectives> front) const;
  moo::Bounds bounds_;
  double exact_volume_;
};

}  // namespace ecnas::search
