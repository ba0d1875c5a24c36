#pragma once
/// A ledger as Python holds it: a problem's, or one of a table alone.

#include <memory>

#include "bindings.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/table/ledger.hpp"

namespace ecnas::python {

struct LedgerHandle {
  TableHandle table;
  table::Conversion conversion;
  table::Repeat repeat;
  std::shared_ptr<table::Ledger> ledger;

  LedgerHandle(TableHandle of, table::Conversion converted, table::Repeat which)
      : table(std::move(of)), conversion(converted), repeat(which) {
    reset();
  }

  void reset() { ledger = std::make_shared<table::Ledger>(*table.table, conversion, repeat); }
};

[[nodiscard]] nb::dict cost_dict(const table::Cost& cost);
[[nodiscard]] nb::dict ledger_dict(const search::LedgerTotals& totals);

}  // namespace ecnas::python
