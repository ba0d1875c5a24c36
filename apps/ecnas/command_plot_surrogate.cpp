// `ecnas plot calibration` and `comparison`: figures of surrogates.
#include <fmt/format.h>

#include <memory>
#include <tuple>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "plot_arguments.hpp"
#include "surrogate_arguments.hpp"
#include "surrogate_figures.hpp"

namespace ecnas::app {
namespace {

using surrogate::ModelFile;
using surrogate::Observations;

// --- Calibration ---------------------------------------------------------------------------------

struct CalibrationPlot {
  ObservationArguments observed;
  FitArguments fitting;
  std::string output;
};

void run_calibration(const CalibrationPlot& command, const Global& global) {
  expect_drawable(command.output);
  const std::vector<Observations> sources = command.observed.observations();
  expect_one_budget(sources.front());
  const Predicted predicted =
      predicted_out_of_fold(sources, command.fitting.options(global), global);
  draw(report::calibration_figure_spec(calibration_figure(sources.front(), predicted)),
       command.output, global);
}

// --- Comparison ----------------------------------------------------------------------------------

struct ComparisonPlot {
  ObservationArguments observed;
  FitArguments fitting;
  std::vector<std::string> models;
  bool cross_validate = false;
  std::string output;
};

void run_comparison(const ComparisonPlot& command, const Global& global) {
  constexpr std::size_t kMost = 3;
  const std::size_t count = command.models.size() + (command.cross_validate ? 1 : 0);
  if (count == 0 || count > kMost) {
    fail(ErrorCode::invalid_argument,
         "--model, --cross-validate: {} models; 1 to {} are drawn side by side", count, kMost);
  }
  expect_drawable(command.output);
  std::vector<ModelFile> models;
  for (const std::string& name : command.models) {
    models.push_back(open_model(name));
    std::ignore = models.back().surrogate(command.observed.chosen_target());
  }
  const std::vector<Observations> sources = command.observed.observations();
  const Observations& observed = sources.front();
  expect_one_budget(observed);
  std::vector<Predicted> predicted;
  for (const ModelFile& model : models)
    predicted.push_back(
        predicted_by(model.surrogate(observed.target, observed.kind), observed, global));
  if (command.cross_validate)
    predicted.push_back(predicted_out_of_fold(sources, command.fitting.options(global), global));
  draw(report::prediction_panels_spec(comparison_figure(observed, predicted)), command.output,
       global);
}

}  // namespace

void add_plot_calibration(CLI::App& plot, const Global& global) {
  CLI::App* command = plot.add_subcommand(
      "calibration", "Whether intervals hold what they promise, by cells left out");
  const auto arguments = std::make_shared<CalibrationPlot>();
  arguments->observed.add_to(*command, true);
  arguments->fitting.add_to(*command);
  add_figure_output(*command, arguments->output);
  command->callback([=, &global] { run_calibration(*arguments, global); });
}

void add_plot_comparison(CLI::App& plot, const Global& global) {
  CLI::App* command =
      plot.add_subcommand("comparison", "Predictions of several models side by side");
  const auto arguments = std::make_shared<ComparisonPlot>();
  arguments->observed.add_to(*command, true);
  command
      ->add_option("--model", arguments->models,
                   "Model files, the published surrogate's among them, or ecnas-7v: a panel each")
      ->type_name("MODEL");
  command->add_flag("--cross-validate", arguments->cross_validate,
                    "A further panel: each cell by a model that is fitted without it, as the "
                    "options below say");
  arguments->fitting.add_to(*command);
  add_figure_output(*command, arguments->output);
  command->callback([=, &global] { run_comparison(*arguments, global); });
}

}  // namespace ecnas::app
