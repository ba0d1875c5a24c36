#include "entry.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"

namespace ecnas::python {

using table::Column;

const Column& expect_column(const table::Table& table, std::string_view metric) {
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

std::optional<double> EntryHandle::value(std::string_view metric) const {
  const Column* column = table->column(metric);
  return column == nullptr ? std::nullopt : entry.value(*column);
}

double EntryHandle::expect_value(std::string_view metric) const {
  const Column& column = expect_column(*table, metric);
  const auto found = entry.value(column);
  if (!found) {
    fail(ErrorCode::not_found, "{}: cell {} has no {} at {} epochs", table->name(),
         space::to_text(table->hashes()[entry.row()]), metric, entry.epochs());
  }
  return *found;
}

std::vector<std::string> EntryHandle::metrics() const {
  std::vector<std::string> names;
  for (const Column& column : table->columns()) {
    if (entry.value(column)) names.push_back(column.info.name);
  }
  return names;
}

namespace {

nb::list items(const EntryHandle& self) {
  nb::list pairs;
  for (const std::string& metric : self.metrics())
    pairs.append(nb::make_tuple(metric, self.expect_value(metric)));
  return pairs;
}

}  // namespace

void bind_entry(nb::module_& module) {
  nb::class_<EntryHandle>(
      module, "Entry",
      "One cell at one budget: a mapping from metrics to values, read from the table when asked "
      "for. Metrics are attributes too.")
      .def_prop_ro(
          "cell", [](const EntryHandle& self) { return self.table->cell(self.entry.row()); },
          "The cell, as the table has it.")
      .def_prop_ro(
          "hash",
          [](const EntryHandle& self) {
            return space::to_text(self.table->hashes()[self.entry.row()]);
          },
          "NAS-Bench-101's, 32 hexadecimal digits.")
      .def_prop_ro(
          "row", [](const EntryHandle& self) { return self.entry.row(); },
          "The cell's, in the table.")
      .def_prop_ro(
          "epochs", [](const EntryHandle& self) { return self.entry.epochs(); }, "The budget.")
      .def_prop_ro(
          "trainable_parameters",
          [](const EntryHandle& self) {
            return self.table->trainable_parameters()[self.entry.row()];
          },
          "Of the whole network.")
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
          nb::arg("metric"), nb::arg("default") = nb::none(),
          "The value, or what is given in its place.")
      .def("keys", &EntryHandle::metrics, "Names of the metrics that have a value.")
      .def(
          "values",
          [](const EntryHandle& self) {
            std::vector<double> values;
            for (const std::string& metric : self.metrics())
              values.push_back(self.expect_value(metric));
            return values;
          },
          "Of the metrics that have one, as `keys` lists them.")
      .def("items", items, "Names with values.")
      .def(
          "__contains__",
          [](const EntryHandle& self, nb::handle metric) {
            const auto name = text_in(metric);
            return name && self.value(*name).has_value();
          },
          nb::arg("metric").none())
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

}  // namespace ecnas::python
