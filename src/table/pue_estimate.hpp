#pragma once

#include <cstddef>
#include <limits>

namespace ecnas::table {

/// The PUE that all runs of a campaign share, from their total energies (PUE included) and those of
/// their components (not included). Each run allows an interval, because the totals are sums of
/// components rounded to 10⁻⁶ kWh; the PUE lies in all of them.
class PueEstimate {
 public:
  /// @return false, and nothing changes, if the run fits neither a PUE from 1 nor the runs before.
  bool add(double total_kwh, double components_kwh, std::size_t components);

  [[nodiscard]] bool empty() const { return empty_; }
  [[nodiscard]] bool allows(double pue) const { return pue >= least_ && pue <= most_; }

  /// The allowed number of the fewest decimals: people state a PUE as 1.59. @pre !empty()
  [[nodiscard]] double value() const;

 private:
  bool empty_ = true;
  double least_ = 1.0;
  double most_ = std::numeric_limits<double>::infinity();
};

}  // namespace ecnas::table
