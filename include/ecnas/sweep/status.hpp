#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/sweep/store.hpp"

namespace ecnas::sweep {

/// Runs of one budget.
struct BudgetStatus {
  std::int32_t epochs = 0;
  std::size_t runs = 0;
  std::size_t done = 0;
  std::size_t left = 0;  ///< neither done nor failed
  /// Of a run: the mean of those done, or scaled by epochs from the nearest budget that has some.
  std::optional<double> energy_kwh;
  std::optional<double> time_s;
  std::optional<std::int32_t> scaled_from;  ///< epochs of that budget
};

/// How a sweep stands.
struct Status {
  std::size_t runs = 0;
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t held = 0;  ///< claimed; by the dead too, until somebody notices
  std::size_t open = 0;
  std::map<std::string, std::size_t> failures;  ///< by kind
  std::size_t shared_machine = 0;               ///< done runs whose energy includes neighbours
  double energy_kwh = 0;                        ///< of the runs done
  double time_s = 0;                            ///< of the runs done, one after another
  std::vector<BudgetStatus> budgets;            ///< by epochs
  /// By the clocks of the nodes, over the last hour in which something was done; absent for fewer
  /// than two.
  std::optional<double> runs_per_hour;
  std::optional<double> energy_left_kwh;  ///< absent while nothing is done
  /// With as many runs at a time as are held now; absent if none is.
  std::optional<double> time_left_s;
};

/// @throws Error{io_failure}
/// @complexity a listing of every shard and a small file of every run done
[[nodiscard]] Status status_of(const Sweep& sweep);

}  // namespace ecnas::sweep
