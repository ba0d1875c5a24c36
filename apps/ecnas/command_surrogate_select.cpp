// `ecnas surrogate select`: which cells to train next.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/surrogate/active_selection.hpp"
#include "surrogate_arguments.hpp"
#include "surrogate_figures.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using surrogate::EnergyBelief;
using surrogate::Observations;
using surrogate::SelectedCell;

struct SelectCommand {
  ObservationArguments observed;
  std::string space;
  std::string candidates;
  surrogate::SelectionOptions selection;
  std::size_t folds = surrogate::SurrogateFitOptions{}.folds;
  std::string output;
};

/// "5v": the most vertices that a cell has.
unsigned parse_space(const std::string& text) {
  if (text.size() == 2 && text[0] >= '2' && text[0] <= '7' && (text[1] == 'v' || text[1] == 'V'))
    return static_cast<unsigned>(text[0] - '0');
  fail(ErrorCode::invalid_argument, "--space {}: unknown; choose from 2v, 3v, 4v, 5v, 6v, 7v",
       ecnas::quoted(text));
}

/// A cell a line: hash, prefix of one, or ADJACENCY:OPS. Empty lines say nothing.
std::vector<space::Cell> read_cells(const std::string& path) {
  std::vector<space::Cell> cells;
  const std::string content = read_file(path);
  std::set<space::Cell> seen;
  std::size_t line = 0;
  for (const std::string_view text : split(content, '\n')) {
    ++line;
    const std::string_view cell_text = trimmed(text);
    if (cell_text.empty()) continue;
    try {
      const space::Cell cell = space::canonical(find_cell(std::string(cell_text)));
      if (seen.insert(cell).second) cells.push_back(cell);
    } catch (const Error& error) {
      fail(ErrorCode::invalid_data, "{}: line {}: {}", path, line, error.what());
    }
  }
  if (cells.empty()) fail(ErrorCode::invalid_data, "{}: there are no cells", path);
  return cells;
}

std::vector<space::Cell> cells_of(const SelectCommand& command) {
  if (!command.candidates.empty()) return read_cells(command.candidates);
  const auto cells = space::Space::shared(parse_space(command.space)).cells();
  return {cells.begin(), cells.end()};
}

/// Those of the cells that were not measured.
std::vector<std::size_t> not_measured(const std::vector<space::Cell>& cells,
                                      const Observations& measured) {
  std::set<space::Cell> known;
  for (const space::Cell& cell : measured.cells)
    known.insert(space::canonical(cell));
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!known.contains(cells[i])) open.push_back(i);
  }
  return open;
}

double narrowed(double value) {
  return tidy(static_cast<double>(static_cast<float>(value)));
}

Json to_json(const SelectedCell& chosen, const space::Cell& cell) {
  return {{"hash", to_text(space::hash_of(cell))},
          {"cell", to_text(cell)},
          {"predicted_energy_kwh", narrowed(chosen.predicted_kwh)},
          {"standard_deviation_kwh", narrowed(chosen.deviation_kwh)},
          {"score", narrowed(chosen.score)},
          {"cumulative_energy_kwh", narrowed(chosen.cumulative_kwh)}};
}

std::string csv_of(const std::vector<SelectedCell>& chosen, const std::vector<space::Cell>& cells) {
  std::string text =
      "hash,cell,predicted_energy_kwh,standard_deviation_kwh,score,cumulative_energy_kwh\n";
  for (const SelectedCell& one : chosen) {
    text += fmt::format("{},\"{}\",{},{},{},{}\n", to_text(space::hash_of(cells[one.cell])),
                        to_text(cells[one.cell]), shortest(static_cast<float>(one.predicted_kwh)),
                        shortest(static_cast<float>(one.deviation_kwh)),
                        shortest(static_cast<float>(one.score)),
                        shortest(static_cast<float>(one.cumulative_kwh)));
  }
  return text;
}

std::string text_of(const std::vector<SelectedCell>& chosen,
                    const std::vector<space::Cell>& cells) {
  TextTable table({{"hash"},
                   {"cell"},
                   {"predicted (Wh)", Align::right},
                   {"± (Wh)", Align::right},
                   {"score", Align::right},
                   {"sum (Wh)", Align::right}});
  for (const SelectedCell& one : chosen) {
    table.add({to_text(space::hash_of(cells[one.cell])).substr(0, 12), to_text(cells[one.cell]),
               fmt::format("{:.4g}", 1000 * one.predicted_kwh),
               fmt::format("{:.2g}", 1000 * one.deviation_kwh), fmt::format("{:.3g}", one.score),
               fmt::format("{:.4g}", 1000 * one.cumulative_kwh)});
  }
  return table.text();
}

