#include "search_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ecnas/core/file.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/moo/front.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/space/hash.hpp"
#include "energy_remark.hpp"
#include "terminal.hpp"

namespace ecnas::app {
namespace {

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Sample standard deviation. @pre at least two values
double deviation_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values)
    sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

Json cost_json(const table::Cost& cost) {
  return {{"epochs", cost.epochs},
          {"training_time_s", cost.training_time_s},
          {"energy_kwh", cost.energy_kwh},
          {"co2eq_g", cost.co2eq_g}};
}

Json ledger_json(const search::LedgerTotals& ledger) {
  Json document = {{"requests", ledger.requests},
                   {"evaluations", ledger.evaluations},
                   {"repeats", ledger.repeats},
                   {"invalid", ledger.invalid},
                   {"absent", ledger.absent}};
  document.update(cost_json(ledger.cost));
  return document;
}

/// All trials together.
search::LedgerTotals total(const std::vector<search::Trial>& trials) {
  search::LedgerTotals sum;
  for (const search::Trial& trial : trials) {
    sum.requests += trial.ledger.requests;
    sum.evaluations += trial.ledger.evaluations;
    sum.repeats += trial.ledger.repeats;
    sum.invalid += trial.ledger.invalid;
    sum.absent += trial.ledger.absent;
    sum.cost.epochs += trial.ledger.cost.epochs;
    sum.cost.training_time_s += trial.ledger.cost.training_time_s;
    sum.cost.energy_kwh += trial.ledger.cost.energy_kwh;
    sum.cost.co2eq_g += trial.ledger.cost.co2eq_g;
  }
  return sum;
}

/// Best, median and worst attainment surface over the trials; null unless two objectives.
Json attainment_json(const search::Problem& problem, const std::vector<search::Trial>& trials) {
  if (problem.objectives().size() != 2 || trials.empty()) return nullptr;
  std::vector<std::vector<moo::Objectives>> fronts;
  for (const search::Trial& trial : trials)
    fronts.push_back(search::objectives_of(trial.front));
  const std::array<std::pair<const char*, std::size_t>, 3> levels = {
      {{"best", 1}, {"median", (fronts.size() + 1) / 2}, {"worst", fronts.size()}}};
  Json document = Json::object();
  for (const auto& [name, level] : levels) {
    Json corners = Json::array();
    for (const moo::Objectives& corner : moo::attainment_surface(fronts, level)) {
      corners.push_back(to_json(corner));
    }
    document[name] = {{"level", level}, {"points", corners}};
  }
  return document;
}

Json parameters_json(const search::Problem& problem, const search::SearchOptions& options,
                     const SearchReport& report) {
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  const search::ProblemOptions& reading = problem.options();
  Json objectives = Json::array();
  for (const search::Objective objective : problem.objectives()) {
    objectives.push_back(search::info(objective).name);
  }
  const bool counts_requests = options.stop.counted == search::Count::requests;
  Json algorithm_options = Json::object();
  const auto values = search::all_options(options.algorithm, options.algorithm_options);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [name, value] = values[i];
    const bool is_whole = search::info(options.algorithm).options[i].is_whole;
    algorithm_options[std::string(name)] =
        is_whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
  }
  Json constraints = Json::array();
  for (const search::Constraint& constraint : reading.constraints) {
    constraints.push_back({{"objective", search::info(constraint.objective).column},
                           {"at_most", constraint.at_most}});
  }
  return {{"table", problem.table().name()},
          {"algorithm", search::name(options.algorithm)},
          {"options", algorithm_options},
          {"prior", report.prior},
          {"noise", options.is_noisy},
          {"objectives", objectives},
          {"constraints", constraints},
          {"budgets", problem.budgets()},
          {"reference_point", to_json(report.reference_point)},
          {"repeat", reading.repeat.is_mean() ? Json("mean") : Json(reading.repeat.index() + 1)},
          {"pue", or_null(reading.conversion.pue)},
          {"carbon_intensity_g_per_kwh", or_null(reading.conversion.carbon_intensity_g_per_kwh)},
          {"sampling", options.sampling == space::Sampling::uniform ? "uniform" : "published"},
          {"count", counts_requests ? "requests" : "evaluations"},
          {"evaluations", or_null(options.stop.count)},
          {"max_energy_kwh", or_null(options.stop.energy_kwh)},
          {"max_co2eq_g", or_null(options.stop.co2eq_g)},
          {"max_training_time_s", or_null(options.stop.training_time_s)},
          {"trials", options.trials},
          {"seed", options.seed}};
}

std::string log_text(const search::Problem& problem, const search::Trial& trial) {
  std::string text;
  for (const search::Evaluation& evaluation : trial.evaluations) {
    Json line = to_json(search::FrontPoint{evaluation.candidate, evaluation.objectives}, problem);
    if (!problem.options().constraints.empty()) line["is_feasible"] = evaluation.is_feasible;
    line["requests"] = evaluation.requests;
    line["cumulative"] = cost_json(evaluation.cumulative);
    text += line.dump() + "\n";
  }
  return text;
}

