// `ecnas analyze tradeoff`, `regions` and `operations`: what accuracy costs, and what costs it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "analyze_arguments.hpp"
#include "ecnas/analysis/operations.hpp"
#include "ecnas/analysis/regions.hpp"
#include "ecnas/analysis/tradeoff.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using analysis::Metric;
using analysis::Values;

/// What all three ask for.
struct CostCommand {
  TableArguments table;
  std::string cost = "energy";
  std::string accuracy = "validation_accuracy";

  void add_to(CLI::App& command, bool with_accuracy);
};

void CostCommand::add_to(CLI::App& command, bool with_accuracy) {
  table.add_to(command);
  command.add_option("--cost", cost, "energy, training_time, co2eq, parameters, flops")
      ->type_name("NAME")
      ->capture_default_str();
  if (!with_accuracy) return;
  command.add_option("--accuracy", accuracy, "validation_accuracy, test_accuracy")
      ->type_name("NAME")
      ->capture_default_str();
}

/// A table and the two metrics of it.
struct CostData {
  table::Table table;
  std::int32_t epochs;
  Values cost;
  Values accuracy;

  CostData(const CostCommand& command, const Global& global)
      : table(open_table(command.table.table, global)),
        epochs(analysis::chosen_epochs(table, command.table.epochs)),
        cost(read(parse_cost(command.cost), command, global)),
        accuracy(read(parse_accuracy(command.accuracy), command, global)) {}

  [[nodiscard]] Values read(Metric metric, const CostCommand& command, const Global& global) const {
    return analysis::read_values(table, metric, epochs, command.table.chosen_reading(global));
  }
  [[nodiscard]] Json head() const {
    return {{"table", table.name()},
            {"epochs", epochs == 0 ? Json(nullptr) : Json(epochs)},
            {"cost", analysis::describe(cost.metric).column},
            {"accuracy", analysis::describe(accuracy.metric).column}};
  }
  /// A cell with both values.
  [[nodiscard]] Json cell(std::size_t row) const {
    Json document = cell_json(table, static_cast<table::Row>(row));
    document[std::string(analysis::describe(cost.metric).column)] = tidy(cost.values[row]);
    document[std::string(analysis::describe(accuracy.metric).column)] = tidy(accuracy.values[row]);
    return document;
  }
  [[nodiscard]] std::string short_hash(std::size_t row) const {
    return space::to_text(table.hashes()[row]).substr(0, 12);
  }
  [[nodiscard]] std::string operations(std::size_t row) const {
    return operations_text(table.cell(static_cast<table::Row>(row)));
  }
};

// --- Trade-off -----------------------------------------------------------------------------------

struct TradeOffCommand {
  CostCommand cost;
  std::vector<double> losses = {0.005, 0.01, 0.02};
};

/// Energies of one machine and times of another say nothing about whether time stands for energy.
bool mixes_devices(const CostData& data,
                   std::span<const std::pair<Metric, analysis::Regret>> others) {
  if (data.table.metadata().devices.size() < 2) return false;
  return data.cost.metric == Metric::training_time ||
         std::ranges::any_of(
             others, [](const auto& other) { return other.first == Metric::training_time; });
}

/// Costs that one may optimise instead, as far as the table has them.
std::vector<std::pair<Metric, analysis::Regret>> regrets(const CostData& data,
                                                         const TradeOffCommand& command,
                                                         const Global& global) {
  std::vector<std::pair<Metric, analysis::Regret>> result;
  for (const Metric proxy :
       {Metric::energy, Metric::training_time, Metric::parameters, Metric::flops}) {
    if (proxy == data.cost.metric || !analysis::has_metric(data.table, proxy)) continue;
    const Values values = data.read(proxy, command.cost, global);
    result.emplace_back(proxy,
                        analysis::regret(data.cost.values, values.values, data.accuracy.values));
  }
  return result;
}

