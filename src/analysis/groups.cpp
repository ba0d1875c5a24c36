#include "analysis/groups.hpp"

#include <algorithm>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/stats/bootstrap.hpp"

namespace ecnas::analysis {

void check(const IntervalOptions& options) {
  if (options.resamples == 0)
    fail(ErrorCode::invalid_argument, "intervals: 0 resamples; expected 1 or more");
  if (!(options.confidence > 0 && options.confidence < 1)) {
    fail(ErrorCode::invalid_argument, "intervals: confidence {}; expected one within (0, 1)",
         options.confidence);
  }
  if (options.groups < 2) {
    fail(ErrorCode::invalid_argument, "intervals: {} groups of cells; expected 2 or more",
         options.groups);
  }
}

Groups::Groups(std::size_t row_count, const IntervalOptions& options)
    : rows(row_count), count(std::min(row_count, options.groups)) {
  check(options);
}

std::optional<Estimate> estimate_of_sums(std::span<const double> group_sums, std::size_t terms,
                                         const SumStatistic& statistic,
                                         const IntervalOptions& options) {
  const auto of_groups = [&](std::span<const std::uint32_t> groups) {
    std::vector<double> sums(terms);
    for (const std::uint32_t group : groups) {
      const double* part = &group_sums[group * terms];
      for (std::size_t term = 0; term < terms; ++term)
        sums[term] += part[term];
    }
    return statistic(sums);
  };
  const std::size_t groups = group_sums.size() / terms;
  const auto found = stats::bootstrap_interval(groups, of_groups,
                                               {.resamples = options.resamples,
                                                .confidence = options.confidence,
                                                .method = stats::BootstrapMethod::percentile,
                                                .seed = options.seed,
                                                .threads = options.threads});
  if (found) return Estimate{found->estimate, Interval{found->lower, found->upper}};
  std::vector<std::uint32_t> all(groups);
  for (std::size_t group = 0; group < groups; ++group)
    all[group] = static_cast<std::uint32_t>(group);
  const std::optional<double> value = of_groups(all);
  return value ? std::optional(Estimate{*value, std::nullopt}) : std::nullopt;
}

}  // namespace ecnas::analysis
