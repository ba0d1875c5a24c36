#include "ecnas/search/comparison.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/indicators.hpp"
#include "ecnas/search/own_cost.hpp"
#include "ecnas/stats/bootstrap.hpp"
#include "oracles/moo_naive.hpp"
#include "search/small_study.hpp"
#include "search/synthetic_table.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::expect_error;
using ecnas::testing::kTwo;
using ecnas::testing::study_of;
using ecnas::testing::synthetic_table;

constexpr auto kShare = static_cast<std::size_t>(Indicator::hypervolume_share);

/// Trials that are said to have evaluated these, all feasible, one after another.
Trial made_up_trial(const Problem& problem, std::span<const Candidate> candidates) {
  Trial trial{
      .seed = 0, .evaluations = {}, .front = {}, .ledger = {}, .stop_reason = StopReason::count};
  table::Cost cost;
  for (const Candidate& candidate : candidates) {
    cost.epochs += problem.budgets()[candidate.budget];
    cost.energy_kwh += problem.evaluate(candidate).value()[0];
    trial.evaluations.push_back(
        {candidate, problem.evaluate(candidate).value(), true, trial.evaluations.size() + 1, cost});
  }
  std::vector<moo::Objectives> points;
  for (const Evaluation& evaluation : trial.evaluations)
    points.push_back(evaluation.objectives);
  for (const std::size_t i : moo::oracle::front(points))
    trial.front.push_back({trial.evaluations[i].candidate, points[i]});
  trial.ledger.evaluations = trial.evaluations.size();
  trial.ledger.cost = cost;
  return trial;
}

class Comparisons : public ::testing::Test {
 protected:
  const table::Table table_ = synthetic_table();
  const Problem problem_{table_, {.objectives = kTwo}};
  const Judge judge_{problem_, problem_.reference_point()};
  const Study study_ = study_of(problem_,
                                {{"semoa", Algorithm::semoa, {}},
                                 {"random", Algorithm::random, {}},
                                 {"sms", Algorithm::sms_emoa, {}}},
                                60, 9);
  const Comparison comparison_ = compare(problem_, study_, {.resamples = 200, .seed = 3});

  [[nodiscard]] std::vector<moo::Objectives> exact() const {
    return objectives_of(judge_.exact_front());
  }
};

// --- Judging -------------------------------------------------------------------------------------

TEST_F(Comparisons, IndicatorsAreThoseOfTheFrontsByTheirDefinitions) {
  const std::vector<moo::Objectives> best_points = exact();
  const moo::Bounds bounds = moo::bounds_of(best_points);
  const auto normalised = [&](std::span<const moo::Objectives> points) {
    std::vector<moo::Objectives> at;
    for (const moo::Objectives& point : points)
      at.push_back(moo::normalised(point, bounds));
    return at;
  };
  for (std::size_t contender = 0; contender < 3; ++contender) {
    for (std::size_t trial = 0; trial < 9; ++trial) {
      const auto front = objectives_of(study_.trials[contender][trial].trial.front);
      const auto value = [&](Indicator indicator) {
        return comparison_.results[contender]
            .indicators[static_cast<std::size_t>(indicator)]
            .trials[trial]
            .value();
      };
      const double volume = moo::oracle::hypervolume_by_sweep(front, problem_.reference_point());
      const double best = moo::oracle::hypervolume_by_sweep(exact(), problem_.reference_point());
      EXPECT_NEAR(value(Indicator::hypervolume), volume, 1e-12 * best);  // other order of sums
      EXPECT_NEAR(value(Indicator::regret), best - volume, 1e-12 * best);
      EXPECT_EQ(value(Indicator::hypervolume_share), HypervolumeShare(exact())(front));
      EXPECT_EQ(value(Indicator::igd_plus), moo::igd_plus(normalised(front), normalised(exact())));
      EXPECT_EQ(value(Indicator::additive_epsilon),
                moo::additive_epsilon(normalised(front), normalised(exact())));
      EXPECT_EQ(value(Indicator::multiplicative_epsilon),
                moo::multiplicative_epsilon(front, exact()));
      EXPECT_EQ(value(Indicator::spread), moo::spread(normalised(front), normalised(exact())));
      const auto found = std::ranges::count_if(front, [&](const moo::Objectives& point) {
        return std::ranges::find(best_points, point) != best_points.end();
      });
      EXPECT_EQ(value(Indicator::points_found), static_cast<double>(found));
    }
  }
}

