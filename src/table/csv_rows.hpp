#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/table/metric.hpp"

namespace ecnas::table {

/// One row of a CSV: a cell at a budget, with what the row says of it.
struct CsvRow {
  std::size_t line;
  space::Cell cell;
  space::Hash hash;
  std::optional<std::int64_t> trainable_parameters;
  std::int32_t epochs;
  std::size_t repeat;
};

/// What a CSV says, field by field; not yet compared with the space.
struct CsvContent {
  std::string name;
  bool has_epochs = false;           ///< else every row is one of 4 epochs
  std::vector<MetricInfo> metrics;   ///< in the order of the columns
  std::vector<bool> has_provenance;  ///< by metric: whether the file says it
  std::optional<double> pue;         ///< of column `pue`
  std::vector<CsvRow> rows;
  std::vector<double> values;          ///< (rows, metrics); NaN: empty field
  std::vector<Provenance> provenance;  ///< (rows, metrics); absent: the file does not say

  // What few files have; empty in a file without such a column.
  std::vector<double> lower90;             ///< (rows, metrics); NaN: no interval
  std::vector<double> upper90;             ///< (rows, metrics)
  std::vector<std::uint8_t> out_of_range;  ///< (rows, metrics)

  [[nodiscard]] std::optional<std::size_t> metric_index(std::string_view metric_name) const;
  [[nodiscard]] double value(std::size_t row, std::size_t metric) const {
    return values[row * metrics.size() + metric];
  }
  /// Whether any metric of this kind has a value.
  [[nodiscard]] bool has_values(MetricKind kind) const;
};

/// Reads the CSV of docs/formats/csv.md.
/// @param name  stands in messages for the file's
/// @throws Error{invalid_data} with file, line and column
[[nodiscard]] CsvContent read_csv(std::string_view text, std::string_view name);

}  // namespace ecnas::table
