#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/search/objective.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/surrogate/surrogate.hpp"

namespace ecnas::search {

/// What a search knows of an objective before it evaluates anything: a guess of its value, in any
/// unit proportional to the objective's. A search learns how far to trust it. It must not know
/// accuracies of the table that is searched.
struct Prior {
  /// Of cells trained for so many epochs: (n) positive values, in the order of the cells; absent:
  /// nothing is known of this objective. Thread safe. Empty: nothing is known of any.
  std::function<std::optional<std::vector<double>>(Objective, std::span<const space::Cell> cells,
                                                   std::int32_t epochs)>
      guess;

  explicit operator bool() const { return static_cast<bool>(guess); }
};

/// What a model of energies knows: of energy, and of emissions, which are proportional to it.
/// Cells are predicted when a search first asks for them, once for all trials.
/// @param model  of `Target::energy_kwh`, of any device and PUE; not null
[[nodiscard]] Prior energy_prior(std::shared_ptr<const surrogate::Surrogate> model);

}  // namespace ecnas::search
