#pragma once

#include <optional>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/hash.hpp"

namespace ecnas::sweep {

/// The cell of a hash. Small spaces first: hashing all cells of 7 vertices takes a third of a
/// second, and most sweeps need none of them.
[[nodiscard]] std::optional<space::Cell> find_cell(const space::Hash& hash, unsigned max_vertices);

}  // namespace ecnas::sweep
