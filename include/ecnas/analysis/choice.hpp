#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ecnas::analysis {

/// What comes first among the cells that keep every limit.
enum class Preference : std::uint8_t {
  accuracy,  ///< the most accurate; of equal ones the cheapest
  cost,      ///< the cheapest; of equal ones the most accurate
};

/// A cell that keeps every limit.
struct Choice {
  std::size_t cell = 0;  ///< position
  double cost = 0;
  double accuracy = 0;
  bool on_front = false;  ///< of (cost, 1 − accuracy), of all cells, limits or not
  /// Cost over that of the cheapest cell at least as accurate, − 1: 0 on the front.
  double above_front = 0;
};

/// The first `count` cells by preference, then by position, of those allowed.
///
/// @param costs       (n), ≥ 0; NaN: not there
/// @param accuracies  (n), fractions; NaN: not there
/// @param allowed     (n): 1 where a cell keeps every limit
/// @return fewer if fewer are allowed and have both values; none is no error
/// @throws Error{invalid_argument} if sizes differ
/// @complexity O(n log n)
[[nodiscard]] std::vector<Choice> choose(std::span<const double> costs,
                                         std::span<const double> accuracies,
                                         std::span<const std::uint8_t> allowed,
                                         Preference preference, std::size_t count);

}  // namespace ecnas::analysis
