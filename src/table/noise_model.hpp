#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ecnas/space/hash.hpp"
#include "ecnas/table/noise.hpp"

namespace ecnas::table {

/// Names of the kinds in a table's metadata.
[[nodiscard]] std::string_view name(NoiseKind kind);

/// What is wrong with a noise model of this metric; empty if nothing.
[[nodiscard]] std::string noise_fault(std::string_view metric_name, const NoiseModel& model);

/// Chance of one training: standard normal, the same for the same arguments, whichever thread asks
/// and in whatever order.
[[nodiscard]] double chance_of(std::uint64_t seed, const space::Hash& cell, std::int32_t epochs,
                               std::string_view metric_name);

}  // namespace ecnas::table
