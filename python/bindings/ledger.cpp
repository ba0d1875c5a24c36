#include "ledger.hpp"

#include <fmt/format.h>

#include "entry.hpp"

namespace ecnas::python {
namespace {

using table::Ledger;

bool book(LedgerHandle& self, nb::handle cell, std::optional<std::int32_t> epochs) {
  const table::Table& table = *self.table.table;
  const std::size_t budget = table.budgets().empty() ? 0 : expect_budget(table, epochs);
  const auto row = find_row(table, cell);
  if (!row || (!table.budgets().empty() && !table.query(*row, budget))) {
    self.ledger->book_absent();
    fail(ErrorCode::not_found, "{}: cell {} has nothing to be booked", table.name(), text_of(cell));
  }
  return self.ledger->book(*row, budget) == Ledger::Request::evaluation;
}

nb::dict totals(const LedgerHandle& self) {
  const Ledger& ledger = *self.ledger;
  return ledger_dict({ledger.requests(), ledger.evaluations(), ledger.repeats(), ledger.invalid(),
                      ledger.absent(), ledger.cost()});
}

}  // namespace

nb::dict cost_dict(const table::Cost& cost) {
  nb::dict result;
  result["epochs"] = cost.epochs;
  result["training_time_s"] = cost.training_time_s;
  result["energy_kwh"] = cost.energy_kwh;
  result["co2eq_g"] = cost.co2eq_g;
  return result;
}

nb::dict ledger_dict(const search::LedgerTotals& totals) {
  nb::dict result = cost_dict(totals.cost);
  result["requests"] = totals.requests;
  result["evaluations"] = totals.evaluations;
  result["repeats"] = totals.repeats;
  result["invalid"] = totals.invalid;
  result["absent"] = totals.absent;
  return result;
}

void bind_ledger(nb::module_& module) {
  const auto counted = [](std::size_t (Ledger::*count)() const) {
    return [count](const LedgerHandle& self) { return (*self.ledger.*count)(); };
  };
  const auto spent = [](auto table::Cost::*part) {
    return [part](const LedgerHandle& self) { return self.ledger->cost().*part; };
  };
  nb::class_<LedgerHandle>(
      module, "Ledger",
      "What requests of a table's cells would have cost. The first of a cell at a budget is an "
      "evaluation and costs what its training would have; asking again is free.")
      .def(
          "__init__",
          [](LedgerHandle* self, const TableHandle& table, std::optional<double> pue,
             std::optional<double> carbon_intensity, std::optional<std::int64_t> repeat) {
            new (self)
                LedgerHandle(table, {pue, carbon_intensity}, to_repeat(*table.table, repeat));
          },
          nb::arg("table"), nb::kw_only(), nb::arg("pue") = nb::none(),
          nb::arg("carbon_intensity") = nb::none(), nb::arg("repeat") = nb::none(),
          "pue, carbon_intensity (gCO2eq/kWh): energies and emissions converted to these. repeat: "
          "whose costs, from 1; None: the mean of all.")
      .def("book", book, nb::arg("cell").none(), nb::arg("epochs") = nb::none(),
           "Books a request. epochs: None: the largest budget.\n"
           "Returns whether it was an evaluation. Raises NotFound, and counts it, where the table "
           "has nothing.")
      .def(
          "book_invalid", [](const LedgerHandle& self) { self.ledger->book_invalid(); },
          "Books a request of what is no cell.")
      .def("reset", &LedgerHandle::reset, "Begins anew.")
      .def("to_dict", totals, "All of it.")
      .def_prop_ro("requests", counted(&Ledger::requests), "Evaluations, repeats and invalid ones.")
      .def_prop_ro("evaluations", counted(&Ledger::evaluations),
                   "Cells at budgets that were asked for.")
      .def_prop_ro("repeats", counted(&Ledger::repeats), "Requests of what was evaluated before.")
      .def_prop_ro("invalid", counted(&Ledger::invalid), "Requests of what is no cell.")
      .def_prop_ro("absent", counted(&Ledger::absent), "Requests of what the table lacks.")
      .def_prop_ro("epochs", spent(&table::Cost::epochs), "Of all evaluations.")
      .def_prop_ro("training_time_s", spent(&table::Cost::training_time_s), "Of all evaluations.")
      .def_prop_ro("energy_kwh", spent(&table::Cost::energy_kwh), "Of all evaluations.")
      .def_prop_ro("co2eq_g", spent(&table::Cost::co2eq_g), "Of all evaluations.")
      .def("__repr__", [](const LedgerHandle& self) {
        constexpr double kSecondsPerHour = 3600;
        const table::Cost& cost = self.ledger->cost();
        return fmt::format("<Ledger: {} evaluations, {:.4g} kWh, {:.4g} h>",
                           self.ledger->evaluations(), cost.energy_kwh,
                           cost.training_time_s / kSecondsPerHour);
      });
}

}  // namespace ecnas::python
