// A table from any bytes: refused with invalid_data, or a table that can be used and verified.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/table/table.hpp"

namespace {

using namespace ecnas;

/// A draw of every metric, or that there is no noise model.
void draw(const table::Table& table, table::Row row, std::size_t budget) {
  const auto entry = table.query(row, budget, table::Repeat::mean(), {}, 1);
  for (const table::Column& column : table.columns()) {
    try {
      (void)entry->value(column);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) std::abort();
    }
  }
}

void use(const table::Table& table) {
  for (table::Row row = 0; row < table.cells(); ++row) {
    if (table.find(table.hashes()[row]) != row) std::abort();
    for (std::size_t budget = 0; budget < table.budgets().size(); ++budget) {
      const auto entry = table.query(row, budget);
      if (!entry) continue;
      draw(table, row, budget);
      for (const table::Column& column : table.columns()) {
        (void)entry->value(column);
        (void)entry->provenance(column);
        (void)entry->interval(column);
        (void)entry->out_of_range(column);
      }
    }
  }
  table.verify();
  for (table::Row row = 0; row < table.cells(); ++row) {
    if (table.find(table.cell(row)) != row) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  try {
    use(table::Table::from_bytes(std::vector<std::byte>(bytes, bytes + size), "fuzz"));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) std::abort();
  }
  return 0;
}
