#pragma once

#include <string>

#include "ecnas/space/cell.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::app {

/// A cell of the table by `ADJACENCY:OPS`, hash, or unambiguous prefix of a hash.
/// @throws Error{invalid_argument} if malformed or ambiguous, Error{not_found} if absent
[[nodiscard]] table::Row find_cell(const table::Table& table, const std::string& text);

/// A cell of the space, likewise.
[[nodiscard]] space::Cell find_cell(const std::string& text);

}  // namespace ecnas::app