TEST_F(Comparisons, TheExactFrontIsPerfectByEveryIndicator) {
  const auto measured = [&](Indicator indicator) {
    return judge_.measure(indicator, exact()).value();
  };
  EXPECT_EQ(measured(Indicator::hypervolume_share), 1);
  EXPECT_EQ(measured(Indicator::hypervolume), comparison_.exact_hypervolume);
  EXPECT_EQ(measured(Indicator::regret), 0);
  EXPECT_EQ(measured(Indicator::igd_plus), 0);
  EXPECT_EQ(measured(Indicator::additive_epsilon), 0);
  EXPECT_EQ(measured(Indicator::multiplicative_epsilon), 1);
  EXPECT_EQ(measured(Indicator::points_found), static_cast<double>(comparison_.exact_points));
  EXPECT_EQ(measured(Indicator::points_found_share), 1);
}

TEST_F(Comparisons, AnEmptyFrontHasNoVolumeAndNoDistances) {
  for (const IndicatorInfo& indicator : indicators()) {
    const auto value = judge_.measure(indicator.indicator, {});
    switch (indicator.indicator) {
      case Indicator::hypervolume_share:
      case Indicator::hypervolume:
      case Indicator::points_found:
      case Indicator::points_found_share:
        EXPECT_EQ(value, 0.0) << indicator.name;
        break;
      case Indicator::regret:
        EXPECT_EQ(value, comparison_.exact_hypervolume);
        break;
      default:
        EXPECT_FALSE(value) << indicator.name;
    }
  }
}

TEST_F(Comparisons, WhatASearchSawIsJudgedByTheTablesValuesAndTheConstraints) {
  const Problem limited(table_, {.objectives = kTwo, .constraints = {{Objective::energy, 0.1}}});
  const Judge judge(limited, limited.reference_point());
  std::vector<FrontPoint> seen;
  std::vector<moo::Objectives> expected;
  for (const table::Row row : {3U, 40U, 77U}) {
    for (const std::uint32_t budget : {0U, 2U}) {
      seen.push_back({{row, budget}, {1e-6, 1e-6}});  // too good to be true
      const moo::Objectives truth = limited.evaluate({row, budget}).value();
      if (truth[0] <= 0.1) expected.push_back(truth);
    }
  }
  ASSERT_LT(expected.size(), seen.size());
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(judge.truth(seen), expected);
  for (const FrontPoint& point : judge.exact_front())
    EXPECT_LE(point.objectives[0], 0.1);
}

TEST(NoisyComparisons, AreOfTrueValuesThoughTrialsChoseByWhatTheySaw) {
  const table::Table noisy = synthetic_table({.noise = 0.5});
  const Problem problem(noisy, {.objectives = kTwo});
  StudyOptions options;
  options.contenders = {{"a", Algorithm::semoa, {}}, {"b", Algorithm::random, {}}};
  options.common = {.is_noisy = true, .stop = {.count = 50}, .trials = 3, .seed = 2};
  const Study study = run_study(problem, options);
  const Comparison comparison = compare(problem, study, {.resamples = 50});
  const HypervolumeShare share(objectives_of(exact_front(problem)));
  for (std::size_t contender = 0; contender < 2; ++contender) {
    for (std::size_t trial = 0; trial < 3; ++trial) {
      std::vector<moo::Objectives> truth;
      for (const FrontPoint& point : study.trials[contender][trial].trial.front)
        truth.push_back(problem.evaluate(point.candidate).value());
      const ContenderResult& result = comparison.results[contender];
      EXPECT_EQ(result.indicators[kShare].trials[trial], share(truth));
      EXPECT_LE(*result.indicators[kShare].trials[trial], 1);
      EXPECT_EQ(result.fronts[trial], truth);
    }
  }
}

