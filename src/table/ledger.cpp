#include "ecnas/table/ledger.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"

namespace ecnas::table {

Ledger::Ledger(const Table& table, Conversion conversion, Repeat repeat)
    : table_(&table),
      conversion_(conversion),
      repeat_(repeat),
      time_(table.column("training_time_s")),
      energy_(table.column("energy_kwh")),
      co2eq_(table.column("co2eq_g")),
      // A table without budgets still has one entry a cell: the cell itself.
      seen_(table.cells() * std::max<std::size_t>(table.budgets().size(), 1)) {}

Ledger::Request Ledger::book(Row row, std::size_t budget) {
  if (evaluated(row, budget)) {
    ++repeats_;
    return Request::repeat;
  }
  const std::size_t budgets = table_->budgets().size();
  seen_[row * std::max<std::size_t>(budgets, 1) + budget] = true;
  ++evaluations_;
  if (budgets == 0) return Request::evaluation;

  cost_.epochs += table_->budgets()[budget];
  const std::optional<Entry> entry = table_->query(row, budget, repeat_, conversion_);
  const auto add = [&](double& total, const Column* column) {
    const auto value = entry && column != nullptr ? entry->value(*column) : std::nullopt;
    if (value) {
      total += *value;
    } else {
      ++missing_;
    }
  };
  add(cost_.training_time_s, time_);
  add(cost_.energy_kwh, energy_);
  add(cost_.co2eq_g, co2eq_);
  return Request::evaluation;
}

bool Ledger::evaluated(Row row, std::size_t budget) const {
  const std::size_t budgets = std::max<std::size_t>(table_->budgets().size(), 1);
  ECNAS_ASSERT(row < table_->cells() && budget < budgets);
  return seen_[row * budgets + budget];
}

}  // namespace ecnas::table
