#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <tuple>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/report/surrogate_figure.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/stats/summary.hpp"
#include "ecnas/surrogate/learning_curve.hpp"
#include "surrogate_arguments.hpp"
#include "surrogate_figures.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

using surrogate::LearningPoint;
using surrogate::ModelFile;
using surrogate::Observations;
using surrogate::Surrogate;

// --- What the figures share ----------------------------------------------------------------------

/// What a table of scores is about.
std::string heading(const Observations& observed) {
  return fmt::format("{} at {} epochs", surrogate::name(observed.target), observed.epochs.front());
}

/// Told before the work: a figure that cannot be drawn.
std::optional<report::ImageFormat> format_of(const std::string& figure) {
  if (figure.empty()) return std::nullopt;
  const report::ImageFormat format = report::image_format_of(figure);
  report::expect_renderable(figure, renderer());
  return format;
}

void add_figure_option(CLI::App& command, std::string& figure) {
  command.add_option("--figure", figure, "Draw it: a file ending in .svg, .png or .pdf")
      ->type_name("FILE");
}

// --- scatter -------------------------------------------------------------------------------------

struct ScatterCommand {
  ObservationArguments observed;
  FitArguments fitting;
  std::string model;
  bool cross_validate = false;
  std::string figure;
};

Predicted predict(const ScatterCommand& command, const Global& global,
                  std::vector<Observations>& sources) {
  if (command.cross_validate) {
    sources = command.observed.observations();
    expect_one_budget(sources.front());
    return predicted_out_of_fold(sources, command.fitting.options(global), global);
  }
  const ModelFile model = open_model(command.model);
  std::ignore = model.surrogate(command.observed.chosen_target());  // told before data are read
  sources = command.observed.observations();
  expect_one_budget(sources.front());
  const Observations& observed = sources.front();
  return predicted_by(model.surrogate(observed.target, observed.kind), observed, global);
}

Json scatter_json(const Observations& observed, const Predicted& predicted,
                  const surrogate::Evaluation& evaluation) {
  Json document = {{"target", surrogate::name(observed.target)},
                   {"epochs", observed.epochs.front()},
                   {"unit", surrogate::unit(observed.target)},
                   {"predicted_by", predicted.by}};
  document.update(to_json(evaluation));
  document["points"] = Json::array();
  for (std::size_t i = 0; i < observed.cells.size(); ++i) {
    const double measured = observed.value(i, 0);
    if (std::isnan(measured)) continue;
    document["points"].push_back(
        {{"hash", to_text(space::hash_of(observed.cells[i]))},
         {"vertices", observed.cells[i].vertices()},
         {"measured", tidy(measured)},
         {"predicted", tidy(static_cast<float>(predicted.predictions[i].value))}});
  }
  return document;
}

void run_scatter(const ScatterCommand& command, const Global& global) {
  const std::optional<report::ImageFormat> format = format_of(command.figure);
  if (command.cross_validate && !command.model.empty())
    fail(ErrorCode::invalid_argument, "--model, --cross-validate: only one of them can be given");
  std::vector<Observations> sources;
  const Predicted predicted = predict(command, global, sources);
  const Observations& observed = sources.front();
  const surrogate::Evaluation evaluation = surrogate::evaluate(observed, 0, predicted.predictions);
  if (format) {
    report::render(
        report::prediction_figure_spec(scatter_figure(observed, predicted, evaluation.all)),
        *format, command.figure, renderer());
  }
  if (global.json) {
    print_json(scatter_json(observed, predicted, evaluation));
    return;
  }
  print(fmt::format("{}\n{}\n", bold(heading(observed)), predicted.by));
  print(evaluation_text(evaluation, observed.target));
  if (format) print(fmt::format("figure  {}\n", command.figure));
}

void add_scatter(CLI::App& parent, const Global& global) {
  CLI::App* command =
      parent.add_subcommand("scatter", "Predicted against measured values, as a figure");
  const auto arguments = std::make_shared<ScatterCommand>();
  arguments->observed.add_to(*command, true);
  command->add_option("--model", arguments->model, "A model file (default: the shipped one)")
      ->type_name("MODEL");
  command->add_flag("--cross-validate", arguments->cross_validate,
                    "Predict each cell by a model that is fitted without it, as the options below "
                    "say");
  arguments->fitting.add_to(*command);
  add_figure_option(*command, arguments->figure);
  command->callback([=, &global] { run_scatter(*arguments, global); });
}

// --- learning-curve ------------------------------------------------------------------------------

struct LearningCurveCommand {
  ObservationArguments observed;
  FitArguments fitting;
  std::vector<std::size_t> sizes = surrogate::LearningCurveOptions{}.sizes;
  std::size_t repetitions = surrogate::LearningCurveOptions{}.repetitions;
  std::string figure;
};