TEST_F(Comparisons, NothingToCompareIsSaid) {
  const Problem impossible(table_,
                           {.objectives = kTwo, .constraints = {{Objective::energy, 1e-9}}});
  expect_error(ErrorCode::not_found, "no solution keeps all constraints",
               [&] { Judge(impossible, impossible.reference_point()); });
  Study one = study_;
  one.contenders.resize(1);
  one.trials.resize(1);
  expect_error(ErrorCode::invalid_argument, "two or more",
               [&] { (void)compare(problem_, one, {}); });
  Study ragged = study_;
  ragged.trials[1].pop_back();
  expect_error(ErrorCode::invalid_argument, "9 trials of one contender, 8 of another",
               [&] { (void)compare(problem_, ragged, {}); });
  for (auto& trials : ragged.trials)
    trials.clear();
  expect_error(ErrorCode::invalid_argument, "0 trials",
               [&] { (void)compare(problem_, ragged, {}); });
  expect_error(ErrorCode::invalid_argument, "3 values for 2 objectives", [&] {
    (void)compare(problem_, study_, {.reference_point = {1, 1, 1}});
  });
}

// --- Summaries -----------------------------------------------------------------------------------

TEST_F(Comparisons, SummariesAreMeansDeviationsAndBootstrapIntervals) {
  for (const ContenderResult& result : comparison_.results) {
    const Summary& share = result.indicators[kShare];
    double sum = 0;
    for (const auto& value : share.trials)
      sum += value.value();
    const double mean = sum / 9;
    double squares = 0;
    for (const auto& value : share.trials)
      squares += (*value - mean) * (*value - mean);
    EXPECT_NEAR(share.mean.value(), mean, 1e-15);  // the order of sums
    EXPECT_NEAR(share.deviation.value(), std::sqrt(squares / 8), 1e-14);
    const auto resampled_mean = [&](std::span<const std::uint32_t> items) {
      double total = 0;
      for (const std::uint32_t item : items)
        total += *share.trials[item];
      return std::optional(total / static_cast<double>(items.size()));
    };
    const auto interval =
        stats::bootstrap_interval(9, resampled_mean, {.resamples = 200, .seed = 3});
    EXPECT_EQ(share.interval.value(), std::pair(interval->lower, interval->upper));
    EXPECT_LE(share.interval->first, mean);
    EXPECT_GE(share.interval->second, mean);
  }
}

TEST(Summaries, ValuesThatAreNotThereCountForNothing) {
  const Summary none = summarise({{}, {}}, {});
  EXPECT_FALSE(none.mean || none.deviation || none.interval);
  EXPECT_EQ(none.trials.size(), 2U);
  const Summary one = summarise({{}, 4.0}, {});
  EXPECT_EQ(one.mean, 4.0);
  EXPECT_FALSE(one.deviation || one.interval);
  const Summary equal = summarise({4.0, {}, 4.0}, {});
  EXPECT_EQ(equal.deviation, 0.0);
  EXPECT_EQ(equal.interval, std::pair(4.0, 4.0));
}

// --- Tests and verdict ---------------------------------------------------------------------------

