#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace ecnas::energy {

/// What a training of more epochs will take. Units are those of the epochs given.
struct Projection {
  double start_up = 0;  ///< once
  double per_epoch = 0;
  double total = 0;
  /// 90 % prediction interval of the total; absent with a single epoch.
  std::optional<double> low;
  std::optional<double> high;
};

/// From the first epochs to `epochs`, the start-up kept apart: Carbontracker's prediction, but by
/// epoch. The measured epochs are kept as they are; those to come are independent draws of the same
/// normal distribution, so that m of them differ from m means of k by a standard deviation of
/// s √(m + m²/k), Student's t with k − 1 degrees of freedom.
/// @param measured  of each of the first k epochs (energy, time, …), k ≥ 1
/// @throws Error{invalid_argument} for no epoch, a value that is negative or not finite, or fewer
/// epochs than were measured
[[nodiscard]] Projection project_epochs(double start_up, std::span<const double> measured,
                                        std::size_t epochs);

}  // namespace ecnas::energy