std::string front_csv(const search::Problem& problem, const search::Trial& trial) {
  std::string text = "hash,cell,epochs";
  for (const search::Objective objective : problem.objectives()) {
    text += fmt::format(",{}", search::info(objective).column);
  }
  text += "\n";
  for (const search::FrontPoint& point : trial.front) {
    const table::Table& table = problem.table();
    text += fmt::format("{},\"{}\",{}", space::to_text(table.hashes()[point.candidate.row]),
                        space::to_text(table.cell(point.candidate.row)),
                        problem.budgets()[point.candidate.budget]);
    for (std::size_t k = 0; k < point.objectives.size(); ++k)
      text += "," + shortest(tidy(point.objectives[k], problem.objectives()[k]));
    text += "\n";
  }
  return text;
}

std::string mean_and_deviation(std::span<const double> values, int digits) {
  if (values.size() == 1) return fmt::format("{:.{}f}", values[0], digits);
  return fmt::format("{:.{}f} ± {:.{}f}", mean_of(values), digits, deviation_of(values), digits);
}

}  // namespace

SearchReport make_report(const search::Problem& problem, const search::SearchOptions& options,
                         std::vector<search::Trial> trials,
                         const moo::Objectives& reference_point) {
  SearchReport report;
  report.trials = std::move(trials);
  report.reference_point = reference_point;
  if (options.is_noisy) {
    for (search::Trial& trial : report.trials) {
      for (search::FrontPoint& point : trial.front)
        point.objectives = problem.measure(point.candidate).objectives;
    }
  }
  const std::vector<moo::Objectives> exact = search::objectives_of(search::exact_front(problem));
  report.is_feasible = !exact.empty();
  report.exact_hypervolume = moo::hypervolume(exact, reference_point);
  for (const search::Trial& trial : report.trials) {
    const std::vector<moo::Objectives> front = search::objectives_of(trial.front);
    report.hypervolumes.push_back(moo::hypervolume(front, reference_point));
    if (report.is_feasible) report.shares.push_back(search::HypervolumeShare(exact)(front));
  }
  return report;
}

Json summary_json(std::span<const double> values) {
  return {{"mean", values.empty() ? Json(nullptr) : Json(mean_of(values))},
          {"std", values.size() < 2 ? Json(nullptr) : Json(deviation_of(values))},
          {"trials", Json(std::vector<double>(values.begin(), values.end()))}};
}

Json search_json(const search::Problem& problem, const search::SearchOptions& options,
                 const SearchReport& report) {
  Json trials = Json::array();
  for (const search::Trial& trial : report.trials) {
    Json front = Json::array();
    for (const search::FrontPoint& point : trial.front)
      front.push_back(to_json(point, problem));
    trials.push_back({{"seed", trial.seed},
                      {"stop_reason", search::name(trial.stop_reason)},
                      {"ledger", ledger_json(trial.ledger)},
                      {"front", front}});
  }
  return {{"parameters", parameters_json(problem, options, report)},
          {"hypervolume", summary_json(report.hypervolumes)},
          {"hypervolume_share", summary_json(report.shares)},
          {"reference_point", to_json(report.reference_point)},
          {"energy_quality", energy_quality_json(problem.table())},
          {"ledger", ledger_json(total(report.trials))},
          {"trials", trials},
          {"attainment", attainment_json(problem, report.trials)}};
}

void print_search(const search::Problem& problem, const search::SearchOptions& options,
                  const SearchReport& report) {
  if (report.trials.empty()) return;
  const search::LedgerTotals sum = total(report.trials);
  const auto per_trial = [&](double value) {
    return value / static_cast<double>(report.trials.size());
  };
  print(fmt::format(
      "{} on {}, {} trial{}, seed {}\n\nfront of the first trial\n{}\n"
      "hypervolume  {}  reference point {}\n{}"
      "evaluations  {:.6g} a trial, {:.6g} requests\n",
      bold(search::name(options.algorithm)), problem.table().name(), report.trials.size(),
      report.trials.size() == 1 ? "" : "s", options.seed,
      solutions_text(problem, report.trials.front().front),
      mean_and_deviation(report.hypervolumes, 6), point_text(report.reference_point),
      report.shares.empty()
          ? std::string()
          : fmt::format("share        {}  of the exact front's hypervolume, both normalised\n",
                        mean_and_deviation(report.shares, 4)),
      per_trial(static_cast<double>(sum.evaluations)),
      per_trial(static_cast<double>(sum.requests))));
  if (sum.cost.energy_kwh > 0) {
    print(fmt::format("simulated    {:.4g} kWh, {:.4g} g CO2eq, {:.4g} h of training a trial\n",
                      per_trial(sum.cost.energy_kwh), per_trial(sum.cost.co2eq_g),
                      per_trial(sum.cost.training_time_s) / 3600));
    print(energy_remark(problem.table()));
  }
}

void write_search(const search::Problem& problem, const search::SearchOptions& options,
                  const SearchReport& report, const std::filesystem::path& directory) {
  const std::size_t width = std::max<std::size_t>(3, std::to_string(options.trials).size());
  for (std::size_t i = 0; i < report.trials.size(); ++i) {
    const search::Trial& trial = report.trials[i];
    const std::string number = fmt::format("{:0{}}", i + 1, width);
    write_file(directory / fmt::format("trial-{}.jsonl", number), log_text(problem, trial));
    write_file(directory / fmt::format("front-{}.csv", number), front_csv(problem, trial));
  }
  write_file(directory / "parameters.json",
             parameters_json(problem, options, report).dump(2) + "\n");
}

}  // namespace ecnas::app
