#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builder.hpp"

namespace ecnas::testing {

struct MadeUpOptions {
  unsigned max_vertices = 4;
  double left_out = 0;  ///< probability that a cell is not in the table
  std::uint64_t seed = 1;
  std::vector<std::string> devices;
};

/// A table at 4 and 12 epochs whose energies and times grow with FLOPs and whose accuracies grow
/// with parameters, all with some noise.
inline table::Table made_up_table(const MadeUpOptions& options = {}) {
  Rng rng(options.seed);
  table::TableBuilder builder({.pue = 1.5, .devices = options.devices});
  for (const space::Cell& cell : space::Space::shared(options.max_vertices).cells()) {
    if (rng.chance(options.left_out)) continue;
    const auto flops = static_cast<double>(space::flops(cell));
    const auto parameters = static_cast<double>(space::trainable_parameters(cell));
    for (const std::int32_t epochs : {4, 12}) {
      const auto add = [&](const char* metric, double value) {
        builder.add(cell, epochs, 1, metric, static_cast<float>(value),
                    table::Provenance::predicted, "made up");
      };
      const double energy = 1e-12 * epochs * (flops + 2e8) * std::exp(0.1 * rng.normal());
      add("energy_kwh", energy);
      add("training_time_s", 1e4 * energy * std::exp(0.2 * rng.normal()));
      add("validation_accuracy",
          1 - 1 / (1 + std::log(parameters / 1e5) * std::sqrt(epochs)) - 0.02 * rng.uniform());
    }
  }
  return builder.build("made up");
}

/// `count` numbers; `levels` > 0 rounds them, so that there are ties. Some are NaN.
inline std::vector<double> made_up_series(std::size_t count, double levels, double missing,
                                          Rng& rng) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = 0.01 + rng.uniform();
    values.push_back(rng.chance(missing) ? std::numeric_limits<double>::quiet_NaN()
                     : levels > 0        ? (1 + std::floor(value * levels)) / levels
                                         : value);
  }
  return values;
}

}  // namespace ecnas::testing
