#include "energy_remark.hpp"

namespace ecnas::app {

std::string energy_remark(const table::Table& table) {
  if (table.metadata().energy_quality != "modelled") return {};
  return "energies     modelled, at least in part\n";
}

Json energy_quality_json(const table::Table& table) {
  const auto& quality = table.metadata().energy_quality;
  return quality ? Json(*quality) : Json(nullptr);
}

}  // namespace ecnas::app
