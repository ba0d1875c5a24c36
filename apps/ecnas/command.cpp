#include "command.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/surrogate/benchmark.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

namespace fs = std::filesystem;

/// The directory of the running program.
fs::path program_directory() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path(".") : program.parent_path();
}

}  // namespace

std::filesystem::path cache_directory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && std::filesystem::path(cache).is_absolute())
    return std::filesystem::path(cache) / "ecnas";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return std::filesystem::path(home) / ".cache" / "ecnas";
  return {};
}

table::Table open_table(const std::string& path_or_name, const Global& global) {
  std::optional<Progress> progress;
  surrogate::BenchmarkOptions options;
  if (!global.no_cache) options.cache_directory = cache_directory();
  options.threads = global.threads;
  options.progress = [&](double done) {
    if (!progress) progress.emplace(fmt::format("building {}", path_or_name), global.json);
    progress->show(done);
  };
  options.remark = [&](const std::string& text) { message("ecnas: " + text); };
  return surrogate::open_table(path_or_name, options);
}

void ReadingOptions::add_to(CLI::App& command) {
  command
      .add_option("--pue", pue, "Convert energies and emissions to this PUE (default: as stored)")
      ->type_name("X");
  command
      .add_option("--carbon-intensity", carbon_intensity,
                  "Emissions from energies at this intensity (default: as stored)")
      ->type_name("G_PER_KWH");
  command.add_option("--repeat", repeat, "One repeat, from 1 (default: the mean of all)")
      ->type_name("K")
      ->check(CLI::Range(std::size_t{0}, std::size_t{1'000'000}));
}

table::Conversion ReadingOptions::conversion() const {
  if (pue && !(*pue >= 1 && std::isfinite(*pue))) {
    fail(ErrorCode::invalid_argument, "--pue: {} given; a PUE is at least 1", *pue);
  }
  if (carbon_intensity && !(*carbon_intensity >= 0 && std::isfinite(*carbon_intensity))) {
    fail(ErrorCode::invalid_argument,
         "--carbon-intensity: {} given; expected grams per kWh, not "
         "negative",
         *carbon_intensity);
  }
  return {.pue = pue, .carbon_intensity_g_per_kwh = carbon_intensity};
}

std::string file_name(const table::Table& table) {
  return std::filesystem::path(table.name()).filename().string();
}

table::Repeat ReadingOptions::chosen_repeat() const {
  if (!repeat) return table::Repeat::mean();
  if (*repeat == 0) fail(ErrorCode::invalid_argument, "--repeat: 0 given; repeats count from 1");
  return table::Repeat::number(*repeat);
}

table::Repeat ReadingOptions::chosen_repeat(const table::Table& table) const {
  if (repeat && *repeat > table.repeats()) {
    fail(ErrorCode::not_found, "{}: no repeat {}; it has {}", table.name(), *repeat,
         table.repeats());
  }
  return chosen_repeat();
}

void ProblemArguments::add_to(CLI::App& command) {
  command.add_option("table", table, "File of a table, or the name of a built-in one")
      ->type_name("TABLE")
      ->capture_default_str();
  command
      .add_option("--objectives", objectives,
                  "What to minimise, comma-separated: energy, training_time, co2eq, parameters, "
                  "flops, validation_error, test_error, inverse_depth (default: "
                  "energy,validation_error where the table has them)")
      ->type_name("LIST");
  command
      .add_option("--epochs", epochs,
                  "Only these budgets (default: all; a solution is a cell at one budget)")
      ->type_name("N")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--reference-point", reference_point,
                  "Reference of the hypervolume, in the order of the objectives (default: the "
                  "table's)")
      ->type_name("LIST");
  command
      .add_option("--constraint", constraints,
                  "What solutions must keep, as in energy<=0.02 or validation_accuracy>=0.9; "
                  "repeatable")
      ->allow_extra_args(false)
      ->type_name("LIMIT");
  reading.add_to(command);
}

search::Problem ProblemArguments::problem(const table::Table& opened) const {
  search::ProblemOptions options;
  options.objectives = objectives.empty() ? search::default_objectives(opened)
                                          : search::parse_objectives(objectives);
  options.epochs = epochs;
  options.repeat = reading.chosen_repeat(opened);
  options.conversion = reading.conversion();
  for (const std::string& constraint : constraints)
    options.constraints.push_back(search::parse_constraint(constraint));
  return {opened, std::move(options)};
}

moo::Objectives ProblemArguments::reference(const search::Problem& problem) const {
  if (reference_point.empty()) return problem.reference_point();
  std::vector<double> values;
  for (const std::string_view part : split(reference_point, ',')) {
    const std::optional<double> value = parse_real(trimmed(part));
    if (!value || !std::isfinite(*value)) {
      fail(ErrorCode::invalid_argument, "--reference-point: {} is not a finite number",
           ecnas::quoted(part));
    }
    values.push_back(*value);
  }
  if (values.size() != problem.objectives().size()) {
    fail(ErrorCode::invalid_argument, "--reference-point: {} values for {} objectives",
         values.size(), problem.objectives().size());
  }
  return moo::Objectives(values);
}

