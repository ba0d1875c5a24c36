#include "ecnas/surrogate/coverage.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/expect_error.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A cell each of 2, 3 and 5 vertices.
Observations three(Target target, std::vector<double> values) {
  Observations observations{.target = target, .source = "three"};
  observations.epochs = {4};
  observations.cells = {space::Cell::trivial(), space::parse_cell("010001000:conv3x3"),
                        space::parse_cell("0100000100000100000100000:conv3x3,conv3x3,conv3x3")};
  observations.values = std::move(values);
  observations.repeats = {1, 1, 1};
  return observations;
}

TEST(PredictedShares, AreTakenInTheLinksScale) {
  // Half-way to the bounds in logarithms: 2 between 4 and 1, 8 between 4 and 16.
  const std::vector<Prediction> predictions = {{4, 1, 16}, {4, 1, 16}, {4, 1, 16}};
  const PredictedShares energies =
      predicted_shares(three(Target::energy_kwh, {2, 8, 16}), 0, predictions);
  ASSERT_EQ(energies.all.size(), 3U);
  EXPECT_NEAR(energies.all[0], 0.205417, 1e-6);  // Φ(−1.644854 / 2)
  EXPECT_NEAR(energies.all[1], 1 - 0.205417, 1e-6);
  EXPECT_NEAR(energies.all[2], 0.95, 1e-12);
  const std::vector<Prediction> accuracies = {
      {0.9, 0.6, 0.975}, {0.9, 0.6, 0.975}, {0.9, 0.6, 0.975}};
  const PredictedShares errors =
      predicted_shares(three(Target::validation_accuracy, {0.8, 0.95, 0.6}), 0, accuracies);
  EXPECT_NEAR(errors.all[0], 0.205417, 1e-6);  // errors 0.4, 0.2, 0.1, 0.05, 0.025
  EXPECT_NEAR(errors.all[1], 1 - 0.205417, 1e-6);
  EXPECT_NEAR(errors.all[2], 0.05, 1e-12);
}

TEST(PredictedShares, AreToldApartByVertices) {
  const std::vector<Prediction> predictions = {{4, 1, 16}, {4, 1, 16}, {4, 1, 16}};
  const PredictedShares shares =
      predicted_shares(three(Target::energy_kwh, {4, 1, 16}), 0, predictions);
  ASSERT_EQ(shares.by_vertices[0].size(), 2U);
  EXPECT_NEAR(shares.by_vertices[0][1], 0.05, 1e-12);
  ASSERT_EQ(shares.by_vertices[1].size(), 1U);
  EXPECT_NEAR(shares.by_vertices[1][0], 0.95, 1e-12);
  EXPECT_TRUE(shares.by_vertices[2].empty());
}

TEST(PredictedShares, LeaveOutWhatWasNotObservedOrPredicted) {
  const std::vector<Prediction> predictions = {{4, 1, 16}, {kNaN, kNaN, kNaN}, {4, 1, 16}};
  EXPECT_EQ(predicted_shares(three(Target::energy_kwh, {kNaN, 1, 16}), 0, predictions).all.size(),
            1U);
  expect_error(ErrorCode::invalid_data, "three: no energy_kwh at 4 epochs", [&] {
    (void)predicted_shares(three(Target::energy_kwh, {kNaN, 1, kNaN}), 0, predictions);
  });
}

TEST(PredictedShares, NeedIntervals) {
  const std::vector<Prediction> predictions(3, {4, 0, kInfinity});
  expect_error(ErrorCode::invalid_argument, "without an interval", [&] {
    (void)predicted_shares(three(Target::energy_kwh, {2, 8, 16}), 0, predictions);
  });
}

}  // namespace
}  // namespace ecnas::surrogate
