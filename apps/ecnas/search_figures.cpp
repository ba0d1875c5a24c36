#include "search_figures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

#include "command.hpp"
#include "ecnas/moo/front.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/search/progress.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::app {
namespace {

using search::FrontPoint;
using search::Problem;
using search::Trial;

report::Axis axis_of(const Problem& problem, std::size_t position) {
  const search::ObjectiveInfo& objective = search::info(problem.objectives()[position]);
  return {.title = std::string(objective.title), .unit = std::string(objective.unit)};
}

/// "; 4, 12, 36, 108 epochs"; empty for a table without budgets.
std::string budgets_text(const Problem& problem) {
  if (!problem.table_budget(0)) return {};
  return fmt::format("; {} epochs", fmt::join(problem.budgets(), ", "));
}

std::size_t most_evaluations(std::span<const Trial> trials) {
  std::size_t most = 0;
  for (const Trial& trial : trials)
    most = std::max(most, trial.evaluations.size());
  return most;
}

std::string trials_text(std::span<const Trial> trials) {
  return fmt::format("{} trial{} of {} evaluations", trials.size(), trials.size() == 1 ? "" : "s",
                     counted(most_evaluations(trials)));
}

report::ScatterPoint scatter_point(const moo::Objectives& objectives,
                                   const search::Candidate& candidate) {
  return {objectives[0], objectives[1], static_cast<std::int32_t>(candidate.budget)};
}

// --- Profiles ------------------------------------------------------------------------------------

/// A quantity of a profile, and where a table has it.
struct Quantity {
  std::string_view title;
  std::string_view unit;
  std::string_view metric;  ///< empty: trainable parameters, of the cell alone
  bool larger_is_better = false;
};

constexpr Quantity kQuantities[] = {{"Validation accuracy", "", "validation_accuracy", true},
                                    {"Training energy", "kWh", "energy_kwh"},
                                    {"Training time", "s", "training_time_s"},
                                    {"Trainable parameters", "", ""},
                                    {"Emissions", "g CO2eq", "co2eq_g"}};

std::optional<double> value_of(const Problem& problem, const search::Candidate& candidate,
                               const Quantity& quantity) {
  const table::Table& table = problem.table();
  if (quantity.metric.empty())
    return static_cast<double>(table.trainable_parameters()[candidate.row]);
  const auto budget = problem.table_budget(candidate.budget);
  if (!budget) return std::nullopt;
  const auto entry =
      table.query(candidate.row, *budget, problem.options().repeat, problem.options().conversion);
  return entry ? entry->value(quantity.metric) : std::nullopt;
}

/// Of all points; absent unless each has it, and any is not 0: tables fill in zeros for emissions
/// that nobody knows.
std::optional<std::vector<double>> values_of(const Problem& problem,
                                             std::span<const FrontPoint> front,
                                             const Quantity& quantity) {
  std::vector<double> values;
  for (const FrontPoint& point : front) {
    const std::optional<double> value = value_of(problem, point.candidate, quantity);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  if (std::ranges::all_of(values, [](double value) { return value == 0; })) return std::nullopt;
  return values;
}

std::string extremum_title(const Problem& problem, std::size_t objective) {
  std::string title(search::info(problem.objectives()[objective]).title);
  // "FLOPs" stays as it is.
  if (title.size() > 1 && title[1] >= 'a' && title[1] <= 'z')
    title[0] = static_cast<char>(title[0] - 'A' + 'a');
  return "Least " + title;
}

/// Extrema and knee in order of the first objective, by position; one point may be several.
std::vector<std::pair<std::string, std::size_t>> highlights_of(const Problem& problem,
                                                               std::span<const FrontPoint> front) {
  const std::vector<moo::Objectives> points = search::objectives_of(front);
  const std::vector<std::size_t> extrema = moo::extrema(points);
  std::vector<std::pair<std::string, std::size_t>> highlights;
  const auto epochs_text = [&](std::size_t position) {
    if (!problem.table_budget(0)) return std::string();
    return fmt::format(" ({} epochs)", problem.budgets()[front[position].candidate.budget]);
  };
  const auto add = [&](const std::string& label, std::size_t position) {
    for (auto& [known, at] : highlights) {
      if (at != position) continue;
      known += ", " + label;
      return;
    }
    highlights.emplace_back(label, position);
  };
  add(extremum_title(problem, 0), extrema[0]);
  if (const auto knee = moo::knee(points)) add("Knee", *knee);
  add(extremum_title(problem, 1), extrema[1]);
  for (auto& [label, position] : highlights)
    label += epochs_text(position);
  return highlights;
}

}  // namespace

std::string algorithm_title(search::Algorithm algorithm) {
  std::string title(search::info(algorithm).title);
  if (title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return title;
}

report::AttainmentFigure attainment_figure(const Problem& problem, std::span<const Trial> trials,
                                           search::Algorithm algorithm,
                                           const moo::Objectives& reference_point) {
  std::vector<std::vector<moo::Objectives>> fronts;
  std::vector<double> volumes;
  for (const Trial& trial : trials) {
    fronts.push_back(search::objectives_of(trial.front));
    volumes.push_back(moo::hypervolume(fronts.back(), reference_point));
  }
  const std::size_t count = fronts.size();
  report::AttainmentFigure figure;
  figure.title =
      fmt::format("What {} attains on {}", algorithm_title(algorithm), file_name(problem.table()));
  figure.lines = {trials_text(trials) + budgets_text(problem)};
  figure.x_axis = axis_of(problem, 0);
  figure.y_axis = axis_of(problem, 1);
  figure.trials = count;
  figure.best = moo::attainment_surface(fronts, 1);
  figure.median = moo::attainment_surface(fronts, (count + 1) / 2);
  figure.worst = moo::attainment_surface(fronts, count);
  figure.exact_front = search::objectives_of(search::exact_front(problem));
  figure.volumes = {.mean = stats::mean(volumes),
                    .deviation = stats::standard_deviation(volumes),
                    .exact = moo::hypervolume(figure.exact_front, reference_point),
                    .reference_point = {reference_point[0], reference_point[1]}};
  return figure;
}

report::FrontFigure trial_figure(const Problem& problem, const Trial& trial,
                                 search::Algorithm algorithm,
                                 const moo::Objectives& reference_point) {
  report::FrontFigure figure;
  figure.title =
      fmt::format("One trial of {} on {}", algorithm_title(algorithm), file_name(problem.table()));
  figure.subtitle =
      fmt::format("{} evaluations, seed {}", counted(trial.evaluations.size()), trial.seed);
  figure.x_axis = axis_of(problem, 0);
  figure.y_axis = axis_of(problem, 1);
  figure.group_title = "Epochs";
  for (const std::int32_t epochs : problem.budgets())
    figure.groups.push_back(std::to_string(epochs));
  for (const search::Evaluation& evaluation : trial.evaluations)
    figure.points.push_back(scatter_point(evaluation.objectives, evaluation.candidate));
  for (const FrontPoint& point : trial.front)
    figure.front.push_back(scatter_point(point.objectives, point.candidate));
  const std::vector<moo::Objectives> points = search::objectives_of(trial.front);
  figure.knee = moo::knee(points);
  figure.extrema = moo::extrema(points);
  figure.hypervolume = {moo::hypervolume(points, reference_point),
                        {reference_point[0], reference_point[1]}};
  return figure;
}

report::ProfileFigure profile_figure(const Problem& problem, std::span<const FrontPoint> front,
                                     const std::string& whose) {
  report::ProfileFigure figure;
  figure.title = fmt::format("Extrema and knee of {}", file_name(problem.table()));
  figure.range_of = whose;
  for (const auto& [label, position] : highlights_of(problem, front))
    figure.solutions.push_back({label, {}});
  for (const Quantity& quantity : kQuantities) {
    const auto values = values_of(problem, front, quantity);
    if (!values) continue;
    const auto [least, greatest] = std::ranges::minmax(*values);
    figure.quantities.push_back(
        {.axis = {.title = std::string(quantity.title), .unit = std::string(quantity.unit)},
         .larger_is_better = quantity.larger_is_better,
         .least = least,
         .greatest = greatest});
    std::size_t number = 0;
    for (const auto& [label, position] : highlights_of(problem, front))
      figure.solutions[number++].values.push_back((*values)[position]);
  }
  return figure;
}

report::ProgressFigure progress_figure(const Problem& problem,
                                       std::span<const AlgorithmTrials> algorithms) {
  const search::HypervolumeShare share(search::objectives_of(search::exact_front(problem)));
  report::ProgressFigure figure;
  figure.title = fmt::format("How much of the front is found on {}", file_name(problem.table()));
  std::size_t trials = 0;
  for (const auto& [algorithm, runs] : algorithms) {
    trials = std::max(trials, runs.size());
    figure.series.push_back({algorithm_title(algorithm), search::progress(runs, share)});
  }
  figure.lines = {
      fmt::format("{} trial{} an algorithm{}", trials, trials == 1 ? "" : "s",
                  budgets_text(problem)),
      "Share of the exact front's hypervolume, normalised; reference 1.1 in each objective"};
  return figure;
}

}  // namespace ecnas::app
