#include "ecnas/analysis/tradeoff.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "analysis/made_up.hpp"
#include "oracles/analysis_naive.hpp"
#include "support/expect_error.hpp"

namespace ecnas::analysis {
namespace {

using testing::expect_error;
using testing::made_up_series;

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

TEST(TradeOff, ByHand) {
  const std::vector<double> costs = {10, 9, 4, 5, 1, kAbsent, 0.5};
  const std::vector<double> accuracies = {0.95, 0.95, 0.945, 0.945, 0.93, 0.99, kAbsent};
  const std::vector<double> losses = {0, 0.005, 0.01, 0.02};
  const TradeOff found = trade_off(costs, accuracies, losses);
  EXPECT_EQ(found.cells, 5U);
  EXPECT_EQ(found.most_accurate, 1U);
  EXPECT_EQ(found.savings[0].saved, 0);
  EXPECT_EQ(found.savings[1].cell, 2U);
  EXPECT_EQ(found.savings[2].cell, 2U);
  EXPECT_DOUBLE_EQ(found.savings[1].saved, 1 - 4.0 / 9);
  EXPECT_EQ(found.savings[3].cell, 4U);
  EXPECT_DOUBLE_EQ(found.savings[3].accuracy, 0.93);
}

TEST(TradeOff, IsThatOfLookingAtEveryCell) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    const double levels = seed % 2 == 0 ? 8 : 0;
    const auto costs = made_up_series(30, levels, 0.1, rng);
    const auto accuracies = made_up_series(30, levels, 0.1, rng);
    const std::vector<double> losses = {0, 0.125, 0.3, 2};
    const TradeOff found = trade_off(costs, accuracies, losses);
    for (const Saving& saving : found.savings) {
      EXPECT_EQ(saving.cell,
                oracle::cheapest(costs, accuracies, found.accuracy - saving.accuracy_loss));
      EXPECT_DOUBLE_EQ(saving.saved, 1 - saving.cost / found.cost);
    }
  }
}

TEST(Regret, ByHand) {
  // The front: 0.9 at 2, 0.8 at 1. By the proxy the cell of 0.85 at 3 is cheapest at both.
  const std::vector<double> costs = {2, 1, 3, 4};
  const std::vector<double> accuracies = {0.9, 0.8, 0.95, 0.9};
  const std::vector<double> proxies = {2, 9, 1, 4};
  const Regret found = regret(costs, proxies, accuracies);
  EXPECT_EQ(found.levels, 3U);
  EXPECT_DOUBLE_EQ(found.mean, (0 + 0.5 + 2) / 3.0);
  EXPECT_DOUBLE_EQ(found.median, 0.5);
  EXPECT_DOUBLE_EQ(found.largest, 2);
  EXPECT_DOUBLE_EQ(found.largest_at, 0.8);
}

TEST(Regret, IsThatOfLookingAtEveryCell) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Rng rng(seed);
    const double levels = seed % 2 == 0 ? 6 : 0;
    auto costs = made_up_series(25, levels, 0.1, rng);
    auto proxies = made_up_series(25, levels, 0.1, rng);
    auto accuracies = made_up_series(25, levels, 0.1, rng);
    const Regret found = regret(costs, proxies, accuracies);
    for (std::size_t i = 0; i < costs.size(); ++i) {
      if (std::isnan(costs[i] + proxies[i] + accuracies[i]))
        costs[i] = proxies[i] = accuracies[i] = kAbsent;
    }
    const std::vector<double> expected = oracle::regrets(costs, proxies, accuracies);
    ASSERT_EQ(found.levels, expected.size()) << seed;
    double sum = 0;
    for (const double loss : expected)
      sum += loss;
    EXPECT_NEAR(found.mean, sum / static_cast<double>(expected.size()), 1e-12) << seed;
    EXPECT_NEAR(found.median, oracle::median(expected), 1e-12) << seed;
    EXPECT_EQ(found.largest, *std::ranges::max_element(expected)) << seed;
  }
}

TEST(Regret, OfTheCostItselfIsNone) {
  Rng rng(1);
  const auto costs = made_up_series(50, 5, 0, rng);
  const auto accuracies = made_up_series(50, 0, 0, rng);
  EXPECT_EQ(regret(costs, costs, accuracies).largest, 0);
}

TEST(TradeOff, OfNothingIsAnError) {
  const std::vector<double> one = {1}, two = {1, 2}, none = {kAbsent}, zero = {0}, loss = {-0.1};
  expect_error(ErrorCode::invalid_argument, "1 values beside 2",
               [&] { (void)trade_off(one, two, {}); });
  expect_error(ErrorCode::invalid_argument, "loss of -0.1",
               [&] { (void)trade_off(one, one, loss); });
  expect_error(ErrorCode::not_found, "no cell", [&] { (void)trade_off(none, one, {}); });
  expect_error(ErrorCode::not_found, "no cell", [&] { (void)regret(one, none, one); });
  expect_error(ErrorCode::invalid_argument, "cost 0", [&] { (void)regret(zero, one, one); });
  expect_error(ErrorCode::invalid_argument, "values beside", [&] { (void)regret(one, two, one); });
}

}  // namespace
}  // namespace ecnas::analysis
