#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/analysis/estimate.hpp"
#include "ecnas/analysis/metric.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::analysis {

/// How alike two series order the same cells.
struct RankCorrelation {
  std::size_t cells = 0;                ///< with a value in both
  std::optional<Estimate> kendall_tau;  ///< τ_b; absent where a side does not vary
  std::optional<Estimate> spearman;
};

struct CorrelationOptions {
  IntervalOptions intervals{.resamples = 500};
  /// A resample has this many cells at most.
  std::size_t largest_resample = 2000;
};

/// Rank correlations of the pairs of which neither is NaN, with percentile intervals. Of n cells
/// more than m = `largest_resample`, resamples are of m cells and distances of their quantiles from
/// the estimate are shortened by √(m/n), by which the spread of a correlation falls.
///
/// @param x, y  (n), any units
/// @throws Error{invalid_argument} if the sizes differ, or for intervals that make no sense
/// @complexity O(n log n + resamples · m log m)
/// @source [BicGoetZwet97], the m-out-of-n bootstrap
[[nodiscard]] RankCorrelation rank_correlation(std::span<const double> x, std::span<const double> y,
                                               const CorrelationOptions& options = {});

/// Every pair of metrics.
struct CorrelationMatrix {
  std::vector<Metric> metrics;  ///< (k)
  std::int32_t epochs = 0;
  std::vector<RankCorrelation> pairs;  ///< (k, k), symmetric; of a metric with itself 1

  [[nodiscard]] const RankCorrelation& at(std::size_t i, std::size_t j) const {
    return pairs[i * metrics.size() + j];
  }
};

/// @param metrics  which; empty: all that the table has at this budget
/// @param epochs   absent: the table's largest budget
/// @throws Error{not_found} for a metric or budget that the table lacks
[[nodiscard]] CorrelationMatrix correlations(const table::Table& table,
                                             std::span<const Metric> metrics,
                                             std::optional<std::int32_t> epochs,
                                             const Reading& reading = {},
                                             const CorrelationOptions& options = {});

}  // namespace ecnas::analysis
