#include "ecnas/table/table.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <filesystem>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "ecnas/table/builtin.hpp"
#include "ecnas/table/export.hpp"
#include "ecnas/table/import.hpp"
#include "entry.hpp"

namespace ecnas::python {
namespace {

using table::Column;
using table::Provenance;
using table::Row;
using table::Table;

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
      .def_prop_ro(
          "name", [](const TableHandle& self) { return self.table->name(); },
          "Its file's, or a built-in table's.")
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
      .def_prop_ro(
          "metrics",
          [](const TableHandle& self) {
            std::vector<std::string> names;
            for (const Column& column : self.table->columns())
              names.push_back(column.info.name);
            return nb::tuple(nb::cast(names));
          },
          "Names of what is known of cells.")
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
      .def(
          "__contains__",
          [](const TableHandle& self, nb::handle cell) {
            return is_found([&] { return find_row(*self.table, cell); });
          },
          nb::arg("cell").none())
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
        if (self.table->budgets().empty())
          return fmt::format("<Table {}: {} cells>", self.table->name(), self.table->cells());
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
