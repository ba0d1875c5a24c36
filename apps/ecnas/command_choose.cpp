// `ecnas choose`: the best cells under limits, and why.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "analyze_arguments.hpp"
#include "cell_export.hpp"
#include "ecnas/analysis/choice.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/edit.hpp"
#include "ecnas/space/hash.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using analysis::Choice;
using analysis::Metric;
using analysis::Preference;
using analysis::Values;

constexpr std::size_t kShownNeighbours = 3;

struct ChooseCommand {
  TableArguments table;
  std::optional<double> max_energy_kwh;
  std::optional<double> max_time_s;
  std::optional<double> max_co2eq_g;
  std::optional<double> max_parameters;
  std::optional<double> max_flops;
  std::optional<double> min_accuracy;
  std::string preference;
  std::size_t count = 5;
  std::string export_format;
  std::string output;

  /// Without a word from the user: the cheapest where only an accuracy is asked for, else the most
  /// accurate.
  [[nodiscard]] Preference chosen_preference() const {
    if (preference == "cost") return Preference::cost;
    if (preference == "accuracy") return Preference::accuracy;
    const bool limited = max_energy_kwh || max_time_s || max_co2eq_g || max_parameters || max_flops;
    return min_accuracy && !limited ? Preference::cost : Preference::accuracy;
  }
};

struct Limit {
  Metric metric;
  std::string_view option;
  std::optional<double> bound;
  bool at_least;
};

std::vector<Limit> limits_of(const ChooseCommand& command) {
  return {{Metric::energy, "--max-energy", command.max_energy_kwh, false},
          {Metric::training_time, "--max-time", command.max_time_s, false},
          {Metric::co2eq, "--max-co2eq", command.max_co2eq_g, false},
          {Metric::parameters, "--max-parameters", command.max_parameters, false},
          {Metric::flops, "--max-flops", command.max_flops, false},
          {Metric::validation_accuracy, "--min-accuracy", command.min_accuracy, true}};
}

/// What was read of the table, and the choice made.
struct Chosen {
  std::int32_t epochs = 0;
  Values energies;
  Values accuracies;
  std::size_t allowed = 0;
  std::vector<Choice> choices;
  Preference preference = Preference::accuracy;
};

Chosen choose(const table::Table& table, const ChooseCommand& command, const Global& global) {
  const analysis::Reading reading = command.table.chosen_reading(global);
  Chosen chosen;
  chosen.epochs = analysis::chosen_epochs(table, command.table.epochs);
  chosen.preference = command.chosen_preference();
  chosen.energies = analysis::read_values(table, Metric::energy, chosen.epochs, reading);
  chosen.accuracies =
      analysis::read_values(table, Metric::validation_accuracy, chosen.epochs, reading);
  std::vector<std::uint8_t> allowed(table.cells(), 1);
  for (const Limit& limit : limits_of(command)) {
    if (!limit.bound) continue;
    if (!std::isfinite(*limit.bound) || *limit.bound < 0)
      fail(ErrorCode::invalid_argument, "{}: {} given; expected a positive number", limit.option,
           *limit.bound);
    const Values values = analysis::read_values(table, limit.metric, chosen.epochs, reading);
    for (std::size_t row = 0; row < allowed.size(); ++row) {
      const double value = values.values[row];
      const bool kept = limit.at_least ? value >= *limit.bound : value <= *limit.bound;
      if (!kept) allowed[row] = 0;  // a value that is not there keeps no limit
    }
  }
  chosen.allowed = static_cast<std::size_t>(std::ranges::count(allowed, 1));
  chosen.choices = analysis::choose(chosen.energies.values, chosen.accuracies.values, allowed,
                                    chosen.preference, command.count);
  if (chosen.choices.empty()) {
    fail(ErrorCode::not_found, "{}: no cell of {} keeps these limits at {} epochs; loosen one",
         table.name(), counted(table.cells()), chosen.epochs);
  }
  return chosen;
}

/// Positions are rows of the table.
table::Row row_of(const Choice& choice) {
  return static_cast<table::Row>(choice.cell);
}

/// A cell one edit away, and what it changes.
struct Neighbour {
  table::Row row;
  double energy_change;    // share
  double accuracy_change;  // fraction
};

