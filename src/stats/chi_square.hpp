#pragma once

#include <cstddef>

namespace ecnas::stats {

/// The share of a chi-square distribution with this many degrees of freedom that lies above x, to
/// some 13 digits, tails included. @pre x ≥ 0, finite; degrees ≥ 1
/// @complexity O(degrees)  @source [AbrSte64], 26.4.4 and 26.4.5
[[nodiscard]] double chi_square_share_above(double x, std::size_t degrees) noexcept;

}  // namespace ecnas::stats