/// Fits on what was measured and chooses.
std::vector<SelectedCell> select(const SelectCommand& command, const Global& global,
                                 const Observations& measured,
                                 const std::vector<space::Cell>& cells,
                                 const std::vector<std::size_t>& open) {
  surrogate::SurrogateFitOptions fit;
  fit.folds = command.folds;
  fit.seed = command.selection.seed;
  fit.threads = global.threads;
  Progress progress("fitting", global.json);
  fit.progress = [&](double done) { progress.show(done); };
  const surrogate::FittedSurrogate fitted = surrogate::fit_surrogate(std::span(&measured, 1), fit);
  const EnergyBelief belief =
      surrogate::believe(fitted.surrogate, cells, measured.epochs.front(), global.threads);
  surrogate::SelectionOptions options = command.selection;
  options.threads = global.threads;
  std::vector<SelectedCell> chosen = surrogate::select_cells(belief, open, options);
  if (chosen.empty()) {
    double least = std::numeric_limits<double>::infinity();
    for (const std::size_t i : open)
      least = std::min(least, belief.predicted_kwh[belief.point[i]]);
    fail(ErrorCode::invalid_argument,
         "--budget-kwh {}: the cheapest of {} candidates is predicted to take {:.4g} kWh",
         options.budget_kwh, counted(open.size()), least);
  }
  return chosen;
}

void run_select(const SelectCommand& command, const Global& global) {
  if (!(command.selection.budget_kwh > 0)) {
    fail(ErrorCode::invalid_argument, "--budget-kwh {}: expected a number above 0",
         command.selection.budget_kwh);
  }
  const std::vector<space::Cell> cells = cells_of(command);
  const Observations measured = command.observed.observations().front();
  expect_one_budget(measured);
  const std::vector<std::size_t> open = not_measured(cells, measured);
  if (open.empty()) {
    fail(ErrorCode::invalid_argument, "{}: all {} candidates are measured already", measured.source,
         counted(cells.size()));
  }
  std::optional<OutputFile> output;
  if (!command.output.empty()) output.emplace(command.output);  // told before the work
  const std::vector<SelectedCell> chosen = select(command, global, measured, cells, open);
  if (output) {
    output->write(csv_of(chosen, cells));
    output->commit();
  }
  if (global.json) {
    Json document = {{"epochs", measured.epochs.front()},
                     {"measured", measured.cells.size()},
                     {"candidates", open.size()},
                     {"pue", measured.pue ? Json(*measured.pue) : Json(nullptr)},
                     {"cells", Json::array()}};
    for (const SelectedCell& one : chosen)
      document["cells"].push_back(to_json(one, cells[one.cell]));
    if (output) document["output"] = command.output;
    print_json(document);
    return;
  }
  if (!output) print(text_of(chosen, cells) + "\n");
  print(fmt::format("{}{} of {} cells, {:.4g} kWh of {} epochs as predicted; {} measured before\n",
                    output ? bold(command.output) + ": " : "", counted(chosen.size()),
                    counted(open.size()), chosen.back().cumulative_kwh, measured.epochs.front(),
                    counted(measured.cells.size())));
}

void add_selection_options(CLI::App& command, SelectCommand& arguments) {
  command
      .add_option("--budget-kwh", arguments.selection.budget_kwh,
                  "Energy to spend, as the model predicts it")
      ->type_name("X");
  command.add_option("--cells", arguments.selection.cells, "How many at most")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->type_name("N");
  command
      .add_option("--diversity", arguments.selection.diversity,
                  "What share of what a chosen cell will tell counts as told when the next is "
                  "chosen; 0: each as if it were the only one")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("SHARE")
      ->capture_default_str();
  command
      .add_option("--seed", arguments.selection.seed,
                  "Of the model's folds, and of the choice between cells of which the same is "
                  "believed")
      ->check(seed_range())
      ->type_name("N")
      ->capture_default_str();
}

}  // namespace

void add_surrogate_select(CLI::App& parent, const Global& global) {
  CLI::App* command = parent.add_subcommand(
      "select", "Which cells to train next, so that predicted energies improve most per kWh");
  const auto arguments = std::make_shared<SelectCommand>();
  arguments->observed.add_energies_to(*command);
  CLI::Option* space =
      command->add_option("--space", arguments->space, "Choose from all cells of so many vertices")
          ->type_name("5v");
  CLI::Option* file =
      command
          ->add_option("--candidates", arguments->candidates,
                       "Choose from these: a file with a cell a line, as hash or ADJACENCY:OPS")
          ->type_name("FILE")
          ->excludes(space);
  add_selection_options(*command, *arguments);
  command->add_option("--folds", arguments->folds, "Parts of the model's cross-validation")
      ->check(CLI::Range(std::size_t{2}, std::size_t{20}))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("-o,--output", arguments->output, "Write the cells as CSV")
      ->type_name("FILE");
  command->callback([=, &global] {
    if (space->count() == 0 && file->count() == 0)
      fail(ErrorCode::invalid_argument, "from which cells? give --space or --candidates");
    if (command->count("--budget-kwh") == 0 && command->count("--cells") == 0)
      fail(ErrorCode::invalid_argument, "how many cells? give --budget-kwh or --cells");
    run_select(*arguments, global);
  });
}

}  // namespace ecnas::app
