#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace ecnas::analysis {

struct Interval {
  double lower = 0;
  double upper = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// A number and how far chance in the choice of cells could have moved it.
struct Estimate {
  double value = 0;
  std::optional<Interval> interval;  ///< absent where there are too few cells to say
};

/// How intervals are found: by bootstrap over cells, from quantiles of the resamples.
///
/// Of many cells a resample of all of them would be wasteful. Sums over cells are resampled in at
/// most `groups` groups of cells that stand together in order of their hashes, which is a random
/// order: a sum over such a group varies as the cells in it do, so intervals are as wide, known to
/// about 1 / √(2 · groups) of their width. Each cell is its own group where there are fewer.
struct IntervalOptions {
  std::size_t resamples = 2000;
  double confidence = 0.95;
  std::uint64_t seed = 0;
  unsigned threads = 1;       ///< 0: one per core; the result does not depend on it
  std::size_t groups = 1024;  ///< at least 2
};

}  // namespace ecnas::analysis
