#include "import_output.hpp"

#include <fmt/format.h>

#include "terminal.hpp"

namespace ecnas::app {
namespace {

std::string_view source_unit(table::ImportFormat format) {
  if (format == table::ImportFormat::results) return "result files";
  return format == table::ImportFormat::tfrecord ? "records" : "rows";
}

Json findings_json(const table::ImportSummary& summary) {
  Json findings = Json::array();
  for (const table::ImportFinding& finding : summary.findings) {
    findings.push_back({{"kind", finding.kind},
                        {"description", finding.description},
                        {"count", finding.count},
                        {"examples", finding.examples}});
  }
  return findings;
}

}  // namespace

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
          {"notes", summary.notes},
          {"findings", findings_json(summary)}};
}

void print_import(const table::Imported& imported, const std::string& output) {
  const table::Table& table = imported.table;
  const table::ImportSummary& summary = imported.summary;
  print(fmt::format("{}: {} cells, budgets {}, {} repeat{}, {} values from {} {}\n", bold(output),
                    counted(table.cells()), fmt::join(table.budgets(), ", "), table.repeats(),
                    table.repeats() == 1 ? "" : "s", counted(summary.values), counted(summary.rows),
                    source_unit(summary.format)));
  for (const std::string& note : summary.notes)
    print(fmt::format("  • {}\n", note));
  for (const table::ImportFinding& finding : summary.findings) {
    print(fmt::format("  ! {} {}\n", counted(finding.count), finding.description));
    for (const std::string& example : finding.examples)
      print(fmt::format("      {}\n", example));
  }
}

}  // namespace ecnas::app
