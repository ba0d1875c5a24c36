#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::table {

/// Values of one metric at one budget and repeat, for many cells at once; (n) each.
struct ColumnPart {
  std::string_view metric_name;
  std::int32_t epochs = 0;
  std::size_t repeat = 1;                          ///< from 1
  std::span<const float> values;                   ///< NaN: not there
  Provenance provenance = Provenance::predicted;   ///< of all values …
  std::span<const Provenance> provenance_of_each;  ///< … unless (n) here; read where a value is
  std::span<const float> lower90;                  ///< or empty; NaN: no interval known
  std::span<const float> upper90;                  ///< like `lower90`
};

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

  /// Adds the interval that holds the value with a probability of 90 %.
  /// @pre neither bound is NaN
  /// @throws Error{invalid_data} if the value is not there or not in it, the value has another
  /// interval, or a bound is out of the metric's range.
  void add_interval(const space::Cell& cell, std::int32_t epochs, std::size_t repeat,
                    std::string_view metric_name, float lower90, float upper90,
                    std::string_view origin);

  /// Says that the model behind a metric's values had seen nothing like the cell. Kept for a cell
  /// that has a scaled or predicted value of the metric when the table is laid out.
  /// @throws Error{invalid_argument} for an unknown metric
  void mark_out_of_range(const space::Cell& cell, std::string_view metric_name);

  /// `add` and `add_interval` for many cells at once. Nothing is added if anything is wrong.
  /// @param cells  (n), in any order; fastest by rank
  /// @param origin  says in messages where they came from
  /// @pre spans of `part` have n elements or none, `lower90` and `upper90` alike
  /// @throws as `add` and `add_interval`
  /// @complexity about 20 ns a value with its interval
  void add_column(std::span<const space::Cell> cells, const ColumnPart& part,
                  std::string_view origin);

  /// `mark_out_of_range` for the cells whose flag is not 0. @pre flags.size() == cells.size()
  void mark_out_of_range(std::span<const space::Cell> cells, std::span<const std::uint8_t> flags,
                         std::string_view metric_name);

  /// The file's bytes. The metadata's reference point is filled where it is missing: the largest
  /// value of each objective over all entries, 1 for errors.
  /// Tensors of intervals and flags are left out where nothing would be in them.
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
