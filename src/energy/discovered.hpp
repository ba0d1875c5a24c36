#pragma once

#include <string>
#include <vector>

#include "ecnas/energy/inventory.hpp"

namespace ecnas::energy {

/// What one place to look at has; `take_inventory` brings them together.
struct Discovered {
  std::vector<FoundSource> sources;
  std::vector<MissingSource> missing;
  std::vector<std::string> devices;  ///< names of cards, also of those that cannot be read
};

}  // namespace ecnas::energy
