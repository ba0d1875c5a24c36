#pragma once

#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// Volume that mutually non-dominated points, all strictly below the reference, dominate in three
/// or more objectives.
/// @source [While12] above three objectives, [FonPaqLop06] for three
[[nodiscard]] double volume(std::vector<Objectives> points, const Objectives& reference);

/// The part of it that only `point` dominates, whatever stands to it in `points`.
[[nodiscard]] double exclusive_volume(const Objectives& point, std::span<const Objectives> points,
                                      const Objectives& reference);

}  // namespace ecnas::moo
