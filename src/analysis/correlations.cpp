#include "ecnas/analysis/correlations.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "analysis/groups.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/stats/correlation.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::analysis {
namespace {

struct Pairs {
  std::vector<double> x;
  std::vector<double> y;
  void add(double x_value, double y_value) {
    x.push_back(x_value);
    y.push_back(y_value);
  }
};

Pairs known_pairs(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size()) {
    fail(ErrorCode::invalid_argument, "rank correlation: {} values beside {}; expected as many",
         x.size(), y.size());
  }
  Pairs pairs;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isnan(x[i]) && !std::isnan(y[i])) pairs.add(x[i], y[i]);
  }
  return pairs;
}

/// Both correlations of a resample; none where they are undefined.
struct Resample {
  std::optional<double> kendall_tau;
  std::optional<double> spearman;
};

Resample resampled(const Pairs& pairs, std::size_t size, Rng rng) {
  Pairs drawn;
  for (std::size_t i = 0; i < size; ++i) {
    const auto index = rng.below(pairs.x.size());
    drawn.add(pairs.x[index], pairs.y[index]);
  }
  return {stats::kendall_tau_b(drawn.x, drawn.y), stats::spearman_rho(drawn.x, drawn.y)};
}

/// The estimate with quantiles of the resamples around it, their distance from it times `scale`.
std::optional<Estimate> estimate(std::optional<double> value, std::vector<double> resamples,
                                 double confidence, double scale) {
  if (!value) return std::nullopt;
  if (resamples.empty()) return Estimate{*value, std::nullopt};
  const auto end = [&](double probability) {
    const double quantile = stats::quantile(resamples, probability);
    return std::clamp(*value + scale * (quantile - *value), -1.0, 1.0);
  };
  const double tail = (1 - confidence) / 2;
  return Estimate{*value, Interval{end(tail), end(1 - tail)}};
}

}  // namespace

RankCorrelation rank_correlation(std::span<const double> x, std::span<const double> y,
                                 const CorrelationOptions& options) {
  check(options.intervals);
  const Pairs pairs = known_pairs(x, y);
  const std::size_t n = pairs.x.size();
  RankCorrelation result{.cells = n};
  const auto tau = stats::kendall_tau_b(pairs.x, pairs.y);
  if (!tau) return result;

  const std::size_t size = std::min(n, std::max<std::size_t>(2, options.largest_resample));
  std::vector<Resample> resamples(options.intervals.resamples);
  parallel_for(resamples.size(), options.intervals.threads, [&](std::size_t i) {
    resamples[i] = resampled(pairs, size, Rng::stream(options.intervals.seed, i));
  });
  std::vector<double> taus;
  std::vector<double> rhos;
  for (const Resample& resample : resamples) {
    if (resample.kendall_tau) taus.push_back(*resample.kendall_tau);
    if (resample.spearman) rhos.push_back(*resample.spearman);
  }
  const double scale = std::sqrt(static_cast<double>(size) / static_cast<double>(n));
  const double confidence = options.intervals.confidence;
  result.kendall_tau = estimate(tau, std::move(taus), confidence, scale);
  result.spearman =
      estimate(stats::spearman_rho(pairs.x, pairs.y), std::move(rhos), confidence, scale);
  return result;
}

CorrelationMatrix correlations(const table::Table& table, std::span<const Metric> metrics,
                               std::optional<std::int32_t> epochs, const Reading& reading,
                               const CorrelationOptions& options) {
  CorrelationMatrix matrix{.metrics = {metrics.begin(), metrics.end()},
                           .epochs = chosen_epochs(table, epochs)};
  if (metrics.empty()) {
    for (const MetricDescription& candidate : analysis::metrics()) {
      if (has_metric(table, candidate.metric)) matrix.metrics.push_back(candidate.metric);
    }
  }
  std::vector<Values> values;
  for (const Metric metric : matrix.metrics)
    values.push_back(read_values(table, metric, matrix.epochs, reading));

  const std::size_t count = values.size();
  matrix.pairs.resize(count * count);
  for (std::size_t i = 0; i < count; ++i) {
    const Estimate itself{1, Interval{1, 1}};
    matrix.pairs[i * count + i] = {values[i].count, itself, itself};
    for (std::size_t j = 0; j < i; ++j) {
      const auto pair = rank_correlation(values[i].values, values[j].values, options);
      matrix.pairs[i * count + j] = matrix.pairs[j * count + i] = pair;
    }
  }
  return matrix;
}

}  // namespace ecnas::analysis
