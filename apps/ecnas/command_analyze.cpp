// `ecnas analyze`: its subcommands, of which operator swaps and correlations are here.
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "analyze_arguments.hpp"
#include "ecnas/analysis/correlations.hpp"
#include "ecnas/analysis/swaps.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using analysis::CorrelationMatrix;
using analysis::Metric;
using analysis::OperationMatrix;
using analysis::SwapMatrix;

std::string operation_name(std::size_t operation) {
  return std::string(space::short_name(static_cast<space::Operation>(operation)));
}

// --- Swaps ---------------------------------------------------------------------------------------

struct SwapsCommand {
  TableArguments table;
  IntervalArguments intervals;
  std::string metric = "energy";
  std::string definition;

  [[nodiscard]] std::optional<analysis::SwapDefinition> chosen_definition() const;
};

std::vector<std::string_view> definition_names() {
  std::vector<std::string_view> names;
  for (const analysis::SwapDefinition known : analysis::swap_definitions())
    names.push_back(analysis::name(known));
  return names;
}

std::optional<analysis::SwapDefinition> SwapsCommand::chosen_definition() const {
  if (definition.empty()) return std::nullopt;
  if (const auto parsed = analysis::parse_swap_definition(definition)) return parsed;
  const std::vector<std::string_view> names = definition_names();
  fail(ErrorCode::invalid_argument, "--definition {}: unknown; choose from {}",
       ecnas::quoted(definition), fmt::join(names, ", "));
}

/// Three rows of three.
template <typename T, typename Convert>
Json matrix_json(const OperationMatrix<T>& matrix, Convert convert) {
  Json rows = Json::array();
  for (const auto& row : matrix) {
    rows.push_back(Json::array());
    for (const T& entry : row)
      rows.back().push_back(convert(entry));
  }
  return rows;
}

Json swaps_json(const SwapMatrix& matrix, const std::string& table) {
  Json document = {{"table", table},
                   {"metric", analysis::describe(matrix.metric).name},
                   {"epochs", matrix.epochs == 0 ? Json(nullptr) : Json(matrix.epochs)},
                   {"definition", analysis::name(matrix.definition)},
                   {"operations", Json::array()}};
  for (std::size_t operation = 0; operation < space::kOperationCount; ++operation)
    document["operations"].push_back(operation_name(operation));
  document[matrix.absolute ? "absolute" : "percent"] =
      matrix_json(matrix.change, [](const std::optional<double>& value) {
        return value ? Json(rounded(*value)) : Json(nullptr);
      });
  document["interval"] = matrix_json(matrix.interval, [](const auto& interval) {
    return interval ? to_json(interval) : Json(nullptr);
  });
  document["cells"] = matrix_json(matrix.cells, [](std::size_t cells) { return Json(cells); });
  document["provenance"] = provenance_json(matrix.provenance);
  return document;
}

std::string change_text(double change, const SwapMatrix& matrix) {
  if (!matrix.absolute) return fmt::format("{:+.2f}", change);
  if (analysis::is_accuracy(matrix.metric)) return fmt::format("{:+.4f}", change);
  if (!analysis::is_of_cell(matrix.metric)) return fmt::format("{:+.4g}", change);
  return (change > 0 ? "+" : "") + with_thousands(std::llround(change));
}

std::string entry_text(const SwapMatrix& matrix, std::size_t a, std::size_t b) {
  if (a == b) return "·";
  if (!matrix.change[a][b]) return "–";
  std::string value = change_text(*matrix.change[a][b], matrix);
  const auto& interval = matrix.interval[a][b];
  if (!interval) return value;
  return fmt::format("{} ({} … {})", value, change_text(interval->lower, matrix),
                     change_text(interval->upper, matrix));
}

std::string swaps_text(const SwapMatrix& matrix, const std::string& table) {
  const auto& metric = analysis::describe(matrix.metric);
  const std::string unit = !matrix.absolute      ? "%"
                           : metric.unit.empty() ? "absolute"
                                                 : std::string(metric.unit);
  const auto grid = [](auto text_of) {
    std::vector<TextTable::Column> columns = {{"replaced \\ by"}};
    for (std::size_t b = 0; b < space::kOperationCount; ++b)
      columns.push_back({operation_name(b), Align::right});
    TextTable rows(std::move(columns));
    for (std::size_t a = 0; a < space::kOperationCount; ++a) {
      std::vector<std::string> row = {operation_name(a)};
      for (std::size_t b = 0; b < space::kOperationCount; ++b)
        row.push_back(text_of(a, b));
      rows.add(std::move(row));
    }
    return rows.text();
  };
  return fmt::format(
      "{} of {}{}: change when an operation replaces another, {} (definition: {}; 95 % of "
      "resamples of the cells)\n\n{}\ncells that contain it and whose swap is there\n\n{}",
      bold(metric.name), table,
      analysis::is_of_cell(matrix.metric) ? std::string() : at_epochs(matrix.epochs), unit,
      analysis::name(matrix.definition),
      grid([&](std::size_t a, std::size_t b) { return entry_text(matrix, a, b); }),
      grid([&](std::size_t a, std::size_t b) { return counted(matrix.cells[a][b]); }));
}

