#pragma once

namespace ecnas::stats {

/// Φ: the share of a standard normal distribution below z.
[[nodiscard]] double normal_share_below(double z) noexcept;

/// Φ⁻¹, to the last digits of a double: the z below which this share lies. @pre 0 < share < 1
/// @complexity some sixty calls of erfc: for a few values, not for a million
[[nodiscard]] double normal_quantile(double share) noexcept;

}  // namespace ecnas::stats
