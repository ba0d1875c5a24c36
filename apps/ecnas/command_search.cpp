#include <fmt/format.h>

#include <memory>

#include "command.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/search/search.hpp"
#include "interrupt.hpp"
#include "search_output.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

constexpr std::size_t kDefaultEvaluations = 100;

struct SearchArguments {
  ProblemArguments problem;
  std::string algorithm = "semoa";
  std::string reference;
  std::string sampling = "uniform";
  std::string count = "evaluations";
  search::StopRule stop;
  std::size_t trials = 1;
  std::uint64_t seed = 0;
  std::string output;
};

template <typename Number>
void require_positive(const std::optional<Number>& value, std::string_view option) {
  if (value && !(*value > 0)) {
    fail(ErrorCode::invalid_argument, "{}: {} given; expected a positive number", option, *value);
  }
}

search::StopRule stop_rule(const SearchArguments& arguments) {
  search::StopRule rule = arguments.stop;
  require_positive(rule.count, "--evaluations");
  require_positive(rule.energy_kwh, "--max-energy");
  require_positive(rule.co2eq_g, "--max-co2eq");
  require_positive(rule.training_time_s, "--max-time");
  if (!rule.count && !rule.energy_kwh && !rule.co2eq_g && !rule.training_time_s) {
    rule.count = kDefaultEvaluations;
  }
  if (arguments.count == "requests") {
    rule.counted = search::Count::requests;
  } else if (arguments.count != "evaluations") {
    fail(ErrorCode::invalid_argument, "--count {}: unknown; choose from evaluations, requests",
         ecnas::quoted(arguments.count));
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

search::SearchOptions search_options(const SearchArguments& arguments, const Global& global) {
  search::SearchOptions options;
  options.algorithm = search::parse_algorithm(arguments.reference.empty() ? arguments.algorithm
                                                                          : arguments.reference);
  if (!arguments.reference.empty() && options.algorithm != search::Algorithm::semoa_published) {
    fail(ErrorCode::invalid_argument, "--reference {}: unknown; there is semoa-published",
         ecnas::quoted(arguments.reference));
  }
  if (arguments.sampling == "published") {
    options.sampling = space::Sampling::published;
  } else if (arguments.sampling != "uniform") {
    fail(ErrorCode::invalid_argument, "--sampling {}: unknown; choose from uniform, published",
         ecnas::quoted(arguments.sampling));
  }
  if (options.sampling == space::Sampling::published &&
      options.algorithm != search::Algorithm::random) {
    fail(ErrorCode::invalid_argument, "--sampling published: goes with --algorithm random only");
  }
  options.stop = stop_rule(arguments);
  options.trials = arguments.trials;
  options.seed = arguments.seed;
  options.threads = global.threads;
  return options;
}

void run_search(const SearchArguments& arguments, const Global& global) {
  const InterruptGuard interrupt;
  const search::SearchOptions options = search_options(arguments, global);
  if (!arguments.output.empty()) make_directory(arguments.output);

  const table::Table table = open_table(arguments.problem.table, global);
  const search::Problem problem = arguments.problem.problem(table);
  check_limits(table, options.stop);

  std::vector<search::Trial> trials;
  {
    ProgressBar bar("searching", options.trials * options.stop.count.value_or(0), global.json);
    trials = search::run_search(problem, options, interrupt.token(),
                                [&](std::size_t, std::size_t) { bar.advance(); });
  }
  const SearchReport report =
      make_report(problem, std::move(trials), arguments.problem.reference(problem));
  if (!arguments.output.empty()) write_search(problem, options, report, arguments.output);
  if (global.json) {
    print_json(search_json(problem, options, report));
  } else {
    print_search(problem, options, report);
    if (!arguments.output.empty()) print(fmt::format("written      {}\n", arguments.output));
  }
  if (interrupt.token().stop_requested()) {
    fail(ErrorCode::interrupted, "search interrupted: {} of {} trials begun, what was done is {}",
         report.trials.size(), options.trials,
         arguments.output.empty() ? "shown" : "written to " + arguments.output);
  }
}

}  // namespace

void add_search(CLI::App& app, const Global& global) {
  CLI::App* command =
      app.add_subcommand("search", "Search a table for the trade-off between its objectives");
  const auto arguments = std::make_shared<SearchArguments>();
  arguments->problem.add_to(*command);
  std::vector<std::string_view> names;
  for (const auto& algorithm : search::algorithms())
    names.push_back(algorithm.name);
  command
      ->add_option("--algorithm", arguments->algorithm,
                   fmt::format("One of {}", fmt::join(names, ", ")))
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option("--reference", arguments->reference,
                   "semoa-published: behave as the published code, to compare")
      ->type_name("NAME");
  command->add_option("--sampling", arguments->sampling, "Of random search: uniform or published")
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option("--evaluations", arguments->stop.count,
                   fmt::format("Stop after N evaluations (default without another limit: {})",
                               kDefaultEvaluations))
      ->type_name("N");
  command
      ->add_option("--count", arguments->count,
                   "What --evaluations counts: evaluations (first requests) or requests")
      ->type_name("WHAT")
      ->capture_default_str();
  command->add_option("--max-energy", arguments->stop.energy_kwh, "Stop at this simulated energy")
      ->type_name("KWH");
  command->add_option("--max-co2eq", arguments->stop.co2eq_g, "Stop at these simulated emissions")
      ->type_name("G");
  command->add_option("--max-time", arguments->stop.training_time_s, "Stop at this simulated time")
      ->type_name("S");
  command->add_option("--trials", arguments->trials, "Independent runs")
      ->type_name("K")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "Same seed, same bytes")
      ->type_name("S")
      ->check(seed_range())
      ->capture_default_str();
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for a log a trial, the fronts and the parameters")
      ->type_name("DIR");
  command->callback([=, &global] { run_search(*arguments, global); });
}

}  // namespace ecnas::app