TEST_F(Comparisons, EveryPairIsTestedOnceAndTheOrderIsThatOfMeanShares) {
  ASSERT_EQ(comparison_.tests.size(), 3U);
  for (const PairTest& test : comparison_.tests) {
    std::vector<double> first;
    std::vector<double> second;
    double greater = 0;
    for (std::size_t i = 0; i < 9; ++i) {
      first.push_back(*comparison_.results[test.first].indicators[kShare].trials[i]);
      second.push_back(*comparison_.results[test.second].indicators[kShare].trials[i]);
    }
    for (const double a : first)
      for (const double b : second)
        greater += a > b ? 1 : a == b ? 0.5 : 0;
    EXPECT_NEAR(test.a12, greater / 81, 1e-15);
    EXPECT_EQ(test.wilcoxon_p, stats::wilcoxon_signed_rank(first, second)->p_value);
    EXPECT_EQ(test.mann_whitney_p, stats::mann_whitney(first, second).p_value);
    EXPECT_GE(test.wilcoxon_adjusted, test.wilcoxon_p);
    EXPECT_EQ(test.is_significant, test.wilcoxon_adjusted < 0.05);
  }
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_GE(comparison_.results[comparison_.order[i - 1]].indicators[kShare].mean,
              comparison_.results[comparison_.order[i]].indicators[kShare].mean);
  }
}

TEST_F(Comparisons, CoverageIsTheMeanOverTrialsOfOneSeed) {
  double sum = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    const auto a = objectives_of(study_.trials[0][i].trial.front);
    const auto b = objectives_of(study_.trials[1][i].trial.front);
    const auto covered = std::ranges::count_if(b, [&](const moo::Objectives& point) {
      return std::ranges::any_of(a, [&](const moo::Objectives& other) {
        return moo::oracle::nowhere_worse(other, point);
      });
    });
    sum += static_cast<double>(covered) / static_cast<double>(b.size());
  }
  EXPECT_NEAR(comparison_.results[0].coverage[1], sum / 9, 1e-12);
  EXPECT_EQ(comparison_.results[1].coverage[1], 1);
}

/// Does any sentence of the verdict hold all of `part`?
bool says(const Comparison& comparison, const std::string& part) {
  return std::ranges::any_of(comparison.verdict, [&](const std::string& sentence) {
    return sentence.find(part) != std::string::npos;
  });
}

class Verdicts : public Comparisons {
 protected:
  /// `trials` trials each of an algorithm that finds so many points of the exact front, by trial,
  /// and of one that finds others.
  [[nodiscard]] Study made_up(std::span<const std::size_t> first,
                              std::span<const std::size_t> second) const {
    Study study{{{"first", Algorithm::semoa, {}}, {"second", Algorithm::random, {}}}, {{}, {}}};
    std::vector<Candidate> candidates;
    for (const FrontPoint& point : judge_.exact_front())
      candidates.push_back(point.candidate);
    const auto add = [&](std::size_t contender, std::size_t found) {
      study.trials[contender].push_back(
          {made_up_trial(problem_, std::span(candidates).last(found)), 1.0, {}});
    };
    for (const std::size_t found : first)
      add(0, found);
    for (const std::size_t found : second)
      add(1, found);
    return study;
  }
};

TEST_F(Verdicts, ADifferenceThatTheTestsShowIsClaimed) {
  const std::vector<std::size_t> more = {5, 6, 5, 7, 6, 5, 8, 6, 7, 5};
  const std::vector<std::size_t> less = {1, 2, 2, 3, 1, 1, 2, 1, 3, 2};
  const Comparison comparison = compare(problem_, made_up(less, more), {});
  EXPECT_EQ(comparison.order, (std::vector<std::size_t>{1, 0}));
  EXPECT_TRUE(comparison.tests[0].is_significant);
  EXPECT_EQ(comparison.tests[0].a12, 0);
  EXPECT_EQ(comparison.ranking.value().friedman.mean_ranks, (std::vector<double>{2, 1}));
  EXPECT_TRUE(says(comparison, "second has the largest mean share"));
  EXPECT_TRUE(says(comparison, "It is better than first: Wilcoxon"));
  EXPECT_FALSE(says(comparison, "not shown"));
}

