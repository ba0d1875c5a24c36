#include "ecnas/analysis/regions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/front.hpp"
#include "ecnas/moo/objectives.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::analysis {
namespace {

void check(std::span<const double> costs, std::span<const double> accuracies,
           const RegionOptions& options) {
  if (costs.size() != accuracies.size()) {
    fail(ErrorCode::invalid_argument, "regions: {} costs beside {} accuracies; expected as many",
         costs.size(), accuracies.size());
  }
  if (!(options.accuracy_margin >= 0) || !(options.nearness >= 0) ||
      !(options.costliest_share > 0 && options.costliest_share <= 1)) {
    fail(ErrorCode::invalid_argument,
         "regions: accuracy margin {}, nearness {}, costliest share {}; expected none below 0, the "
         "share in (0, 1]",
         options.accuracy_margin, options.nearness, options.costliest_share);
  }
}

struct Cloud {
  std::span<const double> costs;
  std::span<const double> accuracies;
  std::vector<std::size_t> cells;  // with both values

  [[nodiscard]] std::vector<std::size_t> where(auto condition) const {
    std::vector<std::size_t> result;
    std::ranges::copy_if(cells, std::back_inserter(result), condition);
    return result;
  }
};

Cloud complete(std::span<const double> costs, std::span<const double> accuracies) {
  Cloud cloud{.costs = costs, .accuracies = accuracies, .cells = {}};
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (std::isnan(costs[i]) || std::isnan(accuracies[i])) continue;
    if (!(costs[i] > 0))
      fail(ErrorCode::invalid_argument, "regions: cost {} of cell {}; expected > 0", costs[i], i);
    cloud.cells.push_back(i);
  }
  return cloud;
}

double covariance_of(std::span<const double> x, std::span<const double> y) {
  if (x.size() < 2) return 0;
  const double mean_x = stats::mean(x);
  const double mean_y = stats::mean(y);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += (x[i] - mean_x) * (y[i] - mean_y);
  return sum / static_cast<double>(x.size() - 1);
}

Region region_of(std::vector<std::size_t> cells, const Cloud& cloud) {
  std::vector<double> log_costs;
  std::vector<double> accuracies;
  for (const std::size_t cell : cells) {
    log_costs.push_back(std::log10(cloud.costs[cell]));
    accuracies.push_back(cloud.accuracies[cell]);
  }
  return {.cells = std::move(cells),
          .cost = std::pow(10, stats::mean(log_costs)),
          .accuracy = stats::mean(accuracies),
          .covariance = {covariance_of(log_costs, log_costs), covariance_of(log_costs, accuracies),
                         covariance_of(accuracies, accuracies)}};
}

std::size_t knee_of(const Cloud& cloud) {
  std::vector<moo::Objectives> points;
  points.reserve(cloud.cells.size());
  for (const std::size_t cell : cloud.cells)
    points.push_back({cloud.costs[cell], 1 - cloud.accuracies[cell]});
  std::vector<moo::Objectives> front;
  std::vector<std::size_t> front_cells;
  for (const std::size_t i : moo::non_dominated(points)) {
    front.push_back(points[i]);
    front_cells.push_back(cloud.cells[i]);
  }
  const auto knee = moo::knee(front);
  if (!knee) {
    fail(ErrorCode::not_found,
         "regions: a front of {} points has no knee, so no efficient region; a front needs 3",
         front.size());
  }
  return front_cells[*knee];
}

/// Cells that cost hardly more than the cheapest cell at least as accurate.
std::vector<std::size_t> near_front(const Cloud& cloud, double nearness) {
  std::vector<std::size_t> order = cloud.cells;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    if (cloud.accuracies[a] != cloud.accuracies[b])
      return cloud.accuracies[a] > cloud.accuracies[b];
    return cloud.costs[a] < cloud.costs[b];
  });
  std::vector<std::size_t> near;
  double least = std::numeric_limits<double>::infinity();
  for (const std::size_t cell : order) {
    least = std::min(least, cloud.costs[cell]);
    if (cloud.costs[cell] <= least * (1 + nearness)) near.push_back(cell);
  }
  std::ranges::sort(near);
  return near;
}

}  // namespace

Region::Ellipse Region::ellipse() const {
  const auto [xx, xy, yy] = covariance;
  const double centre = (xx + yy) / 2;
  const double radius = std::hypot((xx - yy) / 2, xy);
  return {.major = std::sqrt(centre + radius),
          .minor = std::sqrt(std::max(0.0, centre - radius)),
          .angle = std::atan2(2 * xy, xx - yy) / 2};
}

Regions find_regions(std::span<const double> costs, std::span<const double> accuracies,
                     const RegionOptions& options) {
  check(costs, accuracies, options);
  const Cloud cloud = complete(costs, accuracies);
  if (cloud.cells.empty())
    fail(ErrorCode::not_found, "regions: no cell has a cost and an accuracy");

  double best = 0;
  for (const std::size_t cell : cloud.cells)
    best = std::max(best, accuracies[cell]);
  const auto accurate =
      cloud.where([&](std::size_t i) { return accuracies[i] >= best - options.accuracy_margin; });
  std::vector<double> accurate_costs;
  for (const std::size_t cell : accurate)
    accurate_costs.push_back(costs[cell]);
  const double limit = stats::quantile(accurate_costs, 1 - options.costliest_share);

  const std::size_t knee = knee_of(cloud);
  std::vector<std::size_t> costly;
  std::ranges::copy_if(accurate, std::back_inserter(costly),
                       [&](std::size_t i) { return costs[i] >= limit; });
  std::vector<std::size_t> efficient = near_front(cloud, options.nearness);
  std::erase_if(efficient, [&](std::size_t i) {
    return accuracies[i] < accuracies[knee] || costs[i] >= limit;
  });
  if (efficient.empty()) {
    fail(ErrorCode::not_found,
         "regions: no cell near the front is as accurate as its knee and below the cost of the "
         "accurate region");
  }
  Regions result{.accurate = region_of(std::move(costly), cloud),
                 .efficient = region_of(std::move(efficient), cloud),
                 .knee = knee,
                 .cost_limit = limit,
                 .cost_saved = 0,
                 .accuracy_lost = 0};
  result.cost_saved = 1 - result.efficient.cost / result.accurate.cost;
  result.accuracy_lost = result.accurate.accuracy - result.efficient.accuracy;
  return result;
}

}  // namespace ecnas::analysis
