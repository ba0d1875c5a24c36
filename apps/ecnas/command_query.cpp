#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>

#include "cell_document.hpp"
#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"
#include "energy_remark.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

struct QueryArguments {
  std::string table;
  std::string cell;
  std::optional<std::int32_t> epochs;
  std::optional<std::uint64_t> noise_seed;
  ReadingOptions reading;
};

/// The entries asked for: one budget, or all that the cell has.
std::vector<table::Entry> find_entries(const table::Table& table, table::Row row,
                                       const QueryArguments& arguments) {
  const table::Repeat repeat = arguments.reading.chosen_repeat(table);
  std::vector<table::Entry> entries;
  for (std::size_t budget = 0; budget < table.budgets().size(); ++budget) {
    if (arguments.epochs && table.budgets()[budget] != *arguments.epochs) continue;
    const auto entry =
        table.query(row, budget, repeat, arguments.reading.conversion(), arguments.noise_seed);
    if (entry) entries.push_back(*entry);
  }
  if (!entries.empty() || table.columns().empty()) return entries;
  if (!arguments.epochs) fail(ErrorCode::not_found, "{}: no values for this cell", table.name());
  fail(ErrorCode::not_found, "{}: no values for this cell at {} epochs; the table's budgets are {}",
       table.name(), *arguments.epochs, fmt::join(table.budgets(), ", "));
}

/// The metric to look up in the table's noise models: emissions by intensity are those of energies.
std::string_view noise_metric(const table::Column& column, const QueryArguments& arguments) {
  const bool of_energy = arguments.reading.carbon_intensity && column.info.name == "co2eq_g";
  return of_energy ? std::string_view("energy_kwh") : std::string_view(column.info.name);
}

/// The metrics to show: of draws, only what the table has a noise model of.
std::vector<const table::Column*> shown_columns(const table::Table& table,
                                                const QueryArguments& arguments) {
  std::vector<const table::Column*> shown;
  std::vector<std::string_view> left_out;
  for (const table::Column& column : table.columns()) {
    const std::string metric(noise_metric(column, arguments));
    if (!arguments.noise_seed || table.metadata().noise.contains(metric)) {
      shown.push_back(&column);
    } else {
      left_out.push_back(column.info.name);
    }
  }
  if (arguments.noise_seed && shown.empty()) {
    fail(ErrorCode::not_found, "{}: this table has no noise model; leave --noise-seed out",
         table.name());
  }
  if (!left_out.empty()) {
    message(fmt::format("ecnas: {} has no noise model of {}: left out", table.name(),
                        fmt::join(left_out, ", ")));
  }
  return shown;
}

Json query_json(const table::Table& table, table::Row row, const std::vector<table::Entry>& entries,
                const QueryArguments& arguments) {
  const std::vector<const table::Column*> columns = shown_columns(table, arguments);
  Json document = identity_json(table, row);
  document["energy_quality"] = energy_quality_json(table);
  if (arguments.reading.pue) document["pue"] = *arguments.reading.pue;
  if (arguments.noise_seed) document["noise_seed"] = *arguments.noise_seed;
  if (arguments.epochs && !entries.empty()) {
    document["epochs"] = entries.front().epochs();
    document.update(entry_json(entries.front(), columns));
    return document;
  }
  document["budgets"] = Json::object();
  for (const table::Entry& entry : entries) {
    document["budgets"][std::to_string(entry.epochs())] = entry_json(entry, columns);
  }
  return document;
}

/// Where a value comes from and how sure it is: "predicted, 0.0651 … 0.0742, out of range".
std::string origin_text(const table::Entry& entry, const table::Column& column) {
  std::string text(table::name(entry.provenance(column)));
  if (const auto interval = entry.interval(column)) {
    text += fmt::format(", {:.4g} … {:.4g}", interval->lower, interval->upper);
  }
  if (entry.out_of_range(column)) text += ", out of range";
  return text;
}

/// What must be said of the values above.
void print_remarks(const table::Table& table, const std::vector<table::Entry>& entries,
                   std::span<const table::Column* const> columns, const QueryArguments& arguments) {
  const auto anywhere = [&](const auto& holds) {
    return std::ranges::any_of(entries, [&](const table::Entry& entry) {
      return std::ranges::any_of(
          columns, [&](const table::Column* column) { return holds(entry, *column); });
    });
  };
  const auto remark = [](std::string_view text) { print(faint(text) + "\n"); };
  if (arguments.reading.pue) {
    remark(
        fmt::format("energies and emissions are converted to a PUE of {}; the table's include {}",
                    *arguments.reading.pue,
                    table.metadata().pue ? fmt::format("{}", *table.metadata().pue)
                                         : std::string("an unknown one")));
  }
  if (arguments.noise_seed) {
    remark(fmt::format("values are drawn as new trainings would give them, noise seed {}",
                       *arguments.noise_seed));
  }
  if (anywhere([](const auto& entry, const auto& column) {
        return entry.interval(column).has_value();
      })) {
    remark("… : 90 % of trainings lie between these");
  }
  if (anywhere([](const auto& entry, const auto& column) { return entry.out_of_range(column); })) {
    remark("out of range: the model had seen nothing like this cell");
  }
}

void print_for_people(const table::Table& table, table::Row row,
                      const std::vector<table::Entry>& entries, const QueryArguments& arguments) {
  const std::vector<const table::Column*> columns = shown_columns(table, arguments);
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
  for (const table::Column* column : columns) {
    std::vector<std::string> line = {column->info.name, column->info.unit};
    for (const table::Entry& entry : entries) {
      const std::optional<double> value = entry.value(*column);
      line.push_back(value ? fmt::format("{:.6g}", *value) : "–");
      line.push_back(value ? faint(origin_text(entry, *column)) : "");
    }
    values.add(std::move(line));
  }
  print("\n" + values.text() + energy_remark(table));
  print_remarks(table, entries, columns, arguments);
}

void run_query(const QueryArguments& arguments, const Global& global) {
  const table::Table table = open_table(arguments.table, global);
  const table::Row row = find_cell(table, arguments.cell);
  const std::vector<table::Entry> entries = find_entries(table, row, arguments);
  if (global.json) {
    print_json(query_json(table, row, entries, arguments));
  } else {
    print_for_people(table, row, entries, arguments);
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
  command
      ->add_option("--noise-seed", arguments->noise_seed,
                   "Draw values as a new training would give them (default: the mean)")
      ->type_name("N")
      ->check(seed_range());
  arguments->reading.add_to(*command);
  command->callback([=, &global] { run_query(*arguments, global); });
}

}  // namespace ecnas::app