TEST_F(Verdicts, ADifferenceThatTheyDoNotShowIsNot) {
  const std::vector<std::size_t> one = {5, 3, 5, 2, 6, 3, 4, 6, 2, 5};
  const std::vector<std::size_t> other = {4, 4, 3, 4, 5, 5, 3, 4, 3, 4};
  const Comparison comparison = compare(problem_, made_up(one, other), {});
  EXPECT_FALSE(comparison.tests[0].is_significant);
  EXPECT_TRUE(says(comparison, "It is not shown to be better than"));
  EXPECT_FALSE(says(comparison, "It is better than"));
  const Comparison same = compare(problem_, made_up(one, one), {});
  EXPECT_EQ(same.tests[0].wilcoxon_p, 1);
  EXPECT_TRUE(says(same, "It is not shown to be better than second (p = 1)"));
}

TEST_F(Verdicts, WhatOnlyOneOfManyTestsShowsIsNotClaimed) {
  const std::vector<std::size_t> most = {7, 8, 9, 7, 8, 9};
  const std::vector<std::size_t> least = {1, 2, 3, 1, 2, 3};
  Study study = made_up(most, least);
  study.contenders.push_back({"third", Algorithm::nsga2, {}});
  study.trials.push_back(made_up(std::vector<std::size_t>{4, 5, 6, 4, 5, 6}, least).trials[0]);
  const Comparison comparison = compare(problem_, study, {});
  ASSERT_EQ(comparison.tests.size(), 3U);
  for (const PairTest& test : comparison.tests) {
    EXPECT_LT(test.wilcoxon_p, 0.05);  // in every trial the same order
    EXPECT_FALSE(test.is_significant);
  }
  EXPECT_FALSE(says(comparison, "It is better"));
  EXPECT_TRUE(says(comparison, "7 are the least"));
}

TEST_F(Verdicts, TooFewTrialsAreSaidToBeTooFew) {
  const std::vector<std::size_t> more = {5, 6, 5, 7, 6};
  const std::vector<std::size_t> less = {1, 2, 2, 3, 1};
  const Comparison five = compare(problem_, made_up(more, less), {});
  EXPECT_FALSE(five.tests[0].is_significant);
  EXPECT_TRUE(says(five, "With 5 trials no pair could be told apart"));
  EXPECT_TRUE(says(five, "6 are the least"));
  const Comparison tied = compare(
      problem_, made_up(std::vector<std::size_t>(5, 6), std::vector<std::size_t>(5, 2)), {});
  EXPECT_EQ(tied.tests[0].wilcoxon_p, 1.0 / 16);  // all five differences are the same
  const Comparison one =
      compare(problem_, made_up(std::span(more).first(1), std::span(less).first(1)), {});
  EXPECT_TRUE(one.tests.empty());
  EXPECT_FALSE(one.ranking);
  EXPECT_TRUE(says(one, "no test is made; 6 trials are the least"));
  EXPECT_FALSE(says(one, "better than"));
}

TEST_F(Verdicts, AReferencePointThatNothingReachesIsSaid) {
  const std::vector<std::size_t> found = {3, 4};
  const Comparison comparison =
      compare(problem_, made_up(found, found), {.reference_point = {0, 0}});
  EXPECT_FALSE(comparison.reference_is_reached);
  EXPECT_EQ(comparison.results[0].indicators[1].mean, 0);
  EXPECT_GT(comparison.results[0].indicators[kShare].mean, 0);
  EXPECT_TRUE(says(comparison, "every hypervolume is 0"));
  EXPECT_TRUE(comparison_.reference_is_reached);
}

TEST_F(Comparisons, TheResultIsTheSameOnAnyNumberOfThreadsAndInAnyOrderOfContenders) {
  const Comparison threads = compare(problem_, study_, {.resamples = 200, .seed = 3, .threads = 3});
  EXPECT_EQ(threads.verdict, comparison_.verdict);
  Study turned = study_;
  std::swap(turned.contenders[0], turned.contenders[2]);
  std::swap(turned.trials[0], turned.trials[2]);
  const Comparison other = compare(problem_, turned, {.resamples = 200, .seed = 3});
  for (std::size_t i = 0; i < 3; ++i) {
    const ContenderResult& result = comparison_.results[i];
    for (const ContenderResult* same : {&threads.results[i], &other.results[2 - i]}) {
      for (std::size_t k = 0; k < result.indicators.size(); ++k) {
        EXPECT_EQ(same->indicators[k].trials, result.indicators[k].trials);
        EXPECT_EQ(same->indicators[k].interval, result.indicators[k].interval);
      }
    }
  }
}

