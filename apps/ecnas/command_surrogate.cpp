#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <tuple>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/stats/summary.hpp"
#include "surrogate_arguments.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using surrogate::AccuracyKind;
using surrogate::Evaluation;
using surrogate::ModelFile;
using surrogate::Observations;
using surrogate::Prediction;
using surrogate::Surrogate;
using surrogate::SurrogateKey;
using surrogate::Target;

// --- fit -----------------------------------------------------------------------------------------

struct FitCommand {
  ObservationArguments observed;
  FitArguments fitting;
  std::vector<std::int32_t> scaled_epochs;
  std::string name = "model";
  std::string description;
  std::vector<std::string> devices;
  std::string add_to_model;
  std::string predictions;
  std::string output;
};

/// Evaluations by budget: one document, or one a budget under `by_epochs`.
Json evaluations_json(const std::vector<Evaluation>& evaluations, const Observations& observed) {
  if (evaluations.size() == 1) return to_json(evaluations.front());
  Json by_epochs = Json::object();
  for (std::size_t i = 0; i < evaluations.size(); ++i)
    by_epochs[std::to_string(observed.epochs[i])] = to_json(evaluations[i]);
  return Json{{"by_epochs", std::move(by_epochs)}};
}

std::string evaluations_text(const std::vector<Evaluation>& evaluations,
                             const Observations& observed) {
  std::string text;
  for (std::size_t i = 0; i < evaluations.size(); ++i) {
    text +=
        bold(fmt::format("{} at {} epochs", surrogate::name(observed.target), observed.epochs[i])) +
        "\n" + evaluation_text(evaluations[i], observed.target);
  }
  return text;
}

std::vector<Evaluation> evaluate_all(const Observations& observed,
                                     const std::vector<std::vector<Prediction>>& predictions) {
  std::vector<Evaluation> evaluations;
  for (std::size_t budget = 0; budget < observed.epochs.size(); ++budget)
    evaluations.push_back(surrogate::evaluate(observed, budget, predictions[budget]));
  return evaluations;
}

void write_predictions(const std::string& path, const std::vector<Observations>& sources,
                       const std::vector<surrogate::OutOfFold>& out_of_fold) {
  std::string text = "source,hash,epochs,observed,predicted,lower90,upper90\n";
  for (std::size_t k = 0; k < sources.size(); ++k) {
    const Observations& observed = sources[k];
    const std::string source = std::filesystem::path(observed.source).filename().string();
    for (std::size_t i = 0; i < observed.cells.size(); ++i) {
      const std::string hash = to_text(space::hash_of(observed.cells[i]));
      for (std::size_t budget = 0; budget < observed.epochs.size(); ++budget) {
        const Prediction& prediction = out_of_fold[k].predictions[budget][i];
        const double value = observed.value(i, budget);
        if (std::isnan(value) || std::isnan(prediction.value)) continue;
        text += fmt::format("{},{},{},{},{},{},{}\n", source, hash, observed.epochs[budget],
                            shortest(value), shortest(static_cast<float>(prediction.value)),
                            shortest(static_cast<float>(prediction.lower90)),
                            shortest(static_cast<float>(prediction.upper90)));
      }
    }
  }
  write_file(path, text);
}

/// What a fit makes models of (`surrogate::fit_surrogate`).
std::vector<SurrogateKey> fitted_keys(const std::vector<Observations>& sources, bool with_tests) {
  const Target target = sources.front().target;
  std::vector<SurrogateKey> keys = {{target, sources.front().kind}};
  const bool with_means = sources.size() > 1 && sources[1].kind != sources.front().kind;
  if (with_means) keys.push_back({target, AccuracyKind::mean});
  if (with_tests) keys.push_back({Target::test_accuracy, AccuracyKind::mean});
  return keys;
}

/// The model to which others are added. Told before the work: that it has one of them, or cannot be
/// part of a file.
ModelFile open_to_add(const std::string& path, const std::vector<SurrogateKey>& keys) {
  ModelFile model = ModelFile::open(path);
  for (const auto& [key, fitted] : model.surrogates()) {
    if (fitted.members().front().regressor->family() == surrogate::Family::reference) {
      fail(ErrorCode::invalid_argument,
           "--add-to {}: the published surrogate is for comparison only and enters no model file",
           path);
    }
    if (std::ranges::find(keys, key) != keys.end()) {
      fail(ErrorCode::invalid_argument,
           "--add-to {}: already predicts {}; leave --add-to out, or replace that by 'ecnas "
           "surrogate assemble'",
           path, surrogate::name(key.target));
    }
  }
  return model;
}

