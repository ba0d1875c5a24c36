#pragma once

#include <span>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// Volume that points, all strictly below the reference, dominate in three or more objectives.
/// @source [While12] above four objectives; volume_3d, volume_4d below
[[nodiscard]] double volume(std::span<const Objectives> points, const Objectives& reference);

/// The part of it that only `point` dominates, whatever stands to it in `points`.
/// @pre four objectives or more
[[nodiscard]] double exclusive_volume(const Objectives& point, std::span<const Objectives> points,
                                      const Objectives& reference);

}  // namespace ecnas::moo
