#include "ecnas/search/own_cost.hpp"

#include <algorithm>

namespace ecnas::search {
namespace {

constexpr double kJoulesPerKwh = 3.6e6;

/// Share of hypervolume over simulated energy; empty where no energies are known.
std::vector<CurvePoint> share_over_energy(const ContenderResult& result) {
  for (const AnytimeCurve& curve : result.curves) {
    if (curve.indicator == Indicator::hypervolume_share && curve.resource == Resource::energy)
      return curve.points;
  }
  return {};
}

/// The energy at which a median first reaches `share`.
std::optional<double> energy_until(const std::vector<CurvePoint>& curve, double share) {
  const auto found = std::ranges::find_if(
      curve, [&](const CurvePoint& point) { return point.values.median >= share; });
  return found == curve.end() ? std::nullopt : std::optional(found->spent);
}

}  // namespace

std::vector<OwnCost> own_costs(const Study& study, double power_w) {
  std::vector<OwnCost> costs;
  for (const std::vector<StudyTrial>& trials : study.trials) {
    OwnCost cost;
    cost.is_metered = true;
    for (const StudyTrial& trial : trials) {
      if (!trial.own_seconds) continue;
      ++cost.trials;
      cost.seconds += *trial.own_seconds;
      cost.energy_kwh +=
          trial.own_energy_kwh.value_or(*trial.own_seconds * power_w / kJoulesPerKwh);
      cost.is_metered = cost.is_metered && trial.own_energy_kwh.has_value();
    }
    if (cost.trials > 0) {
      cost.seconds /= static_cast<double>(cost.trials);
      cost.energy_kwh /= static_cast<double>(cost.trials);
    }
    cost.is_metered = cost.is_metered && cost.trials > 0;
    costs.push_back(cost);
  }
  return costs;
}

std::vector<BreakEven> break_evens(const Comparison& comparison,
                                   const std::vector<OwnCost>& costs) {
  std::vector<BreakEven> found;
  for (std::size_t a = 0; a < costs.size(); ++a) {
    for (std::size_t b = 0; b < costs.size(); ++b) {
      if (costs[a].trials == 0 || costs[b].trials == 0) continue;
      if (!(costs[a].energy_kwh > costs[b].energy_kwh)) continue;
      const std::vector<CurvePoint> costlier = share_over_energy(comparison.results[a]);
      const std::vector<CurvePoint> cheaper = share_over_energy(comparison.results[b]);
      if (costlier.empty() || cheaper.empty()) continue;
      BreakEven pair{a, b, costs[a].energy_kwh - costs[b].energy_kwh, {}, {}};
      const auto needed = energy_until(costlier, cheaper.back().values.median);
      if (needed) pair.needed_share = *needed / comparison.results[b].mean_cost.energy_kwh;
      if (pair.needed_share && *pair.needed_share < 1)
        pair.energy_kwh = pair.extra_kwh / (1 - *pair.needed_share);
      found.push_back(pair);
    }
  }
  return found;
}

}  // namespace ecnas::search
