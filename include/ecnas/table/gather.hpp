#pragma once

#include <cstddef>
#include <limits>
#include <span>

#include "ecnas/table/table.hpp"

namespace ecnas::table {

/// Stands for a cell that a table lacks.
inline constexpr Row kNoRow = std::numeric_limits<Row>::max();

/// Values of one metric for many rows, unconverted, as `Entry::value` gives them; NaN where absent.
/// @param rows (n), each `kNoRow` or smaller than `table.cells()`  @param values (n), written
/// @pre rows.size() == values.size(), budget < table.budgets().size(), `column` is the table's,
/// `repeat` one of its repeats or their mean
/// @complexity prefetched; a few nanoseconds a row and repeat
void gather(const Table& table, const Column& column, std::span<const Row> rows, std::size_t budget,
            Repeat repeat, std::span<float> values);

}  // namespace ecnas::table
