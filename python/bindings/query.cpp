// Looking cells up and reading their values, one by one and in batches.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <limits>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/table/gather.hpp"
#include "entry.hpp"

namespace ecnas::python {
namespace {

using table::Column;
using table::Row;
using table::Table;

using table::kNoRow;
constexpr std::size_t kHashDigits = 2 * sizeof(space::Hash);

/// How values are read.
struct ReadingChoice {
  table::Repeat repeat = table::Repeat::mean();
  table::Conversion conversion;
  std::optional<std::uint64_t> noise_seed;

  [[nodiscard]] bool is_plain() const {
    return !conversion.pue && !conversion.carbon_intensity_g_per_kwh && !noise_seed;
  }
};

using RowArray = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::device::cpu>;
using TextArray = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

Row checked_row(const Table& table, std::int64_t row) {
  if (row < 0 || row >= static_cast<std::int64_t>(table.cells())) {
    fail(ErrorCode::not_found, "{}: no row {}; it has {} cells, from 0", table.name(), row,
         table.cells());
  }
  return static_cast<Row>(row);
}

std::optional<Row> find_hash(const Table& table, std::string_view digits) {
  const auto hash = space::parse_hash(digits);
  if (!hash) {
    fail(ErrorCode::invalid_argument, "hash {}: expected {} hexadecimal digits",
         ecnas::quoted(digits), kHashDigits);
  }
  return table.find(*hash);
}

/// Calls `body(first, last)` for pieces of 0 … count − 1: on all cores where that pays.
template <typename Body>
void in_pieces(std::size_t count, const Body& body) {
  constexpr std::size_t kPiece = 8192;  // some hundred microseconds; a thread takes some ten
  if (count < 2 * kPiece) return body(0, count);
  parallel_for((count + kPiece - 1) / kPiece, 0, [&](std::size_t piece) {
    body(piece * kPiece, std::min(count, (piece + 1) * kPiece));
  });
}

std::vector<Row> rows_of_cells(const Table& table, std::span<const space::Cell> cells) {
  const nb::gil_scoped_release released;
  std::vector<Row> rows(cells.size());
  in_pieces(cells.size(), [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i)
      rows[i] = table.find(cells[i]).value_or(kNoRow);
  });
  return rows;
}

/// An array of row numbers or of hashes; nothing for another.
std::optional<std::vector<Row>> rows_of_array(const Table& table, nb::handle given) {
  const nb::object subject = nb::module_::import_("numpy").attr("asarray")(given);  // of a Series
  const auto kind = nb::cast<std::string>(subject.attr("dtype").attr("kind"));
  const auto dimensions = nb::cast<std::size_t>(subject.attr("ndim"));
  if (dimensions != 1) {
    fail(ErrorCode::invalid_argument, "cells: an array of {} dimensions; expected 1", dimensions);
  }
  std::vector<Row> rows;
  if (kind == "i" || kind == "u") {
    const auto numbers = nb::cast<RowArray>(subject.attr("astype")("int64"));
    rows.reserve(numbers.shape(0));
    for (std::size_t i = 0; i < numbers.shape(0); ++i)
      rows.push_back(checked_row(table, numbers(i)));
    return rows;
  }
  if (kind != "S" && kind != "U") return std::nullopt;
  const auto width =
      nb::cast<std::size_t>(subject.attr("astype")("S").attr("dtype").attr("itemsize"));
  if (width != kHashDigits) {
    fail(ErrorCode::invalid_argument, "cells: texts of {} bytes; expected hashes of {} digits",
         width, kHashDigits);
  }
  const nb::object numpy = nb::module_::import_("numpy");
  const auto texts =
      nb::cast<TextArray>(numpy.attr("ascontiguousarray")(subject, "S32").attr("view")("uint8"));
  const auto* data = reinterpret_cast<const char*>(texts.data());
  const std::size_t count = texts.shape(0) / kHashDigits;
  const nb::gil_scoped_release released;
  rows.resize(count);
  in_pieces(count, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      const std::string_view digits(data + i * kHashDigits, kHashDigits);
      rows[i] = find_hash(table, digits).value_or(kNoRow);
    }
  });
  return rows;
}

std::vector<float> values_of(const Table& table, std::span<const Row> rows, std::size_t budget,
                             const Column& column, const ReadingChoice& reading) {
  constexpr float kAbsent = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> values(rows.size(), kAbsent);
  const nb::gil_scoped_release released;
  if (reading.is_plain()) {
    in_pieces(rows.size(), [&](std::size_t first, std::size_t last) {
      table::gather(table, column, rows.subspan(first, last - first), budget, reading.repeat,
                    std::span(values).subspan(first, last - first));
    });
    return values;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == kNoRow) continue;
    if (const auto entry =
            table.query(rows[i], budget, reading.repeat, reading.conversion, reading.noise_seed))
      values[i] = static_cast<float>(entry->value(column).value_or(kAbsent));
  }
  return values;
}

nb::dict query_many(const Table& table, nb::handle cells, std::size_t budget,
                    const std::optional<std::vector<std::string>>& metrics,
                    const ReadingChoice& reading) {
  const std::vector<Row> rows = rows_of(table, cells);
  nb::dict result;
  const auto add = [&](const Column& column) {
    result[column.info.name.c_str()] = to_numpy(values_of(table, rows, budget, column, reading));
  };
  if (metrics) {
    for (const std::string& metric : *metrics)
      add(expect_column(table, metric));
  } else {
    for (const Column& column : table.columns())
      add(column);
  }
  return result;
}

