#include "search/test_error.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"

namespace ecnas::search {

std::optional<TestErrors> TestErrors::of(const Problem& problem) {
  const auto objectives = problem.objectives();
  const auto found = std::ranges::find(objectives, Objective::validation_error);
  const bool is_tested_already =
      std::ranges::find(objectives, Objective::test_error) != objectives.end();
  if (found == objectives.end() || is_tested_already ||
      problem.table().column("test_accuracy") == nullptr)
    return std::nullopt;
  ProblemOptions options = problem.options();
  const auto position = static_cast<std::size_t>(found - objectives.begin());
  options.objectives[position] = Objective::test_error;
  options.epochs.assign(problem.budgets().begin(), problem.budgets().end());
  try {
    auto tested = std::make_unique<const Problem>(problem.table(), std::move(options));
    if (tested->domain_size() != problem.domain_size()) return std::nullopt;
    return TestErrors(problem, std::move(tested), position);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return std::nullopt;
  }
}

TestErrors::TestErrors(const Problem& problem, std::unique_ptr<const Problem> tested,
                       std::size_t objective)
    : problem_(&problem),
      tested_(std::move(tested)),
      objective_(objective),
      share_(objectives_of(search::exact_front(*tested_))) {}

TestReport TestErrors::report(std::span<const Trial* const> trials,
                              const ComparisonOptions& options) const {
  std::vector<std::optional<double>> shares;
  std::vector<std::optional<double>> gaps;
  std::vector<std::optional<double>> validation_errors;
  std::vector<std::optional<double>> test_errors;
  for (const Trial* trial : trials) {
    std::vector<moo::Objectives> points;
    double gap = 0;
    std::optional<std::pair<double, double>> best;  // validation and test error
    for (const FrontPoint& point : trial->front) {
      const Measurement validation = problem_->measure(point.candidate);
      if (validation.violation > 0) continue;
      points.push_back(tested_->measure(point.candidate).objectives);
      // Chosen by what the search saw, which noise may have moved.
      const double seen = point.objectives[objective_];
      const double error = validation.objectives[objective_];
      gap += points.back()[objective_] - error;
      if (!best || seen < best->first) best = {seen, points.back()[objective_]};
    }
    shares.emplace_back(share_(points));
    gaps.push_back(points.empty() ? std::nullopt
                                  : std::optional(gap / static_cast<double>(points.size())));
    validation_errors.push_back(best ? std::optional(best->first) : std::nullopt);
    test_errors.push_back(best ? std::optional(best->second) : std::nullopt);
  }
  return {summarise(std::move(shares), options), summarise(std::move(gaps), options),
          summarise(std::move(validation_errors), options),
          summarise(std::move(test_errors), options)};
}

}  // namespace ecnas::search
