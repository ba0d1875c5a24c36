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
#include "table_page.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

struct CompareArguments {
  ProblemArguments problem;
  std::vector<std::string> algorithms;
  std::vector<std::string> options;
  std::vector<std::string> constraints;
  search::StopRule stop;
  std::size_t trials = 30;
  std::uint64_t seed = 0;
  double own_power_w = 15;
  std::string output;
  bool is_noisy = false;
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

template <typename Number>
void require_positive(const std::optional<Number>& value, std::string_view option) {
  if (value && !(*value > 0)) {
    fail(ErrorCode::invalid_argument, "{}: {} given; expected a positive number", option, *value);
  }
}

search::StopRule stop_rule(const CompareArguments& arguments) {
  const search::StopRule& rule = arguments.stop;
  require_positive(rule.count, "--evaluations");
  require_positive(rule.energy_kwh, "--max-energy");
  require_positive(rule.co2eq_g, "--max-co2eq");
  require_positive(rule.training_time_s, "--max-time");
  if (!rule.count && !rule.energy_kwh && !rule.co2eq_g && !rule.training_time_s) {
    fail(ErrorCode::invalid_argument,
         "compare: no limit given; a trial needs --evaluations, --max-energy, --max-co2eq or "
         "--max-time");
  }
  return rule;
}

/// A limit on a cost that the table does not hold would never be reached.
void check_limits(const table::Table& table, const search::StopRule& rule) {
  const auto require = [&](bool limited, std::string_view metric, std::string_view option) {
    if (limited && table.column(metric) == nullptr) {
      fail(ErrorCode::not_found, "{}: no metric '{}', so {} cannot be kept; use --evaluations",
           table.name(), metric, option);
    }
  };
  require(rule.energy_kwh.has_value(), "energy_kwh", "--max-energy");
  require(rule.co2eq_g.has_value(), "co2eq_g", "--max-co2eq");
  require(rule.training_time_s.has_value(), "training_time_s", "--max-time");
}

search::Problem problem_of(const CompareArguments& arguments, const table::Table& table) {
  search::Problem problem = arguments.problem.problem(table);
  if (problem.objectives().size() < 2) {
    fail(ErrorCode::invalid_argument, "--objectives: {} given; a comparison needs two or more",
         problem.objectives().size());
  }
  if (arguments.constraints.empty()) return problem;
  search::ProblemOptions options = problem.options();
  for (const std::string& constraint : arguments.constraints)
    options.constraints.push_back(search::parse_constraint(constraint));
  return {table, std::move(options)};
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
  for (const std::string& constraint : arguments.constraints)
    text += fmt::format(" --constraint '{}'", constraint);
  if (arguments.is_noisy) text += " --noise";
  const search::StopRule& rule = arguments.stop;
  if (rule.count) text += fmt::format(" --evaluations {}", *rule.count);
  if (rule.energy_kwh) text += fmt::format(" --max-energy {}", *rule.energy_kwh);
  if (rule.co2eq_g) text += fmt::format(" --max-co2eq {}", *rule.co2eq_g);
  if (rule.training_time_s) text += fmt::format(" --max-time {}", *rule.training_time_s);
  return text + fmt::format(" --trials {} --seed {} --output {}", arguments.trials, arguments.seed,
                            arguments.output);
}

search::StudyOptions study_options(const CompareArguments& arguments, const Global& global) {
  search::StudyOptions options;
  options.contenders = contenders_of(arguments);
  options.common.stop = stop_rule(arguments);
  options.common.trials = arguments.trials;
  options.common.seed = arguments.seed;
  options.common.is_noisy = arguments.is_noisy;
  options.common.threads = global.threads;
  options.remarks = {{"version", program_version()}};
  return options;
}

/// Whether a warning is due, which stands in the verdict too.
void warn_of_reference(const search::Comparison& comparison) {
  if (comparison.reference_is_reached) return;
  message(fmt::format(
      "ecnas: no solution is better than the reference point {} in every objective; every "
      "hypervolume is 0",
      point_text(comparison.reference_point)));
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
  const search::StudyOptions options = study_options(arguments, global);
  const table::Table table = open_table(arguments.problem.table, global);
  const search::Problem problem = problem_of(arguments, table);
  check_limits(table, options.common.stop);
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
  warn_of_reference(report.comparison);
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
  std::vector<std::string_view> names;
  for (const auto& algorithm : search::algorithms())
    names.push_back(algorithm.name);
  command
      ->add_option("--algorithms", arguments->algorithms,
                   fmt::format("Two or more of {}; NAME=ALGORITHM names one, to compare it with "
                               "itself under other options",
                               fmt::join(names, ", ")))
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  command
      ->add_option("--option", arguments->options,
                   "An option of one of them, as in semoa.population=20; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME.OPTION=VALUE");
  command
      ->add_option("--constraint", arguments->constraints,
                   "What solutions must keep, as in energy<=0.02; repeatable")
      ->allow_extra_args(false)
      ->type_name("LIMIT");
  command->add_option("--evaluations", arguments->stop.count, "End a trial after N evaluations")
      ->type_name("N");
  command
      ->add_option("--max-energy", arguments->stop.energy_kwh,
                   "End a trial at this simulated energy")
      ->type_name("KWH");
  command
      ->add_option("--max-co2eq", arguments->stop.co2eq_g,
                   "End a trial at these simulated emissions")
      ->type_name("G");
  command
      ->add_option("--max-time", arguments->stop.training_time_s,
                   "End a trial at this simulated time")
      ->type_name("S");
  command->add_option("--trials", arguments->trials, "Independent runs of each")
      ->type_name("K")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
      ->capture_default_str();
  command
      ->add_option("--seed", arguments->seed,
                   "Of the first trial; trial i has the same seed in all")
      ->type_name("S")
      ->check(seed_range())
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
  command->add_flag("--noise", arguments->is_noisy,
                    "Evaluations are drawn as new trainings would measure them; what is found is "
                    "judged by what is expected");
  command->add_flag("--resume", arguments->resume, "Go on with what the directory holds");
  command->callback([=, &global] { run_compare(*arguments, global); });
}

}  // namespace ecnas::app
