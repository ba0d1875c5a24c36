#pragma once

#include <vector>

#include "train/picture.hpp"

namespace ecnas::train {

/// The central square of a picture (of an odd margin, the smaller half is left and above) brought
/// to `side` × `side`: every value the mean of the area of the source that it covers, exactly,
/// rounded to the nearest. @pre side from 1 to kMaxSide
/// @complexity O(pixels of the source + of the result) time
[[nodiscard]] Picture square_of(const Picture& picture, std::int32_t side);

}  // namespace ecnas::train
