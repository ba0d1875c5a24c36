#include "ecnas/search/anytime.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/archive.hpp"

namespace ecnas::search {
namespace {

constexpr std::array<ResourceInfo, 4> kResources = {{
    {Resource::evaluations, "evaluations", "Evaluations", ""},
    {Resource::energy, "energy_kwh", "Simulated energy", "kWh"},
    {Resource::co2eq, "co2eq_g", "Simulated emissions", "g CO2eq"},
    {Resource::training_time, "training_time_s", "Simulated training time", "s"},
}};

std::vector<std::optional<double>> measured(const Judge& judge,
                                            std::span<const Indicator> indicators,
                                            std::span<const FrontPoint> front) {
  const std::vector<moo::Objectives> points = judge.truth(front);
  std::vector<std::optional<double>> values;
  values.reserve(indicators.size());
  for (const Indicator indicator : indicators)
    values.push_back(judge.measure(indicator, points));
  return values;
}

/// The trial's value once `amount` is spent.
std::optional<double> value_at(const Trial& trial, const Trajectory& trajectory,
                               std::size_t position, Resource resource, double amount) {
  const auto later = std::ranges::upper_bound(
      trajectory.steps, amount, {},
      [&](const Trajectory::Step& step) { return spent(trial, step.evaluations, resource); });
  if (later == trajectory.steps.begin()) return trajectory.before[position];
  return std::prev(later)->values[position];
}

}  // namespace

std::span<const ResourceInfo> resources() {
  return kResources;
}

const ResourceInfo& info(Resource resource) {
  return kResources[static_cast<std::size_t>(resource)];
}

Trajectory trajectory_of(const Trial& trial, const Judge& judge,
                         std::span<const Indicator> indicators) {
  Trajectory trajectory;
  trajectory.before = measured(judge, indicators, {});
  moo::Archive<Candidate> archive;
  std::vector<FrontPoint> front;
  for (std::size_t i = 0; i < trial.evaluations.size(); ++i) {
    const Evaluation& evaluation = trial.evaluations[i];
    if (!evaluation.is_feasible) continue;
    if (!archive.insert(evaluation.objectives, evaluation.candidate)) continue;
    front.clear();
    for (const moo::Solution<Candidate>& solution : archive)
      front.push_back({solution.genotype, solution.objectives});
    trajectory.steps.push_back({i + 1, measured(judge, indicators, front)});
  }
  return trajectory;
}

double spent(const Trial& trial, std::size_t evaluations, Resource resource) {
  ECNAS_ASSERT(evaluations <= trial.evaluations.size());
  if (evaluations == 0) return 0;
  const table::Cost& cost = trial.evaluations[evaluations - 1].cumulative;
  switch (resource) {
    case Resource::evaluations:
      return static_cast<double>(evaluations);
    case Resource::energy:
      return cost.energy_kwh;
    case Resource::co2eq:
      return cost.co2eq_g;
    case Resource::training_time:
      return cost.training_time_s;
  }
  return 0;
}

std::vector<double> common_grid(std::span<const Trial* const> trials, Resource resource,
                                std::size_t points) {
  std::vector<double> begins;
  double last = 0;
  for (const Trial* trial : trials) {
    if (trial->evaluations.empty()) continue;
    begins.push_back(spent(*trial, 1, resource));
    last = std::max(last, spent(*trial, trial->evaluations.size(), resource));
  }
  if (!(last > 0) || points < 2) return {};
  double first = stats::median(begins);
  if (!(first > 0)) first = last / 1e3;  // where some first evaluations cost nothing
  std::vector<double> grid;
  for (std::size_t i = 0; i < points; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(points - 1);
    double amount = i + 1 == points ? last : first * std::pow(last / first, share);
    if (resource == Resource::evaluations) amount = std::round(amount);
    if (grid.empty() || amount > grid.back()) grid.push_back(amount);
  }
  return grid;
}

std::vector<CurvePoint> curve(std::span<const Trial* const> trials,
                              std::span<const Trajectory> trajectories, std::size_t position,
                              Resource resource, std::span<const double> grid) {
  double end = 0;
  for (const Trial* trial : trials)
    end = std::max(end, spent(*trial, trial->evaluations.size(), resource));
  std::vector<CurvePoint> points;
  for (const double amount : grid) {
    std::vector<double> values;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const auto value = value_at(*trials[i], trajectories[i], position, resource, amount);
      if (value) values.push_back(*value);
    }
    if (!values.empty() && values.size() == trials.size())
      points.push_back({std::min(amount, end), stats::five_numbers(values)});
    if (amount >= end) break;
  }
  return points;
}

std::optional<double> area_under(const Trial& trial, const Trajectory& trajectory,
                                 std::size_t position, Resource resource, double end) {
  if (!(end > 0)) return std::nullopt;
  std::optional<double> value = trajectory.before[position];
  double sum = 0;
  double from = 0;
  for (const Trajectory::Step& step : trajectory.steps) {
    const std::optional<double> next = step.values[position];
    if (!next) continue;
    const double at = std::min(end, spent(trial, step.evaluations, resource));
    sum += (at - from) * value.value_or(*next);
    from = at;
    value = next;
  }
  if (!value) return std::nullopt;
  return (sum + (end - from) * *value) / end;
}

}  // namespace ecnas::search
