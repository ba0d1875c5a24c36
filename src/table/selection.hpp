#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/table/export.hpp"

namespace ecnas::table {

/// One (cell, budget, repeat) that has a value; budget and repeat mean nothing in a table of cells
/// alone.
struct ExportRow {
  Row row;
  space::Cell cell;
  std::size_t budget;
  std::size_t repeat;  // from 0
};

/// The part of a table that a subset names.
class Selection {
 public:
  Selection(const Table& table, const Subset& subset) : table_(table), subset_(subset) {
    for (const Column& column : table.columns()) {
      if (subset.metrics.empty() || contains(subset.metrics, column.info.name)) {
        columns_.push_back(&column);
      }
    }
    for (const std::string& metric : subset.metrics) {
      if (table.column(metric) == nullptr) {
        fail(ErrorCode::not_found, "{}: no metric {}; it has {}", table.name(),
             ecnas::quoted(metric), metric_list());
      }
    }
    for (const std::int32_t epochs : subset.epochs) {
      if (!table.budget_index(epochs)) {
        fail(
            ErrorCode::not_found, "{}: no budget of {} epochs; it has {}", table.name(), epochs,
            table.budgets().empty() ? "none" : fmt::format("{}", fmt::join(table.budgets(), ", ")));
      }
    }
  }

  [[nodiscard]] const std::vector<const Column*>& columns() const { return columns_; }
  [[nodiscard]] bool cells_alone() const { return table_.budgets().empty(); }

  /// Whether the value there is flagged: the cell is, and a model made the value.
  [[nodiscard]] bool out_of_range(const Column& column, const ExportRow& at) const {
    return !column.out_of_range.empty() && column.out_of_range[at.row] != 0 &&
           column.provenance[position(at)] > Provenance::measured;
  }

  [[nodiscard]] std::size_t position(const ExportRow& at) const {
    return (at.row * table_.budgets().size() + at.budget) * table_.repeats() + at.repeat;
  }

  /// Calls `visit(ExportRow)` in order of hash, budget, repeat.
  /// @throws Error{not_found} if there is nothing to visit
  template <typename Visit>
  void for_each(const Visit& visit) const {
    bool any = false;
    for (Row row = 0; row < table_.cells(); ++row) {
      const space::Cell cell = table_.cell(row);
      if (subset_.max_vertices && cell.vertices() > *subset_.max_vertices) continue;
      if (cells_alone()) {
        visit(ExportRow{row, cell, 0, 0});
        any = true;
      } else {
        any = visit_entries(row, cell, visit) || any;
      }
    }
    if (!any) {
      fail(ErrorCode::not_found, "{}: nothing of it is in the subset; widen it", table_.name());
    }
  }

 private:
  template <typename Visit>
  bool visit_entries(Row row, const space::Cell& cell, const Visit& visit) const {
    bool any = false;
    for (std::size_t budget = 0; budget < table_.budgets().size(); ++budget) {
      if (!subset_.epochs.empty() && !contains(subset_.epochs, table_.budgets()[budget])) continue;
      for (std::size_t repeat = 0; repeat < table_.repeats(); ++repeat) {
        const ExportRow at{row, cell, budget, repeat};
        if (std::ranges::all_of(columns_, [&](const Column* column) {
              return std::isnan(column->values[position(at)]);
            })) {
          continue;
        }
        visit(at);
        any = true;
      }
    }
    return any;
  }

  template <typename List, typename Value>
  static bool contains(const List& list, const Value& value) {
    return std::ranges::find(list, value) != list.end();
  }

  [[nodiscard]] std::string metric_list() const {
    std::vector<std::string_view> names;
    for (const Column& column : table_.columns())
      names.push_back(column.info.name);
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
  }

  const Table& table_;
  const Subset& subset_;
  std::vector<const Column*> columns_;
};

}  // namespace ecnas::table
