#include "surrogate_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "ecnas/table/import.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

/// The last digits of scores mean nothing.
double rounded(double value) {
  const double scale = 1e6;
  return std::abs(value) < 1e-3 ? value : std::round(value * scale) / scale;
}

Json optional_json(const std::optional<double>& value) {
  return value ? Json(rounded(*value)) : Json(nullptr);
}

std::string score_text(const std::optional<double>& value) {
  return value ? fmt::format("{:.4f}", *value) : "–";
}

void add_scores(TextTable& table, const std::string& title, const surrogate::Scores& scores) {
  const stats::RegressionScores& regression = scores.regression;
  table.add({title, with_thousands(static_cast<std::int64_t>(regression.n)),
             score_text(regression.kendall_tau), score_text(regression.spearman),
             score_text(regression.r2), fmt::format("{:.4g}", regression.mae),
             fmt::format("{:.4g}", regression.rmse), fmt::format("{:+.2g}", scores.bias),
             fmt::format("{:.1f} %", 100 * scores.coverage90)});
}

surrogate::Observations read_source(const std::string& file, const ObservationArguments& arguments,
                                    surrogate::Target target,
                                    std::optional<surrogate::AccuracyKind> kind) {
  table::ImportOptions options;
  options.pue = arguments.pue;
  const std::vector<std::filesystem::path> paths = {file};
  const table::Imported imported = table::import_tables(paths, options);
  // Only tables of means come with test accuracies; other values than accuracies have one kind.
  const bool of_means =
      !surrogate::is_accuracy(target) || imported.table.column("test_accuracy") != nullptr;
  surrogate::Observations observations = surrogate::observe(
      imported.table, target,
      kind.value_or(of_means ? surrogate::AccuracyKind::mean : surrogate::AccuracyKind::sample),
      arguments.epochs);
  observations.source = file;
  return observations;
}

}  // namespace

void ObservationArguments::add_to(CLI::App& command, bool several) {
  command
      .add_option("--target", target,
                  "energy_kwh, training_time_s, validation_accuracy or test_accuracy")
      ->required()
      ->type_name("TARGET");
  add_data_to(command);
  if (several) {
    command
        .add_option("--more-data", more_data,
                    "Further sources, of another kind or campaign: converted to the first through "
                    "the cells in both")
        ->type_name("FILE");
    command
        .add_option("--test-data", test_data,
                    "Test accuracies of cells in --more-data: adds a model of them")
        ->type_name("FILE");
  }
  add_pue_to(command);
  command
      .add_option("--kind", kind,
                  "What accuracies are: mean (of three repeats) or sample (one repeat, at 108 "
                  "epochs the best of three); default: mean where there are test accuracies")
      ->type_name("KIND");
  add_epochs_to(command);
}

void ObservationArguments::add_energies_to(CLI::App& command) {
  target = surrogate::name(surrogate::Target::energy_kwh);
  add_data_to(command);
  add_pue_to(command);
  add_epochs_to(command);
}

void ObservationArguments::add_data_to(CLI::App& command) {
  command.add_option("--data", data, "Measured values: a CSV, raw results or a table")
      ->required()
      ->type_name("FILE")
      ->expected(1);
}

void ObservationArguments::add_pue_to(CLI::App& command) {
  command
      .add_option("--data-pue", pue, "PUE that the energies include, where the source does not say")
      ->type_name("X");
}

void ObservationArguments::add_epochs_to(CLI::App& command) {
  command.add_option("--epochs", epochs, "Only this budget (default: all there are)")
      ->type_name("N");
}

surrogate::Target ObservationArguments::chosen_target() const {
  const auto parsed = surrogate::parse_target(target);
  if (parsed) return *parsed;
  fail(ErrorCode::invalid_argument,
       "--target {}: unknown; choose from energy_kwh, training_time_s, validation_accuracy, "
       "test_accuracy",
       ecnas::quoted(target));
}

std::vector<surrogate::Observations> ObservationArguments::observations() const {
  const surrogate::Target wanted = chosen_target();
  std::optional<surrogate::AccuracyKind> chosen;
  if (!kind.empty()) {
    chosen = surrogate::parse_accuracy_kind(kind);
    if (!chosen) {
      fail(ErrorCode::invalid_argument, "--kind {}: unknown; choose from mean, sample",
           ecnas::quoted(kind));
    }
    if (!surrogate::is_accuracy(wanted)) {
      fail(ErrorCode::invalid_argument, "--kind {}: only accuracies have kinds, {} has none", kind,
           surrogate::name(wanted));
    }
  }
  std::vector<surrogate::Observations> sources;
  for (const std::string& file : data)
    sources.push_back(read_source(file, *this, wanted, chosen));
  for (const std::string& file : more_data)
    sources.push_back(surrogate::at_budgets(read_source(file, *this, wanted, std::nullopt),
                                            sources.front().epochs));
  return sources;
}

