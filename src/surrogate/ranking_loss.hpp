#pragma once

#include <span>

namespace ecnas::surrogate {

/// Gradient of (1 − share)·squared + share·ranking with respect to the predictions.
/// squared: weighted mean of (p − y)²/2, of the error beyond 3 only linear (Huber).
/// ranking: weighted mean over pairs with y_i > y_j of log(1 + exp(−s·(p_i − p_j))), s = 2: the
/// probability, by the predictions, that the pair is the wrong way round.
/// @param predicted, target, weight  (n); a weight 0 leaves the cell out, whatever its target
/// @param gradient  (n), written
/// @complexity O(n²)
void mixed_loss_gradient(std::span<const float> predicted, std::span<const float> target,
                         std::span<const float> weight, double share, std::span<float> gradient);

/// The loss itself, for tests and reports.
[[nodiscard]] double mixed_loss(std::span<const float> predicted, std::span<const float> target,
                                std::span<const float> weight, double share);

}  // namespace ecnas::surrogate
