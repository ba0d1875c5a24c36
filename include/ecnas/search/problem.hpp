#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "ecnas/search/objective.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::search {

/// A solution that a search may end with has at most this much of something.
struct Constraint {
  Objective objective;
  double at_most;  ///< in the objective's unit; errors as fractions
  friend bool operator==(const Constraint&, const Constraint&) = default;
};

/// Reads `energy<=0.02` or `validation_accuracy>=0.94`; every spelling of a name is accepted.
/// @throws Error{invalid_argument} if malformed or for an unknown name
[[nodiscard]] Constraint parse_constraint(std::string_view text);

struct ProblemOptions {
  std::vector<Objective> objectives;
  std::vector<std::int32_t> epochs;  ///< the budgets to search; empty: all of the table
  table::Repeat repeat = table::Repeat::mean();
  table::Conversion conversion;
  std::vector<Constraint> constraints;
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

/// What an evaluation shows: objectives, then what the constraints are about.
struct Measurement {
  moo::Objectives objectives;
  moo::Objectives constrained;  ///< (constraints)
  /// How far the constraints are broken: the sum of relative excesses; 0 where all are kept.
  double violation = 0;
};

/// A table as a multi-objective problem: a solution is a cell at one budget, its objectives are
/// read from the table (all minimised). Its *domain* at a budget are the cells with all objectives
/// there that keep the constraints on the cell alone (parameters, FLOPs, depth); constraints on
/// what is measured show when a cell is evaluated. Values are gathered once; const access is thread
/// safe. The table must outlive it.
class Problem {
 public:
  /// @throws Error{not_found} for a budget or metric that the table lacks, or a domain that is
  /// empty though there are no constraints; Error{invalid_argument} for no objectives or too many.
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

  [[nodiscard]] bool contains(Candidate candidate) const;

  /// The objectives. @return absent outside the domain.
  [[nodiscard]] std::optional<moo::Objectives> evaluate(Candidate candidate) const;

  /// @pre contains(candidate)
  [[nodiscard]] Measurement measure(Candidate candidate) const;

  /// As a new training would measure it: objectives and constrained values that the table has a
  /// noise model of are drawn, the others are as expected.
  /// @pre contains(candidate)
  /// @throws Error{invalid_argument} where the problem reads one repeat, which has its own noise
  [[nodiscard]] Measurement draw(Candidate candidate, std::uint64_t noise_seed) const;

  /// Would `draw` differ from `measure`: has the table a noise model of any objective at all
  /// budgets?
  [[nodiscard]] bool has_noise() const;

  /// Vertices of the largest cell of the table.
  [[nodiscard]] unsigned max_vertices() const { return max_vertices_; }

  /// The default: for each objective the largest value over all entries of the table (errors: 1),
  /// from the table's metadata where no conversion changes it.
  [[nodiscard]] const moo::Objectives& reference_point() const { return reference_point_; }

 private:
  [[nodiscard]] std::span<const double> values(Candidate candidate) const;
  [[nodiscard]] Measurement measurement(std::span<const double> values) const;
  [[nodiscard]] bool has_noise(Objective objective) const;

  const table::Table* table_;
  ProblemOptions options_;
  std::vector<std::int32_t> budgets_;
  std::vector<std::optional<std::size_t>> table_budgets_;
  std::vector<std::vector<table::Row>> domains_;
  std::vector<double> values_;  // (N, budgets, objectives and constraints); NaN: not there
  unsigned max_vertices_ = 2;
  moo::Objectives reference_point_;
};

/// An objective that the cell alone decides: parameters, FLOPs, inverse depth; else absent.
[[nodiscard]] std::optional<double> value_of_cell(const table::Table& table, table::Row row,
                                                  Objective objective);

/// All non-dominated solutions of the problem that keep its constraints, in order of the first
/// objective (of equal points the one of least hash, then least budget).
/// @complexity O(n log n) for two objectives
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