// --- Test errors, knees, own cost ----------------------------------------------------------------

TEST_F(Comparisons, WithoutTestErrorsThereIsNoReportOfThem) {
  for (const ContenderResult& result : comparison_.results)
    EXPECT_FALSE(result.test);
}

TEST_F(Comparisons, KneesAreThoseOfTheTrialsFronts) {
  const moo::Bounds bounds = moo::bounds_of(exact());
  for (std::size_t contender = 0; contender < 3; ++contender) {
    const auto& reports = comparison_.results[contender].knees;
    ASSERT_EQ(reports.size(), moo::knee_definitions().size());
    for (const KneeReport& report : reports) {
      std::vector<moo::Objectives> knees;
      for (const StudyTrial& run : study_.trials[contender]) {
        const auto front = objectives_of(run.trial.front);
        if (const auto knee = moo::knee(front, report.definition)) knees.push_back(front[*knee]);
      }
      EXPECT_EQ(report.trials, knees.size());
      EXPECT_EQ(report.scatter, moo::knee_scatter(knees, bounds));
      std::size_t most = 0;
      for (const moo::Objectives& knee : knees)
        most = std::max(most, static_cast<std::size_t>(std::ranges::count(knees, knee)));
      EXPECT_EQ(report.agreeing_trials, most);
      EXPECT_GE(report.offset.value(), 0);
    }
  }
}

TEST_F(Verdicts, ACostlierAlgorithmPaysAboveTheEnergyAtWhichItsSavingsCoverItsCost) {
  Study study = made_up(std::vector<std::size_t>{8, 8, 8}, std::vector<std::size_t>{4, 4, 4});
  for (StudyTrial& trial : study.trials[0])
    trial.own_seconds = 3600;  // at 1,000 W a kWh
  for (StudyTrial& trial : study.trials[1])
    trial.own_seconds = 0;
  const Comparison comparison = compare(problem_, study, {});
  const std::vector<OwnCost> costs = own_costs(study, 1000);
  EXPECT_EQ(costs[0].seconds, 3600);
  EXPECT_DOUBLE_EQ(costs[0].energy_kwh, 1);
  EXPECT_FALSE(costs[0].is_metered);
  const std::vector<BreakEven> pairs = break_evens(comparison, costs);
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].costlier, 0U);
  EXPECT_DOUBLE_EQ(pairs[0].extra_kwh, 1);
  if (pairs[0].needed_share && *pairs[0].needed_share < 1) {
    EXPECT_DOUBLE_EQ(*pairs[0].energy_kwh * (1 - *pairs[0].needed_share), 1);
  } else {
    EXPECT_FALSE(pairs[0].energy_kwh);
  }
}

TEST_F(Verdicts, MeteredEnergyGoesBeforeModelledAndUnknownTimesAreLeftOut) {
  Study study = made_up(std::vector<std::size_t>{3, 3}, std::vector<std::size_t>{3, 3});
  study.trials[0][0].own_energy_kwh = 0.5;
  study.trials[0][1].own_energy_kwh = 1.5;
  study.trials[1][0].own_seconds.reset();
  study.trials[1][1].own_seconds.reset();
  const std::vector<OwnCost> costs = own_costs(study, 1000);
  EXPECT_DOUBLE_EQ(costs[0].energy_kwh, 1);
  EXPECT_TRUE(costs[0].is_metered);
  EXPECT_EQ(costs[1].trials, 0U);
  EXPECT_FALSE(costs[1].is_metered);
}

}  // namespace
}  // namespace ecnas::search
