// `ecnas plot attainment`, `progress` and `profile`: figures of searches.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/search/search.hpp"
#include "plot_arguments.hpp"
#include "search_figures.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

/// Options of trials that are drawn.
struct TrialArguments {
  ProblemArguments problem;
  std::size_t evaluations = 100;
  std::size_t trials = 10;
  std::uint64_t seed = 0;
  std::string output;

  /// @param several  whether the number of trials can be chosen
  void add_to(CLI::App& command, bool several) {
    problem.add_to(command);
    command.add_option("--evaluations", evaluations, "Of each trial")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}))
        ->capture_default_str();
    if (several) {
      command.add_option("--trials", trials, "Independent runs")
          ->type_name("K")
          ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
          ->capture_default_str();
    }
    command.add_option("--seed", seed, "Same seed, same bytes")
        ->type_name("S")
        ->check(seed_range())
        ->capture_default_str();
    add_figure_output(command, output);
  }

  /// @param bar  counts evaluations
  [[nodiscard]] std::vector<search::Trial> run(const search::Problem& of,
                                               search::Algorithm algorithm, const Global& global,
                                               ProgressBar& bar) const {
    search::SearchOptions options;
    options.algorithm = algorithm;
    options.stop.count = evaluations;
    options.trials = trials;
    options.seed = seed;
    options.threads = global.threads;
    return search::run_search(of, options, {}, [&](std::size_t, std::size_t) { bar.advance(); });
  }
};

