#include "ecnas/search/progress.hpp"

#include <algorithm>

namespace ecnas::search {
namespace {

std::vector<double> shares_of(const Trial& trial, const HypervolumeShare& share) {
  std::vector<moo::Objectives> feasible;
  for (const Evaluation& evaluation : trial.evaluations) {
    if (evaluation.is_feasible) feasible.push_back(evaluation.objectives);
  }
  const std::vector<double> attained = share.after_each(feasible);
  std::vector<double> shares;
  std::size_t counted = 0;
  for (const Evaluation& evaluation : trial.evaluations) {
    counted += evaluation.is_feasible ? 1U : 0U;
    shares.push_back(counted == 0 ? 0.0 : attained[counted - 1]);
  }
  return shares;
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
