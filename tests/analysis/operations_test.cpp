#include "ecnas/analysis/operations.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "analysis/made_up.hpp"
#include "oracles/analysis_naive.hpp"
#include "oracles/space_graph.hpp"
#include "support/expect_error.hpp"

namespace ecnas::analysis {
namespace {

using space::Cell;
using space::Operation;
using testing::expect_error;

std::vector<Cell> cells_of(unsigned vertices) {
  const auto cells = space::Space::shared(vertices).cells();
  return {cells.begin(), cells.end()};
}

TEST(CostTerms, AreCountsOfTheGraphForEveryLabelling) {
  for (const Cell& cell : cells_of(5)) {
    const auto found = cost_term_values(cell);
    std::array<double, kCostTerms> expected{};
    for (unsigned v = 1; v + 1 < cell.vertices(); ++v) {
      expected[0] += cell.operation(v) == Operation::conv3x3 ? 1 : 0;
      expected[1] += cell.operation(v) == Operation::conv1x1 ? 1 : 0;
      expected[2] += cell.operation(v) == Operation::maxpool3x3 ? 1 : 0;
      expected[4] += cell.has_edge(v, cell.vertices() - 1) ? 1 : 0;
    }
    expected[3] = oracle::longest_way(cell, 0);
    expected[5] = cell.edges();
    ASSERT_EQ(found, expected) << to_text(cell);
    for (const Cell& other : space::oracle::relabellings(cell))
      ASSERT_EQ(cost_term_values(other), found);
  }
}

TEST(CostModel, IsTheLeastSquaresOne) {
  const auto cells = cells_of(5);
  Rng rng(1);
  std::vector<double> costs, logs;
  std::vector<std::vector<double>> columns(kCostTerms + 1);
  for (const Cell& cell : cells) {
    const auto flops = static_cast<double>(space::flops(cell));
    costs.push_back(1e-9 * flops * std::exp(0.3 * rng.normal()));
    if (rng.chance(0.1)) {
      costs.back() = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    logs.push_back(std::log(costs.back()));
    columns[0].push_back(1);
    const auto terms = cost_term_values(cell);
    for (std::size_t i = 0; i < kCostTerms; ++i)
      columns[i + 1].push_back(terms[i]);
  }
  const CostModel model = cost_of_operations(cells, costs, {.resamples = 20});
  const oracle::LeastSquares expected = oracle::least_squares(columns, logs);
  EXPECT_EQ(model.cells, logs.size());
  EXPECT_NEAR(model.intercept.value, expected.coefficients[0], 1e-10);
  for (std::size_t i = 0; i < kCostTerms; ++i)
    EXPECT_NEAR(model.effects[i].value, expected.coefficients[i + 1], 1e-10);
  EXPECT_NEAR(model.r2, expected.r2, 1e-10);
}

/// Costs that are what the model says, but for noise.
std::vector<double> known_costs(const std::vector<Cell>& cells, double noise, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<double> costs;
  for (const Cell& cell : cells) {
    const auto terms = cost_term_values(cell);
    costs.push_back(
        std::exp(-3 + 0.4 * terms[0] + 0.1 * terms[1] - 0.2 * terms[4] + noise * rng.normal()));
  }
  return costs;
}

TEST(CostModel, FindsWhatCostsWereMadeOf) {
  const auto cells = cells_of(4);
  const CostModel model = cost_of_operations(cells, known_costs(cells, 0, 1), {.resamples = 5});
  const std::array<double, kCostTerms> truth = {0.4, 0.1, 0, 0, -0.2, 0};
  for (std::size_t i = 0; i < kCostTerms; ++i)
    EXPECT_NEAR(model.effects[i].value, truth[i], 1e-10);
  EXPECT_NEAR(model.intercept.value, -3, 1e-10);
  EXPECT_NEAR(model.r2, 1, 1e-12);
}

TEST(CostModel, IntervalsHoldTheTruthAsOftenAsTheySay) {
  const auto cells = cells_of(5);
  int held = 0;
  constexpr int kTrials = 60;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto costs = known_costs(cells, 0.5, 10 + static_cast<std::uint64_t>(trial));
    const CostModel model = cost_of_operations(cells, costs, {.resamples = 200, .groups = 400});
    const Interval interval = *model.effects[0].interval;
    held += interval.lower <= 0.4 && 0.4 <= interval.upper ? 1 : 0;
  }
  EXPECT_GE(held, 50);  // 57 expected; 50 is four standard deviations less
}

TEST(CostModel, HasTheSameBytesOnAnyNumberOfThreads) {
  const auto cells = cells_of(5);
  const auto costs = known_costs(cells, 0.5, 3);
  const CostModel one = cost_of_operations(cells, costs, {.resamples = 50, .threads = 1});
  const CostModel four = cost_of_operations(cells, costs, {.resamples = 50, .threads = 4});
  for (std::size_t i = 0; i < kCostTerms; ++i)
    EXPECT_EQ(one.effects[i].interval, four.effects[i].interval);
}

TEST(CostModel, OfCellsThatSayNothingIsAnError) {
  const auto cells = cells_of(4);
  auto costs = known_costs(cells, 0.1, 1);
  expect_error(ErrorCode::invalid_argument, "91 cells beside 2 costs",
               [&] { (void)cost_of_operations(cells, std::span(costs).first(2)); });
  expect_error(ErrorCode::not_found, "7 cells with a cost; expected 20", [&] {
    (void)cost_of_operations(std::span(cells).first(7), std::span(costs).first(7));
  });
  const std::vector<Cell> same(30, cells.back());
  expect_error(ErrorCode::not_found, "do not vary",
               [&] { (void)cost_of_operations(same, std::span(costs).first(30)); });
  costs[3] = 0;
  expect_error(ErrorCode::invalid_argument, "cost 0 of cell 3",
               [&] { (void)cost_of_operations(cells, costs); });
}

}  // namespace
}  // namespace ecnas::analysis
