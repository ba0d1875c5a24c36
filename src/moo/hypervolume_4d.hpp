#pragma once

#include <span>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// Volume that points dominate in four objectives; those not strictly below the reference
/// contribute nothing.
/// @complexity O(n²) where few points lie in another's box, at worst O(n³)  @source [GueFon18]
[[nodiscard]] double volume_4d(std::span<const Objectives> points, const Objectives& reference);

}  // namespace ecnas::moo
