#include "surrogate/ranking_loss.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "ecnas/core/random.hpp"

namespace ecnas::surrogate {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(MixedLoss, HandWorked) {
  const std::array<float, 2> target = {1, 0};
  const std::array<float, 2> predicted = {0.5F, 0.25F};
  const std::array<float, 2> weight = {1, 1};
  EXPECT_DOUBLE_EQ(mixed_loss(predicted, target, weight, 1), std::log1p(std::exp(-0.5)));
  EXPECT_DOUBLE_EQ(mixed_loss(predicted, target, weight, 0), (0.25 + 0.0625) / 2 / 2);
  EXPECT_DOUBLE_EQ(mixed_loss(predicted, target, weight, 0.25),
                   0.25 * std::log1p(std::exp(-0.5)) + 0.75 * 0.078125);
}

TEST(MixedLoss, WeightsAreSharesOfCellsAndOfPairs) {
  const std::array<float, 3> target = {2, 1, 0};
  const std::array<float, 3> predicted = {0, 0, 1};
  const std::array<float, 3> weight = {1, 2, 3};
  const double tied = std::log(2.0);
  const double wrong = std::log1p(std::exp(2.0));
  EXPECT_DOUBLE_EQ(mixed_loss(predicted, target, weight, 1),
                   (2 * tied + 3 * wrong + 6 * wrong) / 11);
  EXPECT_DOUBLE_EQ(mixed_loss(predicted, target, weight, 0), (1 * 2.0 + 2 * 0.5 + 3 * 0.5) / 6);
}

TEST(MixedLoss, AnErrorBeyond3CountsOnlyLinearly) {
  const std::array<float, 1> weight = {1};
  EXPECT_DOUBLE_EQ(mixed_loss(std::array{5.0F}, std::array{0.0F}, weight, 0), 3 * (5 - 1.5));
  std::array<float, 1> gradient{};
  mixed_loss_gradient(std::array{-50.0F}, std::array{0.0F}, weight, 0, gradient);
  EXPECT_EQ(gradient[0], -3.0F);
}

TEST(MixedLoss, GradientIsTheNumericalOne) {
  Rng rng(1);
  for (const double share : {0.0, 0.5, 1.0}) {
    std::vector<float> predicted;
    std::vector<float> target;
    std::vector<float> weight;
    for (int i = 0; i < 24; ++i) {
      predicted.push_back(static_cast<float>(rng.normal()));
      target.push_back(static_cast<float>(std::round(2 * rng.normal()) / 2));  // ties
      weight.push_back(static_cast<float>(0.5 + rng.uniform()));
    }
    predicted[3] = 9;  // beyond Huber's 3
    weight[5] = 0;
    weight[6] = 0;
    target[6] = kNaN;
    std::vector<float> gradient(predicted.size(), kNaN);
    mixed_loss_gradient(predicted, target, weight, share, gradient);
    for (std::size_t i = 0; i < predicted.size(); ++i) {
      constexpr float kStep = 1.0F / 512;
      std::vector<float> moved = predicted;
      moved[i] = predicted[i] + kStep;
      const auto up = static_cast<double>(moved[i]);
      const double above = mixed_loss(moved, target, weight, share);
      moved[i] = predicted[i] - kStep;
      const auto down = static_cast<double>(moved[i]);
      const double numerical = (above - mixed_loss(moved, target, weight, share)) / (up - down);
      // The third derivative of log(1 + exp(−2x)) is below 1: kStep² / 6.
      EXPECT_NEAR(static_cast<double>(gradient[i]), numerical, 1e-6) << i << " " << share;
    }
    EXPECT_EQ(gradient[5], 0.0F);
    EXPECT_EQ(gradient[6], 0.0F);
  }
}

TEST(MixedLoss, CellsOfNoWeightAndEqualTargetsSayNothing) {
  std::array<float, 2> gradient = {kNaN, kNaN};
  const std::array<float, 2> predicted = {1, -1};
  mixed_loss_gradient(predicted, std::array{1.0F, 2.0F}, std::array{0.0F, 0.0F}, 0.5, gradient);
  EXPECT_EQ(gradient, (std::array{0.0F, 0.0F}));
  EXPECT_EQ(mixed_loss(predicted, std::array{kNaN, kNaN}, std::array{0.0F, 0.0F}, 0.5), 0);
  mixed_loss_gradient(predicted, std::array{3.0F, 3.0F}, std::array{1.0F, 1.0F}, 1, gradient);
  EXPECT_EQ(gradient, (std::array{0.0F, 0.0F}));
  EXPECT_EQ(mixed_loss(predicted, std::array{3.0F, 3.0F}, std::array{1.0F, 1.0F}, 1), 0);
}

}  // namespace
}  // namespace ecnas::surrogate
