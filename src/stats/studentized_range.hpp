#pragma once

#include <cstddef>

namespace ecnas::stats {

/// The share of ranges (greatest less least) of this many standard normal values that lie below q:
/// the studentised range with infinite degrees of freedom. To some 13 decimals. @pre values ≥ 2
/// @complexity some thousand calls of erfc
[[nodiscard]] double studentized_range_share_below(double q, std::size_t values) noexcept;

/// Its inverse: the q below which this share lies. @pre 0 < share < 1, values ≥ 2
/// @complexity some sixty calls of the above: milliseconds
[[nodiscard]] double studentized_range_quantile(double share, std::size_t values) noexcept;

}  // namespace ecnas::stats
