#include "ecnas/stats/student_t.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>

#include "oracles/stats_naive.hpp"
#include "stats/normal.hpp"
#include "support/expect_error.hpp"

namespace ecnas::stats {
namespace {

using ecnas::testing::expect_error;

/// Provenance: tables of the t distribution, as in [AbrSte64], table 26.10, with more digits.
TEST(StudentT, QuantilesAreThoseOfTheTables) {
  constexpr double kLastDigit = 5.1e-10;
  EXPECT_NEAR(student_t_quantile(0.95, 1), 6.313751515, kLastDigit);
  EXPECT_NEAR(student_t_quantile(0.95, 2), 2.919985580, kLastDigit);
  EXPECT_NEAR(student_t_quantile(0.95, 5), 2.015048373, kLastDigit);
  EXPECT_NEAR(student_t_quantile(0.95, 10), 1.812461123, kLastDigit);
  EXPECT_NEAR(student_t_quantile(0.95, 30), 1.697260887, kLastDigit);
  EXPECT_NEAR(student_t_quantile(0.975, 1), 12.706204736, kLastDigit);
  EXPECT_NEAR(student_t_quantile(0.975, 10), 2.228138852, kLastDigit);
  EXPECT_NEAR(student_t_quantile(0.95, 120), 1.657650899, kLastDigit);
}

/// One degree: the Cauchy distribution; two: an algebraic one.
TEST(StudentT, OfOneAndTwoDegreesHasClosedForms) {
  for (const double probability : {1e-300, 1e-12, 0.001, 0.1, 0.3, 0.4999}) {
    const double cauchy = -1 / std::tan(std::numbers::pi * probability);
    const double two = -(1 - 2 * probability) / std::sqrt(2 * probability * (1 - probability));
    // Some roundings, of which tan and the inversion each multiply those before.
    EXPECT_NEAR(student_t_quantile(probability, 1) / cauchy, 1, 1e-11) << probability;
    EXPECT_NEAR(student_t_quantile(probability, 2) / two, 1, 1e-11) << probability;
  }
}

TEST(StudentT, SharesAreTheIntegralOfTheDensity) {
  for (const std::size_t degrees : {1U, 2U, 3U, 4U, 7U, 30U, 199U, 200U, 201U}) {
    for (const double t : {0.0, 0.01, 0.5, 1.0, 1.7, 3.0, 10.0, -0.3, -2.5}) {
      EXPECT_NEAR(student_t_share_above(t, degrees), oracle::student_t_share_above(t, degrees),
                  1e-8)  // of the midpoint rule with 40,000 steps
          << t << " with " << degrees << " degrees";
    }
  }
}

TEST(StudentT, SharesOfBothSidesSumToOne) {
  for (const std::size_t degrees : {1U, 2U, 9U, 100U, 10'000U}) {
    for (const double t : {0.0, 1e-8, 0.6, 0.7, 0.8, 2.0, 50.0}) {
      EXPECT_NEAR(student_t_share_above(t, degrees) + student_t_share_above(-t, degrees), 1, 1e-15);
      EXPECT_EQ(student_t_share_above(t, degrees) < 0.5, t > 0) << t;
    }
    EXPECT_NEAR(student_t_share_above(0, degrees), 0.5, 1e-15);
  }
}

TEST(StudentT, QuantilesAreTheInverse) {
  for (const std::size_t degrees : {1U, 2U, 3U, 8U, 50U, 1000U}) {
    for (const double probability : {1e-10, 0.01, 0.2, 0.49, 0.5, 0.6, 0.9, 0.999}) {
      const double t = student_t_quantile(probability, degrees);
      EXPECT_NEAR(student_t_share_above(-t, degrees) / probability, 1, 1e-12) << probability;
    }
  }
}

TEST(StudentT, OfManyDegreesIsNormal) {
  // They differ by (t³ + t) / 4ν.
  EXPECT_NEAR(student_t_quantile(0.95, 1'000'000'000), normal_quantile(0.95), 1e-8);
  EXPECT_NEAR(student_t_share_above(3, 1'000'000'000), normal_share_below(-3), 1e-9);
}

TEST(StudentT, OfInfinityIsNothingOrAll) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(student_t_share_above(kInfinity, 3), 0);
  EXPECT_EQ(student_t_share_above(-kInfinity, 3), 1);
}

TEST(StudentT, RefusesWhatIsNoProbabilityAndNoDegree) {
  for (const double probability : {0.0, 1.0, -0.1, 1.1, std::nan("")}) {
    expect_error(ErrorCode::invalid_argument, "expected one between 0 and 1",
                 [&] { std::ignore = student_t_quantile(probability, 3); });
  }
  expect_error(ErrorCode::invalid_argument, "no degree of freedom",
               [] { std::ignore = student_t_quantile(0.9, 0); });
  expect_error(ErrorCode::invalid_argument, "no degree of freedom",
               [] { std::ignore = student_t_share_above(1, 0); });
  expect_error(ErrorCode::invalid_argument, "t is nan",
               [] { std::ignore = student_t_share_above(std::nan(""), 1); });
}

}  // namespace
}  // namespace ecnas::stats
