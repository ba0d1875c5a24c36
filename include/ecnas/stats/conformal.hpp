#pragma once

#include <span>

namespace ecnas::stats {

/// Half-width of a split-conformal interval: prediction ± it holds a new truth with probability at
/// least `coverage`, if that truth and the calibration set are exchangeable and the model saw
/// neither.
///
/// @param absolute_residuals  (n) |truth − prediction| of the calibration set, or another score
///                            that is large where the prediction is bad; +∞ allowed
/// @param coverage            1 − α, in (0, 1)
/// @return the ⌈(n + 1)·coverage⌉-th smallest residual, in their units; +∞ where n is too small to
///         promise that much: n < coverage / (1 − coverage)
/// @throws Error{invalid_argument} if `coverage` is outside (0, 1), or a residual NaN or negative.
/// @complexity O(n) time and memory  @source [Lei18], Algorithm 2
[[nodiscard]] double conformal_half_width(std::span<const double> absolute_residuals,
                                          double coverage);

}  // namespace ecnas::stats