Json tradeoff_json(const CostData& data, const analysis::TradeOff& found,
                   std::span<const std::pair<Metric, analysis::Regret>> others) {
  Json document = data.head();
  document["devices"] = data.table.metadata().devices;
  document["cells"] = found.cells;
  document["most_accurate"] = data.cell(found.most_accurate);
  document["savings"] = Json::array();
  for (const analysis::Saving& saving : found.savings) {
    Json entry = {{"accuracy_loss", saving.accuracy_loss}, {"saved", rounded(saving.saved)}};
    entry.update(data.cell(saving.cell));
    document["savings"].push_back(std::move(entry));
  }
  document["regret"] = Json::array();
  for (const auto& [proxy, regret] : others) {
    document["regret"].push_back({{"optimised", analysis::describe(proxy).name},
                                  {"cells", regret.cells},
                                  {"levels", regret.levels},
                                  {"mean", rounded(regret.mean)},
                                  {"median", rounded(regret.median)},
                                  {"largest", rounded(regret.largest)},
                                  {"largest_at", tidy(regret.largest_at)}});
  }
  return document;
}

std::string tradeoff_text(const CostData& data, const analysis::TradeOff& found,
                          std::span<const std::pair<Metric, analysis::Regret>> others) {
  const std::string cost(analysis::describe(data.cost.metric).name);
  TextTable savings({{"accuracy given up", Align::right},
                     {"saved", Align::right},
                     {cost, Align::right},
                     {"accuracy", Align::right},
                     {"hash"},
                     {"operations"}});
  savings.add({"most accurate", "", value_text(found.cost, data.cost.metric),
               fmt::format("{:.4f}", found.accuracy), data.short_hash(found.most_accurate),
               data.operations(found.most_accurate)});
  for (const analysis::Saving& saving : found.savings) {
    savings.add({fmt::format("{:g} %", 100 * saving.accuracy_loss),
                 fmt::format("{:.1f} %", 100 * saving.saved),
                 value_text(saving.cost, data.cost.metric), fmt::format("{:.4f}", saving.accuracy),
                 data.short_hash(saving.cell), data.operations(saving.cell)});
  }
  TextTable regret({{"optimised instead"},
                    {"mean", Align::right},
                    {"median", Align::right},
                    {"largest", Align::right},
                    {"at accuracy", Align::right},
                    {"levels", Align::right}});
  for (const auto& [proxy, values] : others) {
    regret.add({std::string(analysis::describe(proxy).name),
                fmt::format("{:+.1f} %", 100 * values.mean),
                fmt::format("{:+.1f} %", 100 * values.median),
                fmt::format("{:+.1f} %", 100 * values.largest),
                fmt::format("{:.4f}", values.largest_at), std::to_string(values.levels)});
  }
  return fmt::format(
             "{} saved in {}{}, of {} cells; accuracy given up in percentage points\n\n{}\n"
             "{} lost at equal accuracy, along the front, when another cost is optimised\n\n{}",
             bold(cost), data.table.name(), at_epochs(data.epochs), counted(found.cells),
             savings.text(), bold(cost), regret.text()) +
         (mixes_devices(data, others)
              ? fmt::format("\nTimes and energies are of different devices: {}\n",
                            fmt::join(data.table.metadata().devices, "; "))
              : "");
}

void run_tradeoff(const TradeOffCommand& command, const Global& global) {
  const CostData data(command.cost, global);
  const auto found = analysis::trade_off(data.cost.values, data.accuracy.values, command.losses);
  const auto others = regrets(data, command, global);
  if (global.json) {
    print_json(tradeoff_json(data, found, others));
  } else {
    print(tradeoff_text(data, found, others));
  }
}

// --- Regions -------------------------------------------------------------------------------------

struct RegionsCommand {
  CostCommand cost;
  analysis::RegionOptions options;
};

