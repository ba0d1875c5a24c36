#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

struct QueryArguments {
  std::string table;
  std::string cell;
  std::optional<std::int32_t> epochs;
  ReadingOptions reading;
};

/// The entries asked for: one budget, or all that the cell has.
std::vector<table::Entry> find_entries(const table::Table& table, table::Row row,
                                       const QueryArguments& arguments) {
  const table::Repeat repeat = arguments.reading.chosen_repeat();
  if (!repeat.is_mean() && repeat.index() >= table.repeats()) {
    fail(ErrorCode::not_found, "{}: no repeat {}; it has {}", table.name(), repeat.index() + 1,
         table.repeats());
  }
  std::vector<table::Entry> entries;
  for (std::size_t budget = 0; budget < table.budgets().size(); ++budget) {
    if (arguments.epochs && table.budgets()[budget] != *arguments.epochs) continue;
    const auto entry = table.query(row, budget, repeat, arguments.reading.conversion());
    if (entry) entries.push_back(*entry);
  }
  if (!entries.empty() || table.columns().empty()) return entries;
  if (!arguments.epochs) fail(ErrorCode::not_found, "{}: no values for this cell", table.name());
  fail(ErrorCode::not_found, "{}: no values for this cell at {} epochs; the table's budgets are {}",
       table.name(), *arguments.epochs, fmt::join(table.budgets(), ", "));
}

Json entry_json(const table::Table& table, const table::Entry& entry) {
  Json document = Json::object();
  for (const table::Column& column : table.columns()) {
    const std::optional<double> value = entry.value(column);
    if (!value) continue;
    Json repeats = Json::array();
    for (const float repeat : entry.repeats(column)) {
      repeats.push_back(std::isnan(repeat) ? Json(nullptr) : Json(tidy(double{repeat})));
    }
    document[column.info.name] = {{"value", tidy(*value)},
                                  {"unit", column.info.unit},
                                  {"provenance", table::name(entry.provenance(column))},
                                  {"repeats", repeats}};
  }
  return document;
}

Json query_json(const table::Table& table, table::Row row, const std::vector<table::Entry>& entries,
                bool one_budget) {
  Json document = {{"cell", space::to_text(table.cell(row))},
                   {"hash", space::to_text(table.hashes()[row])},
                   {"trainable_parameters", table.trainable_parameters()[row]}};
  if (one_budget) {
    document["epochs"] = entries.front().epochs();
    document.update(entry_json(table, entries.front()));
    return document;
  }
  document["budgets"] = Json::object();
  for (const table::Entry& entry : entries) {
    document["budgets"][std::to_string(entry.epochs())] = entry_json(table, entry);
  }
  return document;
}

void print_for_people(const table::Table& table, table::Row row,
                      const std::vector<table::Entry>& entries) {
  const space::Cell cell = table.cell(row);
  print(fmt::format("{}  {}\n{} vertices, {} edges, {} parameters\n",
                    bold(space::to_text(table.hashes()[row])), operations_text(cell),
                    cell.vertices(), cell.edges(),
                    with_thousands(table.trainable_parameters()[row])));
  if (entries.empty()) return;

  std::vector<TextTable::Column> titles = {{"metric"}, {"unit"}};
  for (const table::Entry& entry : entries) {
    titles.push_back({fmt::format("{} epochs", entry.epochs()), Align::right});
    titles.push_back({""});
  }
  TextTable values(titles);
  for (const table::Column& column : table.columns()) {
    std::vector<std::string> line = {column.info.name, column.info.unit};
    for (const table::Entry& entry : entries) {
      const std::optional<double> value = entry.value(column);
      line.push_back(value ? fmt::format("{:.6g}", *value) : "–");
      line.push_back(value ? faint(table::name(entry.provenance(column))) : "");
    }
    values.add(std::move(line));
  }
  print("\n" + values.text());
}

void run_query(const QueryArguments& arguments, const Global& global) {
  const table::Table table = open_table(arguments.table);
  const table::Row row = find_cell(table, arguments.cell);
  const std::vector<table::Entry> entries = find_entries(table, row, arguments);
  if (global.json) {
    const bool one_budget = arguments.epochs.has_value() && !entries.empty();
    print_json(query_json(table, row, entries, one_budget));
  } else {
    print_for_people(table, row, entries);
  }
}

}  // namespace

void add_query(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand("query", "What a table says of one cell");
  const auto arguments = std::make_shared<QueryArguments>();
  command->add_option("table", arguments->table, "The table")->required()->type_name("TABLE");
  command->add_option("cell", arguments->cell, "The cell")->required()->type_name("CELL");
  command->add_option("--epochs", arguments->epochs, "Only this budget (default: all)")
      ->type_name("N");
  arguments->reading.add_to(*command);
  command->callback([=, &global] { run_query(*arguments, global); });
}

}  // namespace ecnas::app
