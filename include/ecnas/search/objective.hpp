#pragma once
/// search: neural architecture search as a multi-objective problem over a table: objectives, the
/// domain, exact fronts, and the algorithms of `moo` run on cells with a ledger. Start here, then
/// `problem.hpp` and `search.hpp`.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::search {

/// What can be minimised.
enum class Objective : std::uint8_t {
  energy,
  training_time,
  co2eq,
  parameters,
  flops,
  validation_error,
  test_error,
  inverse_depth,
};

struct ObjectiveInfo {
  Objective objective;
  std::string_view name;    ///< "energy"
  std::string_view column;  ///< name with its unit, in CSV and JSON: "energy_kwh"
  std::string_view metric;  ///< the table's metric it is made of; empty: the cell alone
  std::string_view unit;    ///< "kWh"; empty for a fraction
  std::string_view title;   ///< for axes and tables: "Training energy"
};

/// All objectives, in the order of the enumeration.
[[nodiscard]] std::span<const ObjectiveInfo> objectives();
[[nodiscard]] const ObjectiveInfo& info(Objective objective);

/// Reads `energy,validation_error`; every spelling of a name is accepted (`energy_kwh`).
/// @throws Error{invalid_argument} for an unknown (the closest is suggested) or repeated name.
[[nodiscard]] std::vector<Objective> parse_objectives(std::string_view text);

/// Energy and validation error where the table has them; parameters and inverse depth for a table
/// without metrics.
/// @throws Error{invalid_argument} if neither fits: objectives must then be named.
[[nodiscard]] std::vector<Objective> default_objectives(const table::Table& table);

/// Layers with weights in depth: the most convolutions on a path from input to output, 0 … 5. The
/// projections that every cell has are not counted.
[[nodiscard]] unsigned depth(const space::Cell& cell);

}  // namespace ecnas::search
