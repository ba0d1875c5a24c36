#include "import_output.hpp"

#include <fmt/format.h>

#include "terminal.hpp"

namespace ecnas::app {

Json import_json(const table::Imported& imported, const std::string& output) {
  const table::ImportSummary& summary = imported.summary;
  return {{"output", output},
          {"format", table::name(summary.format)},
          {"rows", summary.rows},
          {"values", summary.values},
          {"duplicates", summary.duplicates},
          {"cells", imported.table.cells()},
          {"budgets", imported.table.budgets()},
          {"repeats", imported.table.repeats()},
          {"notes", summary.notes}};
}

void print_import(const table::Imported& imported, const std::string& output) {
  const table::Table& table = imported.table;
  const table::ImportSummary& summary = imported.summary;
  print(fmt::format("{}: {} cells, budgets {}, {} repeat{}, {} values from {} {}\n", bold(output),
                    counted(table.cells()), fmt::join(table.budgets(), ", "), table.repeats(),
                    table.repeats() == 1 ? "" : "s", counted(summary.values), counted(summary.rows),
                    summary.format == table::ImportFormat::results ? "result files" : "rows"));
  for (const std::string& note : summary.notes)
    print(fmt::format("  • {}\n", note));
}

}  // namespace ecnas::app
