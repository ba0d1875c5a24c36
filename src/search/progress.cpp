#include "ecnas/search/progress.hpp"

#include <algorithm>

namespace ecnas::search {
namespace {

std::vector<double> shares_of(const Trial& trial, const HypervolumeShare& share) {
  std::vector<moo::Objectives> points;
  points.reserve(trial.evaluations.size());
  for (const Evaluation& evaluation : trial.evaluations)
    points.push_back(evaluation.objectives);
  return share.after_each(points);
}

}  // namespace

std::vector<ProgressPoint> progress(std::span<const Trial> trials, const HypervolumeShare& share) {
  std::vector<std::vector<double>> by_trial;
  std::size_t longest = 0;
  for (const Trial& trial : trials) {
    if (trial.evaluations.empty()) continue;
    by_trial.push_back(shares_of(trial, share));
    longest = std::max(longest, by_trial.back().size());
  }
  std::vector<ProgressPoint> points;
  std::vector<double> attained(by_trial.size());
  for (std::size_t i = 0; i < longest; ++i) {
    std::ranges::transform(by_trial, attained.begin(), [&](const std::vector<double>& shares) {
      return shares[std::min(i, shares.size() - 1)];
    });
    points.push_back({i + 1, stats::five_numbers(attained)});
  }
  return points;
}

}  // namespace ecnas::search