std::string algorithm_names() {
  std::vector<std::string_view> names;
  for (const auto& algorithm : search::algorithms())
    names.push_back(algorithm.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// A figure has two axes.
void expect_two_objectives(const search::Problem& problem) {
  if (problem.objectives().size() == 2) return;
  fail(ErrorCode::invalid_argument, "--objectives: {} given; the figure shows two",
       problem.objectives().size());
}

// --- One algorithm -------------------------------------------------------------------------------

struct AlgorithmPlot {
  TrialArguments trials;
  std::string algorithm = "semoa";
};

/// The problem of `command` and trials on it, drawn by `figure`.
template <typename Figure>
void run_algorithm(const AlgorithmPlot& command, const Global& global, const Figure& figure) {
  expect_drawable(command.trials.output);
  const search::Algorithm algorithm = search::parse_algorithm(command.algorithm);
  const table::Table table = open_table(command.trials.problem.table, global);
  const search::Problem problem = command.trials.problem.problem(table);
  expect_two_objectives(problem);
  const moo::Objectives reference = command.trials.problem.reference(problem);
  std::vector<search::Trial> trials;
  {
    ProgressBar bar("searching", command.trials.trials * command.trials.evaluations, global.json);
    trials = command.trials.run(problem, algorithm, global, bar);
  }
  draw(figure(problem, trials, algorithm, reference), command.trials.output, global);
}

void run_attainment(const AlgorithmPlot& command, const Global& global) {
  run_algorithm(command, global,
                [](const search::Problem& problem, std::span<const search::Trial> trials,
                   search::Algorithm algorithm, const moo::Objectives& reference) {
                  return report::attainment_figure_spec(
                      attainment_figure(problem, trials, algorithm, reference));
                });
}

void run_trial(const AlgorithmPlot& command, const Global& global) {
  run_algorithm(command, global,
                [](const search::Problem& problem, std::span<const search::Trial> trials,
                   search::Algorithm algorithm, const moo::Objectives& reference) {
                  return report::front_figure_spec(
                      trial_figure(problem, trials.front(), algorithm, reference));
                });
}

// --- Progress ------------------------------------------------------------------------------------

struct ProgressPlot {
  TrialArguments trials;
  std::vector<std::string> algorithms = {"semoa", "random"};
};

/// @throws Error{invalid_argument} for an unknown name, or one that is given twice
std::vector<search::Algorithm> chosen_algorithms(const std::vector<std::string>& names) {
  std::vector<search::Algorithm> algorithms;
  for (const std::string& name : names) {
    const search::Algorithm algorithm = search::parse_algorithm(name);
    if (std::ranges::find(algorithms, algorithm) != algorithms.end()) {
      fail(ErrorCode::invalid_argument, "--algorithm: {} is given twice", search::name(algorithm));
    }
    algorithms.push_back(algorithm);
  }
  return algorithms;  // of which there are no more than can be told apart
}

void run_progress(const ProgressPlot& command, const Global& global) {
  expect_drawable(command.trials.output);
  const std::vector<search::Algorithm> algorithms = chosen_algorithms(command.algorithms);
  const table::Table table = open_table(command.trials.problem.table, global);
  const search::Problem problem = command.trials.problem.problem(table);
  std::vector<AlgorithmTrials> runs;
  {
    ProgressBar bar("searching",
                    algorithms.size() * command.trials.trials * command.trials.evaluations,
                    global.json);
    for (const search::Algorithm algorithm : algorithms)
      runs.emplace_back(algorithm, command.trials.run(problem, algorithm, global, bar));
  }
  draw(report::progress_figure_spec(progress_figure(problem, runs)), command.trials.output, global);
}

// --- Profile -------------------------------------------------------------------------------------

struct ProfilePlot {
  ProblemArguments problem;
  std::string kind = "dots";
  std::string output;

  [[nodiscard]] report::Profile chosen_kind() const {
    if (kind == "radar") return report::Profile::radar;
    if (kind == "dots") return report::Profile::dots;
    fail(ErrorCode::invalid_argument, "--kind {}: unknown; choose from dots, radar",
         ecnas::quoted(kind));
  }
};

void run_profile(const ProfilePlot& command, const Global& global) {
  const report::Profile kind = command.chosen_kind();
  expect_drawable(command.output);
  const table::Table table = open_table(command.problem.table, global);
  const search::Problem problem = command.problem.problem(table);
  expect_two_objectives(problem);
  const std::vector<search::FrontPoint> front = search::exact_front(problem);
  const report::ProfileFigure figure = profile_figure(
      problem, front, fmt::format("the {} solutions of the exact front", counted(front.size())));
  constexpr std::size_t kLeast = 3;
  if (figure.quantities.size() < kLeast) {
    fail(ErrorCode::not_found,
         "{}: a profile needs {} of accuracy, energy, time, parameters and emissions; there are {}",
         table.name(), kLeast, figure.quantities.size());
  }
  draw(report::profile_figure_spec(figure, kind), command.output, global);
}

}  // namespace

void add_plot_attainment(CLI::App& plot, const Global& global) {
  CLI::App* command =
      plot.add_subcommand("attainment", "What trials of a search attain, beside the exact front");
  const auto arguments = std::make_shared<AlgorithmPlot>();
  arguments->trials.add_to(*command, true);
  command->add_option("--algorithm", arguments->algorithm, "One of " + algorithm_names())
      ->type_name("NAME")
      ->capture_default_str();
  command->callback([=, &global] { run_attainment(*arguments, global); });
}

void add_plot_trial(CLI::App& plot, const Global& global) {
  CLI::App* command = plot.add_subcommand(
      "trial", "What one trial of a search evaluates, with its front, extrema and knee");
  const auto arguments = std::make_shared<AlgorithmPlot>();
  arguments->trials.trials = 1;
  arguments->trials.add_to(*command, false);
  command->add_option("--algorithm", arguments->algorithm, "One of " + algorithm_names())
      ->type_name("NAME")
      ->capture_default_str();
  command->callback([=, &global] { run_trial(*arguments, global); });
}

void add_plot_progress(CLI::App& plot, const Global& global) {
  CLI::App* command = plot.add_subcommand(
      "progress", "How much of the front algorithms have found after so many evaluations");
  const auto arguments = std::make_shared<ProgressPlot>();
  arguments->trials.add_to(*command, true);
  command
      ->add_option(
          "--algorithm", arguments->algorithms,
          fmt::format("Several are compared, of {} (default: semoa, random)", algorithm_names()))
      ->delimiter(',')
      ->type_name("NAME,…");
  command->callback([=, &global] { run_progress(*arguments, global); });
}

void add_plot_profile(CLI::App& plot, const Global& global) {
  CLI::App* command = plot.add_subcommand(
      "profile", "Extrema and knee of a front in accuracy, energy, time, parameters, emissions");
  const auto arguments = std::make_shared<ProfilePlot>();
  arguments->problem.add_to(*command);
  command
      ->add_option("--kind", arguments->kind,
                   "dots (rows with values) or radar (as EC-NAS published)")
      ->type_name("NAME")
      ->capture_default_str();
  add_figure_output(*command, arguments->output);
  command->callback([=, &global] { run_profile(*arguments, global); });
}

}  // namespace ecnas::app
