#include "ecnas/search/progress.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "search/synthetic_table.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::synthetic_table;

class Progress : public ::testing::Test {
 protected:
  const table::Table table_ = synthetic_table();
  const Problem problem_{table_, {.objectives = {Objective::energy, Objective::validation_error}}};
  const std::vector<moo::Objectives> exact_ = objectives_of(exact_front(problem_));

  [[nodiscard]] std::vector<Trial> trials(std::size_t count, std::size_t evaluations) const {
    return run_search(problem_, {.algorithm = Algorithm::semoa,
                                 .stop = {.count = evaluations},
                                 .trials = count,
                                 .seed = 3});
  }
};

/// The share of all points so far, each time from the start.
std::vector<double> slowly_after_each(const HypervolumeShare& share,
                                      std::span<const moo::Objectives> points) {
  std::vector<double> shares;
  for (std::size_t i = 1; i <= points.size(); ++i)
    shares.push_back(share(points.first(i)));
  return shares;
}

std::vector<moo::Objectives> points_of(const Trial& trial) {
  std::vector<moo::Objectives> points;
  for (const Evaluation& evaluation : trial.evaluations)
    points.push_back(evaluation.objectives);
  return points;
}

TEST_F(Progress, SharesAfterEachPointAreThoseOfAllPointsSoFar) {
  const std::vector<moo::Objectives> points = points_of(trials(1, 80).front());
  const HypervolumeShare share(exact_);
  const std::vector<double> expected = slowly_after_each(share, points);
  const std::vector<double> found = share.after_each(points);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-12) << i;
  EXPECT_TRUE(share.after_each({}).empty());
}

TEST_F(Progress, SharesOfThreeObjectivesAreThoseOfAllPointsSoFarToo) {
  const Problem problem(table_, {.objectives = {Objective::energy, Objective::validation_error,
                                                Objective::parameters}});
  const std::vector<moo::Objectives> exact = objectives_of(exact_front(problem));
  const HypervolumeShare share(exact);
  std::vector<moo::Objectives> points =
      points_of(run_search(problem, {.stop = {.count = 40}, .seed = 4}).front());
  points.push_back(points.front());  // gains nothing
  const std::vector<double> expected = slowly_after_each(share, points);
  const std::vector<double> found = share.after_each(points);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-12) << i;
}

TEST_F(Progress, SummarisesTheTrialsAfterEachEvaluation) {
  const std::vector<Trial> some = trials(5, 60);
  const HypervolumeShare share(exact_);
  const std::vector<ProgressPoint> points = progress(some, share);
  ASSERT_EQ(points.size(), 60U);
  for (const std::size_t at : {1U, 17U, 60U}) {
    std::vector<double> shares;
    for (const Trial& trial : some) {
      const std::vector<moo::Objectives> all = points_of(trial);
      shares.push_back(share(std::span(all).first(at)));
    }
    std::ranges::sort(shares);
    const ProgressPoint& point = points[at - 1];
    EXPECT_EQ(point.evaluations, at);
    EXPECT_NEAR(point.share.least, shares[0], 1e-12);
    EXPECT_NEAR(point.share.lower_quartile, shares[1], 1e-12);
    EXPECT_NEAR(point.share.median, shares[2], 1e-12);
    EXPECT_NEAR(point.share.upper_quartile, shares[3], 1e-12);
    EXPECT_NEAR(point.share.greatest, shares[4], 1e-12);
  }
}

TEST_F(Progress, NeverFallsAndEndsAtTheFront) {
  std::vector<Trial> some = trials(3, 1000);  // the whole domain of 273
  const std::vector<ProgressPoint> points = progress(some, HypervolumeShare(exact_));
  ASSERT_EQ(points.size(), problem_.domain_size());
  for (std::size_t i = 1; i < points.size(); ++i) {
    EXPECT_GE(points[i].share.least, points[i - 1].share.least);
    EXPECT_GE(points[i].share.median, points[i - 1].share.median);
  }
  EXPECT_NEAR(points.back().share.least, 1, 1e-12);
}

TEST_F(Progress, ATrialThatEndedKeepsWhatItHadAndOneWithoutEvaluationsIsPassedOver) {
  std::vector<Trial> some = trials(2, 30);
  some[1].evaluations.resize(5);
  some.push_back(some[0]);
  some[2].evaluations.clear();
  const HypervolumeShare share(exact_);
  const std::vector<ProgressPoint> points = progress(some, share);
  ASSERT_EQ(points.size(), 30U);
  const double long_one = share(points_of(some[0]));
  const double short_one = share(points_of(some[1]));
  EXPECT_NEAR(points.back().share.least, std::min(long_one, short_one), 1e-12);
  EXPECT_NEAR(points.back().share.greatest, std::max(long_one, short_one), 1e-12);
  EXPECT_TRUE(progress(std::span(some).last(1), share).empty());
}

}  // namespace
}  // namespace ecnas::search