/// Arrays of NumPy claim to be indices too.
bool is_number(nb::handle object) {
  return PyIndex_Check(object.ptr()) != 0 && !nb::hasattr(object, "__len__");
}

/// Whether it names one cell, not several.
bool is_single(nb::handle subject) {
  if (nb::isinstance<space::Cell>(subject) || nb::isinstance<nb::str>(subject) ||
      nb::isinstance<nb::bytes>(subject) || nb::isinstance<nb::int_>(subject))
    return true;
  if (is_number(subject)) return true;
  if (!nb::isinstance<nb::tuple>(subject) || nb::len(subject) != 2) return false;
  const nb::object first = subject[0];  // (matrix, labels), not two cells
  return !nb::isinstance<space::Cell>(first) && !nb::isinstance<nb::str>(first) &&
         !nb::isinstance<nb::bytes>(first) && !is_number(first);
}

}  // namespace

nb::object query(const TableHandle& self, nb::handle subject, std::optional<std::int32_t> epochs,
                 std::optional<std::int64_t> repeat,
                 const std::optional<std::vector<std::string>>& metrics, std::optional<double> pue,
                 std::optional<double> carbon_intensity, std::optional<std::uint64_t> noise_seed) {
  const Table& table = *self.table;
  const std::size_t budget = expect_budget(table, epochs);
  const ReadingChoice reading{to_repeat(table, repeat), {pue, carbon_intensity}, noise_seed};
  if (!is_single(subject)) return query_many(table, subject, budget, metrics, reading);
  if (metrics)
    fail(ErrorCode::invalid_argument, "metrics: of one cell all are there; expected several cells");
  const Row row = expect_row(table, subject);
  const auto entry =
      table.query(row, budget, reading.repeat, reading.conversion, reading.noise_seed);
  if (!entry) {
    fail(ErrorCode::not_found, "{}: cell {} has no value at {} epochs", table.name(),
         space::to_text(table.hashes()[row]), table.budgets()[budget]);
  }
  return nb::cast(EntryHandle{self.table, *entry});
}

std::size_t expect_budget(const Table& table, std::optional<std::int32_t> epochs) {
  const auto budgets = table.budgets();
  if (budgets.empty())
    fail(ErrorCode::not_found, "{}: has cells alone, no budgets and no metrics", table.name());
  if (!epochs) return budgets.size() - 1;
  const auto budget = table.budget_index(*epochs);
  if (!budget) {
    fail(ErrorCode::not_found, "{}: no budget of {} epochs; it has {}", table.name(), *epochs,
         fmt::join(budgets, ", "));
  }
  return *budget;
}

std::vector<Row> rows_of(const Table& table, nb::handle subject) {
  const CellArray* array = nullptr;
  if (nb::try_cast(subject, array) && array != nullptr) return rows_of_cells(table, array->cells);
  if (nb::hasattr(subject, "dtype")) {
    if (auto rows = rows_of_array(table, subject)) return std::move(*rows);
  }
  if (nb::isinstance<nb::str>(subject) || !nb::isinstance<nb::iterable>(subject)) {
    fail(ErrorCode::invalid_argument, "cells: of type {}; expected several of them",
         name_of_type(subject));
  }
  std::vector<Row> rows;
  for (const nb::handle element : nb::borrow<nb::iterable>(subject))
    rows.push_back(find_row(table, element).value_or(kNoRow));
  return rows;
}

std::optional<Row> find_row(const Table& table, nb::handle subject) {
  const space::Cell* cell = nullptr;
  if (nb::try_cast(subject, cell) && cell != nullptr) return table.find(*cell);
  if (const auto text = text_in(subject)) {
    if (text->find(':') != std::string::npos) return table.find(space::parse_cell(*text));
    return find_hash(table, *text);
  }
  if (PyBool_Check(subject.ptr()) == 0 && PyIndex_Check(subject.ptr()) != 0) {
    const nb::int_ number(nb::borrow(subject));
    std::int64_t row = 0;
    if (!nb::try_cast(number, row)) {
      fail(ErrorCode::not_found, "{}: no row {}; it has {} cells, from 0", table.name(),
           text_of(number), table.cells());
    }
    return checked_row(table, row);
  }
  return table.find(to_cell(subject));
}

Row expect_row(const Table& table, nb::handle subject) {
  const auto row = find_row(table, subject);
  if (!row) {
    fail(ErrorCode::not_found, "{}: cell {} is not in this table", table.name(), text_of(subject));
  }
  return *row;
}

table::Repeat to_repeat(const Table& table, std::optional<std::int64_t> number) {
  if (!number) return table::Repeat::mean();
  if (*number < 1 || *number > static_cast<std::int64_t>(table.repeats())) {
    fail(ErrorCode::invalid_argument, "{}: no repeat {}; it has {}, from 1", table.name(), *number,
         table.repeats());
  }
  return table::Repeat::number(static_cast<std::size_t>(*number));
}

}  // namespace ecnas::python
