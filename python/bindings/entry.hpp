#pragma once
/// One cell at one budget, as Python holds it.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bindings.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::python {

/// @throws Error{not_found} with the nearest name
[[nodiscard]] const table::Column& expect_column(const table::Table& table,
                                                 std::string_view metric);

/// Position of a budget; nothing given: the largest. @throws Error{not_found}
[[nodiscard]] std::size_t expect_budget(const table::Table& table,
                                        std::optional<std::int32_t> epochs);

/// An entry that keeps its table.
struct EntryHandle {
  std::shared_ptr<const table::Table> table;
  table::Entry entry;

  /// Absent if the table lacks the metric, or this entry a value of it.
  [[nodiscard]] std::optional<double> value(std::string_view metric) const;
  /// @throws Error{not_found}
  [[nodiscard]] double expect_value(std::string_view metric) const;
  /// Names of the metrics that have a value.
  [[nodiscard]] std::vector<std::string> metrics() const;
};

void bind_entry(nb::module_& module);

/// `Table.query`: an entry of one cell, or columns of several.
[[nodiscard]] nb::object query(const TableHandle& self, nb::handle subject,
                               std::optional<std::int32_t> epochs,
                               std::optional<std::int64_t> repeat,
                               const std::optional<std::vector<std::string>>& metrics,
                               std::optional<double> pue, std::optional<double> carbon_intensity,
                               std::optional<std::uint64_t> noise_seed);

}  // namespace ecnas::python
