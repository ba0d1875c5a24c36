#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace ecnas::stats {

enum class BootstrapMethod {
  percentile,  ///< quantiles of the resamples' statistics
  bca,         ///< bias-corrected and accelerated: better where they are skewed or shifted
};

struct BootstrapOptions {
  std::size_t resamples = 2000;
  double confidence = 0.95;
  BootstrapMethod method = BootstrapMethod::bca;
  std::uint64_t seed = 0;
  unsigned threads = 1;  ///< 0: one per core
};

struct BootstrapInterval {
  double estimate = 0;  ///< the statistic of the sample itself
  double lower = 0;
  double upper = 0;
  std::size_t resamples = 0;  ///< those on which the statistic is defined, of those asked for
};

/// A statistic of the items with these indices (repetitions count), none where it is undefined.
/// With more than one thread it is called from several at once.
using IndexStatistic = std::function<std::optional<double>(std::span<const std::uint32_t>)>;

/// Bootstrap interval of any statistic of `count` items that are drawn independently: give it the
/// independent unit (cells, not trainings of the same cell).
///
/// Resample i draws with `Rng::stream(seed, i)`, so the result has the same bytes on any number of
/// threads. Interval ends are type-7 quantiles. For BCa the shift is the normal quantile of the
/// share of resamples below the estimate (equal ones count half), kept half a resample away from 0
/// and 1; the acceleration is the jackknife's, 0 where that does not vary.
///
/// @return none if count < 2, or the statistic is undefined on the sample or on every resample
/// @throws Error{invalid_argument} if `resamples` is 0, `confidence` not within (0, 1), `count`
///         ≥ 2³², or the statistic is not finite where it is defined.
/// @complexity `resamples` + 1 calls of the statistic, with BCa `count` more: for a statistic of
///             many items take percentile.
/// @source [Efron87]
[[nodiscard]] std::optional<BootstrapInterval> bootstrap_interval(
    std::size_t count, const IndexStatistic& statistic, const BootstrapOptions& options = {});

}  // namespace ecnas::stats
