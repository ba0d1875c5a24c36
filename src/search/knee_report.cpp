#include "search/knee_report.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace ecnas::search {
namespace {

double distance(const moo::Objectives& a, const moo::Objectives& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

/// A trial's front in true values, those that keep the constraints.
std::vector<FrontPoint> true_front(const Problem& problem, const Trial& trial) {
  std::vector<FrontPoint> front;
  for (const FrontPoint& point : trial.front) {
    const Measurement measurement = problem.measure(point.candidate);
    if (measurement.violation == 0) front.push_back({point.candidate, measurement.objectives});
  }
  return front;
}

KneeReport report_of(const Judge& judge, std::span<const std::vector<FrontPoint>> fronts,
                     moo::KneeDefinition definition) {
  const std::vector<moo::Objectives> exact = objectives_of(judge.exact_front());
  const moo::Bounds bounds = moo::bounds_of(exact);
  const std::optional<std::size_t> exact_knee = moo::knee(exact, definition);
  std::vector<moo::Objectives> knees;
  std::map<std::pair<table::Row, std::uint32_t>, std::size_t> named;
  double offsets = 0;
  for (const std::vector<FrontPoint>& front : fronts) {
    const std::vector<moo::Objectives> points = objectives_of(front);
    const std::optional<std::size_t> knee = moo::knee(points, definition);
    if (!knee) continue;
    knees.push_back(points[*knee]);
    ++named[{front[*knee].candidate.row, front[*knee].candidate.budget}];
    if (exact_knee) {
      offsets += distance(moo::normalised(points[*knee], bounds),
                          moo::normalised(exact[*exact_knee], bounds));
    }
  }
  KneeReport report;
  report.definition = definition;
  report.trials = knees.size();
  report.scatter = moo::knee_scatter(knees, bounds);
  if (exact_knee && !knees.empty()) report.offset = offsets / static_cast<double>(knees.size());
  for (const auto& [candidate, count] : named)
    report.agreeing_trials = std::max(report.agreeing_trials, count);
  return report;
}

}  // namespace

std::vector<KneeReport> knee_reports(const Judge& judge, std::span<const Trial* const> trials) {
  if (judge.problem().objectives().size() != 2) return {};
  std::vector<std::vector<FrontPoint>> fronts;
  for (const Trial* trial : trials)
    fronts.push_back(true_front(judge.problem(), *trial));
  std::vector<KneeReport> reports;
  for (const moo::KneeDefinition definition : moo::knee_definitions())
    reports.push_back(report_of(judge, fronts, definition));
  return reports;
}

}  // namespace ecnas::search