/// Scaling is linear, as energies and times are.
void expect_scalable(const FitCommand& command, Target target) {
  if (command.scaled_epochs.empty() || !surrogate::is_accuracy(target)) return;
  fail(ErrorCode::invalid_argument, "--scale-to: {} does not grow linearly with epochs",
       surrogate::name(target));
}

void run_fit(const FitCommand& command, const Global& global) {
  expect_scalable(command, command.observed.chosen_target());
  const std::vector<Observations> sources = command.observed.observations();
  surrogate::SurrogateFitOptions options = command.fitting.options(global);
  options.name = command.name;
  options.scaled_epochs = command.scaled_epochs;
  options.description = command.description;
  options.devices = command.devices;
  std::vector<Evaluation> evaluations;
  ModelFile model;
  if (!command.add_to_model.empty()) {
    model = open_to_add(command.add_to_model,
                        fitted_keys(sources, !command.observed.test_data.empty()));
  }
  OutputFile output(command.output);  // told before the work: that it cannot be written
  {
    Progress progress("fitting", global.json);
    options.progress = [&](double done) { progress.show(done); };
    const std::optional<Observations> tests = command.observed.test_accuracies();
    surrogate::FittedSurrogate fitted =
        surrogate::fit_surrogate(sources, options, tests ? &*tests : nullptr);
    evaluations = evaluate_all(sources.front(), fitted.out_of_fold.front().predictions);
    model.add(std::move(fitted.surrogate));
    for (Surrogate& derived : fitted.derived)
      model.add(std::move(derived));
    if (!command.predictions.empty())
      write_predictions(command.predictions, sources, fitted.out_of_fold);
  }
  const std::vector<std::byte> content = model.bytes();
  output.write(content);
  output.commit();
  if (global.json) {
    Json document = evaluations_json(evaluations, sources.front());
    document["output"] = command.output;
    print_json(document);
    return;
  }
  print(
      fmt::format("{}: {} fitted on {} cells. Cells left out, in {} parts:\n", bold(command.output),
                  surrogate::name(sources.front().target),
                  with_thousands(static_cast<std::int64_t>(
                      model.surrogate(sources.front().target, sources.front().kind).info().cells)),
                  options.folds));
  print(evaluations_text(evaluations, sources.front()));
}

void add_fit(CLI::App& parent, const Global& global) {
  CLI::App* command =
      parent.add_subcommand("fit", "Fit a model on measured values and calibrate its intervals");
  const auto arguments = std::make_shared<FitCommand>();
  arguments->observed.add_to(*command, true);
  arguments->fitting.add_to(*command);
  command
      ->add_option("--scale-to", arguments->scaled_epochs,
                   "Further budgets, to which the one observed is scaled linearly")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N,…");
  command->add_option("--name", arguments->name, "What the model calls itself")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--description", arguments->description, "One line")->type_name("TEXT");
  command->add_option("--device", arguments->devices, "What the values were measured on")
      ->type_name("NAME");
  command
      ->add_option("--add-to", arguments->add_to_model,
                   "A model whose targets, others than this, are taken over")
      ->type_name("MODEL");
  command
      ->add_option("--out-of-fold", arguments->predictions,
                   "A CSV of predictions of every source, each by a model without its cell")
      ->type_name("FILE");
  command->add_option("-o,--output", arguments->output, "The model to write")
      ->required()
      ->type_name("MODEL");
  command->callback([=, &global] { run_fit(*arguments, global); });
}

// --- predict -------------------------------------------------------------------------------------

struct PredictCommand {
  std::string model;
  std::string target;
  std::vector<std::string> cells;
  std::int32_t epochs = 108;
  std::optional<double> pue;
};

