#include "ecnas/search/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/moo/indicators.hpp"
#include "ecnas/stats/bootstrap.hpp"
#include "ecnas/stats/summary.hpp"
#include "search/knee_report.hpp"
#include "search/test_error.hpp"
#include "search/verdict.hpp"

namespace ecnas::search {
namespace {

constexpr auto kShare = static_cast<std::size_t>(Indicator::hypervolume_share);

/// One trial, judged.
struct JudgedTrial {
  std::vector<moo::Objectives> front;             // true values
  std::vector<std::optional<double>> indicators;  // by `Indicator`
  Trajectory trajectory;
};

/// (contenders, trials)
using JudgedStudy = std::vector<std::vector<JudgedTrial>>;

JudgedTrial judged(const Trial& trial, const Judge& judge, const ComparisonOptions& options) {
  JudgedTrial result;
  result.front = judge.truth(trial.front);
  for (const IndicatorInfo& indicator : indicators())
    result.indicators.push_back(judge.measure(indicator.indicator, result.front));
  result.trajectory = trajectory_of(trial, judge, options.curve_indicators);
  return result;
}

JudgedStudy judged(const Study& study, const Judge& judge, const ComparisonOptions& options) {
  const std::size_t trials = study.trials.front().size();
  JudgedStudy all(study.contenders.size(), std::vector<JudgedTrial>(trials));
  parallel_for(all.size() * trials, options.threads, [&](std::size_t task) {
    const std::size_t contender = task / trials;
    all[contender][task % trials] =
        judged(study.trials[contender][task % trials].trial, judge, options);
  });
  return all;
}

std::vector<const Trial*> trials_of(const Study& study, std::size_t contender) {
  std::vector<const Trial*> trials;
  for (const StudyTrial& trial : study.trials[contender])
    trials.push_back(&trial.trial);
  return trials;
}

std::vector<const Trial*> all_trials(const Study& study) {
  std::vector<const Trial*> all;
  for (std::size_t contender = 0; contender < study.contenders.size(); ++contender) {
    const std::vector<const Trial*> trials = trials_of(study, contender);
    all.insert(all.end(), trials.begin(), trials.end());
  }
  return all;
}

/// What every trial has spent at its end.
double spent_by_all(std::span<const Trial* const> trials, Resource resource) {
  double least = std::numeric_limits<double>::infinity();
  for (const Trial* trial : trials)
    least = std::min(least, spent(*trial, trial->evaluations.size(), resource));
  return least;
}

std::vector<Summary> final_indicators(std::span<const JudgedTrial> trials,
                                      const ComparisonOptions& options) {
  std::vector<Summary> summaries;
  for (std::size_t i = 0; i < indicators().size(); ++i) {
    std::vector<std::optional<double>> values;
    for (const JudgedTrial& trial : trials)
      values.push_back(trial.indicators[i]);
    summaries.push_back(summarise(std::move(values), options));
  }
  return summaries;
}

/// A resource as the curves of all contenders share it.
struct Shared {
  Resource resource;
  std::vector<double> grid;
  double end;  // of areas
};

std::vector<Shared> shared_resources(const Study& study, const ComparisonOptions& options) {
  const std::vector<const Trial*> all = all_trials(study);
  std::vector<Shared> shared;
  for (const ResourceInfo& resource : resources()) {
    std::vector<double> grid = common_grid(all, resource.resource, options.grid_points);
    if (grid.empty()) continue;
    shared.push_back({resource.resource, std::move(grid), spent_by_all(all, resource.resource)});
  }
  return shared;
}

std::vector<AnytimeCurve> curves_of(std::span<const Trial* const> trials,
                                    std::span<const JudgedTrial> judged,
                                    std::span<const Shared> shared,
                                    const ComparisonOptions& options) {
  std::vector<Trajectory> trajectories;
  for (const JudgedTrial& trial : judged)
    trajectories.push_back(trial.trajectory);
  std::vector<AnytimeCurve> curves;
  for (std::size_t i = 0; i < options.curve_indicators.size(); ++i) {
    for (const auto& [resource, grid, end] : shared) {
      std::vector<std::optional<double>> areas;
      for (std::size_t trial = 0; trial < trials.size(); ++trial)
        areas.push_back(area_under(*trials[trial], trajectories[trial], i, resource, end));
      curves.push_back({options.curve_indicators[i], resource,
                        curve(trials, trajectories, i, resource, grid),
                        summarise(std::move(areas), options)});
    }
  }
  return curves;
}

/// Mean over the trials of one seed.
std::vector<double> coverage_by(const JudgedStudy& all, std::size_t contender) {
  std::vector<double> covered;
  for (const std::vector<JudgedTrial>& other : all) {
    double sum = 0;
    for (std::size_t trial = 0; trial < other.size(); ++trial)
      sum += moo::coverage(all[contender][trial].front, other[trial].front);
    covered.push_back(sum / static_cast<double>(other.size()));
  }
  return covered;
}

void add_costs(std::span<const Trial* const> trials, ContenderResult& result) {
  const auto count = static_cast<double>(trials.size());
  double epochs = 0;
  for (const Trial* trial : trials) {
    const LedgerTotals& ledger = trial->ledger;
    result.mean_evaluations += static_cast<double>(ledger.evaluations) / count;
    epochs += static_cast<double>(ledger.cost.epochs) / count;
    result.mean_cost.energy_kwh += ledger.cost.energy_kwh / count;
    result.mean_cost.co2eq_g += ledger.cost.co2eq_g / count;
    result.mean_cost.training_time_s += ledger.cost.training_time_s / count;
  }
  result.mean_cost.epochs = static_cast<std::int64_t>(epochs);
}

/// A share is there for every trial: 0 for an empty front.
std::vector<double> shares_of(const ContenderResult& result) {
  std::vector<double> shares;
  for (const std::optional<double>& share : result.indicators[kShare].trials)
    shares.push_back(share.value());
  return shares;
}

std::vector<PairTest> pair_tests(std::span<const ContenderResult> results, double level) {
  std::vector<PairTest> tests;
  std::vector<double> wilcoxon;
  std::vector<double> mann_whitney;
  for (std::size_t a = 0; a < results.size(); ++a) {
    for (std::size_t b = a + 1; b < results.size(); ++b) {
      const std::vector<double> first = shares_of(results[a]);
      const std::vector<double> second = shares_of(results[b]);
      PairTest test{a, b};
      test.mean_difference = stats::mean(first) - stats::mean(second);
      // Flipping signs gives no smaller p value; the approximation for ties may.
      const double least = std::exp2(1 - static_cast<double>(first.size()));
      if (const auto found = stats::wilcoxon_signed_rank(first, second))
        test.wilcoxon_p = std::max(found->p_value, least);
      test.mann_whitney_p = stats::mann_whitney(first, second).p_value;
      test.a12 = stats::vargha_delaney_a12(first, second);
      wilcoxon.push_back(test.wilcoxon_p);
      mann_whitney.push_back(test.mann_whitney_p);
      tests.push_back(test);
    }
  }
  const std::vector<double> wilcoxon_adjusted = stats::holm_adjusted(wilcoxon);
  const std::vector<double> mann_whitney_adjusted = stats::holm_adjusted(mann_whitney);
  for (std::size_t i = 0; i < tests.size(); ++i) {
    tests[i].wilcoxon_adjusted = wilcoxon_adjusted[i];
    tests[i].mann_whitney_adjusted = mann_whitney_adjusted[i];
    tests[i].is_significant = wilcoxon_adjusted[i] < level;
  }
  return tests;
}

Ranking ranking_of(std::span<const ContenderResult> results) {
  const std::size_t trials = results.front().indicators[kShare].trials.size();
  std::vector<std::vector<double>> blocks(trials);
  for (const ContenderResult& result : results) {
    const std::vector<double> shares = shares_of(result);
    for (std::size_t trial = 0; trial < trials; ++trial)
      blocks[trial].push_back(shares[trial]);
  }
  Ranking ranking;
  ranking.friedman = stats::friedman(blocks, stats::Better::greater);
  ranking.critical_difference = stats::nemenyi_critical_difference(results.size(), trials);
  ranking.groups =
      stats::indistinguishable_groups(ranking.friedman.mean_ranks, ranking.critical_difference);
  return ranking;
}

/// By mean share, best first; equal ones in the order given.
std::vector<std::size_t> order_of(std::span<const ContenderResult> results) {
  std::vector<std::size_t> order(results.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t contender) {
    return results[contender].indicators[kShare].mean.value_or(0);
  });
  return order;
}

void check(const Problem& problem, const Study& study, const moo::Objectives& reference) {
  if (study.contenders.size() < 2) {
    fail(ErrorCode::invalid_argument, "comparison: {} contender; expected two or more",
         study.contenders.size());
  }
  for (const std::vector<StudyTrial>& trials : study.trials) {
    if (!trials.empty() && trials.size() == study.trials.front().size()) continue;
    fail(ErrorCode::invalid_argument, "comparison: {} trials of one contender, {} of another",
         study.trials.front().size(), trials.size());
  }
  if (study.trials.size() != study.contenders.size()) {
    fail(ErrorCode::invalid_argument, "comparison: trials of {} contenders; expected {}",
         study.trials.size(), study.contenders.size());
  }
  if (reference.size() != problem.objectives().size()) {
    fail(ErrorCode::invalid_argument,
         "comparison: a reference point of {} values for {} objectives", reference.size(),
         problem.objectives().size());
  }
}

}  // namespace

