#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>

#include "ecnas/analysis/estimate.hpp"

namespace ecnas::analysis {

/// @throws Error{invalid_argument} for options that make no sense
void check(const IntervalOptions& options);

/// A table's rows in blocks of nearly equal size: at most `options.groups`, at most one a row.
struct Groups {
  std::size_t rows = 0;
  std::size_t count = 0;

  Groups(std::size_t row_count, const IntervalOptions& options);
  [[nodiscard]] std::size_t begin(std::size_t group) const { return group * rows / count; }
  [[nodiscard]] std::size_t end(std::size_t group) const { return begin(group + 1); }
};

/// A function of sums over cells; none where they leave it undefined.
using SumStatistic = std::function<std::optional<double>(std::span<const double> sums)>;

/// The statistic of all groups' sums together, with an interval from resampled groups.
/// @param group_sums  (groups, terms): sums over the cells of each group
/// @return none where the statistic of all is undefined
[[nodiscard]] std::optional<Estimate> estimate_of_sums(std::span<const double> group_sums,
                                                       std::size_t terms,
                                                       const SumStatistic& statistic,
                                                       const IntervalOptions& options);

}  // namespace ecnas::analysis
