#include "ecnas/stats/conformal.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <tuple>

#include "oracles/stats_naive.hpp"
#include "stats/series.hpp"
#include "support/expect_error.hpp"

namespace ecnas::stats {
namespace {

using namespace ecnas::stats::testing;
using ecnas::testing::expect_error;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(ConformalHalfWidth, OfHandWorkedResiduals) {
  const Series nine{9, 1, 8, 2, 7, 3, 6, 4, 5};
  EXPECT_EQ(conformal_half_width(nine, 0.9), 9);      // the 9th of 9: 10 · 0.9
  EXPECT_EQ(conformal_half_width(nine, 1 - 0.1), 9);  // however it is rounded
  EXPECT_EQ(conformal_half_width(nine, 0.5), 5);
  EXPECT_EQ(conformal_half_width(nine, 0.91), kInfinity);  // the 10th of 9
}

TEST(ConformalHalfWidth, IsTheLeastResidualThatCoversEnoughAtEveryWholePercent) {
  Rng rng(31);
  for (const std::size_t count : {0U, 1U, 8U, 9U, 10U, 99U, 100U, 999U}) {
    Series residuals = tied_series(count, 1000, rng);
    for (double& residual : residuals)
      residual = std::abs(residual);
    for (std::size_t percent = 1; percent < 100; ++percent) {
      const auto expected = oracle::conformal_half_width(residuals, percent);
      EXPECT_EQ(conformal_half_width(residuals, static_cast<double>(percent) / 100),
                expected.value_or(kInfinity))
          << count << " residuals, " << percent << " %";
    }
  }
}

/// Over calibration sets, the share of new residuals within the half-width is at least the coverage
/// and at most 1 / (n + 1) above it (Lei et al. 2018, theorem 2).
TEST(ConformalHalfWidth, CoversANewResidualAsOftenAsPromised) {
  Rng rng(32);
  constexpr int kTrials = 20'000;
  int covered = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    Series residuals = normal_series(30, rng);
    for (double& residual : residuals)
      residual = std::abs(residual);
    covered += std::abs(rng.normal()) <= conformal_half_width(residuals, 0.9) ? 1 : 0;
  }
  const double share = static_cast<double>(covered) / kTrials;
  constexpr double kNoise = 0.009;  // four standard deviations of 20,000 draws
  EXPECT_GE(share, 0.9 - kNoise);
  EXPECT_LE(share, 0.9 + 1.0 / 31 + kNoise);
}

TEST(ConformalHalfWidth, MayBeAnInfiniteResidual) {
  EXPECT_EQ(conformal_half_width(Series{1, kInfinity, kInfinity}, 0.5), kInfinity);
  EXPECT_EQ(conformal_half_width(Series{1, 2, kInfinity}, 0.5), 2);
}

TEST(ConformalHalfWidth, RefusesCoveragesAndResidualsThatAreNone) {
  for (const double coverage : {0.0, 1.0, -0.5, 90.0, kNaN}) {
    expect_error(ErrorCode::invalid_argument, "expected one within (0, 1)",
                 [&] { std::ignore = conformal_half_width(Series{1}, coverage); });
  }
  expect_error(ErrorCode::invalid_argument, "residual 1 is -2", [] {
    std::ignore = conformal_half_width(Series{1, -2}, 0.5);
  });
  expect_error(ErrorCode::invalid_argument, "residual 0 is nan",
               [] { std::ignore = conformal_half_width(Series{kNaN}, 0.5); });
}

}  // namespace
}  // namespace ecnas::stats