std::string operations_text(const space::Cell& cell) {
  std::vector<std::string_view> names;
  for (unsigned vertex = 1; vertex + 1 < cell.vertices(); ++vertex) {
    names.push_back(space::short_name(cell.operation(vertex)));
  }
  return names.empty() ? "–" : fmt::format("{}", fmt::join(names, ","));
}

double tidy(double value) {
  const auto narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) != value) return value;
  return parse_real(shortest(narrow)).value_or(value);
}

double tidy(double value, search::Objective objective) {
  const bool is_error = objective == search::Objective::validation_error ||
                        objective == search::Objective::test_error;
  if (!is_error) return tidy(value);
  // Nine digits are more than a 32-bit accuracy holds, and hide what the subtraction adds.
  return parse_real(fmt::format("{:.9g}", 1 - tidy(1 - value))).value_or(value);
}

Json to_json(const moo::Objectives& objectives, const search::Problem& problem) {
  Json document = Json::object();
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    const search::Objective objective = problem.objectives()[i];
    document[std::string(search::info(objective).column)] = tidy(objectives[i], objective);
  }
  return document;
}

namespace {

/// Null for a table without budgets.
Json epochs_json(const search::Problem& problem, search::Candidate candidate) {
  if (!problem.table_budget(candidate.budget)) return nullptr;
  return problem.budgets()[candidate.budget];
}

}  // namespace

Json to_json(const search::FrontPoint& point, const search::Problem& problem) {
  const table::Table& table = problem.table();
  Json document = {{"cell", space::to_text(table.cell(point.candidate.row))},
                   {"hash", space::to_text(table.hashes()[point.candidate.row])},
                   {"epochs", epochs_json(problem, point.candidate)}};
  document.update(to_json(point.objectives, problem));
  return document;
}

Json to_json(const moo::Objectives& point) {
  Json values = Json::array();
  for (const double value : point)
    values.push_back(tidy(value));
  return values;
}

void print_json(const Json& document) {
  print(document.dump(2) + "\n");
}

std::string readable(double value, search::Objective objective) {
  switch (objective) {
    case search::Objective::parameters:
    case search::Objective::flops:
      return with_thousands(static_cast<std::int64_t>(value));
    case search::Objective::training_time:
      return fmt::format("{:.1f}", value);
    case search::Objective::co2eq:
      return fmt::format("{:.3g}", value);
    case search::Objective::energy:
      return value < 1e-3 ? fmt::format("{:.3g}", value) : fmt::format("{:.6f}", value);
    case search::Objective::validation_error:
    case search::Objective::test_error:
    case search::Objective::inverse_depth:
      return fmt::format("{:.4f}", value);
  }
  return fmt::format("{}", value);
}

std::string solutions_text(const search::Problem& problem,
                           std::span<const search::FrontPoint> solutions,
                           std::span<const std::string> remarks) {
  const table::Table& source = problem.table();
  const bool budgets = !source.budgets().empty();
  std::vector<TextTable::Column> titles = {{"hash"}, {"operations"}};
  if (budgets) titles.push_back({"epochs", Align::right});
  for (const search::Objective objective : problem.objectives())
    titles.push_back({std::string(search::info(objective).column), Align::right});
  titles.push_back({""});

  TextTable table(titles);
  for (std::size_t i = 0; i < solutions.size(); ++i) {
    const auto& [candidate, objectives] = solutions[i];
    std::vector<std::string> line = {space::to_text(source.hashes()[candidate.row]).substr(0, 12),
                                     operations_text(source.cell(candidate.row))};
    if (budgets) line.push_back(std::to_string(problem.budgets()[candidate.budget]));
    for (std::size_t k = 0; k < objectives.size(); ++k)
      line.push_back(readable(objectives[k], problem.objectives()[k]));
    line.push_back(i < remarks.size() ? remarks[i] : "");
    table.add(std::move(line));
  }
  return table.text();
}

std::string point_text(const moo::Objectives& point) {
  std::vector<std::string> values;
  for (const double value : point)
    values.push_back(fmt::format("{:.6g}", value));
  return fmt::format("({})", fmt::join(values, ", "));
}

report::Renderer renderer() {
  report::Renderer result;
  result.chart_directory = program_directory().parent_path() / "share" / "ecnas" / "chart";
  return result;
}

std::filesystem::path page_directory() {
  return program_directory().parent_path() / "share" / "ecnas" / "page";
}

}  // namespace ecnas::app
