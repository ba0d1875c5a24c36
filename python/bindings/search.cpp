#include "ecnas/search/search.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <limits>
#include <variant>

#include "bindings.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/search/prior.hpp"
#include "ecnas/table/gather.hpp"
#include "searches.hpp"

namespace ecnas::python {
namespace {

using search::Problem;
using table::Ledger;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<search::Objective> parse_objectives(const std::vector<std::string>& names) {
  return search::parse_objectives(fmt::format("{}", fmt::join(names, ",")));
}

/// One of them, or several.
template <typename T>
using OneOrMore = std::optional<std::variant<T, std::vector<T>>>;

template <typename T>
std::vector<T> listed(const OneOrMore<T>& given) {
  if (!given) return {};
  if (const T* one = std::get_if<T>(&*given)) return {*one};
  return std::get<std::vector<T>>(*given);
}

void make_problem(ProblemHandle* self, const TableHandle& table,
                  const OneOrMore<std::string>& objectives, const OneOrMore<std::int32_t>& epochs,
                  const OneOrMore<std::string>& constraints, std::optional<std::int64_t> repeat,
                  std::optional<double> pue, std::optional<double> carbon_intensity) {
  search::ProblemOptions options;
  if (objectives && listed(objectives).empty())
    fail(ErrorCode::invalid_argument, "objectives: none; expected one at least");
  options.objectives =
      objectives ? parse_objectives(listed(objectives)) : search::default_objectives(*table.table);
  options.epochs = listed(epochs);
  options.repeat = to_repeat(*table.table, repeat);
  options.conversion = {pue, carbon_intensity};
  for (const std::string& constraint : listed(constraints))
    options.constraints.push_back(search::parse_constraint(constraint));
  auto problem = interruptible([&](const std::stop_token& /*stop*/) {
    return std::make_shared<const Problem>(*table.table, options);
  });
  auto ledger = std::make_shared<LedgerHandle>(table, options.conversion, options.repeat);
  new (self) ProblemHandle{table, std::move(problem), std::move(ledger)};
}

std::size_t budget_position(const Problem& problem, std::optional<std::int32_t> epochs) {
  const auto budgets = problem.budgets();
  if (!epochs) return budgets.size() - 1;
  for (std::size_t i = 0; i < budgets.size(); ++i) {
    if (budgets[i] == *epochs) return i;
  }
  fail(ErrorCode::not_found, "{}: {} epochs are not searched; they are {}", problem.table().name(),
       *epochs, fmt::join(budgets, ", "));
}

/// What an evaluation shows, booked; absent outside the domain.
std::optional<search::Measurement> request(const ProblemHandle& self, std::optional<table::Row> row,
                                           std::size_t budget,
                                           std::optional<std::uint64_t> noise_seed) {
  const Problem& problem = *self.problem;
  const search::Candidate candidate{row.value_or(0), static_cast<std::uint32_t>(budget)};
  if (!row || !problem.contains(candidate)) {
    self.ledger->ledger->book_absent();
    return std::nullopt;
  }
  (void)self.ledger->ledger->book(*row, problem.table_budget(budget).value_or(0));
  return noise_seed ? problem.draw(candidate, *noise_seed) : problem.measure(candidate);
}

nb::object evaluate(const ProblemHandle& self, nb::handle cell, std::optional<std::int32_t> epochs,
                    std::optional<std::uint64_t> noise_seed) {
  const std::size_t budget = budget_position(*self.problem, epochs);
  const auto measured = request(self, find_row(*self.table.table, cell), budget, noise_seed);
  if (!measured) {
    fail(ErrorCode::not_found, "{}: cell {} is not in what is searched", self.table.table->name(),
         text_of(cell));
  }
  return to_numpy(to_vector(measured->objectives));
}

// With the interpreter's lock: the ledger is written.
nb::object evaluate_many(const ProblemHandle& self, nb::handle cells,
                         std::optional<std::int32_t> epochs) {
  const std::size_t budget = budget_position(*self.problem, epochs);
  const std::vector<table::Row> rows = rows_of(*self.table.table, cells);
  const std::size_t width = self.problem->objectives().size();
  std::vector<double> values;
  values.reserve(rows.size() * width);
  for (const table::Row row : rows) {
    const auto measured = request(self, row == table::kNoRow ? std::nullopt : std::optional(row),
                                  budget, std::nullopt);
    for (std::size_t i = 0; i < width; ++i)
      values.push_back(measured ? measured->objectives[i] : kNan);
  }
  return to_numpy(std::move(values), {rows.size(), width});
}

// --- Fronts and trials as columns ----------------------------------------------------------------

/// Solutions as columns: rows, epochs, objectives.
template <typename Solutions, typename Candidate>
void add_solutions(nb::dict& columns, const Problem& problem, const Solutions& solutions,
                   const Candidate& candidate_of) {
  std::vector<std::int64_t> rows;
  std::vector<std::int32_t> epochs;
  std::vector<space::Hash> hashes;
  std::vector<moo::Objectives> points;
  for (const auto& solution : solutions) {
    const search::Candidate candidate = candidate_of(solution);
    rows.push_back(candidate.row);
    hashes.push_back(problem.table().hashes()[candidate.row]);
    epochs.push_back(problem.budgets()[candidate.budget]);
    points.push_back(solution.objectives);
  }
  columns["row"] = to_numpy(std::move(rows));
  columns["hash"] = hash_array(hashes);
  columns["epochs"] = to_numpy(std::move(epochs));
  columns["objectives"] = to_numpy(points, problem.objectives().size());
}

nb::dict front_columns(const Problem& problem, std::span<const search::FrontPoint> front) {
  nb::dict columns;
  add_solutions(columns, problem, front,
                [](const search::FrontPoint& point) { return point.candidate; });
  return columns;
}

nb::dict evaluation_columns(const Problem& problem, const search::Trial& trial) {
  nb::dict columns;
  add_solutions(columns, problem, trial.evaluations,
                [](const search::Evaluation& evaluation) { return evaluation.candidate; });
  std::vector<std::uint8_t> feasible;
  std::vector<std::int64_t> requests;
  std::vector<std::int64_t> epochs;
  std::vector<double> time_s;
  std::vector<double> energy_kwh;
  std::vector<double> co2eq_g;
  for (const search::Evaluation& evaluation : trial.evaluations) {
    feasible.push_back(evaluation.is_feasible ? 1 : 0);
    requests.push_back(static_cast<std::int64_t>(evaluation.requests));
    epochs.push_back(evaluation.cumulative.epochs);
    time_s.push_back(evaluation.cumulative.training_time_s);
    energy_kwh.push_back(evaluation.cumulative.energy_kwh);
    co2eq_g.push_back(evaluation.cumulative.co2eq_g);
  }
  columns["is_feasible"] = to_numpy(std::move(feasible)).attr("view")("bool");
  columns["requests"] = to_numpy(std::move(requests));
  columns["cumulative_epochs"] = to_numpy(std::move(epochs));
  columns["cumulative_training_time_s"] = to_numpy(std::move(time_s));
  columns["cumulative_energy_kwh"] = to_numpy(std::move(energy_kwh));
  columns["cumulative_co2eq_g"] = to_numpy(std::move(co2eq_g));
  return columns;
}

nb::dict trial_dict(const Problem& problem, const search::Trial& trial) {
  nb::dict result;
  result["seed"] = trial.seed;
  result["evaluations"] = evaluation_columns(problem, trial);
  result["front"] = front_columns(problem, trial.front);
  result["ledger"] = ledger_dict(trial.ledger);
  result["stop_reason"] = std::string(search::name(trial.stop_reason));
  return result;
}

// --- Searches ------------------------------------------------------------------------------------

nb::list run_search(const ProblemHandle& self, const std::string& algorithm,
                    const Options& algorithm_options, std::optional<std::size_t> evaluations,
                    std::optional<double> energy_kwh, std::optional<double> co2eq_g,
                    std::optional<double> training_time_s, std::size_t trials, std::uint64_t seed,
                    unsigned threads, bool noisy, const ModelHandle* prior) {
  search::SearchOptions options =
      common_options(*self.table.table, {evaluations, energy_kwh, co2eq_g, training_time_s}, trials,
                     seed, threads, noisy, prior);
  options.algorithm = search::parse_algorithm(algorithm);
  options.algorithm_options = option_values(algorithm_options);
  search::validate(options.algorithm, options.algorithm_options);
  const std::vector<search::Trial> found = interruptible([&](const std::stop_token& stop) {
    return search::run_search(*self.problem, options, stop);
  });
  nb::list result;
  for (const search::Trial& trial : found)
    result.append(trial_dict(*self.problem, trial));
  return result;
}

nb::list algorithms() {
  nb::list result;
  for (const search::AlgorithmInfo& info : search::algorithms()) {
    nb::dict options;
    for (const search::AlgorithmOption& option : info.options)
      options[std::string(option.name).c_str()] = option.default_value;
    nb::dict entry;
    entry["name"] = std::string(info.name);
    entry["title"] = std::string(info.title);
    entry["description"] = std::string(info.description);
    entry["source"] = std::string(info.source);
    entry["options"] = options;
    result.append(entry);
  }
  return result;
}

void bind_problem(nb::module_& module) {
  const auto told = [](std::string_view search::ObjectiveInfo::*text) {
    return [text](const ProblemHandle& self) {
      nb::list texts;
      for (const search::Objective objective : self.problem->objectives())
        texts.append(std::string(search::info(objective).*text));
      return nb::tuple(texts);
    };
  };
  nb::class_<ProblemHandle>(
      module, "Problem", nb::dynamic_attr(),
      "A table as a multi-objective problem: a solution is a cell at one budget, its objectives "
      "are read from the table and minimised. What is evaluated is booked in the ledger.")
      .def("__init__", make_problem, nb::arg("table"), nb::arg("objectives") = nb::none(),
           nb::arg("epochs") = nb::none(), nb::arg("constraints") = nb::none(),
           nb::arg("repeat") = nb::none(), nb::arg("pue") = nb::none(),
           nb::arg("carbon_intensity") = nb::none())
      .def_prop_ro(
          "table", [](const ProblemHandle& self) { return self.table; }, "What is searched.")
      .def_prop_ro("objectives", told(&search::ObjectiveInfo::name), "Their names, in order.")
      .def_prop_ro("columns", told(&search::ObjectiveInfo::column),
                   "The objectives with their units.")
      .def_prop_ro("titles", told(&search::ObjectiveInfo::title), "The objectives for people.")
      .def_prop_ro(
          "budgets",
          [](const ProblemHandle& self) {
            const auto budgets = self.problem->budgets();
            return nb::tuple(nb::cast(std::vector<std::int32_t>(budgets.begin(), budgets.end())));
          },
          "Epochs that are searched, ascending; (0,) for a table without metrics.")
      .def("__len__", [](const ProblemHandle& self) { return self.problem->domain_size(); })
      .def("__repr__",
           [](const ProblemHandle& self) {
             std::vector<std::string_view> names;
             for (const search::Objective objective : self.problem->objectives())
               names.push_back(search::info(objective).name);
             return fmt::format("<Problem: {} of {} at {} epochs>", fmt::join(names, ", "),
                                self.table.table->name(), fmt::join(self.problem->budgets(), "/"));
           })
      .def("evaluate", evaluate, nb::arg("cell").none(), nb::arg("epochs") = nb::none(),
           nb::arg("noise_seed") = nb::none(),
           "The objectives of a cell: float64 (k). epochs: None: the largest budget. Booked.\n"
           "Raises NotFound outside of what is searched.")
      .def("evaluate_many", evaluate_many, nb::arg("cells").none(), nb::arg("epochs") = nb::none(),
           "Objectives of several cells: float64 (n, k), rows of NaN outside. Booked.")
      .def(
          "front_columns",
          [](const ProblemHandle& self) {
            const auto front = interruptible([&](const std::stop_token& /*stop*/) {
              return search::exact_front(*self.problem);
            });
            return front_columns(*self.problem, front);
          },
          "The exact front as arrays; `front` makes a frame of them.")
      .def_prop_ro(
          "reference_point",
          [](const ProblemHandle& self) {
            return to_numpy(to_vector(self.problem->reference_point()));
          },
          "Of hypervolumes, fixed: the largest value of each objective; errors: 1.")
      .def(
          "book_invalid", [](const ProblemHandle& self) { self.ledger->ledger->book_invalid(); },
          "Books a request of what is no cell.")
      .def_prop_ro(
          "ledger", [](const ProblemHandle& self) { return self.ledger; },
          "The account of what was evaluated.");
}

/// A limit on what the table does not tell would never be reached.
void expect_tellable(const table::Table& table, const std::optional<double>& limit,
                     std::string_view metric) {
  if (limit && table.column(metric) == nullptr) {
    fail(ErrorCode::not_found,
         "{}: no metric '{}', so a limit on it cannot be kept; limit the "
         "evaluations",
         table.name(), metric);
  }
}

}  // namespace

search::OptionValues option_values(const Options& options) {
  return {options.begin(), options.end()};
}

search::SearchOptions common_options(const table::Table& table, const Limits& limits,
                                     std::size_t trials, std::uint64_t seed, unsigned threads,
                                     bool noisy, const ModelHandle* prior) {
  expect_tellable(table, limits.energy_kwh, "energy_kwh");
  expect_tellable(table, limits.co2eq_g, "co2eq_g");
  expect_tellable(table, limits.training_time_s, "training_time_s");
  search::SearchOptions options;
  options.stop.count = limits.evaluations;
  options.stop.energy_kwh = limits.energy_kwh;
  options.stop.co2eq_g = limits.co2eq_g;
  options.stop.training_time_s = limits.training_time_s;
  options.trials = trials;
  options.seed = seed;
  options.threads = threads;
  options.is_noisy = noisy;
  if (prior != nullptr) {
    options.prior = search::energy_prior(std::make_shared<const surrogate::Surrogate>(
        prior->file->surrogate(surrogate::Target::energy_kwh)));
  }
  return options;
}

void bind_search(nb::module_& module) {
  bind_problem(module);
  bind_comparison(module);
  module.def("run_search", run_search, nb::arg("problem"), nb::arg("algorithm"), nb::arg("options"),
             nb::arg("evaluations").none(), nb::arg("energy_kwh").none(), nb::arg("co2eq_g").none(),
             nb::arg("training_time_s").none(), nb::arg("trials"), nb::arg("seed"),
             nb::arg("threads"), nb::arg("noisy"), nb::arg("prior").none());
  module.def("algorithms", algorithms, "What a search can be run with, with options and defaults.");
}

}  // namespace ecnas::python
