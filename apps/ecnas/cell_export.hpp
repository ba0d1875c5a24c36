#pragma once
/// A cell for other programs.

#include <string>

#include "command.hpp"

namespace ecnas::app {

/// @param format  pytorch, json or dot
/// @throws Error{invalid_argument} for another
[[nodiscard]] std::string exported_cell(const space::Cell& cell, const std::string& format);

}  // namespace ecnas::app
