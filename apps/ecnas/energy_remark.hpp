#pragma once
/// What is to be said of a table's energies wherever they are shown.

#include <string>

#include "command.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::app {

/// "energies     modelled, at least in part" as a line: a table keeps the quality of the weakest
/// part. Empty if all was metered, or nothing is known.
[[nodiscard]] std::string energy_remark(const table::Table& table);

/// `counter`, `integrated` or `modelled`; null if nothing is known.
[[nodiscard]] Json energy_quality_json(const table::Table& table);

}  // namespace ecnas::app
