#include "ecnas/table/merge.hpp"

#include <fmt/format.h>

#include <memory>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/table/builder.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

struct MergeArguments {
  std::vector<std::string> tables;
  std::string output;
  std::string prefer{table::name(table::Preference::measured)};
  std::optional<double> pue;
};

table::Merged merged(const MergeArguments& arguments, const Global& global) {
  const auto preference = table::parse_preference(arguments.prefer);
  if (!preference) {
    fail(ErrorCode::invalid_argument, "--prefer {}: unknown; choose from measured, last",
         ecnas::quoted(arguments.prefer));
  }
  std::vector<table::Table> tables;
  for (const std::string& name : arguments.tables)
    tables.push_back(open_table(name, global));
  std::vector<const table::Table*> pointers;
  for (const table::Table& table : tables)
    pointers.push_back(&table);
  return table::merge_tables(pointers, {.prefer = *preference, .pue = arguments.pue},
                             arguments.output);
}

template <typename Number>
Json by_provenance(const std::array<Number, 4>& counts) {
  Json document = Json::object();
  for (const auto provenance :
       {table::Provenance::measured, table::Provenance::scaled, table::Provenance::predicted}) {
    document[std::string(table::name(provenance))] = counts[static_cast<std::size_t>(provenance)];
  }
  return document;
}

Json merge_json(const table::Merged& merged) {
  Json sources = Json::array();
  for (const table::MergedSource& source : merged.sources) {
    Json metrics = Json::object();
    for (const table::MergedMetric& metric : source.metrics) {
      metrics[metric.metric] = {{"taken", metric.taken},
                                {"left_out", metric.left_out},
                                {"replaced", by_provenance(metric.replaced)}};
    }
    sources.push_back({{"table", source.table}, {"metrics", metrics}});
  }
  const std::optional<double>& pue = merged.table.metadata().pue;
  return {{"output", merged.table.name()},           {"cells", merged.table.cells()},
          {"budgets", merged.table.budgets()},       {"repeats", merged.table.repeats()},
          {"pue", pue ? Json(*pue) : Json(nullptr)}, {"tables", sources}};
}

/// "12 measured, 3 predicted"; "–" for none.
std::string replaced_text(const std::array<std::size_t, 4>& replaced) {
  std::vector<std::string> parts;
  for (std::size_t kind = 1; kind < replaced.size(); ++kind) {
    if (replaced[kind] == 0) continue;
    parts.push_back(fmt::format("{} {}", counted(replaced[kind]),
                                table::name(static_cast<table::Provenance>(kind))));
  }
  return parts.empty() ? "–" : fmt::format("{}", fmt::join(parts, ", "));
}

void print_for_people(const table::Merged& merged) {
  const table::Table& table = merged.table;
  const std::optional<double>& pue = table.metadata().pue;
  print(fmt::format("{}: {} cells, budgets {}, {} repeat{}{}\n\n", bold(table.name()),
                    counted(table.cells()), fmt::join(table.budgets(), ", "), table.repeats(),
                    table.repeats() == 1 ? "" : "s", pue ? fmt::format(", PUE {}", *pue) : ""));
  TextTable lines({{"table"},
                   {"metric"},
                   {"values taken", Align::right},
                   {"in place of"},
                   {"left out", Align::right}});
  for (const table::MergedSource& source : merged.sources) {
    for (const table::MergedMetric& metric : source.metrics) {
      lines.add({source.table, metric.metric, counted(metric.taken), replaced_text(metric.replaced),
                 counted(metric.left_out)});
    }
  }
  print(lines.text());
}

void run_merge(const MergeArguments& arguments, const Global& global) {
  const table::Merged result = merged(arguments, global);
  table::write_table(result.table, arguments.output);
  if (global.json) {
    print_json(merge_json(result));
  } else {
    print_for_people(result);
  }
}

}  // namespace

void add_merge(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "merge", "Lay tables over one another, later over earlier: measurements over predictions");
  const auto arguments = std::make_shared<MergeArguments>();
  command->add_option("tables", arguments->tables, "The tables, two or more")
      ->required()
      ->type_name("TABLE");
  command->add_option("-o,--output", arguments->output, "The table to write")
      ->required()
      ->type_name("TABLE");
  command
      ->add_option("--prefer", arguments->prefer,
                   "measured: no scaled or predicted value in place of a measured one; last: the "
                   "later table's always")
      ->capture_default_str();
  command
      ->add_option("--pue", arguments->pue,
                   "Convert all energies and emissions to this PUE (default: they must agree)")
      ->type_name("X");
  command->callback([=, &global] { run_merge(*arguments, global); });
}

}  // namespace ecnas::app
