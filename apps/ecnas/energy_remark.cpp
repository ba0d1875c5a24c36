#include "energy_remark.hpp"

namespace ecnas::app {

std::string energy_remark(const table::Table& table) {
  if (table.metadata().energy_quality != "modelled") return {};
  return "energies     modelled, not metered\n";
}

}  // namespace ecnas::app
