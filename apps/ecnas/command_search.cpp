#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/search/study.hpp"
#include "interrupt.hpp"
#include "search_arguments.hpp"
#include "search_output.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

constexpr std::size_t kDefaultEvaluations = 100;

struct SearchCommand {
  ProblemArguments problem;
  SearchArguments search;
  std::string algorithm = "auto";
  std::vector<std::string> options;
  std::string reference;
  std::string sampling = "uniform";
  std::string count = "evaluations";
  std::size_t trials = 1;
  std::string output;
  bool resume = false;
};

search::Algorithm algorithm_of(const SearchCommand& command) {
  if (command.reference.empty()) return search::parse_algorithm(command.algorithm);
  if (command.reference != search::name(search::Algorithm::semoa_published)) {
    fail(ErrorCode::invalid_argument, "--reference {}: unknown; there is semoa-published",
         ecnas::quoted(command.reference));
  }
  return search::Algorithm::semoa_published;
}

space::Sampling sampling_of(const SearchCommand& command, search::Algorithm algorithm) {
  if (command.sampling == "uniform") return space::Sampling::uniform;
  if (command.sampling != "published") {
    fail(ErrorCode::invalid_argument, "--sampling {}: unknown; choose from uniform, published",
         ecnas::quoted(command.sampling));
  }
  if (algorithm != search::Algorithm::random) {
    fail(ErrorCode::invalid_argument, "--sampling published: goes with --algorithm random only");
  }
  return space::Sampling::published;
}

search::Count counted_of(const SearchCommand& command) {
  if (command.count == "requests") return search::Count::requests;
  if (command.count == "evaluations") return search::Count::evaluations;
  fail(ErrorCode::invalid_argument, "--count {}: unknown; choose from evaluations, requests",
       ecnas::quoted(command.count));
}

/// What needs no table.
search::SearchOptions search_options(const SearchCommand& command, const Global& global) {
  search::SearchOptions options;
  options.algorithm = algorithm_of(command);
  options.algorithm_options = search::parse_options(options.algorithm, command.options);
  options.sampling = sampling_of(command, options.algorithm);
  options.trials = command.trials;
  options.threads = global.threads;
  static_cast<void>(counted_of(command));
  return options;
}

/// The folder's record of finished trials, so that a search that was killed goes on.
std::optional<search::StudyStore> store_of(const SearchCommand& command,
                                           const search::Problem& problem,
                                           const search::StudyOptions& study) {
  if (command.output.empty()) return std::nullopt;
  make_directory(command.output);
  return search::StudyStore::open(
      std::filesystem::path(command.output) / "study", search::parameters_of(problem, study),
      command.resume ? search::StudyStore::Mode::resume : search::StudyStore::Mode::begin);
}

/// Runs the trials that are not finished; one that is interrupted is returned as far as it came.
std::vector<search::Trial> run_trials(const search::Problem& problem,
                                      const search::StudyOptions& study,
                                      const std::optional<search::StudyStore>& store,
                                      const std::stop_token& stop, ProgressBar& bar) {
  const search::SearchOptions& options = study.common;
  std::vector<std::optional<search::Trial>> trials(options.trials);
  parallel_for(options.trials, options.threads, [&](std::size_t i) {
    const search::Contender& contender = study.contenders.front();
    const std::uint64_t seed = search::trial_seed(options.seed, i);
    if (store) {
      if (auto kept = store->read(problem, contender, i, seed)) {
        bar.advance(kept->trial.evaluations.size());
        trials[i] = std::move(kept->trial);
        return;
      }
    }
    if (stop.stop_requested()) return;
    trials[i] =
        search::run_trial(problem, options, seed, stop, [&](std::size_t) { bar.advance(); });
    if (store && trials[i]->stop_reason != search::StopReason::interrupted)
      store->write(problem, contender, i, {*trials[i], std::nullopt, std::nullopt});
  });
  std::vector<search::Trial> begun;
  for (std::optional<search::Trial>& trial : trials) {
    if (trial) begun.push_back(std::move(*trial));
  }
  return begun;
}

void run_search(const SearchCommand& command, const Global& global) {
  const InterruptGuard interrupt;
  search::SearchOptions options = search_options(command, global);
  if (!command.output.empty()) make_directory(command.output);
  const table::Table table = open_table(command.problem.table, global);
  const search::Problem problem = command.problem.problem(table);
  command.search.apply_to(options, table);
  options.stop.counted = counted_of(command);
  if (!command.search.has_limit()) options.stop.count = kDefaultEvaluations;
  const moo::Objectives reference = command.problem.reference(problem);

  search::StudyOptions study;
  study.contenders = {
      {std::string(search::name(options.algorithm)), options.algorithm, options.algorithm_options}};
  study.common = options;
  study.remarks = {{"prior", prior_text(command.search.prior)}};
  const std::optional<search::StudyStore> store = store_of(command, problem, study);
  std::vector<search::Trial> trials;
  {
    ProgressBar bar("searching", options.trials * options.stop.count.value_or(0), global.json);
    trials = run_trials(problem, study, store, interrupt.token(), bar);
  }
  SearchReport report = make_report(problem, options, std::move(trials), reference);
  report.prior = command.search.prior;
  if (!report.is_feasible) {
    message(fmt::format("ecnas: no solution of {} keeps all constraints", table.name()));
  } else if (report.exact_hypervolume == 0) {
    warn_of_reference(reference);
  }
  if (!command.output.empty()) write_search(problem, options, report, command.output);
  if (global.json) {
    print_json(search_json(problem, options, report));
  } else {
    print_search(problem, options, report);
    if (!command.output.empty()) print(fmt::format("written      {}\n", command.output));
  }
  if (interrupt.token().stop_requested()) {
    fail(ErrorCode::interrupted, "search interrupted: {} of {} trials begun, what was done is {}",
         report.trials.size(), options.trials,
         command.output.empty()
             ? "shown"
             : fmt::format("written to {}; go on with --resume", command.output));
  }
}

}  // namespace

void add_search(CLI::App& app, const Global& global) {
  CLI::App* command =
      app.add_subcommand("search", "Search a table for the trade-off between its objectives");
  const auto arguments = std::make_shared<SearchCommand>();
  arguments->problem.add_to(*command);
  command
      ->add_option("--algorithm", arguments->algorithm,
                   fmt::format("One of {}; auto is {}", algorithm_names(),
                               search::name(search::kRecommended)))
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option("--option", arguments->options,
                   "An option of the algorithm, as in population=50; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command
      ->add_option("--reference", arguments->reference,
                   "semoa-published: behave as the published code, to compare")
      ->type_name("NAME");
  command->add_option("--sampling", arguments->sampling, "Of random search: uniform or published")
      ->type_name("NAME")
      ->capture_default_str();
  arguments->search.add_to(
      *command, fmt::format(" (default without another limit: {})", kDefaultEvaluations));
  command
      ->add_option("--count", arguments->count,
                   "What --evaluations counts: evaluations (first requests) or requests")
      ->type_name("WHAT")
      ->capture_default_str();
  command->add_option("--trials", arguments->trials, "Independent runs")
      ->type_name("K")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for a log a trial, the fronts and the parameters")
      ->type_name("DIR");
  command->add_flag("--resume", arguments->resume,
                    "Go on in a folder that has trials of the same search");
  command->callback([=, &global] { run_search(*arguments, global); });
}

}  // namespace ecnas::app
