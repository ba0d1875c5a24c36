#include "ecnas/table/table.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/table/builtin.hpp"
#include "ecnas/table/export.hpp"
#include "ecnas/table/import.hpp"
#include "ecnas/table/ledger.hpp"

namespace ecnas::python {
namespace {

using table::Column;
using table::Provenance;
using table::Row;
using table::Table;

constexpr Row kNoRow = std::numeric_limits<Row>::max();
constexpr std::size_t kHashDigits = 2 * sizeof(space::Hash);

const Column& expect_column(const Table& table, std::string_view metric) {
  const Column* column = table.column(metric);
  if (column == nullptr) {
    std::vector<std::string_view> names;
    for (const Column& candidate : table.columns())
      names.push_back(candidate.info.name);
    const auto near = closest(metric, names);
    fail(ErrorCode::not_found, "{}: no metric {}{}", table.name(), ecnas::quoted(metric),
         near ? fmt::format("; did you mean '{}'?", *near) : std::string());
  }
  return *column;
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

// --- Entries -------------------------------------------------------------------------------------

/// An entry that keeps its table.
struct EntryHandle {
  std::shared_ptr<const Table> table;
  table::Entry entry;

  [[nodiscard]] std::optional<double> value(std::string_view metric) const {
    const Column* column = table->column(metric);
    return column == nullptr ? std::nullopt : entry.value(*column);
  }
  [[nodiscard]] double expect_value(std::string_view metric) const {
    const Column& column = expect_column(*table, metric);
    const auto found = entry.value(column);
    if (!found) {
      fail(ErrorCode::not_found, "{}: cell {} has no {} at {} epochs", table->name(),
           space::to_text(table->hashes()[entry.row()]), metric, entry.epochs());
    }
    return *found;
  }
  /// Names of the metrics that have a value.
  [[nodiscard]] std::vector<std::string> metrics() const {
    std::vector<std::string> names;
    for (const Column& column : table->columns()) {
      if (entry.value(column)) names.push_back(column.info.name);
    }
    return names;
  }
};

nb::list items(const EntryHandle& self) {
  nb::list pairs;
  for (const std::string& metric : self.metrics())
    pairs.append(nb::make_tuple(metric, self.expect_value(metric)));
  return pairs;
}

void bind_entry(nb::module_& module) {
  nb::class_<EntryHandle>(
      module, "Entry",
      "One cell at one budget: a mapping from metrics to values, read from the table when asked "
      "for. Metrics are attributes too.")
      .def_prop_ro(
          "cell", [](const EntryHandle& self) { return self.table->cell(self.entry.row()); },
          "The cell, as the table has it.")
      .def_prop_ro("hash",
                   [](const EntryHandle& self) {
                     return space::to_text(self.table->hashes()[self.entry.row()]);
                   })
      .def_prop_ro("row", [](const EntryHandle& self) { return self.entry.row(); })
      .def_prop_ro("epochs", [](const EntryHandle& self) { return self.entry.epochs(); })
      .def_prop_ro("trainable_parameters",
                   [](const EntryHandle& self) {
                     return self.table->trainable_parameters()[self.entry.row()];
                   })
      .def("__getitem__", &EntryHandle::expect_value, nb::arg("metric"))
      .def("__getattr__",
           [](const EntryHandle& self, std::string_view metric) {
             const auto value = self.value(metric);
             if (!value) throw nb::attribute_error(std::string(metric).c_str());
             return *value;
           })
      .def(
          "get",
          [](const EntryHandle& self, std::string_view metric, nb::object otherwise) -> nb::object {
            const auto value = self.value(metric);
            return value ? nb::object(nb::float_(*value)) : std::move(otherwise);
          },
          nb::arg("metric"), nb::arg("default") = nb::none())
      .def("keys", &EntryHandle::metrics, "Names of the metrics that have a value.")
      .def("values",
           [](const EntryHandle& self) {
             std::vector<double> values;
             for (const std::string& metric : self.metrics())
               values.push_back(self.expect_value(metric));
             return values;
           })
      .def("items", items)
      .def("__contains__", [](const EntryHandle& self,
                              std::string_view metric) { return self.value(metric).has_value(); })
      .def("__len__", [](const EntryHandle& self) { return self.metrics().size(); })
      .def("__iter__", [](const EntryHandle& self) { return nb::iter(nb::cast(self.metrics())); })
      .def(
          "provenance",
          [](const EntryHandle& self, std::string_view metric) {
            const Column& column = expect_column(*self.table, metric);
            return std::string(table::name(self.entry.provenance(column)));
          },
          nb::arg("metric"), "'measured', 'scaled', 'predicted' or 'absent'.")
      .def(
          "interval",
          [](const EntryHandle& self, std::string_view metric) -> nb::object {
            const auto interval = self.entry.interval(expect_column(*self.table, metric));
            if (!interval) return nb::none();
            return nb::make_tuple(interval->lower, interval->upper);
          },
          nb::arg("metric"),
          "What a training would give with a probability of 90 %: (lower, upper), or None.")
      .def(
          "out_of_range",
          [](const EntryHandle& self, std::string_view metric) {
            return self.entry.out_of_range(expect_column(*self.table, metric));
          },
          nb::arg("metric"), "Whether a model predicted it that had seen nothing like this cell.")
      .def(
          "repeats",
          [](const EntryHandle& self, std::string_view metric) {
            const auto stored = self.entry.repeats(expect_column(*self.table, metric));
            return to_numpy(std::vector<float>(stored.begin(), stored.end()));
          },
          nb::arg("metric"), "float32 (R), as stored; NaN: not there.")
      .def("__repr__", [](const EntryHandle& self) {
        std::string text;
        for (const std::string& metric : self.metrics())
          text += fmt::format(", {}={:.6g}", metric, self.expect_value(metric));
        return fmt::format("<Entry of {} at {} epochs{}>",
                           space::to_text(self.table->hashes()[self.entry.row()]).substr(0, 8),
                           self.entry.epochs(), text);
      });
}

// --- Queries -------------------------------------------------------------------------------------

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

std::vector<Row> rows_of_cells(const Table& table, std::span<const space::Cell> cells) {
  const nb::gil_scoped_release released;
  std::vector<Row> rows(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    rows[i] = table.find(cells[i]).value_or(kNoRow);
  return rows;
}

/// An array of row numbers or of hashes; nothing for another.
std::optional<std::vector<Row>> rows_of_array(const Table& table, nb::handle subject) {
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
  rows.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back(
        find_hash(table, std::string_view(data + i * kHashDigits, kHashDigits)).value_or(kNoRow));
  }
  return rows;
}

std::vector<Row> rows_of(const Table& table, nb::handle subject) {
  if (nb::hasattr(subject, "dtype")) {
    if (auto rows = rows_of_array(table, subject)) return std::move(*rows);
  }
  return rows_of_cells(table, to_cells(subject).cells);
}

/// Mean of the stored values that are there, or the one chosen.
float stored_value(const Column& column, std::size_t entry, std::size_t repeats,
                   const table::Repeat& repeat) {
  const float* values = column.values.data() + entry * repeats;
  if (!repeat.is_mean()) return values[repeat.index()];
  if (repeats == 1) return values[0];
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < repeats; ++i) {
    if (std::isnan(values[i])) continue;
    sum += static_cast<double>(values[i]);
    ++count;
  }
  return count == 0 ? std::numeric_limits<float>::quiet_NaN()
                    : static_cast<float>(sum / static_cast<double>(count));
}

std::vector<float> values_of(const Table& table, std::span<const Row> rows, std::size_t budget,
                             const Column& column, const ReadingChoice& reading) {
  constexpr float kAbsent = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> values(rows.size(), kAbsent);
  const nb::gil_scoped_release released;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == kNoRow) continue;
    if (reading.is_plain()) {
      values[i] = stored_value(column, rows[i] * table.budgets().size() + budget, table.repeats(),
                               reading.repeat);
    } else if (const auto entry = table.query(rows[i], budget, reading.repeat, reading.conversion,
                                              reading.noise_seed)) {
      values[i] = static_cast<float>(entry->value(column).value_or(kAbsent));
    }
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

/// Whether it names one cell, not several.
bool is_single(nb::handle subject) {
  if (nb::isinstance<space::Cell>(subject) || nb::isinstance<nb::str>(subject) ||
      nb::isinstance<nb::bytes>(subject) || nb::isinstance<nb::int_>(subject))
    return true;
  if (PyIndex_Check(subject.ptr()) != 0 && !nb::hasattr(subject, "__len__")) return true;
  if (!nb::isinstance<nb::tuple>(subject) || nb::len(subject) != 2) return false;
  const nb::object first = subject[0];  // (matrix, labels), not two cells
  return !nb::isinstance<space::Cell>(first) && !nb::isinstance<nb::str>(first);
}

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

// --- Tensors and facts ---------------------------------------------------------------------------

template <typename T>
nb::object tensor(nb::handle self, std::string_view metric, std::span<const T> Column::*member) {
  const Table& table = *nb::cast<const TableHandle&>(self).table;
  const std::span<const T> values = expect_column(table, metric).*member;
  if (values.empty()) return nb::none();
  const auto* data = [&] {
    if constexpr (std::is_same_v<T, Provenance>) {
      return reinterpret_cast<const std::uint8_t*>(values.data());
    } else {
      return values.data();
    }
  }();
  return view_of(data, {table.cells(), table.budgets().size(), table.repeats()}, self);
}

nb::dict metadata_of(const TableHandle& self) {
  const table::Metadata& metadata = self.table->metadata();
  nb::dict result;
  result["pue"] = metadata.pue;
  result["carbon_intensity_g_per_kwh"] = metadata.carbon_intensity_g_per_kwh;
  result["devices"] = metadata.devices;
  result["data_set"] = metadata.data_set;
  result["source"] = metadata.source;
  result["citation"] = metadata.citation;
  result["energy_quality"] = metadata.energy_quality;
  result["skeleton"] = metadata.skeleton;
  result["reference_point"] = metadata.reference_point;
  return result;
}

nb::dict units_of(const TableHandle& self) {
  nb::dict result;
  for (const Column& column : self.table->columns())
    result[column.info.name.c_str()] = column.info.unit;
  return result;
}

nb::dict descriptions_of(const TableHandle& self) {
  nb::dict result;
  for (const Column& column : self.table->columns())
    result[column.info.name.c_str()] = column.info.description;
  return result;
}

std::vector<std::string> save(const TableHandle& self, const std::filesystem::path& path,
                              const std::string& format,
                              std::optional<std::vector<std::int32_t>> epochs,
                              std::optional<std::vector<std::string>> metrics,
                              std::optional<unsigned> max_vertices) {
  const auto parsed = table::parse_export_format(format);
  if (!parsed) {
    fail(ErrorCode::invalid_argument,
         "format {}: unknown; choose from csv, jsonl, table, ecnas-tfrecord, nasbench101-tfrecord",
         ecnas::quoted(format));
  }
  const table::Subset subset{max_vertices, std::move(epochs).value_or(std::vector<std::int32_t>()),
                             std::move(metrics).value_or(std::vector<std::string>())};
  return interruptible([&](const std::stop_token& /*stop*/) {
    return table::export_table(*self.table, *parsed, subset, path);
  });
}

// --- Opening -------------------------------------------------------------------------------------

TableHandle load(const std::string& path_or_name, const std::string& cache_directory,
                 unsigned threads) {
  surrogate::BenchmarkOptions options;
  options.cache_directory = cache_directory;
  options.threads = threads;
  return interruptible([&](const std::stop_token& /*stop*/) {
    return TableHandle{std::make_shared<const Table>(surrogate::open_table(path_or_name, options)),
                       {}};
  });
}

TableHandle import_table(const std::vector<std::string>& sources,
                         const std::vector<std::string>& join, std::optional<std::string> format,
                         std::optional<double> pue, std::optional<std::string> provenance,
                         bool strict, bool keep_going) {
  table::ImportOptions options;
  if (format) {
    options.format = table::parse_import_format(*format);
    if (!options.format) {
      fail(ErrorCode::invalid_argument,
           "format {}: unknown; choose from csv, results, table, tfrecord", ecnas::quoted(*format));
    }
  }
  if (provenance) {
    options.provenance = table::parse_provenance(*provenance);
    if (!options.provenance)
      fail(ErrorCode::invalid_argument, "provenance {}: unknown", ecnas::quoted(*provenance));
  }
  options.pue = pue;
  options.join.assign(join.begin(), join.end());
  options.strict = strict;
  options.keep_going = keep_going;
  const std::vector<std::filesystem::path> paths(sources.begin(), sources.end());
  return interruptible([&](const std::stop_token& /*stop*/) {
    table::Imported imported = table::import_tables(paths, options);
    TableHandle handle{std::make_shared<const Table>(std::move(imported.table)),
                       std::move(imported.summary.notes)};
    for (const table::ImportFinding& finding : imported.summary.findings)
      handle.notes.push_back(fmt::format("{} {}", finding.count, finding.description));
    return handle;
  });
}

nb::dict builtin_tables() {
  nb::dict result;
  for (const auto& list : {surrogate::benchmarks(), table::builtin_tables()}) {
    for (const table::BuiltinTable& listed : list)
      result[std::string(listed.name).c_str()] = std::string(listed.description);
  }
  return result;
}

void bind_table_class(nb::module_& module) {
  nb::class_<TableHandle>(module, "Table", nb::dynamic_attr(),
                          "A tabular benchmark, mapped into memory and never copied.")
      .def_prop_ro("name", [](const TableHandle& self) { return self.table->name(); })
      .def("__len__", [](const TableHandle& self) { return self.table->cells(); })
      .def_prop_ro(
          "budgets",
          [](const TableHandle& self) {
            const auto budgets = self.table->budgets();
            return nb::tuple(nb::cast(std::vector<std::int32_t>(budgets.begin(), budgets.end())));
          },
          "Epochs, ascending.")
      .def_prop_ro(
          "repeats", [](const TableHandle& self) { return self.table->repeats(); },
          "Slots for repeated trainings; some may be empty.")
      .def_prop_ro("metrics",
                   [](const TableHandle& self) {
                     std::vector<std::string> names;
                     for (const Column& column : self.table->columns())
                       names.push_back(column.info.name);
                     return nb::tuple(nb::cast(names));
                   })
      .def_prop_ro("units", units_of, "By metric: 'kWh', 's', 'g', 'W', '1'.")
      .def_prop_ro("descriptions", descriptions_of, "By metric, one line each.")
      .def_prop_ro("metadata", metadata_of, "What the table says of itself; None: unknown.")
      .def_prop_ro(
          "notes", [](const TableHandle& self) { return self.notes; },
          "What an import inferred, skipped or found odd.")
      .def_prop_ro("cells", &TableHandle::all_cells, "In the order of rows, which is by hash.")
      .def_prop_ro(
          "hashes", [](const TableHandle& self) { return hash_array(self.table->hashes()); },
          "'S32' (n,), ascending.")
      .def_prop_ro(
          "parameters",
          [](nb::handle self) {
            const auto values = nb::cast<const TableHandle&>(self).table->trainable_parameters();
            return view_of(values.data(), {values.size()}, self);
          },
          "Trainable parameters: int64 (n,), read-only.")
      .def(
          "row",
          [](const TableHandle& self, nb::handle cell) { return expect_row(*self.table, cell); },
          nb::arg("cell").none(), "Row of a cell, given in any way.")
      .def("__contains__", [](const TableHandle& self,
                              nb::handle cell) { return find_row(*self.table, cell).has_value(); })
      .def("query", query, nb::arg("cell").none(), nb::arg("epochs") = nb::none(),
           nb::arg("repeat") = nb::none(), nb::kw_only(), nb::arg("metrics") = nb::none(),
           nb::arg("pue") = nb::none(), nb::arg("carbon_intensity") = nb::none(),
           nb::arg("noise_seed") = nb::none(),
           "One cell: an `Entry`. Several: a dict of float32 arrays (n,), NaN where absent.\n\n"
           "cell: a Cell, hash, row number, 'ADJACENCY:OPS' or (matrix, labels); or a CellArray, "
           "a list, an array of row numbers or hashes.\n"
           "epochs: a budget; None: the largest. repeat: from 1; None: the mean of all.\n"
           "metrics: of several cells; None: all.\n"
           "pue, carbon_intensity (gCO2eq/kWh): energies and emissions converted to these.\n"
           "noise_seed: values drawn as new trainings would give them.\n"
           "Raises NotFound (a KeyError) for a cell or budget that is not there.")
      .def(
          "tensor",
          [](nb::handle self, std::string_view metric) {
            return tensor(self, metric, &Column::values);
          },
          nb::arg("metric"),
          "All values: read-only float32 (cells, budgets, repeats), not copied; NaN: not there.")
      .def(
          "provenance",
          [](nb::handle self, std::string_view metric) {
            return tensor(self, metric, &Column::provenance);
          },
          nb::arg("metric"), "uint8 like `tensor`: index into `ecnas.PROVENANCES`.")
      .def(
          "lower90",
          [](nb::handle self, std::string_view metric) {
            return tensor(self, metric, &Column::lower90);
          },
          nb::arg("metric"), "Lower ends of 90 % intervals, like `tensor`; None: there are none.")
      .def(
          "upper90",
          [](nb::handle self, std::string_view metric) {
            return tensor(self, metric, &Column::upper90);
          },
          nb::arg("metric"), "Upper ends of 90 % intervals, like `tensor`; None: there are none.")
      .def("save", save, nb::arg("path"), nb::arg("format") = "table",
           nb::arg("epochs") = nb::none(), nb::arg("metrics") = nb::none(),
           nb::arg("max_vertices") = nb::none(),
           "Writes all or a part: 'table', 'csv', 'jsonl', 'ecnas-tfrecord' or "
           "'nasbench101-tfrecord'.\n\nReturns what of it the format cannot hold, a sentence each.")
      .def(
          "verify",
          [](const TableHandle& self) {
            (void)interruptible([&](const std::stop_token& /*stop*/) {
              self.table->verify();
              return true;
            });
          },
          "Checks the checksum, every cell, hash, count and value. Raises InvalidData.")
      .def("__repr__", [](const TableHandle& self) {
        return fmt::format("<Table {}: {} cells, epochs {}, {} repeats>", self.table->name(),
                           self.table->cells(), fmt::join(self.table->budgets(), "/"),
                           self.table->repeats());
      });
}

}  // namespace

const CellArray& TableHandle::all_cells() const {
  if (!*cells) {
    std::vector<space::Cell> values;
    values.reserve(table->cells());
    for (Row row = 0; row < table->cells(); ++row)
      values.push_back(table->cell(row));
    cells->emplace(std::move(values));
  }
  return **cells;
}

std::optional<Row> find_row(const Table& table, nb::handle subject) {
  const space::Cell* cell = nullptr;
  if (nb::try_cast(subject, cell) && cell != nullptr) return table.find(*cell);
  if (nb::isinstance<nb::str>(subject)) {
    const auto text = nb::cast<std::string>(subject);
    if (text.find(':') != std::string::npos) return table.find(space::parse_cell(text));
    return find_hash(table, text);
  }
  if (nb::isinstance<nb::bytes>(subject)) {
    const auto bytes = nb::borrow<nb::bytes>(subject);
    return find_hash(table, std::string_view(bytes.c_str(), bytes.size()));
  }
  if (PyBool_Check(subject.ptr()) == 0 && PyIndex_Check(subject.ptr()) != 0) {
    return checked_row(table, nb::cast<std::int64_t>(nb::int_(nb::borrow(subject))));
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

void bind_table(nb::module_& module) {
  bind_entry(module);
  bind_table_class(module);
  module.def("load", load, nb::arg("path_or_name"), nb::arg("cache_directory") = "",
             nb::arg("threads") = 0);
  module.def("import_table", import_table, nb::arg("sources"), nb::arg("join"), nb::arg("format"),
             nb::arg("pue"), nb::arg("provenance"), nb::arg("strict"), nb::arg("keep_going"));
  module.def("tables", builtin_tables);
}

}  // namespace ecnas::python
