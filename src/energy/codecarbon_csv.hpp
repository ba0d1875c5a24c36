#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ecnas/energy/measurement.hpp"

namespace ecnas::energy {

/// Whether the first line has CodeCarbon's columns.
[[nodiscard]] bool is_codecarbon(std::string_view text);

/// One measurement a row of an emissions.csv, of versions 1 to 3; at most 100,000.
/// @param name  stands in messages for the file's
/// @throws Error{invalid_data} with the line
[[nodiscard]] std::vector<Measurement> read_codecarbon(std::string_view text,
                                                       const std::string& name);

}  // namespace ecnas::energy
