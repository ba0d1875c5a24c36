// `ecnas compare`: algorithms side by side, at equal budgets and with the same seeds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>

#include "command.hpp"
#include "comparison_output.hpp"
#include "comparison_page.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/search/study.hpp"
#include "interrupt.hpp"
#include "search_arguments.hpp"
#include "table_page.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

struct CompareArguments {
  ProblemArguments problem;
  std::vector<std::string> algorithms;
  std::vector<std::string> options;
  SearchArguments search;
  std::size_t trials = 30;
  double own_power_w = 15;
  std::string output;
  bool resume = false;
};

/// Reads `semoa` or `NAME=semoa`.
search::Contender contender(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string algorithm = equals == std::string::npos ? text : text.substr(equals + 1);
  search::Contender result;
  result.algorithm = search::parse_algorithm(algorithm);
  result.name = equals == std::string::npos ? std::string(search::name(result.algorithm))
                                            : text.substr(0, equals);
  return result;
}

/// Gives each contender the options of its name: `semoa.population=20`.
void set_options(const std::vector<std::string>& options,
                 std::vector<search::Contender>& contenders) {
  std::vector<std::vector<std::string>> assignments(contenders.size());
  for (const std::string& option : options) {
    const std::size_t dot = option.find('.');
    const auto found =
        std::ranges::find(contenders, option.substr(0, dot), &search::Contender::name);
    if (dot == std::string::npos || found == contenders.end()) {
      std::vector<std::string_view> names;
      for (const search::Contender& each : contenders)
        names.push_back(each.name);
      fail(ErrorCode::invalid_argument, "--option {}: expected NAME.OPTION=VALUE with NAME of {}",
           ecnas::quoted(option), fmt::join(names, ", "));
    }
    assignments[static_cast<std::size_t>(found - contenders.begin())].push_back(
        option.substr(dot + 1));
  }
  for (std::size_t i = 0; i < contenders.size(); ++i)
    contenders[i].options = search::parse_options(contenders[i].algorithm, assignments[i]);
}

std::vector<search::Contender> contenders_of(const CompareArguments& arguments) {
  std::vector<search::Contender> contenders;
  for (const std::string& text : arguments.algorithms)
    contenders.push_back(contender(text));
  for (std::size_t i = 1; i < contenders.size(); ++i) {
    const auto end = contenders.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::ranges::find(contenders.begin(), end, contenders[i].name, &search::Contender::name) !=
        end) {
      fail(ErrorCode::invalid_argument,
           "--algorithms: {} is given twice; name one of them, as in {}-2={}", contenders[i].name,
           contenders[i].name, search::name(contenders[i].algorithm));
    }
  }
  if (contenders.size() < 2) {
    fail(ErrorCode::invalid_argument, "--algorithms: {} given; a comparison needs two or more",
         contenders.size());
  }
  set_options(arguments.options, contenders);
  return contenders;
}

search::Problem problem_of(const CompareArguments& arguments, const table::Table& table) {
  search::Problem problem = arguments.problem.problem(table);
  if (problem.objectives().size() < 2) {
    fail(ErrorCode::invalid_argument, "--objectives: {} given; a comparison needs two or more",
         problem.objectives().size());
  }
  return problem;
}

/// Runs or resumes the study under a progress bar that counts evaluations, or trials where they
/// have other limits.
search::Study run_study(const search::Problem& problem, const search::StudyOptions& options,
                        const search::StudyStore& store, const Global& global) {
  const InterruptGuard interrupt;
  const std::size_t trials = options.contenders.size() * options.common.trials;
  const std::size_t evaluations = options.common.stop.count.value_or(0);
  ProgressBar bar("comparing", trials * std::max<std::size_t>(evaluations, 1), global.json);
  std::mutex mutex;
  search::StudyObserver observer;
  if (evaluations > 0)
    observer.evaluated = [&](std::size_t, std::size_t, std::size_t) { bar.advance(); };
  observer.finished = [&](std::size_t, std::size_t, bool was_kept) {
    if (evaluations == 0) bar.advance();
    if (evaluations > 0 && was_kept) bar.advance(evaluations);
  };
  observer.damaged = [&](const std::string& what) {
    const std::lock_guard lock(mutex);
    message(fmt::format("ecnas: {}; it is run again", what));
  };
  try {
    return search::run_study(problem, options, &store, observer, interrupt.token());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::interrupted) throw;
    fail(ErrorCode::interrupted, "{} and kept in {}; go on with --resume", error.what(),
         store.directory().string());
  }
}

/// Everything in the directory but the trials, which are there. @return the JSON document
Json write_report(const ComparisonReport& report, const std::string& command,
                  const fs::path& directory) {
  Json document = comparison_json(report);
  write_file(directory / "comparison.json", document.dump(2) + "\n");
  write_file(directory / "timings.json", timings_json(report).dump(2) + "\n");
  for (const DocumentTable& table :
       {curves_table(report), trials_table(report), tests_table(report)})
    write_file(directory / (table.name + ".csv"), csv_text(table));
  try {
    report::write_page(comparison_page(report, comparison_document(report), command),
                       directory / "index.html", page_directory());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::missing_dependency) throw;
    message(fmt::format("ecnas: left out: the page: {}", error.what()));
  }
  return document;
}

