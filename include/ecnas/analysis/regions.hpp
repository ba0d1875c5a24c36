#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace ecnas::analysis {

struct RegionOptions {
  double accuracy_margin = 0.01;  ///< below the best accuracy: what still counts as accurate
  double costliest_share = 0.25;  ///< of the accurate cells: those of the first region
  double nearness = 0.1;          ///< share by which a cell near the front may cost more
};

/// A cloud of cells: mean and covariance of (log10 cost, accuracy), and the ellipse of these.
struct Region {
  std::vector<std::size_t> cells;  ///< positions, ascending
  double cost = 0;                 ///< geometric mean
  double accuracy = 0;             ///< mean
  /// Of log10 cost, of both, of accuracy; divided by n − 1, 0 for one cell.
  std::array<double, 3> covariance{};

  /// Standard deviations along the ellipse's axes, the longer first, and the longer one's direction
  /// from the axis of log10 cost, in radians, (−π/2, π/2].
  struct Ellipse {
    double major = 0;
    double minor = 0;
    double angle = 0;
  };
  [[nodiscard]] Ellipse ellipse() const;
};

/// The two regions of EC-NAS's figure 1, found from the data.
struct Regions {
  Region accurate;    ///< high accuracy at high cost
  Region efficient;   ///< little less accuracy at low cost
  std::size_t knee;   ///< position, on the front of (cost, 1 − accuracy)
  double cost_limit;  ///< between the regions
  double cost_saved;  ///< 1 − efficient / accurate, of mean costs
  double accuracy_lost;
};

/// Accurate: cells within `accuracy_margin` of the best accuracy; of these the costliest
/// `costliest_share` (those that cost no less than that quantile, the cost limit). Efficient: cells
/// on the front or near it (within `nearness` of the cost of the cheapest cell at least as
/// accurate) that are as accurate as the knee or more, and cost less than the limit: the front
/// from its accurate end up to the knee, beyond which accuracy falls fast.
///
/// @param costs       (n), > 0; NaN: not there
/// @param accuracies  (n), fractions; NaN: not there
/// @throws Error{invalid_argument} if sizes differ or an option makes no sense; Error{not_found} if
/// the front has no knee (fewer than 3 points), or no cell is efficient
/// @complexity O(n log n)  @source [Bakhtiarifard24], figure 1; the rule is ours
[[nodiscard]] Regions find_regions(std::span<const double> costs,
                                   std::span<const double> accuracies,
                                   const RegionOptions& options = {});

}  // namespace ecnas::analysis