void run_swaps(const SwapsCommand& command, const Global& global) {
  const Metric metric = analysis::parse_metric(command.metric);
  const analysis::SwapOptions options{.definition = command.chosen_definition(),
                                      .reading = command.table.chosen_reading(global),
                                      .intervals = command.intervals.options(global)};
  const table::Table table = open_table(command.table.table, global);
  const SwapMatrix matrix = analysis::swap_matrix(table, metric, command.table.epochs, options);
  if (global.json) {
    print_json(swaps_json(matrix, table.name()));
  } else {
    print(swaps_text(matrix, table.name()));
  }
}

// --- Correlations --------------------------------------------------------------------------------

struct CorrelationsCommand {
  TableArguments table;
  IntervalArguments intervals;
  std::vector<std::string> metrics;
};

Json correlations_json(const CorrelationMatrix& matrix, const std::string& table) {
  Json document = {{"table", table},
                   {"epochs", matrix.epochs == 0 ? Json(nullptr) : Json(matrix.epochs)},
                   {"metrics", Json::array()},
                   {"pairs", Json::array()}};
  for (std::size_t i = 0; i < matrix.metrics.size(); ++i) {
    document["metrics"].push_back(analysis::describe(matrix.metrics[i]).name);
    for (std::size_t j = i + 1; j < matrix.metrics.size(); ++j) {
      const analysis::RankCorrelation& pair = matrix.at(i, j);
      document["pairs"].push_back({{"a", analysis::describe(matrix.metrics[i]).name},
                                   {"b", analysis::describe(matrix.metrics[j]).name},
                                   {"cells", pair.cells},
                                   {"kendall_tau", to_json(pair.kendall_tau)},
                                   {"spearman", to_json(pair.spearman)}});
    }
  }
  return document;
}

std::string correlations_text(const CorrelationMatrix& matrix, const std::string& table) {
  TextTable rows({{"metric"},
                  {"and"},
                  {"cells", Align::right},
                  {"Kendall τ (95 %)", Align::right},
                  {"Spearman ρ (95 %)", Align::right}});
  for (std::size_t i = 0; i < matrix.metrics.size(); ++i) {
    for (std::size_t j = i + 1; j < matrix.metrics.size(); ++j) {
      const analysis::RankCorrelation& pair = matrix.at(i, j);
      rows.add({std::string(analysis::describe(matrix.metrics[i]).name),
                std::string(analysis::describe(matrix.metrics[j]).name), counted(pair.cells),
                estimate_text(pair.kendall_tau, 3), estimate_text(pair.spearman, 3)});
    }
  }
  return fmt::format("Rank correlations in {}{}\n\n{}", bold(table), at_epochs(matrix.epochs),
                     rows.text());
}

void run_correlations(const CorrelationsCommand& command, const Global& global) {
  std::vector<Metric> metrics;
  for (const std::string& name : command.metrics)
    metrics.push_back(analysis::parse_metric(name));
  analysis::CorrelationOptions options;
  options.intervals = command.intervals.options(global, options.intervals);
  const analysis::Reading reading = command.table.chosen_reading(global);
  const table::Table table = open_table(command.table.table, global);
  const CorrelationMatrix matrix =
      analysis::correlations(table, metrics, command.table.epochs, reading, options);
  if (global.json) {
    print_json(correlations_json(matrix, table.name()));
  } else {
    print(correlations_text(matrix, table.name()));
  }
}

}  // namespace

void add_analyze_swaps(CLI::App& analyze, const Global& global) {
  CLI::App* command = analyze.add_subcommand(
      "swaps", "What a metric does when an operation is replaced by another");
  const auto arguments = std::make_shared<SwapsCommand>();
  arguments->table.add_to(*command);
  command
      ->add_option("--metric", arguments->metric,
                   "energy, training_time, co2eq, parameters, flops, validation_accuracy, "
                   "test_accuracy")
      ->type_name("NAME")
      ->capture_default_str();
  const std::vector<std::string_view> names = definition_names();
  command
      ->add_option("--definition", arguments->definition,
                   fmt::format("What is averaged: {} (default: published, of accuracies absolute)",
                               fmt::join(names, ", ")))
      ->type_name("NAME");
  arguments->intervals.add_to(*command);
  command->callback([=, &global] { run_swaps(*arguments, global); });
}

void add_analyze_correlations(CLI::App& analyze, const Global& global) {
  CLI::App* command = analyze.add_subcommand("correlations", "How alike metrics order the cells");
  const auto arguments = std::make_shared<CorrelationsCommand>();
  arguments->table.add_to(*command);
  command->add_option("--metrics", arguments->metrics, "Which (default: all that the table has)")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false);
  arguments->intervals.add_to(*command);
  command->callback([=, &global] { run_correlations(*arguments, global); });
}

void add_analyze(CLI::App& app, const Global& global) {
  CLI::App* analyze =
      app.add_subcommand("analyze", "What a table says of operations, costs and devices");
  analyze->require_subcommand(1);
  analyze->fallthrough();
  add_analyze_swaps(*analyze, global);
  add_analyze_hardware(*analyze, global);
  add_analyze_correlations(*analyze, global);
  add_analyze_tradeoff(*analyze, global);
  add_analyze_regions(*analyze, global);
  add_analyze_operations(*analyze, global);
}

}  // namespace ecnas::app