/// The neighbours that save most energy for at most a percentage point of accuracy, and those that
/// gain accuracy, the best first.
std::vector<Neighbour> neighbours_of(const table::Table& table, const Chosen& chosen,
                                     const Choice& choice) {
  std::vector<Neighbour> found;
  for (const space::Cell& cell :
       space::neighbours(table.cell(row_of(choice)), space::Space::shared())) {
    const auto row = table.find(cell);
    if (!row || std::isnan(chosen.energies.values[*row]) ||
        std::isnan(chosen.accuracies.values[*row]))
      continue;
    const Neighbour neighbour{*row, chosen.energies.values[*row] / choice.cost - 1,
                              chosen.accuracies.values[*row] - choice.accuracy};
    if (neighbour.accuracy_change >= -0.01 &&
        (neighbour.energy_change < 0 || neighbour.accuracy_change > 0))
      found.push_back(neighbour);
  }
  std::ranges::stable_sort(found, {}, &Neighbour::energy_change);
  if (found.size() > kShownNeighbours) found.resize(kShownNeighbours);
  return found;
}

bool is_out_of_range(const table::Table& table, table::Row row) {
  constexpr std::array<std::string_view, 2> kMetrics = {"energy_kwh", "validation_accuracy"};
  return std::ranges::any_of(kMetrics, [&](std::string_view metric) {
    const table::Column* column = table.column(metric);
    return column != nullptr && !column->out_of_range.empty() && column->out_of_range[row] != 0;
  });
}

/// The 90 % interval of a stored value, unconverted; absent where the table knows none.
std::optional<analysis::Interval> interval_of(const table::Table& table, std::string_view metric,
                                              table::Row row, std::int32_t epochs) {
  const table::Column* column = table.column(metric);
  const auto budget = table.budget_index(epochs);
  if (column == nullptr || column->lower90.empty() || !budget) return std::nullopt;
  const std::size_t at = (row * table.budgets().size() + *budget) * table.repeats();
  const double lower = tidy(static_cast<double>(column->lower90[at]));
  const double upper = tidy(static_cast<double>(column->upper90[at]));
  if (std::isnan(lower) || std::isnan(upper)) return std::nullopt;
  return analysis::Interval{lower, upper};
}

Json choose_json(const table::Table& table, const Chosen& chosen, const ChooseCommand& command) {
  Json document = {{"table", table.name()},
                   {"epochs", chosen.epochs},
                   {"cells_allowed", chosen.allowed},
                   {"preference", chosen.preference == Preference::cost ? "cost" : "accuracy"},
                   {"provenance",
                    {{"energy_kwh", provenance_json(chosen.energies.provenance)},
                     {"validation_accuracy", provenance_json(chosen.accuracies.provenance)}}},
                   {"choices", Json::array()}};
  const bool converted =
      command.table.reading.pue.has_value() || command.table.reading.carbon_intensity.has_value();
  for (const Choice& choice : chosen.choices) {
    Json entry = cell_json(table, row_of(choice));
    entry["validation_accuracy"] = tidy(choice.accuracy);
    entry["energy_kwh"] = tidy(choice.cost);
    entry["interval90"] = {
        {"validation_accuracy",
         to_json(interval_of(table, "validation_accuracy", row_of(choice), chosen.epochs))},
        {"energy_kwh",
         converted ? Json(nullptr)
                   : to_json(interval_of(table, "energy_kwh", row_of(choice), chosen.epochs))}};
    entry["on_front"] = choice.on_front;
    entry["above_front"] = rounded(choice.above_front);
    entry["out_of_range"] = is_out_of_range(table, row_of(choice));
    entry["neighbours"] = Json::array();
    for (const Neighbour& neighbour : neighbours_of(table, chosen, choice)) {
      Json next = cell_json(table, neighbour.row);
      next["energy_change"] = rounded(neighbour.energy_change);
      next["accuracy_change"] = rounded(neighbour.accuracy_change);
      entry["neighbours"].push_back(std::move(next));
    }
    document["choices"].push_back(std::move(entry));
  }
  return document;
}

std::string reason(const table::Table& table, const Choice& choice) {
  std::string text = choice.on_front
                         ? "on the front"
                         : fmt::format("{:.3g} % above the front", 100 * choice.above_front);
  if (is_out_of_range(table, row_of(choice))) text += ", out of range";
  return text;
}

