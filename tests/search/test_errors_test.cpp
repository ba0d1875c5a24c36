#include <gtest/gtest.h>

#include "ecnas/search/comparison.hpp"
#include "ecnas/search/judge.hpp"
#include "ecnas/table/builder.hpp"
#include "search/small_study.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::kTwo;
using ecnas::testing::study_of;

table::Table table_with_test_errors() {
  const space::Space& space = space::Space::shared(4);
  table::TableBuilder builder(table::Metadata{});
  for (space::Rank rank = 0; rank < space.size(); ++rank) {
    const auto add = [&](const char* metric, double value) {
      builder.add(space.cell(rank), 4, 1, metric, static_cast<float>(value),
                  table::Provenance::measured, "made up");
    };
    const double error = 1.0 / (2 + rank);
    add("energy_kwh", 1e-3 * (1 + rank));
    add("validation_accuracy", 1 - error);
    add("test_accuracy", 1 - error - (rank % 2 == 0 ? 0.02 : 0.04));
  }
  return builder.build("tested");
}

TEST(TestErrorReports, TheSameCellsAreJudgedByTheirTestErrors) {
  const table::Table table = table_with_test_errors();
  const Problem problem(table, {.objectives = kTwo});
  const Problem tested(table, {.objectives = {Objective::energy, Objective::test_error}});
  const Study study =
      study_of(problem, {{"a", Algorithm::random, {}}, {"b", Algorithm::semoa, {}}}, 12, 4);
  const Comparison comparison = compare(problem, study, {.resamples = 50});
  for (std::size_t contender = 0; contender < 2; ++contender) {
    const TestReport& report = comparison.results[contender].test.value();
    for (std::size_t trial = 0; trial < 4; ++trial) {
      const auto& front = study.trials[contender][trial].trial.front;
      std::vector<moo::Objectives> points;
      double gap = 0;
      for (const FrontPoint& point : front) {
        points.push_back(tested.evaluate(point.candidate).value());
        gap += points.back()[1] - point.objectives[1];
      }
      EXPECT_DOUBLE_EQ(report.gap.trials[trial].value(), gap / static_cast<double>(front.size()));
      EXPECT_GT(*report.gap.trials[trial], 0.019);
      EXPECT_EQ(report.share.trials[trial],
                HypervolumeShare(objectives_of(exact_front(tested)))(points));
      // Fronts are in order of energy, so the last is the most accurate.
      EXPECT_EQ(report.validation_error.trials[trial], front.back().objectives[1]);
      EXPECT_EQ(report.test_error.trials[trial], points.back()[1]);
    }
  }
}

}  // namespace
}  // namespace ecnas::search