Json region_json(const analysis::Region& region) {
  const analysis::Region::Ellipse ellipse = region.ellipse();
  const auto [xx, xy, yy] = region.covariance;
  return {{"cells", region.cells.size()},
          {"cost", rounded(region.cost)},
          {"accuracy", rounded(region.accuracy)},
          {"covariance", {rounded(xx), rounded(xy), rounded(yy)}},
          {"ellipse",
           {{"major", rounded(ellipse.major)},
            {"minor", rounded(ellipse.minor)},
            {"angle", rounded(ellipse.angle)}}}};
}

Json regions_json(const CostData& data, const analysis::Regions& found,
                  const analysis::RegionOptions& options) {
  Json document = data.head();
  document["rule"] = {{"accuracy_margin", options.accuracy_margin},
                      {"costliest_share", options.costliest_share},
                      {"nearness", options.nearness}};
  document["accurate"] = region_json(found.accurate);
  document["efficient"] = region_json(found.efficient);
  document["knee"] = data.cell(found.knee);
  document["cost_limit"] = rounded(found.cost_limit);
  document["cost_saved"] = rounded(found.cost_saved);
  document["accuracy_lost"] = rounded(found.accuracy_lost);
  return document;
}

std::string regions_text(const CostData& data, const analysis::Regions& found,
                         const analysis::RegionOptions& options) {
  TextTable rows({{"region"},
                  {"cells", Align::right},
                  {"cost", Align::right},
                  {"accuracy", Align::right},
                  {"spread (log10 cost, accuracy)", Align::right}});
  const auto add = [&](const char* name, const analysis::Region& region) {
    rows.add({name, counted(region.cells.size()), value_text(region.cost, data.cost.metric),
              fmt::format("{:.4f}", region.accuracy),
              fmt::format("{:.3f}, {:.4f}", std::sqrt(region.covariance[0]),
                          std::sqrt(region.covariance[2]))});
  };
  add("accurate", found.accurate);
  add("efficient", found.efficient);
  return fmt::format(
      "Regions of {}{}, by {}\n\n{}\n"
      "accurate   within {:g} % of the best accuracy, and of these the costliest {:g} %\n"
      "efficient  at most {:g} % above the front, as accurate as its knee ({}, {}, {:.4f}), below "
      "{}\n\nFrom one to the other: {:.1f} % of the {} saved, {:.2f} percentage points of accuracy "
      "lost\n",
      bold(data.table.name()), at_epochs(data.epochs), analysis::describe(data.cost.metric).name,
      rows.text(), 100 * options.accuracy_margin, 100 * options.costliest_share,
      100 * options.nearness, data.short_hash(found.knee),
      value_text(data.cost.values[found.knee], data.cost.metric), data.accuracy.values[found.knee],
      value_text(found.cost_limit, data.cost.metric), 100 * found.cost_saved,
      analysis::describe(data.cost.metric).name, 100 * found.accuracy_lost);
}

void run_regions(const RegionsCommand& command, const Global& global) {
  const CostData data(command.cost, global);
  const auto found =
      analysis::find_regions(data.cost.values, data.accuracy.values, command.options);
  if (global.json) {
    print_json(regions_json(data, found, command.options));
  } else {
    print(regions_text(data, found, command.options));
  }
}

// --- Operations ----------------------------------------------------------------------------------

struct OperationsCommand {
  CostCommand cost;
  IntervalArguments intervals;
};

/// From ln cost to percent.
double percent(double effect) {
  return 100 * std::expm1(effect);
}

std::optional<analysis::Interval> percent(const std::optional<analysis::Interval>& interval) {
  if (!interval) return std::nullopt;
  return analysis::Interval{percent(interval->lower), percent(interval->upper)};
}

struct OperationsResult {
  std::string table;
  Metric cost;
  std::int32_t epochs;
  analysis::CostModel model;
};

