#include "ecnas/stats/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "ecnas/core/parallel.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/stats/summary.hpp"
#include "stats/check.hpp"
#include "stats/normal.hpp"

namespace ecnas::stats {
namespace {

using Indices = std::vector<std::uint32_t>;

void require_valid(std::size_t count, const BootstrapOptions& options) {
  require_countable(count, "bootstrap_interval");
  if (options.resamples == 0)
    fail(ErrorCode::invalid_argument, "bootstrap_interval: 0 resamples; expected at least 1");
  if (!(options.confidence > 0 && options.confidence < 1)) {
    fail(ErrorCode::invalid_argument,
         "bootstrap_interval: confidence {}; expected one within (0, 1), such as 0.95",
         options.confidence);
  }
}

/// The statistic of these items.
/// @throws Error{invalid_argument} if it is defined but not finite.
std::optional<double> evaluate(const IndexStatistic& statistic, const Indices& indices) {
  const std::optional<double> value = statistic(indices);
  if (value && !std::isfinite(*value)) {
    fail(ErrorCode::invalid_argument,
         "bootstrap_interval: the statistic of a resample is {}; expected a finite number, or none "
         "where it is undefined",
         *value);
  }
  return value;
}

/// Statistics of `samples` samples that `fill(number, indices)` makes, in order, undefined ones
/// left out.
template <typename Fill>
std::vector<double> statistics_of(std::size_t samples, const IndexStatistic& statistic,
                                  unsigned threads, Fill fill) {
  std::vector<std::optional<double>> values(samples);
  parallel_for(samples, threads, [&](std::size_t number) {
    Indices indices;
    fill(number, indices);
    values[number] = evaluate(statistic, indices);
  });
  std::vector<double> defined;
  for (const std::optional<double>& value : values) {
    if (value) defined.push_back(*value);
  }
  return defined;
}

std::vector<double> resampled(std::size_t count, const IndexStatistic& statistic,
                              const BootstrapOptions& options) {
  return statistics_of(options.resamples, statistic, options.threads,
                       [&](std::size_t number, Indices& indices) {
                         Rng rng = Rng::stream(options.seed, number);
                         indices.resize(count);
                         for (std::uint32_t& index : indices)
                           index = static_cast<std::uint32_t>(rng.below(count));
                       });
}

/// The statistic without each of the items in turn.
std::vector<double> jackknifed(std::size_t count, const IndexStatistic& statistic,
                               unsigned threads) {
  return statistics_of(count, statistic, threads, [&](std::size_t left_out, Indices& indices) {
    indices.resize(count - 1);
    for (std::size_t i = 0; i + 1 < count; ++i)
      indices[i] = static_cast<std::uint32_t>(i < left_out ? i : i + 1);
  });
}

/// [Efron87], (6.6): a, a sixth of the skewness of the jackknife's influence values.
double acceleration(std::span<const double> jackknife) {
  if (jackknife.empty()) return 0;
  const double centre = mean(jackknife);
  double squares = 0;
  double cubes = 0;
  for (const double value : jackknife) {
    const double influence = centre - value;
    squares += influence * influence;
    cubes += influence * influence * influence;
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

/// [Efron87]: z_0, by how much the resamples are shifted from the estimate, in normal deviates.
double shift(std::span<const double> resamples, double estimate) {
  const auto n = static_cast<double>(resamples.size());
  const auto below = std::ranges::count_if(resamples, [&](double v) { return v < estimate; });
  const auto equal = std::ranges::count(resamples, estimate);
  const double share = (static_cast<double>(below) + static_cast<double>(equal) / 2) / n;
  return normal_quantile(std::clamp(share, 0.5 / n, 1 - 0.5 / n));
}

/// [Efron87], (2.3): which quantile of the resamples stands for the `share` of an unbiased,
/// unskewed statistic.
double corrected(double share, double shift, double acceleration) {
  const double z = shift + normal_quantile(share);
  const double scale = 1 - acceleration * z;
  if (scale <= 0) return z > 0 ? 1 : 0;  // beyond the pole: the outermost resample
  return normal_share_below(shift + z / scale);
}

}  // namespace

std::optional<BootstrapInterval> bootstrap_interval(std::size_t count,
                                                    const IndexStatistic& statistic,
                                                    const BootstrapOptions& options) {
  require_valid(count, options);
  if (count < 2) return std::nullopt;
  Indices all(count);
  std::iota(all.begin(), all.end(), 0U);
  const std::optional<double> estimate = evaluate(statistic, all);
  if (!estimate) return std::nullopt;
  const std::vector<double> resamples = resampled(count, statistic, options);
  if (resamples.empty()) return std::nullopt;

  double lower = (1 - options.confidence) / 2;
  double upper = 1 - lower;
  if (options.method == BootstrapMethod::bca) {
    const double z0 = shift(resamples, *estimate);
    const double a = acceleration(jackknifed(count, statistic, options.threads));
    lower = corrected(lower, z0, a);
    upper = corrected(upper, z0, a);
  }
  return BootstrapInterval{.estimate = *estimate,
                           .lower = quantile(resamples, lower),
                           .upper = quantile(resamples, upper),
                           .resamples = resamples.size()};
}

}  // namespace ecnas::stats
