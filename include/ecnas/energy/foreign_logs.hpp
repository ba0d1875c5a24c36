#pragma once

#include <filesystem>
#include <vector>

#include "ecnas/energy/measurement.hpp"

namespace ecnas::energy {

/// Reads what other tools left: a log of carbontracker (either of its two files; the other is
/// looked for beside it), or CodeCarbon's emissions.csv (one measurement a row).
/// @throws Error{not_found}, Error{io_failure}; Error{invalid_data} with the line, and for a file
/// of neither
[[nodiscard]] std::vector<Measurement> read_foreign_log(const std::filesystem::path& file);

}  // namespace ecnas::energy