/// What was given, as it stands on a command line.
std::string command_text(const CompareArguments& arguments) {
  std::string text = fmt::format("ecnas compare {} --algorithms {}", arguments.problem.table,
                                 fmt::join(arguments.algorithms, ","));
  if (!arguments.problem.objectives.empty())
    text += " --objectives " + arguments.problem.objectives;
  if (!arguments.problem.epochs.empty())
    text += fmt::format(" --epochs {}", fmt::join(arguments.problem.epochs, ","));
  for (const std::string& option : arguments.options)
    text += " --option " + option;
  for (const std::string& constraint : arguments.problem.constraints)
    text += fmt::format(" --constraint '{}'", constraint);
  return text + fmt::format(" --trials {}{} --output {}", arguments.trials, arguments.search.text(),
                            arguments.output);
}

search::StudyOptions study_options(const CompareArguments& arguments, const table::Table& table,
                                   const Global& global) {
  if (!arguments.search.has_limit()) {
    fail(ErrorCode::invalid_argument,
         "compare: no limit given; a trial needs --evaluations, --max-energy, --max-co2eq or "
         "--max-time");
  }
  search::StudyOptions options;
  options.contenders = contenders_of(arguments);
  arguments.search.apply_to(options.common, table);
  options.common.trials = arguments.trials;
  options.common.threads = global.threads;
  options.remarks = {{"prior", prior_text(arguments.search.prior)}, {"version", program_version()}};
  return options;
}

/// A problem of which nothing keeps the constraints has no front, so there is nothing to run.
void tell_nothing_is_feasible(const search::Problem& problem, const Global& global) {
  const std::string verdict =
      fmt::format("No solution of {} keeps all constraints, so there is nothing to compare.",
                  problem.table().name());
  if (global.json) {
    print_json({{"algorithms", Json::object()}, {"tests", Json::array()}, {"verdict", {verdict}}});
  } else {
    print(verdict + "\n");
  }
}

void run_compare(const CompareArguments& arguments, const Global& global) {
  static_cast<void>(contenders_of(arguments));  // before a table is built
  const table::Table table = open_table(arguments.problem.table, global);
  const search::Problem problem = problem_of(arguments, table);
  const search::StudyOptions options = study_options(arguments, table, global);
  if (search::exact_front(problem).empty()) {
    tell_nothing_is_feasible(problem, global);
    return;
  }
  search::ComparisonOptions judging;
  judging.reference_point = arguments.problem.reference(problem);
  judging.threads = global.threads;

  ComparisonReport report;
  report.problem = &problem;
  report.stop = options.common.stop;
  report.is_noisy = options.common.is_noisy;
  report.parameters = search::parameters_of(problem, options);
  const search::StudyStore store = search::StudyStore::open(
      arguments.output, report.parameters,
      arguments.resume ? search::StudyStore::Mode::resume : search::StudyStore::Mode::begin);
  const search::Study study = run_study(problem, options, store, global);
  report.study = &study;
  report.comparison = search::compare(problem, study, judging);
  report.own_power_w = arguments.own_power_w;
  report.own_costs = search::own_costs(study, report.own_power_w);
  report.break_evens = search::break_evens(report.comparison, report.own_costs);

  const Json document = write_report(report, command_text(arguments), arguments.output);
  if (!report.comparison.reference_is_reached) warn_of_reference(judging.reference_point);
  if (global.json) {
    print_json(document);
  } else {
    print(comparison_text(report) + fmt::format("written      {}\n", arguments.output));
  }
}

}  // namespace

void add_compare(CLI::App& app, const Global& global) {
  CLI::App* command = app.add_subcommand(
      "compare", "Search algorithms side by side, at equal budgets and with the same seeds");
  const auto arguments = std::make_shared<CompareArguments>();
  arguments->problem.add_to(*command);
  command
      ->add_option("--algorithms", arguments->algorithms,
                   fmt::format("Two or more of {}; NAME=ALGORITHM names one, to compare it with "
                               "itself under other options",
                               algorithm_names()))
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  command
      ->add_option("--option", arguments->options,
                   "An option of one of them, as in semoa.population=20; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME.OPTION=VALUE");
  arguments->search.add_to(*command);
  command->add_option("--trials", arguments->trials, "Independent runs of each")
      ->type_name("K")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
      ->capture_default_str();
  command
      ->add_option("--own-power", arguments->own_power_w,
                   "What a busy core draws, to tell what the algorithms themselves take")
      ->type_name("W")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command
      ->add_option("-o,--output", arguments->output,
                   "A new directory for trials, results and the page")
      ->required()
      ->type_name("DIR");
  command->add_flag("--resume", arguments->resume, "Go on with what the directory holds");
  command->callback([=, &global] { run_compare(*arguments, global); });
}

}  // namespace ecnas::app
