#pragma once
/// One cell of a table as JSON (docs/formats/json.md).

#include <span>

#include "command.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::app {

/// The values of one entry by metric: value, unit, provenance, repeats, and where they are known
/// interval and out-of-range flag. Metrics without a value are left out.
[[nodiscard]] Json entry_json(const table::Entry& entry,
                              std::span<const table::Column* const> columns);

/// What names a cell: `cell`, `hash`, `trainable_parameters`.
[[nodiscard]] Json identity_json(const table::Table& table, table::Row row);

/// Everything a table says of a cell: as `ecnas query --json` without `--epochs`, and `flops` and
/// `neighbours`: the cells one edit away that the table holds, each with its values by budget.
/// @throws Error{invalid_data} if a row of the table holds no cell
[[nodiscard]] Json cell_document(const table::Table& table, table::Row row, table::Repeat repeat);

}  // namespace ecnas::app