void run_predict(const PredictCommand& command, const Global& global) {
  if (command.pue && !(*command.pue >= 1 && std::isfinite(*command.pue)))
    fail(ErrorCode::invalid_argument, "--pue: {} given; a PUE is at least 1", *command.pue);
  const ModelFile model = open_model(command.model);
  std::vector<space::Cell> cells;
  for (const std::string& text : command.cells)
    cells.push_back(find_cell(text));
  Json documents = Json::array();
  TextTable table({{"cell"},
                   {"target"},
                   {"epochs", Align::right},
                   {"value", Align::right},
                   {"90 % interval", Align::right},
                   {"unit"},
                   {"remark"}});
  for (const auto& [key, fitted] : model.surrogates()) {
    const Target target = key.target;
    // Predictions for people are of means, where the model has them.
    if (key.kind == AccuracyKind::sample &&
        model.surrogates().contains({target, AccuracyKind::mean}))
      continue;
    if (!command.target.empty() && surrogate::parse_target(command.target) != target) continue;
    const surrogate::SurrogateInfo& info = fitted.info();
    double factor = 1;
    if (target == Target::energy_kwh && command.pue && info.pue) factor = *command.pue / *info.pue;
    const std::vector<Prediction> predictions =
        fitted.predict(cells, command.epochs, global.threads);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Prediction& prediction = predictions[i];
      const std::string hash = to_text(space::hash_of(cells[i]));
      documents.push_back(
          {{"hash", hash},
           {"target", surrogate::name(target)},
           {"epochs", command.epochs},
           {"value", factor * prediction.value},
           {"interval90", {factor * prediction.lower90, factor * prediction.upper90}},
           {"unit", surrogate::unit(target)},
           {"provenance", "predicted"},
           {"out_of_range", prediction.out_of_range}});
      if (target == Target::energy_kwh && info.pue)
        documents.back()["pue"] = command.pue.value_or(*info.pue);
      table.add(
          {hash.substr(0, 12), std::string(surrogate::name(target)), std::to_string(command.epochs),
           fmt::format("{:.5g}", factor * prediction.value),
           fmt::format("{:.5g} – {:.5g}", factor * prediction.lower90, factor * prediction.upper90),
           std::string(surrogate::unit(target)), prediction.out_of_range ? "out of range" : ""});
    }
  }
  if (documents.empty())
    std::ignore = model.surrogate(surrogate::parse_target(command.target).value());
  if (global.json) {
    print_json(documents);
  } else {
    print(table.text());
  }
}

void add_predict(CLI::App& parent, const Global& global) {
  CLI::App* command = parent.add_subcommand("predict", "What a model says of cells");
  const auto arguments = std::make_shared<PredictCommand>();
  command->add_option("cell", arguments->cells, "Cells: hashes, prefixes or ADJACENCY:OPS")
      ->required()
      ->type_name("CELL");
  command->add_option("--model", arguments->model, "A model file (default: the shipped one)")
      ->type_name("MODEL");
  command->add_option("--target", arguments->target, "Only this one")->type_name("TARGET");
  command->add_option("--epochs", arguments->epochs, "Training budget")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--pue", arguments->pue, "Convert energies to this PUE")->type_name("X");
  command->callback([=, &global] {
    if (!arguments->target.empty() && !surrogate::parse_target(arguments->target)) {
      fail(ErrorCode::invalid_argument,
           "--target {}: unknown; choose from energy_kwh, training_time_s, validation_accuracy, "
           "test_accuracy",
           ecnas::quoted(arguments->target));
    }
    run_predict(*arguments, global);
  });
}

// --- evaluate ------------------------------------------------------------------------------------

struct EvaluateCommand {
  ObservationArguments observed;
  std::string model;
};

void run_evaluate(const EvaluateCommand& command, const Global& global) {
  const ModelFile model = open_model(command.model);
  const Target target = command.observed.chosen_target();
  std::ignore = model.surrogate(target);  // what is not there is said before data are read
  const Observations observed = command.observed.observations().front();
  const Surrogate& chosen = model.surrogate(target, observed.kind);
  const std::vector<Evaluation> evaluations =
      evaluate_all(observed, surrogate::predictions_for(observed, chosen, global.threads));
  if (global.json) {
    print_json(evaluations_json(evaluations, observed));
  } else {
    print(evaluations_text(evaluations, observed));
  }
}

void add_evaluate(CLI::App& parent, const Global& global) {
  CLI::App* command = parent.add_subcommand("evaluate", "Judge a model by measured values");
  const auto arguments = std::make_shared<EvaluateCommand>();
  arguments->observed.add_to(*command, false);
  command->add_option("--model", arguments->model, "A model file (default: the shipped one)")
      ->type_name("MODEL");
  command->callback([=, &global] { run_evaluate(*arguments, global); });
}

