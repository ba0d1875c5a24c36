#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ecnas/search/comparison.hpp"

namespace ecnas::search {

/// What an algorithm itself takes, beside what it simulates. Differs from run to run.
struct OwnCost {
  double seconds = 0;       ///< of one processor, mean of the trials where it is known
  double energy_kwh = 0;    ///< mean: metered, else seconds at the power that was assumed
  bool is_metered = false;  ///< the energy of every trial is
  std::size_t trials = 0;   ///< of which the seconds are known; 0: nothing is known
};

/// Where an algorithm that costs more itself pays: it finds what the other does with less training,
/// so there is an energy of the other's training above which it saves more than it costs.
struct BreakEven {
  std::size_t costlier;
  std::size_t cheaper;
  double extra_kwh;  ///< what the costlier takes more, a trial
  /// Share of the other's simulated energy by which it has the other's final share of hypervolume,
  /// by medians; absent: it does not get there.
  std::optional<double> needed_share;
  /// Simulated energy of the other's trial above which the costlier one saves; absent: nowhere.
  std::optional<double> energy_kwh;
};

/// Of each contender.
/// @param power_w  assumed where no energy was metered
[[nodiscard]] std::vector<OwnCost> own_costs(const Study& study, double power_w);

/// Of every pair whose costs are known and differ, where energies are simulated.
/// @pre the comparison has curves of the share over energy
[[nodiscard]] std::vector<BreakEven> break_evens(const Comparison& comparison,
                                                 const std::vector<OwnCost>& costs);

}  // namespace ecnas::search
