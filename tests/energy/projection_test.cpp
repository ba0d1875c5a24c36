#include "ecnas/energy/projection.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <vector>

#include "ecnas/core/random.hpp"
#include "support/expect_error.hpp"

namespace ecnas::energy {
namespace {

using testing::expect_error;

TEST(ProjectEpochs, OfHandWorkedEpochs) {
  // Mean 12, s² = (4 + 0 + 4) / 2; t of 0.95 with 2 degrees 2.919985580; m = 6: √(6 + 36 / 3).
  const Projection found = project_epochs(5, std::array{10.0, 12.0, 14.0}, 9);
  EXPECT_EQ(found.start_up, 5);
  EXPECT_EQ(found.per_epoch, 12);
  EXPECT_EQ(found.total, 5 + 36 + 6 * 12);
  const double reach = 2.919985580 * 2 * std::sqrt(18.0);
  EXPECT_NEAR(found.low.value(), found.total - reach, 1e-8);  // the digits of t
  EXPECT_NEAR(found.high.value(), found.total + reach, 1e-8);
}

TEST(ProjectEpochs, StartUpCountsOnce) {
  const std::array epochs{3.0, 3.0};
  EXPECT_EQ(project_epochs(7, epochs, 100).total, 7 + 300);
  EXPECT_EQ(project_epochs(0, epochs, 100).total, 300);
}

TEST(ProjectEpochs, MeasuredEpochsAreNotDrawnAgain) {
  const Projection found = project_epochs(1, std::array{1.0, 2.0, 6.0}, 3);
  EXPECT_EQ(found.total, 10);
  EXPECT_EQ(found.low, 10);
  EXPECT_EQ(found.high, 10);
}

TEST(ProjectEpochs, OneEpochTellsNoInterval) {
  const Projection found = project_epochs(1, std::array{4.0}, 10);
  EXPECT_EQ(found.total, 41);
  EXPECT_FALSE(found.low);
  EXPECT_FALSE(found.high);
}

TEST(ProjectEpochs, EqualEpochsLeaveNoDoubt) {
  const Projection found = project_epochs(0, std::array{2.0, 2.0, 2.0}, 50);
  EXPECT_EQ(found.low, found.total);
  EXPECT_EQ(found.high, found.total);
}

TEST(ProjectEpochs, NoEpochGivesEnergyBack) {
  const Projection found = project_epochs(1, std::array{0.0, 10.0}, 20);
  EXPECT_EQ(found.low, 11);
  EXPECT_GT(found.high.value(), found.total);
}

/// Normal epochs, their total known: it lies within in 90 % of the trials, up to four standard
/// errors of that share.
TEST(ProjectEpochs, IntervalsHoldTheTotalNinetyTimesInAHundred) {
  constexpr int kTrials = 5'000;
  const double allowed = 4 * std::sqrt(0.9 * 0.1 / kTrials);
  for (const auto& [k, epochs] : {std::pair{2U, 5U}, {4U, 108U}, {10U, 12U}, {30U, 300U}}) {
    Rng rng(k);
    int inside = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      std::vector<double> all(epochs);
      for (double& epoch : all)
        epoch = 100 + rng.normal();
      const double total = 3 + std::accumulate(all.begin(), all.end(), 0.0);
      const Projection found = project_epochs(3, std::span(all).first(k), epochs);
      inside += *found.low <= total && total <= *found.high ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(inside) / kTrials, 0.9, allowed) << k << " of " << epochs;
  }
}

TEST(ProjectEpochs, RefusesWhatMakesNoSense) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double bad : {-1.0, std::nan(""), kInfinity}) {
    expect_error(ErrorCode::invalid_argument, "a start-up of",
                 [&] { std::ignore = project_epochs(bad, std::array{1.0}, 1); });
    expect_error(ErrorCode::invalid_argument, "an epoch of", [&] {
      std::ignore = project_epochs(0, std::array{1.0, bad}, 5);
    });
  }
  expect_error(ErrorCode::invalid_argument, "no epoch was measured",
               [] { std::ignore = project_epochs(0, {}, 5); });
  expect_error(ErrorCode::invalid_argument, "to 1 epochs, of which 2", [] {
    std::ignore = project_epochs(0, std::array{1.0, 2.0}, 1);
  });
  expect_error(ErrorCode::invalid_argument, "a total of inf", [] {
    std::ignore = project_epochs(0, std::array{1e308, 1e308}, 5);
  });
}

}  // namespace
}  // namespace ecnas::energy
