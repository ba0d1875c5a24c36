#include "ecnas/energy/measurement.hpp"

#include <algorithm>
#include <limits>

namespace ecnas::energy {
namespace {

double sum_kwh(const std::vector<ComponentEnergy>& components) {
  double joules = 0;
  for (const ComponentEnergy& component : components)
    joules += component.energy_j;
  return joules / kJoulesPerKwh;
}

double least_coverage(const std::vector<ComponentEnergy>& components, double duration_s) {
  if (components.empty()) return 0;
  double least = 1;
  for (const ComponentEnergy& component : components)
    least = std::min(least, coverage(component, duration_s));
  return least;
}

std::vector<ComponentEnergy> energies(const std::vector<Component>& components) {
  std::vector<ComponentEnergy> energies;
  for (const Component& component : components)
    energies.push_back(component.energy);
  return energies;
}

}  // namespace

double coverage(const ComponentEnergy& energy, double duration_s) {
  constexpr double kRounding = 1e-9;  // a sum of many intervals is not quite the whole
  if (duration_s <= 0 || energy.covered_s >= duration_s * (1 - kRounding)) return 1;
  return std::max(energy.covered_s / duration_s, 0.0);
}

double Measurement::energy_kwh() const {
  return sum_kwh(energies(components)) * pue;
}

double Measurement::energy_kwh(const Span& span) const {
  return sum_kwh(span.components) * pue;
}

std::optional<std::pair<double, double>> Measurement::energy_kwh_interval() const {
  double low_j = 0;
  double high_j = 0;
  bool has_model = false;
  for (const Component& component : components) {
    const Tolerance tolerance = component.source.tolerance.value_or(Tolerance{});
    has_model = has_model || component.source.tolerance;
    low_j += component.energy.energy_j * tolerance.low;
    high_j += component.energy.energy_j * tolerance.high;
  }
  if (!has_model) return {};
  return std::pair(low_j / kJoulesPerKwh * pue, high_j / kJoulesPerKwh * pue);
}

double Measurement::coverage() const {
  return least_coverage(energies(components), duration_s);
}

double Measurement::coverage(const Span& span) const {
  return least_coverage(span.components, span.duration_s);
}

}  // namespace ecnas::energy
