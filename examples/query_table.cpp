// Makes a small table, asks it for one cell, and keeps account of what the trainings would cost.

#include <cstdio>

#include "ecnas/space/cell.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/ledger.hpp"
#include "ecnas/table/table.hpp"

int main() {
  using namespace ecnas;

  // A published table is opened instead: table::Table::open("4v.ecnas").
  table::TableBuilder builder(
      {.pue = 1.59, .devices = {"Quadro RTX 6000"}, .data_set = "CIFAR-10"});
  const space::Cell cell = space::parse_cell("0110001000010000:conv3x3,maxpool3x3");
  for (std::size_t repeat = 1; repeat <= 2; ++repeat) {
    const float accuracy = repeat == 1 ? 0.81F : 0.79F;
    builder.add(cell, 4, repeat, "validation_accuracy", accuracy, table::Provenance::measured,
                "me");
    builder.add(cell, 4, repeat, "energy_kwh", 0.016F, table::Provenance::measured, "me");
  }
  const table::Table table = builder.build("example");

  // Absence is no value: a cell, a budget or a metric that is not there is never 0.
  const auto entry = table.query(cell, 4);
  if (!entry) return 1;
  std::printf("%s\n", space::to_text(space::hash_of(cell)).c_str());
  std::printf("validation accuracy %.3f (mean of two repeats)\n",
              entry->value("validation_accuracy").value());
  std::printf("energy %.4f kWh, PUE %.2f included\n", entry->value("energy_kwh").value(),
              table.metadata().pue.value());

  // The same energy as it would be in a data centre of PUE 1.1.
  const auto converted = table.query(cell, 4, table::Repeat::mean(), {.pue = 1.1});
  std::printf("energy %.4f kWh at PUE 1.10\n", converted->value("energy_kwh").value());

  table::Ledger ledger(table);
  ledger.book(entry->row(), 0);
  ledger.book(entry->row(), 0);  // asked again: free
  std::printf("%zu evaluation, %zu repeat, %.4f kWh\n", ledger.evaluations(), ledger.repeats(),
              ledger.cost().energy_kwh);
}
