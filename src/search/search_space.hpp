#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/search/problem.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::search {

/// What an algorithm may know of a problem without asking: which cells and budgets there are, and
/// what follows from a cell alone. No value of the table: those come from evaluations only.
class SearchSpace {
 public:
  explicit SearchSpace(const Problem& problem)
      : problem_(problem), space_(space::Space::shared(problem.max_vertices())) {}

  [[nodiscard]] std::span<const Objective> objectives() const { return problem_.objectives(); }
  [[nodiscard]] std::span<const std::int32_t> budgets() const { return problem_.budgets(); }
  [[nodiscard]] unsigned max_vertices() const { return problem_.max_vertices(); }
  [[nodiscard]] std::size_t size() const { return problem_.domain_size(); }
  [[nodiscard]] std::span<const table::Row> domain(std::uint32_t budget) const {
    return problem_.domain(budget);
  }
  [[nodiscard]] bool contains(Candidate candidate) const { return problem_.contains(candidate); }

  [[nodiscard]] space::Cell cell(table::Row row) const { return problem_.table().cell(row); }
  [[nodiscard]] std::optional<table::Row> find(const space::Cell& cell) const {
    return problem_.table().find(cell);
  }

  /// Cells of the table one edit away, whatever their budgets.
  [[nodiscard]] std::vector<table::Row> neighbours(table::Row row) const;

  /// The value of an objective that the cell alone decides: parameters, FLOPs, depth.
  [[nodiscard]] std::optional<double> exact(table::Row row, Objective objective) const;

 private:
  const Problem& problem_;
  const space::Space& space_;
};

}  // namespace ecnas::search
