#pragma once
/// analysis: what a table says about cells, operations and devices: operator swaps, correlations,
/// trade-offs, regions, the costs of operations, agreement between devices. It draws nothing.
/// Start here, then `swaps.hpp`.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ecnas/table/table.hpp"

namespace ecnas::analysis {

/// What is known of a cell: costs, then accuracies.
enum class Metric : std::uint8_t {
  energy,
  training_time,
  co2eq,
  parameters,
  flops,
  validation_accuracy,
  test_accuracy,
};

struct MetricDescription {
  Metric metric;
  std::string_view name;    ///< "energy"
  std::string_view column;  ///< name with its unit, in tables and JSON: "energy_kwh"
  std::string_view unit;    ///< "kWh"; empty for counts and fractions
};

/// All metrics, in the order of the enumeration.
[[nodiscard]] std::span<const MetricDescription> metrics();
[[nodiscard]] const MetricDescription& describe(Metric metric);

/// Both spellings are accepted. @throws Error{invalid_argument} that suggests the closest name
[[nodiscard]] Metric parse_metric(std::string_view text);

/// Larger is better, a fraction; all others are costs.
[[nodiscard]] bool is_accuracy(Metric metric);
/// A function of the cell alone, the same at every budget: parameters and FLOPs.
[[nodiscard]] bool is_of_cell(Metric metric);

/// Whether a table can have values of the metric: it has the column, or the cells suffice.
[[nodiscard]] bool has_metric(const table::Table& table, Metric metric);

/// The budget asked for, or else the table's largest; 0 for a table without budgets.
/// @throws Error{not_found} if the table has no such budget
[[nodiscard]] std::int32_t chosen_epochs(const table::Table& table,
                                         std::optional<std::int32_t> epochs);

/// How values are read.
struct Reading {
  table::Repeat repeat = table::Repeat::mean();
  table::Conversion conversion;
  unsigned threads = 1;  ///< 0: one per core; the result does not depend on it
};

/// One metric of all cells of a table at one budget.
struct Values {
  Metric metric = Metric::energy;
  std::int32_t epochs = 0;     ///< 0: of a metric of the cell alone, in a table without budgets
  std::vector<double> values;  ///< (N), in order of rows, in the metric's unit; NaN: not there
  std::size_t count = 0;       ///< how many are there
  /// How many of them are of each `table::Provenance`; all 0 for metrics of the cell alone.
  std::array<std::size_t, 4> provenance{};
};

/// @param epochs  as of `chosen_epochs`
/// @throws Error{not_found} if the table lacks the metric, or has no value of it at this budget;
/// Error{invalid_argument} as `table::Entry::value`
/// @complexity O(N), some tens of nanoseconds a cell
[[nodiscard]] Values read_values(const table::Table& table, Metric metric, std::int32_t epochs,
                                 const Reading& reading = {});

}  // namespace ecnas::analysis
