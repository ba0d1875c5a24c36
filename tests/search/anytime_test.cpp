#include "ecnas/search/anytime.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "ecnas/search/comparison.hpp"
#include "oracles/moo_naive.hpp"
#include "search/small_study.hpp"
#include "search/synthetic_table.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::kTwo;
using ecnas::testing::study_of;
using ecnas::testing::synthetic_table;

class Anytime : public ::testing::Test {
 protected:
  const table::Table table_ = synthetic_table();
  const Problem problem_{table_, {.objectives = kTwo}};
  const Judge judge_{problem_, problem_.reference_point()};
  const Study study_ = study_of(problem_,
                                {{"semoa", Algorithm::semoa, {}},
                                 {"random", Algorithm::random, {}},
                                 {"sms", Algorithm::sms_emoa, {}}},
                                60, 9);
};

/// Each indicator after so many evaluations, each time from the start.
std::optional<double> slowly_measured(const Judge& judge, const Trial& trial,
                                      std::size_t evaluations, Indicator indicator) {
  std::vector<moo::Objectives> points;
  for (std::size_t i = 0; i < evaluations; ++i)
    points.push_back(trial.evaluations[i].objectives);
  std::vector<moo::Objectives> front;
  for (const std::size_t i : moo::oracle::front(points))
    front.push_back(points[i]);
  return judge.measure(indicator, front);
}

TEST_F(Anytime, ATrajectoryHasTheIndicatorsOfEveryPrefixOfATrial) {
  const std::vector<Indicator> asked = {Indicator::igd_plus, Indicator::hypervolume,
                                        Indicator::spread, Indicator::points_found};
  for (std::size_t contender = 0; contender < 3; ++contender) {
    const Trial& trial = study_.trials[contender][contender].trial;
    const Trajectory trajectory = trajectory_of(trial, judge_, asked);
    auto next = trajectory.steps.begin();
    std::vector<std::optional<double>> now = trajectory.before;
    for (std::size_t i = 0; i <= trial.evaluations.size(); ++i) {
      if (next != trajectory.steps.end() && next->evaluations == i) now = (next++)->values;
      for (std::size_t k = 0; k < asked.size(); ++k) {
        const auto expected = slowly_measured(judge_, trial, i, asked[k]);
        ASSERT_EQ(now[k].has_value(), expected.has_value());
        if (expected) {
          EXPECT_NEAR(*now[k], *expected, 1e-12);  // fronts in another order
        }
      }
    }
    EXPECT_EQ(next, trajectory.steps.end());
  }
}

TEST_F(Anytime, TheAreaUnderACurveIsItsMeanOverEveryEvaluation) {
  const std::vector<Indicator> asked = {Indicator::hypervolume_share};
  for (const std::size_t end : {1U, 17U, 60U, 75U}) {
    const Trial& trial = study_.trials[0][4].trial;
    const Trajectory trajectory = trajectory_of(trial, judge_, asked);
    double sum = 0;
    for (std::size_t i = 0; i < end; ++i) {
      sum += *slowly_measured(judge_, trial, std::min<std::size_t>(i, 60),
                              Indicator::hypervolume_share);
    }
    EXPECT_NEAR(
        area_under(trial, trajectory, 0, Resource::evaluations, static_cast<double>(end)).value(),
        sum / static_cast<double>(end), 1e-12);
  }
}

TEST_F(Anytime, AnAreaOverEnergyWeighsEachValueByTheEnergySpentWhileItHeld) {
  const std::vector<Indicator> asked = {Indicator::hypervolume_share, Indicator::igd_plus};
  const Trial& trial = study_.trials[1][0].trial;
  const Trajectory trajectory = trajectory_of(trial, judge_, asked);
  const double end = trial.ledger.cost.energy_kwh * 0.6;
  double share = 0;
  double distance = 0;
  for (std::size_t i = 0; i < trial.evaluations.size(); ++i) {
    const double from = std::min(end, i == 0 ? 0 : trial.evaluations[i - 1].cumulative.energy_kwh);
    const double to = std::min(end, trial.evaluations[i].cumulative.energy_kwh);
    share += (to - from) * *slowly_measured(judge_, trial, i, Indicator::hypervolume_share);
    // What is not there yet counts as what comes first.
    distance += (to - from) *
                *slowly_measured(judge_, trial, std::max<std::size_t>(i, 1), Indicator::igd_plus);
  }
  EXPECT_NEAR(*area_under(trial, trajectory, 0, Resource::energy, end), share / end, 1e-12);
  EXPECT_NEAR(*area_under(trial, trajectory, 1, Resource::energy, end), distance / end, 1e-12);
  EXPECT_FALSE(area_under(trial, trajectory, 0, Resource::energy, 0));
}

TEST_F(Anytime, CurvesAreQuartilesOverTheTrialsOnOneGrid) {
  const Comparison comparison = compare(problem_, study_, {.resamples = 50});
  for (std::size_t contender = 0; contender < 3; ++contender) {
    for (const AnytimeCurve& curve : comparison.results[contender].curves) {
      ASSERT_FALSE(curve.points.empty());
      for (const CurvePoint& point : curve.points) {
        std::vector<double> values;
        for (const StudyTrial& run : study_.trials[contender]) {
          std::size_t evaluations = 0;
          while (evaluations < run.trial.evaluations.size() &&
                 spent(run.trial, evaluations + 1, curve.resource) <= point.spent)
            ++evaluations;
          values.push_back(
              slowly_measured(judge_, run.trial, evaluations, curve.indicator).value());
        }
        const stats::FiveNumbers expected = stats::five_numbers(values);
        EXPECT_NEAR(point.values.least, expected.least, 1e-12);
        EXPECT_NEAR(point.values.lower_quartile, expected.lower_quartile, 1e-12);
        EXPECT_NEAR(point.values.median, expected.median, 1e-12);
        EXPECT_NEAR(point.values.greatest, expected.greatest, 1e-12);
      }
    }
    const auto& curves = comparison.results[contender].curves;
    EXPECT_EQ(curves.size(), indicators().size() * resources().size());
    EXPECT_EQ(curves.front().points.back().spent, 60);
    const Summary& share = comparison.results[contender].indicators.front();
    std::vector<double> last;
    for (const auto& value : share.trials)
      last.push_back(*value);
    EXPECT_EQ(curves.front().points.back().values.median, stats::median(last));
  }
}

TEST_F(Anytime, AGridIsOfWholeEvaluationsAndAscends) {
  std::vector<const Trial*> trials;
  for (const StudyTrial& trial : study_.trials[0])
    trials.push_back(&trial.trial);
  const std::vector<double> grid = common_grid(trials, Resource::evaluations, 500);
  EXPECT_EQ(grid.size(), 60U);  // every one, once
  for (std::size_t i = 0; i < grid.size(); ++i)
    EXPECT_EQ(grid[i], static_cast<double>(i + 1));
  const std::vector<double> energies = common_grid(trials, Resource::energy, 20);
  EXPECT_EQ(energies.size(), 20U);
  EXPECT_TRUE(std::ranges::is_sorted(energies));
}

}  // namespace
}  // namespace ecnas::search