std::string accuracy_text(const table::Table& table, const Chosen& chosen, const Choice& choice) {
  const auto interval = interval_of(table, "validation_accuracy", row_of(choice), chosen.epochs);
  if (!interval) return fmt::format("{:.4f}", choice.accuracy);
  return fmt::format("{:.4f} ({:.3f} – {:.3f})", choice.accuracy, interval->lower, interval->upper);
}

std::string choose_text(const table::Table& table, const Chosen& chosen) {
  TextTable rows({{"hash"},
                  {"operations"},
                  {"accuracy", Align::right},
                  {"energy", Align::right},
                  {"parameters", Align::right},
                  {"remark"}});
  for (const Choice& choice : chosen.choices) {
    const space::Cell cell = table.cell(row_of(choice));
    rows.add({space::to_text(space::hash_of(cell)).substr(0, 12), operations_text(cell),
              accuracy_text(table, chosen, choice), value_text(choice.cost, Metric::energy),
              with_thousands(space::trainable_parameters(cell)), reason(table, choice)});
  }
  std::string text = fmt::format(
      "{} of {} cells of {} keep the limits{}; {} first\n\n{}", bold(counted(chosen.allowed)),
      counted(table.cells()), table.name(), at_epochs(chosen.epochs),
      chosen.preference == Preference::cost ? "the cheapest" : "the most accurate", rows.text());
  const Choice& first = chosen.choices.front();
  const std::vector<Neighbour> neighbours = neighbours_of(table, chosen, first);
  if (neighbours.empty()) return text;
  TextTable edits({{"hash"}, {"operations"}, {"energy", Align::right}, {"accuracy", Align::right}});
  for (const Neighbour& neighbour : neighbours) {
    const space::Cell cell = table.cell(neighbour.row);
    edits.add({space::to_text(space::hash_of(cell)).substr(0, 12), operations_text(cell),
               fmt::format("{:+.1f} %", 100 * neighbour.energy_change),
               fmt::format("{:+.2f} points", 100 * neighbour.accuracy_change)});
  }
  return text + "\none edit away from the first, at most one point of accuracy lost\n\n" +
         edits.text();
}

void run_choose(const ChooseCommand& command, const Global& global) {
  const table::Table table = open_table(command.table.table, global);
  const Chosen chosen = choose(table, command, global);
  if (!command.export_format.empty()) {
    const std::string text =
        exported_cell(table.cell(row_of(chosen.choices.front())), command.export_format);
    if (command.output.empty()) {
      print(text);
      return;
    }
    write_file(command.output, text);
  }
  if (global.json) {
    print_json(choose_json(table, chosen, command));
  } else {
    print(choose_text(table, chosen));
    if (!command.output.empty())
      print(fmt::format("\nthe first is written to {}\n", command.output));
  }
}

}  // namespace

void add_choose(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand("choose", "The best cells under limits, and why");
  const auto arguments = std::make_shared<ChooseCommand>();
  arguments->table.add_to(*command);
  command->add_option("--max-energy", arguments->max_energy_kwh, "Of training")->type_name("KWH");
  command->add_option("--max-time", arguments->max_time_s, "Of training")->type_name("S");
  command->add_option("--max-co2eq", arguments->max_co2eq_g, "Of training")->type_name("G");
  command->add_option("--max-parameters", arguments->max_parameters, "Trainable ones")
      ->type_name("N");
  command->add_option("--max-flops", arguments->max_flops, "Multiply-adds an image")
      ->type_name("N");
  command->add_option("--min-accuracy", arguments->min_accuracy, "Validation accuracy, a fraction")
      ->type_name("A")
      ->check(CLI::Range(0.0, 1.0));
  command
      ->add_option("--by", arguments->preference,
                   "What comes first: accuracy, or cost, which is energy (default: cost if only "
                   "--min-accuracy is given)")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"accuracy", "cost"}));
  command->add_option("--top", arguments->count, "How many")
      ->type_name("K")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI::Option* format =
      command->add_option("--export", arguments->export_format, "The first: pytorch, json or dot")
          ->type_name("FORMAT")
          ->check(CLI::IsMember({"pytorch", "json", "dot"}));
  command->add_option("-o,--output", arguments->output, "Where to (default: standard output)")
      ->type_name("FILE")
      ->needs(format);
  command->callback([=, &global] { run_choose(*arguments, global); });
}

}  // namespace ecnas::app
