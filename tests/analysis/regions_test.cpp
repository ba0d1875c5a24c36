#include "ecnas/analysis/regions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "analysis/made_up.hpp"
#include "ecnas/moo/front.hpp"
#include "oracles/analysis_naive.hpp"
#include "oracles/stats_naive.hpp"
#include "support/expect_error.hpp"

namespace ecnas::analysis {
namespace {

using testing::expect_error;

struct Cells {
  std::vector<double> costs;
  std::vector<double> accuracies;
};

/// Accuracy rises with cost, ever more slowly; `ties` rounds both.
Cells made_up_cells(std::uint64_t seed, bool ties) {
  Rng rng(seed);
  Cells cells;
  const auto rounded = [&](double value) { return ties ? std::round(40 * value) / 40 : value; };
  for (int i = 0; i < 120; ++i) {
    const double cost = rounded(0.1 + rng.uniform());
    cells.costs.push_back(cost);
    cells.accuracies.push_back(rounded(1 - 0.01 / cost - 0.1 * rng.uniform() * rng.uniform()));
  }
  return cells;
}

void expect_as_ruled(const Cells& cells, const RegionOptions& options) {
  const auto& [costs, accuracies] = cells;
  const Regions found = find_regions(costs, accuracies, options);
  const double best = *std::ranges::max_element(accuracies);
  std::vector<double> accurate_costs;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (accuracies[i] >= best - options.accuracy_margin) accurate_costs.push_back(costs[i]);
  }
  EXPECT_EQ(found.cost_limit, ecnas::oracle::quantile(accurate_costs, 1 - options.costliest_share));
  std::vector<std::size_t> accurate, efficient;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (costs[i] >= found.cost_limit) {
      if (accuracies[i] >= best - options.accuracy_margin) accurate.push_back(i);
      continue;
    }
    const double least = costs[oracle::cheapest(costs, accuracies, accuracies[i])];
    if (accuracies[i] >= accuracies[found.knee] && costs[i] <= least * (1 + options.nearness))
      efficient.push_back(i);
  }
  EXPECT_EQ(found.accurate.cells, accurate);
  EXPECT_EQ(found.efficient.cells, efficient);
  EXPECT_TRUE(oracle::on_front(costs, accuracies, found.knee));
  EXPECT_DOUBLE_EQ(found.cost_saved, 1 - found.efficient.cost / found.accurate.cost);
}

TEST(Regions, HoldTheCellsThatTheRuleSays) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    expect_as_ruled(made_up_cells(seed, seed % 2 == 0), {.accuracy_margin = 0.06});
    expect_as_ruled(made_up_cells(seed, seed % 2 == 0),
                    {.accuracy_margin = 0.1, .costliest_share = 0.1, .nearness = 0.3});
  }
}

TEST(Regions, MeansAndCovariancesAreThoseOfLogarithms) {
  const Cells cells = made_up_cells(5, false);
  const Region region =
      find_regions(cells.costs, cells.accuracies, {.accuracy_margin = 0.1}).accurate;
  ASSERT_GE(region.cells.size(), 3U);
  long double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  const auto n = static_cast<long double>(region.cells.size());
  for (const std::size_t i : region.cells) {
    x += std::log10(cells.costs[i]) / n;
    y += cells.accuracies[i] / n;
  }
  for (const std::size_t i : region.cells) {
    const long double dx = std::log10(cells.costs[i]) - x, dy = cells.accuracies[i] - y;
    xx += dx * dx / (n - 1);
    xy += dx * dy / (n - 1);
    yy += dy * dy / (n - 1);
  }
  EXPECT_NEAR(region.cost, std::pow(10.0, static_cast<double>(x)), 1e-12);
  EXPECT_NEAR(region.accuracy, static_cast<double>(y), 1e-12);
  EXPECT_NEAR(region.covariance[0], static_cast<double>(xx), 1e-12);
  EXPECT_NEAR(region.covariance[1], static_cast<double>(xy), 1e-12);
  EXPECT_NEAR(region.covariance[2], static_cast<double>(yy), 1e-12);
}

TEST(Regions, EllipsesAreTheEigenvectorsOfTheCovariance) {
  for (const std::array<double, 3>& covariance :
       {std::array{4.0, 0.0, 1.0}, std::array{1.0, 0.0, 4.0}, std::array{2.0, 1.0, 2.0},
        std::array{3.0, -1.5, 1.0}, std::array{0.0, 0.0, 0.0}}) {
    const Region::Ellipse ellipse = Region{.covariance = covariance}.ellipse();
    const double c = std::cos(ellipse.angle), s = std::sin(ellipse.angle);
    const double major = ellipse.major * ellipse.major, minor = ellipse.minor * ellipse.minor;
    EXPECT_NEAR(major * c * c + minor * s * s, covariance[0], 1e-12);
    EXPECT_NEAR((major - minor) * c * s, covariance[1], 1e-12);
    EXPECT_NEAR(major * s * s + minor * c * c, covariance[2], 1e-12);
    EXPECT_GE(ellipse.major, ellipse.minor);
  }
  EXPECT_NEAR((Region{.covariance = {2, 1, 2}}.ellipse().angle), std::numbers::pi / 4, 1e-12);
}

TEST(Regions, ThatAreNotThereAreAnError) {
  const std::vector<double> costs = {1, 2}, accuracies = {0.8, 0.9}, wrong = {0, 1};
  expect_error(ErrorCode::not_found, "front of 2 points has no knee",
               [&] { (void)find_regions(costs, accuracies); });
  expect_error(ErrorCode::not_found, "no cell", [&] { (void)find_regions({}, {}); });
  expect_error(ErrorCode::invalid_argument, "expected as many",
               [&] { (void)find_regions(costs, std::span(accuracies).first(1)); });
  expect_error(ErrorCode::invalid_argument, "cost 0",
               [&] { (void)find_regions(wrong, accuracies); });
  expect_error(ErrorCode::invalid_argument, "costliest share 0",
               [&] { (void)find_regions(costs, accuracies, {.costliest_share = 0}); });
  // All cells are within the margin, and the limit is the least cost of all.
  const std::vector<double> three = {1, 2, 3}, rising = {0.90, 0.905, 0.909};
  expect_error(ErrorCode::not_found, "no cell near the front",
               [&] { (void)find_regions(three, rising, {.costliest_share = 1}); });
}

}  // namespace
}  // namespace ecnas::analysis
