#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>

#include "ecnas/search/objective.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builder.hpp"

namespace ecnas::testing {

struct SyntheticOptions {
  unsigned max_vertices = 4;
  /// Cells whose rank is divisible by this are left out at every budget but the first; 0: none.
  unsigned absent_every = 0;
  /// Standard deviation of the noise models of energy and accuracy; 0: there are none.
  double noise = 0;
};

/// A made-up table whose energy grows with parameters and epochs, and whose error falls with both,
/// so that its fronts have many points at every budget.
inline table::Table synthetic_table(const SyntheticOptions& options = {}) {
  const space::Space& space = space::Space::shared(options.max_vertices);
  table::Metadata metadata;
  metadata.pue = 1.5;
  if (options.noise > 0) {
    const std::map<std::int32_t, double> deviations = {
        {4, options.noise}, {12, options.noise}, {36, options.noise}};
    metadata.noise["energy_kwh"] = {table::NoiseKind::relative, deviations};
    metadata.noise["validation_accuracy"] = {table::NoiseKind::logit, deviations};
  }
  table::TableBuilder builder(metadata);
  const std::array<std::int32_t, 3> budgets = {4, 12, 36};
  for (space::Rank rank = 0; rank < space.size(); ++rank) {
    const space::Cell& cell = space.cell(rank);
    const auto parameters = static_cast<double>(space::trainable_parameters(cell));
    const double jitter = static_cast<double>(rank * 7919 % 101) / 101.0;
    for (const std::int32_t epochs : budgets) {
      const bool left_out = options.absent_every != 0 && rank % options.absent_every == 0;
      if (left_out && epochs != budgets[0]) continue;
      const double energy = 1e-9 * epochs * (parameters + 1e6 + 1e6 * jitter);
      const double error = 1.0 / (1.0 + std::log(parameters / 1e5) * std::sqrt(epochs) + jitter);
      const auto add = [&](const char* metric, double value) {
        builder.add(cell, epochs, 1, metric, static_cast<float>(value), table::Provenance::measured,
                    "synthetic");
      };
      add("energy_kwh", energy);
      add("validation_accuracy", 1.0 - error);
      add("training_time_s", 1e4 * energy);
      add("co2eq_g", 300 * energy);
    }
  }
  return builder.build("synthetic");
}

}  // namespace ecnas::testing
