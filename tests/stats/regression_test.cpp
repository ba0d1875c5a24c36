#include "ecnas/stats/regression.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <tuple>

#include "ecnas/stats/correlation.hpp"
#include "stats/series.hpp"
#include "support/expect_error.hpp"

namespace ecnas::stats {
namespace {

using namespace ecnas::stats::testing;
using ecnas::testing::expect_error;

TEST(RegressionScores, OfHandWorkedPredictions) {
  const Series truth{1, 2, 3, 6};
  const Series predicted{1, 3, 3, 4};
  EXPECT_EQ(mean_absolute_error(truth, predicted), 0.75);
  EXPECT_EQ(root_mean_square_error(truth, predicted), std::sqrt(1.25));
  EXPECT_DOUBLE_EQ(*r2(truth, predicted), 1 - 5.0 / 14);
}

TEST(R2, IsOneForTheTruthZeroForItsMeanAndNegativeBelow) {
  const Series truth{1, 2, 3, 6};
  EXPECT_EQ(r2(truth, truth), 1);
  EXPECT_EQ(r2(truth, Series(4, 3.0)), 0);
  EXPECT_LT(*r2(truth, Series{6, 3, 2, 1}), 0);
}

TEST(R2, OfNothingOneValueOrAConstantTruthIsNone) {
  EXPECT_EQ(r2({}, {}), std::nullopt);
  EXPECT_EQ(r2(Series{1}, Series{2}), std::nullopt);
  EXPECT_EQ(r2(Series(10, 0.1), Series{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), std::nullopt);
}

/// Provenance: series.hpp; the definitions written in NumPy.
TEST(RegressionScores, AreNumPys) {
  const Example tied = tied_example();
  const RegressionScores scores = regression_scores(tied.u, tied.v);
  EXPECT_EQ(scores.n, 200);
  EXPECT_DOUBLE_EQ(*scores.r2, -1.4144075414567219);
  EXPECT_DOUBLE_EQ(scores.mae, 38.045);
  EXPECT_DOUBLE_EQ(scores.rmse, 45.180582112230475);
  const Example smooth = smooth_example();
  EXPECT_NEAR(*r2(smooth.u, smooth.v), 0.0006909036976225913, 1e-15);  // the rest of 1 − almost 1
  EXPECT_DOUBLE_EQ(mean_absolute_error(smooth.u, smooth.v), 0.2492315092480311);
  EXPECT_DOUBLE_EQ(root_mean_square_error(smooth.u, smooth.v), 0.2878979359256196);
}

TEST(RegressionScores, AreThoseOfTheFunctions) {
  Rng rng(11);
  const Series truth = normal_series(50, rng);
  const Series predicted = normal_series(50, rng);
  const RegressionScores scores = regression_scores(truth, predicted);
  EXPECT_EQ(scores.kendall_tau, kendall_tau_b(truth, predicted));
  EXPECT_EQ(scores.spearman, spearman_rho(truth, predicted));
  EXPECT_EQ(scores.r2, r2(truth, predicted));
  EXPECT_EQ(scores.mae, mean_absolute_error(truth, predicted));
  EXPECT_EQ(scores.rmse, root_mean_square_error(truth, predicted));
  EXPECT_EQ(scores.n, 50);
}

TEST(RegressionScores, OfOneValueHaveErrorsButNoOrder) {
  const RegressionScores scores = regression_scores(Series{1}, Series{3});
  EXPECT_EQ(scores.mae, 2);
  EXPECT_EQ(scores.rmse, 2);
  EXPECT_EQ(scores.kendall_tau, std::nullopt);
  EXPECT_EQ(scores.spearman, std::nullopt);
  EXPECT_EQ(scores.r2, std::nullopt);
}

template <typename Score>
void expect_refusals(Score score) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  expect_error(ErrorCode::invalid_argument, "2 values beside 1", [&] {
    std::ignore = score(Series{1, 2}, Series{1});
  });
  expect_error(ErrorCode::invalid_argument, "value 1 is nan", [&] {
    std::ignore = score(Series{1, kNaN}, Series{1, 2});
  });
  expect_error(ErrorCode::invalid_argument, "value 0 is -inf", [&] {
    std::ignore = score(Series{1, 2}, Series{-kInfinity, 2});
  });
}

TEST(RegressionScores, RefuseDifferentSizesNaNAndInfinity) {
  expect_refusals(r2);
  expect_refusals(mean_absolute_error);
  expect_refusals(root_mean_square_error);
  expect_refusals(regression_scores);
}

TEST(RegressionScores, OfNothingAreRefused) {
  for (const auto score : {&mean_absolute_error, &root_mean_square_error}) {
    expect_error(ErrorCode::invalid_argument, "no values", [&] { std::ignore = score({}, {}); });
  }
  expect_error(ErrorCode::invalid_argument, "no values",
               [] { std::ignore = regression_scores({}, {}); });
}

}  // namespace
}  // namespace ecnas::stats