// --- cross-validate ------------------------------------------------------------------------------

struct CrossValidateCommand {
  ObservationArguments observed;
  FitArguments fitting;
  std::size_t seeds = 1;
  std::string output;
};

/// Mean and standard deviation of one score over seeds.
Json spread(const std::vector<double>& values) {
  return Json{{"mean", stats::mean(values)},
              {"standard_deviation", stats::standard_deviation(values).value_or(0)}};
}

void run_cross_validate(const CrossValidateCommand& command, const Global& global) {
  const std::vector<Observations> sources = command.observed.observations();
  const Observations& observed = sources.front();
  surrogate::SurrogateFitOptions options = command.fitting.options(global);
  std::vector<std::vector<Evaluation>> by_seed;
  std::string further;
  for (std::size_t i = 0; i < command.seeds; ++i) {
    options.seed = command.fitting.seed + i;
    Progress progress(fmt::format("seed {}", options.seed), global.json);
    options.progress = [&](double done) { progress.show(done); };
    const std::vector<surrogate::OutOfFold> results = surrogate::cross_validate(sources, options);
    by_seed.push_back(evaluate_all(observed, results.front().predictions));
    if (i > 0) continue;
    if (!command.output.empty()) write_predictions(command.output, sources, results);
    for (std::size_t k = 1; k < sources.size(); ++k)
      further += "\n" + sources[k].source + ", cells that joined:\n" +
                 evaluations_text(evaluate_all(sources[k], results[k].predictions), sources[k]);
  }
  Json document = {{"folds", options.folds}, {"seeds", command.seeds}};
  std::string text;
  for (std::size_t budget = 0; budget < observed.epochs.size(); ++budget) {
    std::vector<double> taus;
    std::vector<double> errors;
    std::vector<double> coverages;
    for (const std::vector<Evaluation>& evaluations : by_seed) {
      const surrogate::Scores& scores = evaluations[budget].all;
      taus.push_back(scores.regression.kendall_tau.value_or(0));
      errors.push_back(scores.regression.mae);
      coverages.push_back(scores.coverage90);
    }
    Json at = to_json(by_seed.front()[budget]);
    at["over_seeds"] = {
        {"kendall_tau", spread(taus)}, {"mae", spread(errors)}, {"coverage90", spread(coverages)}};
    document["by_epochs"][std::to_string(observed.epochs[budget])] = std::move(at);
    text += fmt::format(
        "{} at {} epochs, {} parts, {} seed{}: τ {:.4f} ± {:.4f}, MAE {:.4g} ± {:.2g}, {:.1f} % in "
        "90 % intervals\n",
        surrogate::name(observed.target), observed.epochs[budget], options.folds, command.seeds,
        command.seeds == 1 ? "" : "s", stats::mean(taus),
        stats::standard_deviation(taus).value_or(0), stats::mean(errors),
        stats::standard_deviation(errors).value_or(0), 100 * stats::mean(coverages));
  }
  if (global.json) {
    print_json(document);
    return;
  }
  print(text + "\nWith the first seed:\n" + evaluations_text(by_seed.front(), observed) + further);
}

void add_cross_validate(CLI::App& parent, const Global& global) {
  CLI::App* command = parent.add_subcommand(
      "cross-validate", "Judge a kind of model by cells left out, over several seeds");
  const auto arguments = std::make_shared<CrossValidateCommand>();
  arguments->observed.add_to(*command, true);
  arguments->fitting.add_to(*command);
  command->add_option("--seeds", arguments->seeds, "How many divisions into parts")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("-o,--output", arguments->output,
                   "A CSV of the first seed's predictions, each by a model without its cell")
      ->type_name("FILE");
  command->callback([=, &global] { run_cross_validate(*arguments, global); });
}

}  // namespace

void add_surrogate(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "surrogate", "Models that predict energy, time and accuracy where nothing was measured");
  command->require_subcommand(1);
  add_fit(*command, global);
  add_predict(*command, global);
  add_evaluate(*command, global);
  add_cross_validate(*command, global);
  add_surrogate_assemble(*command, global);
  add_surrogate_study(*command, global);
  add_surrogate_select(*command, global);
  add_surrogate_active_curve(*command, global);
  add_surrogate_transfer(*command, global);
}

}  // namespace ecnas::app
