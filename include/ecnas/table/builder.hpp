#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::table {

/// Collects values in any order and lays them out as a table: cells sorted by hash, budgets
/// ascending, metrics in the order of `kCoreMetrics`, then by name. The same values give the same
/// bytes, whatever the order they came in.
class TableBuilder {
 public:
  explicit TableBuilder(Metadata metadata);
  TableBuilder(TableBuilder&&) noexcept;
  TableBuilder& operator=(TableBuilder&&) noexcept;
  ~TableBuilder();

  [[nodiscard]] Metadata& metadata();

  /// Adds a cell without values (they may follow). Isomorphic cells are one; the representative is
  /// stored.
  void add_cell(const space::Cell& cell);

  /// Adds one value. @param repeat from 1  @param origin says in messages where it came from
  /// ("t.csv:17").
  /// @return false if the same value was there already.
  /// @throws Error{invalid_data} if the place already holds a different value, the value is out of
  /// the metric's range (an accuracy outside [0, 1], a negative or infinite energy or time), or
  /// epochs or repeat are out of range; Error{invalid_argument} for an unknown metric or NaN.
  bool add(const space::Cell& cell, std::int32_t epochs, std::size_t repeat,
           std::string_view metric_name, float value, Provenance provenance,
           std::string_view origin);

  /// The file's bytes. The metadata's reference point is filled where it is missing: the largest
  /// value of each objective over all entries, 1 for errors.
  /// @throws Error{invalid_argument} without a single cell, or for metadata that make no sense;
  /// Error{invalid_data} if the table would be larger than the format allows.
  [[nodiscard]] std::vector<std::byte> bytes() const;

  /// `Table::from_bytes(bytes(), name)`.
  [[nodiscard]] Table build(std::string name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a table's bytes beside-then-rename. @throws Error{io_failure}
void write_table(const Table& table, const std::filesystem::path& path);

}  // namespace ecnas::table