Json operations_json(const OperationsResult& result) {
  Json document = {{"table", result.table},
                   {"epochs", result.epochs == 0 ? Json(nullptr) : Json(result.epochs)},
                   {"cost", analysis::describe(result.cost).column},
                   {"cells", result.model.cells},
                   {"r2", rounded(result.model.r2)},
                   {"intercept", to_json(std::optional(result.model.intercept))},
                   {"terms", Json::array()}};
  for (std::size_t i = 0; i < analysis::kCostTerms; ++i) {
    const analysis::Estimate& effect = result.model.effects[i];
    document["terms"].push_back({{"term", analysis::cost_terms()[i].name},
                                 {"description", analysis::cost_terms()[i].description},
                                 {"log_effect", rounded(effect.value)},
                                 {"percent", rounded(percent(effect.value))},
                                 {"interval", to_json(percent(effect.interval))}});
  }
  return document;
}

std::string operations_text(const OperationsResult& result) {
  TextTable rows({{"one more of"}, {"costs (95 %)", Align::right}, {"which are"}});
  for (std::size_t i = 0; i < analysis::kCostTerms; ++i) {
    const analysis::Estimate& effect = result.model.effects[i];
    const auto interval = percent(effect.interval);
    rows.add({std::string(analysis::cost_terms()[i].name),
              interval ? fmt::format("{:+.2f} % ({:+.2f} … {:+.2f})", percent(effect.value),
                                     interval->lower, interval->upper)
                       : fmt::format("{:+.2f} %", percent(effect.value)),
              std::string(analysis::cost_terms()[i].description)});
  }
  return fmt::format(
      "{} in {}{}: effects on its logarithm, all others held; {} cells, R² {:.3f}\n\n{}",
      bold(analysis::describe(result.cost).name), result.table, at_epochs(result.epochs),
      counted(result.model.cells), result.model.r2, rows.text());
}

void run_operations(const OperationsCommand& command, const Global& global) {
  const Metric metric = parse_cost(command.cost.cost);
  const table::Table table = open_table(command.cost.table.table, global);
  const std::int32_t epochs = analysis::chosen_epochs(table, command.cost.table.epochs);
  const Values values =
      analysis::read_values(table, metric, epochs, command.cost.table.chosen_reading(global));
  std::vector<space::Cell> cells;
  cells.reserve(table.cells());
  for (table::Row row = 0; row < table.cells(); ++row)
    cells.push_back(table.cell(row));
  const OperationsResult result{
      table.name(), metric, epochs,
      analysis::cost_of_operations(cells, values.values, command.intervals.options(global))};
  if (global.json) {
    print_json(operations_json(result));
  } else {
    print(operations_text(result));
  }
}

}  // namespace

void add_analyze_tradeoff(CLI::App& analyze, const Global& global) {
  CLI::App* command = analyze.add_subcommand(
      "tradeoff", "What giving up some accuracy saves, and optimising another cost loses");
  const auto arguments = std::make_shared<TradeOffCommand>();
  arguments->cost.add_to(*command, true);
  command->add_option("--losses", arguments->losses, "Accuracies to give up, as fractions")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->callback([=, &global] { run_tradeoff(*arguments, global); });
}

void add_analyze_regions(CLI::App& analyze, const Global& global) {
  CLI::App* command = analyze.add_subcommand(
      "regions", "The accurate, costly cells and the efficient ones hardly less accurate");
  const auto arguments = std::make_shared<RegionsCommand>();
  arguments->cost.add_to(*command, true);
  command
      ->add_option("--margin", arguments->options.accuracy_margin,
                   "How far below the best accuracy is accurate")
      ->type_name("X")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      ->add_option("--nearness", arguments->options.nearness,
                   "How much above the front is near it, as a share of the cost")
      ->type_name("X")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  command->callback([=, &global] { run_regions(*arguments, global); });
}

void add_analyze_operations(CLI::App& analyze, const Global& global) {
  CLI::App* command = analyze.add_subcommand(
      "operations", "What each operation, depth and width costs, by a linear regression");
  const auto arguments = std::make_shared<OperationsCommand>();
  arguments->cost.add_to(*command, false);
  arguments->intervals.add_to(*command);
  command->callback([=, &global] { run_operations(*arguments, global); });
}

}  // namespace ecnas::app