Summary summarise(std::vector<std::optional<double>> trials, const ComparisonOptions& options) {
  std::vector<double> values;
  for (const std::optional<double>& value : trials)
    if (value) values.push_back(*value);
  Summary summary{{}, {}, {}, std::move(trials)};
  if (values.empty()) return summary;
  summary.mean = stats::mean(values);
  summary.deviation = stats::standard_deviation(values);
  const stats::IndexStatistic mean = [&](std::span<const std::uint32_t> indices) {
    double sum = 0;
    for (const std::uint32_t index : indices)
      sum += values[index];
    return std::optional(sum / static_cast<double>(indices.size()));
  };
  const auto interval = stats::bootstrap_interval(
      values.size(), mean,
      {.resamples = options.resamples, .confidence = options.confidence, .seed = options.seed});
  if (interval) summary.interval = {interval->lower, interval->upper};
  return summary;
}

Comparison compare(const Problem& problem, const Study& study, const ComparisonOptions& options) {
  Comparison comparison;
  comparison.reference_point =
      options.reference_point.size() == 0 ? problem.reference_point() : options.reference_point;
  check(problem, study, comparison.reference_point);
  const Judge judge(problem, comparison.reference_point);
  comparison.contenders = study.contenders;
  comparison.trials = study.trials.front().size();
  comparison.exact_hypervolume = judge.exact_hypervolume();
  comparison.exact_points = judge.exact_front().size();
  comparison.reference_is_reached = comparison.exact_hypervolume > 0;

  const JudgedStudy all = judged(study, judge, options);
  const std::vector<Shared> shared = shared_resources(study, options);
  const std::optional<TestErrors> test_errors = TestErrors::of(problem);
  comparison.results.resize(study.contenders.size());
  parallel_for(study.contenders.size(), options.threads, [&](std::size_t contender) {
    ContenderResult& result = comparison.results[contender];
    const std::vector<const Trial*> trials = trials_of(study, contender);
    result.indicators = final_indicators(all[contender], options);
    result.curves = curves_of(trials, all[contender], shared, options);
    result.coverage = coverage_by(all, contender);
    result.knees = knee_reports(judge, trials);
    for (const JudgedTrial& trial : all[contender])
      result.fronts.push_back(trial.front);
    if (test_errors) result.test = test_errors->report(trials, options);
    add_costs(trials, result);
  });

  comparison.order = order_of(comparison.results);
  if (comparison.trials > 1) {
    comparison.tests = pair_tests(comparison.results, options.level);
    comparison.ranking = ranking_of(comparison.results);
  }
  comparison.verdict = verdict_of(comparison, options);
  return comparison;
}

}  // namespace ecnas::search
