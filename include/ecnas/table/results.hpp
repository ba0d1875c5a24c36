#pragma once

#include <cstdint>
#include <filesystem>

#include "ecnas/space/hash.hpp"

namespace ecnas::table {

/// Of one results.json (docs/formats/results.md), what a list of runs needs.
struct ResultsSummary {
  space::Hash hash;
  std::int32_t epochs = 0;
  double time_s = 0;               ///< the whole run
  double energy_kwh = 0;           ///< the whole run, PUE included
  bool is_shared_machine = false;  ///< its energy may include neighbours
};

/// Reads one results.json and checks it as an import would.
/// @throws Error{not_found}, Error{io_failure}; Error{invalid_data} naming file and key
[[nodiscard]] ResultsSummary read_results(const std::filesystem::path& file);

}  // namespace ecnas::table
