#pragma once

#include <string>

#include "ecnas/space/cell.hpp"

namespace ecnas::space {

/// The cell as a Graphviz digraph: one node a vertex, coloured by operation, input on top.
[[nodiscard]] std::string to_dot(const Cell& cell);

}  // namespace ecnas::space