Json spread_json(const std::vector<double>& values) {
  if (values.empty()) return nullptr;
  const std::optional<double> deviation = stats::standard_deviation(values);
  return {{"mean", stats::mean(values)},
          {"standard_deviation", deviation ? Json(*deviation) : Json(nullptr)}};
}

std::string spread_text(const std::vector<double>& values, bool is_error) {
  const auto score = spread_of(values);
  if (!score) return "–";
  return is_error ? fmt::format("{:.4g} ± {:.2g}", score->mean, score->deviation)
                  : fmt::format("{:.4f} ± {:.4f}", score->mean, score->deviation);
}

Json learning_curve_json(const Observations& observed, const std::vector<SizeScores>& sizes,
                         std::size_t test_cells, std::size_t repetitions) {
  Json document = {{"target", surrogate::name(observed.target)},
                   {"epochs", observed.epochs.front()},
                   {"unit", surrogate::unit(observed.target)},
                   {"test_cells", test_cells},
                   {"repetitions", repetitions},
                   {"sizes", Json::array()}};
  for (const SizeScores& size : sizes) {
    document["sizes"].push_back({{"training_cells", size.training_cells},
                                 {"r2", spread_json(size.r2)},
                                 {"kendall_tau", spread_json(size.kendall_tau)},
                                 {"mae", spread_json(size.mae)}});
  }
  return document;
}

std::string learning_curve_text(const Observations& observed,
                                const std::vector<SizeScores>& sizes) {
  const std::string_view unit = surrogate::unit(observed.target);
  TextTable table({{"cells fitted on", Align::right},
                   {"R²", Align::right},
                   {"Kendall τ", Align::right},
                   {unit == "1" ? "MAE" : fmt::format("MAE ({})", unit), Align::right}});
  for (const SizeScores& size : sizes) {
    table.add({counted(size.training_cells), spread_text(size.r2, false),
               spread_text(size.kendall_tau, false), spread_text(size.mae, true)});
  }
  return table.text();
}

void run_learning_curve(const LearningCurveCommand& command, const Global& global) {
  const std::optional<report::ImageFormat> format = format_of(command.figure);
  const Observations observed = command.observed.observations().front();
  expect_one_budget(observed);
  surrogate::LearningCurveOptions options;
  options.sizes = command.sizes;
  std::ranges::sort(options.sizes);
  options.sizes.erase(std::ranges::unique(options.sizes).begin(), options.sizes.end());
  options.repetitions = command.repetitions;
  options.seed = command.fitting.seed;
  options.fit = command.fitting.options(global);
  std::vector<LearningPoint> points;
  {
    Progress progress("fitting", global.json);
    options.progress = [&](double done) { progress.show(done); };
    points = surrogate::learning_curve(observed, options);
  }
  const std::vector<SizeScores> sizes = by_size(points);
  const std::size_t test_cells = points.front().scores.regression.n;
  const std::string how =
      fmt::format("Mean ± standard deviation of {} fits a size, judged by {} cells that no fit saw",
                  command.repetitions, counted(test_cells));
  if (format) {
    report::render(report::learning_curve_figure_spec(learning_curve_figure(observed, sizes, how)),
                   *format, command.figure, renderer());
  }
  if (global.json) {
    print_json(learning_curve_json(observed, sizes, test_cells, command.repetitions));
    return;
  }
  print(fmt::format("{}\n{}\n{}", bold(heading(observed)), how,
                    "\n" + learning_curve_text(observed, sizes)));
  if (format) print(fmt::format("figure  {}\n", command.figure));
}

void add_learning_curve(CLI::App& parent, const Global& global) {
  CLI::App* command = parent.add_subcommand(
      "learning-curve", "How predictions get better with the number of cells fitted on");
  const auto arguments = std::make_shared<LearningCurveCommand>();
  arguments->observed.add_to(*command, false);
  arguments->fitting.add_to(*command);
  command
      ->add_option("--sizes", arguments->sizes,
                   "Numbers of cells to fit on; all that are not kept for the test come last")
      ->delimiter(',')
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->type_name("N,…")
      ->capture_default_str();
  command->add_option("--repetitions", arguments->repetitions, "Draws of cells and seeds a size")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_figure_option(*command, arguments->figure);
  command->callback([=, &global] { run_learning_curve(*arguments, global); });
}

}  // namespace

void add_surrogate_study(CLI::App& parent, const Global& global) {
  add_learning_curve(parent, global);
  add_scatter(parent, global);
}

}  // namespace ecnas::app
