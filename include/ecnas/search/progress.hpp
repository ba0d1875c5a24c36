#pragma once
/// How searches get better as they evaluate more.

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/search/problem.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::search {

/// What trials have attained after so many evaluations.
struct ProgressPoint {
  std::size_t evaluations = 0;
  stats::FiveNumbers share;  ///< of the exact front's hypervolume, over the trials
};

/// After each number of evaluations, from 1 to those of the longest trial. A trial that ended
/// before keeps what it had.
/// @return empty if no trial evaluated anything; trials without evaluations are passed over
/// @complexity O(evaluations · log) a trial for two objectives, and O(trials) a point
[[nodiscard]] std::vector<ProgressPoint> progress(std::span<const Trial> trials,
                                                  const HypervolumeShare& share);

}  // namespace ecnas::search
