#pragma once

#include <limits>
#include <string>
#include <vector>

#include "ecnas/core/file.hpp"
#include "ecnas/core/lazy.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/gather.hpp"
#include "ecnas/table/safetensors.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::table {

/// Which row holds the cell of a rank.
struct RankIndex {
  const space::Space* space = nullptr;  ///< the smallest that holds every cell of the table
  std::vector<Row> rows;                ///< by rank; kNoRow: not in the table
};

struct Table::Impl {
  class Loader;  // table.cpp: makes the views below, checking them

  std::string name;
  MappedFile file;                // what the views below look at: this …
  std::vector<std::byte> memory;  // … or this
  std::span<const std::byte> bytes;
  std::span<const std::byte> data;
  std::string checksum;  // of the data section, as the header says

  Metadata metadata;
  std::span<const space::Hash> hashes;       // (N), ascending
  std::span<const std::uint8_t> vertices;    // (N)
  std::span<const std::uint32_t> adjacency;  // (N)
  std::span<const std::uint8_t> operations;  // (N, kMaxInterior)
  std::span<const std::int64_t> parameters;  // (N)
  std::span<const std::int32_t> budgets;     // (B)
  std::size_t repeats = 0;                   // R
  std::vector<Column> columns;

  mutable Lazy<RankIndex> index;

  /// Position of an entry's first repeat in a column.
  [[nodiscard]] std::size_t position(Row row, std::size_t budget) const {
    return (row * budgets.size() + budget) * repeats;
  }

  /// Built on first use. @throws Error{invalid_data} if a row holds no cell or two hold the same
  [[nodiscard]] const RankIndex& rank_index() const;

  /// @throws Error{invalid_data}
  [[nodiscard]] space::Cell decode_cell(Row row) const;

  /// @throws Error{invalid_data} unless the data section has its checksum
  void check_data() const;

  [[noreturn]] void fail_row(Row row, std::string_view fault) const;
};

}  // namespace ecnas::table