std::optional<surrogate::Observations> ObservationArguments::test_accuracies() const {
  if (test_data.empty()) return std::nullopt;
  return read_source(test_data, *this, surrogate::Target::test_accuracy,
                     surrogate::AccuracyKind::mean);
}

void FitArguments::add_to(CLI::App& command) {
  command
      .add_option("--family", families,
                  "ridge, trees, gaussian_process, mlp or graph; several are averaged (default: "
                  "the target's best)")
      ->type_name("FAMILY");
  command.add_option("--members", members, "Networks or bags that are averaged")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{256}));
  command.add_option("--network-epochs", network_epochs, "Passes over the cells, of networks")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}));
  command.add_option("--folds", folds, "Parts of the cross-validation")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{2}, std::size_t{20}))
      ->capture_default_str();
  command.add_option("--seed", seed, "Seed of folds and models")
      ->type_name("N")
      ->check(seed_range())
      ->capture_default_str();
}

surrogate::SurrogateFitOptions FitArguments::options(const Global& global) const {
  surrogate::SurrogateFitOptions options;
  for (const std::string& text : families) {
    const auto family = surrogate::parse_family(text);
    if (!family) {
      fail(ErrorCode::invalid_argument,
           "--family {}: unknown; choose from ridge, trees, gaussian_process, mlp, graph",
           ecnas::quoted(text));
    }
    options.members.push_back({.family = *family, .members = members, .epochs = network_epochs});
  }
  options.folds = folds;
  options.seed = seed;
  options.threads = global.threads;
  return options;
}

surrogate::ModelFile open_model(const std::string& path_or_name) {
  if (path_or_name.empty() || path_or_name == surrogate::kShippedModel)
    return surrogate::shipped_model();
  return surrogate::ModelFile::open(path_or_name);
}

Json to_json(const surrogate::Scores& scores) {
  const stats::RegressionScores& regression = scores.regression;
  return Json{{"kendall_tau", optional_json(regression.kendall_tau)},
              {"spearman", optional_json(regression.spearman)},
              {"r2", optional_json(regression.r2)},
              {"mae", rounded(regression.mae)},
              {"rmse", rounded(regression.rmse)},
              {"n", regression.n},
              {"coverage90", rounded(scores.coverage90)},
              {"bias", rounded(scores.bias)}};
}

Json to_json(const surrogate::Evaluation& evaluation) {
  Json document = to_json(evaluation.all);
  document["out_of_range"] = evaluation.out_of_range;
  document["by_vertices"] = Json::object();
  for (const auto& [vertices, scores] : evaluation.by_vertices)
    document["by_vertices"][std::to_string(vertices)] = to_json(scores);
  if (!evaluation.by_accuracy.empty()) {
    document["by_accuracy"] = Json::object();
    for (const auto& [from, scores] : evaluation.by_accuracy)
      document["by_accuracy"][fmt::format("{}", from)] = to_json(scores);
  }
  if (evaluation.best_percent) document["best_percent"] = to_json(*evaluation.best_percent);
  if (evaluation.converged) {
    document["diverged"] = evaluation.diverged;
    document["converged"] = to_json(*evaluation.converged);
  }
  return document;
}

std::string evaluation_text(const surrogate::Evaluation& evaluation, surrogate::Target target) {
  const std::string unit(target == surrogate::Target::energy_kwh        ? " (kWh)"
                         : target == surrogate::Target::training_time_s ? " (s)"
                                                                        : "");
  TextTable table({{"cells"},
                   {"n", Align::right},
                   {"Kendall τ", Align::right},
                   {"Spearman ρ", Align::right},
                   {"R²", Align::right},
                   {"MAE" + unit, Align::right},
                   {"RMSE" + unit, Align::right},
                   {"bias" + unit, Align::right},
                   {"in 90 % interval", Align::right}});
  add_scores(table, "all", evaluation.all);
  for (const auto& [vertices, scores] : evaluation.by_vertices)
    add_scores(table, fmt::format("{} vertices", vertices), scores);
  for (const auto& [from, scores] : evaluation.by_accuracy)
    add_scores(table, fmt::format("accuracy from {}", from), scores);
  if (evaluation.best_percent) add_scores(table, "best 1 %", *evaluation.best_percent);
  if (evaluation.converged && evaluation.diverged > 0)
    add_scores(table, fmt::format("without {} diverged", evaluation.diverged),
               *evaluation.converged);
  std::string text = table.text();
  if (evaluation.out_of_range > 0) {
    text += fmt::format("{} cells are unlike all that the model was fitted on\n",
                        evaluation.out_of_range);
  }
  return text;
}

}  // namespace ecnas::app
