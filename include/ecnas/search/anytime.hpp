#pragma once
/// How indicators change while searches spend evaluations, energy, emissions and time.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ecnas/search/judge.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::search {

/// What a search spends, as its ledger counts it.
enum class Resource : std::uint8_t { evaluations, energy, co2eq, training_time };

struct ResourceInfo {
  Resource resource;
  std::string_view name;   ///< in JSON and CSV: "energy_kwh"
  std::string_view title;  ///< "Simulated energy"
  std::string_view unit;   ///< "kWh"; empty for a count
};

/// All resources, in the order of the enumeration.
[[nodiscard]] std::span<const ResourceInfo> resources();
[[nodiscard]] const ResourceInfo& info(Resource resource);

/// One trial's indicators each time that what it holds for its front changes.
struct Trajectory {
  struct Step {
    std::size_t evaluations;                    ///< after so many
    std::vector<std::optional<double>> values;  ///< one an indicator asked for
  };
  std::vector<std::optional<double>> before;  ///< before the first evaluation
  std::vector<Step> steps;                    ///< by ascending evaluations
};

/// The front is what a search would return then: non-dominated among the feasible as it saw them;
/// judged by true values. With noise an indicator may fall.
/// @complexity one measurement of each indicator a change of the front
[[nodiscard]] Trajectory trajectory_of(const Trial& trial, const Judge& judge,
                                       std::span<const Indicator> indicators);

/// What a trial has spent after so many of its evaluations. @pre evaluations ≤ those of the trial
[[nodiscard]] double spent(const Trial& trial, std::size_t evaluations, Resource resource);

/// Over the trials, once so much is spent.
struct CurvePoint {
  double spent = 0;
  stats::FiveNumbers values;
};

/// Amounts evenly spread by their logarithm, from what a first evaluation spends (the median) to
/// the most that a trial does; whole numbers of evaluations.
/// @return ascending, at most `points`; empty if nothing is spent (a table may lack a cost)
[[nodiscard]] std::vector<double> common_grid(std::span<const Trial* const> trials,
                                              Resource resource, std::size_t points);

/// One indicator of trials on a grid. A trial that ended before keeps what it had; the curve ends
/// with the trial that spent most, and begins once all trials have a value.
/// @param trajectories  (n), of the trials  @param position  of the indicator in the trajectories
[[nodiscard]] std::vector<CurvePoint> curve(std::span<const Trial* const> trials,
                                            std::span<const Trajectory> trajectories,
                                            std::size_t position, Resource resource,
                                            std::span<const double> grid);

/// Mean of a trial's indicator while it spends from 0 to `end`: the area under its curve over
/// `end`. The time before there is a value counts as the first one.
/// @return absent if there is no value, or nothing is spent
[[nodiscard]] std::optional<double> area_under(const Trial& trial, const Trajectory& trajectory,
                                               std::size_t position, Resource resource, double end);

}  // namespace ecnas::search
