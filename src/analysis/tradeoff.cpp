#include "ecnas/analysis/tradeoff.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::analysis {
namespace {

void require_same_size(std::size_t a, std::size_t b, const char* what) {
  if (a != b)
    fail(ErrorCode::invalid_argument, "{}: {} values beside {}; expected as many", what, a, b);
}

[[noreturn]] void fail_empty(const char* what) {
  fail(ErrorCode::not_found, "{}: no cell has a cost and an accuracy", what);
}

/// Whether (cost, accuracy) a is to be taken rather than b where cost counts first.
bool is_cheaper(double cost_a, double accuracy_a, double cost_b, double accuracy_b) {
  return cost_a < cost_b || (cost_a == cost_b && accuracy_a > accuracy_b);
}

/// The cheapest cell of at least this accuracy, by `costs`. @pre there is one
std::size_t cheapest(std::span<const double> costs, std::span<const double> accuracies,
                     std::span<const std::size_t> cells, double least_accuracy) {
  std::size_t best = cells.front();
  bool found = false;
  for (const std::size_t cell : cells) {
    if (accuracies[cell] < least_accuracy) continue;
    if (!found || is_cheaper(costs[cell], accuracies[cell], costs[best], accuracies[best]))
      best = cell;
    found = true;
  }
  return best;
}

/// Positions at which none of the series is NaN.
std::vector<std::size_t> complete(std::initializer_list<std::span<const double>> series) {
  std::vector<std::size_t> cells;
  for (std::size_t i = 0; i < series.begin()->size(); ++i) {
    if (std::ranges::none_of(series, [i](const auto& values) { return std::isnan(values[i]); }))
      cells.push_back(i);
  }
  return cells;
}

/// Of the cells in order of accuracy, the best first: for each the least cost of those up to it,
/// equal accuracies taken together.
struct Sweep {
  std::vector<std::size_t> order;
  std::vector<std::size_t> cheapest;  // (order): by cost
  std::vector<std::size_t> chosen;    // (order): by proxy
};

Sweep sweep(std::span<const double> costs, std::span<const double> proxies,
            std::span<const double> accuracies, std::vector<std::size_t> cells) {
  std::ranges::stable_sort(cells, std::greater<>(), [&](std::size_t i) { return accuracies[i]; });
  Sweep result{.order = std::move(cells)};
  // In this order a later cell is never more accurate, so only a lower cost takes over.
  const auto running_least = [&](std::span<const double> values) {
    std::vector<std::size_t> least(result.order.size());
    std::size_t best = result.order.front();
    for (std::size_t i = 0; i < least.size(); ++i) {
      if (values[result.order[i]] < values[best]) best = result.order[i];
      least[i] = best;
    }
    // The end of a run of equal accuracies speaks for all of it.
    for (std::size_t i = least.size() - 1; i > 0; --i) {
      if (accuracies[result.order[i - 1]] == accuracies[result.order[i]]) least[i - 1] = least[i];
    }
    return least;
  };
  result.cheapest = running_least(costs);
  result.chosen = running_least(proxies);
  return result;
}

}  // namespace

TradeOff trade_off(std::span<const double> costs, std::span<const double> accuracies,
                   std::span<const double> losses) {
  require_same_size(costs.size(), accuracies.size(), "trade-off");
  for (const double loss : losses) {
    if (!(loss >= 0))
      fail(ErrorCode::invalid_argument, "trade-off: a loss of {}; expected a number from 0", loss);
  }
  const std::vector<std::size_t> cells = complete({costs, accuracies});
  if (cells.empty()) fail_empty("trade-off");

  double best_accuracy = -std::numeric_limits<double>::infinity();
  for (const std::size_t cell : cells)
    best_accuracy = std::max(best_accuracy, accuracies[cell]);
  TradeOff result{.cells = cells.size(),
                  .most_accurate = cheapest(costs, accuracies, cells, best_accuracy),
                  .accuracy = best_accuracy};
  result.cost = costs[result.most_accurate];
  for (const double loss : losses) {
    const std::size_t cell = cheapest(costs, accuracies, cells, best_accuracy - loss);
    result.savings.push_back({.accuracy_loss = loss,
                              .cell = cell,
                              .accuracy = accuracies[cell],
                              .cost = costs[cell],
                              .saved = result.cost > 0 ? 1 - costs[cell] / result.cost : 0});
  }
  return result;
}

Regret regret(std::span<const double> costs, std::span<const double> proxies,
              std::span<const double> accuracies) {
  require_same_size(costs.size(), accuracies.size(), "regret");
  require_same_size(proxies.size(), accuracies.size(), "regret");
  std::vector<std::size_t> cells = complete({costs, proxies, accuracies});
  if (cells.empty()) fail_empty("regret");
  for (const std::size_t cell : cells) {
    if (!(costs[cell] > 0))
      fail(ErrorCode::invalid_argument, "regret: cost {} of cell {}; expected > 0", costs[cell],
           cell);
  }
  Regret result{.cells = cells.size()};
  const Sweep swept = sweep(costs, proxies, accuracies, std::move(cells));

  std::vector<double> losses;
  double last_cost = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < swept.order.size(); ++i) {
    const std::size_t cell = swept.cheapest[i];
    // A point of the front: the cheapest of its accuracy, and cheaper than all more accurate.
    if (accuracies[cell] != accuracies[swept.order[i]] || !(costs[cell] < last_cost)) continue;
    last_cost = costs[cell];
    const double loss = costs[swept.chosen[i]] / costs[cell] - 1;
    if (losses.empty() || loss > result.largest) {
      result.largest = loss;
      result.largest_at = accuracies[cell];
    }
    losses.push_back(loss);
  }
  result.levels = losses.size();
  result.mean = stats::mean(losses);
  result.median = stats::median(losses);
  return result;
}

}  // namespace ecnas::analysis
