#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/surrogate/observations.hpp"
#include "ecnas/surrogate/surrogate.hpp"

namespace ecnas::surrogate {

/// Where observations lie in what was predicted (stats::probability_integrals), for
/// stats::coverage_curve and stats::integral_histogram.
struct PredictedShares {
  std::vector<double> all;                                     ///< in the order of the cells
  std::array<std::vector<double>, kVertexGroups> by_vertices;  ///< up to 4, 5, 6, 7
};

/// One budget's observations within the 90 % intervals of their predictions, in the link's scale,
/// in which the intervals were made. Predictions should be of models that did not see the cell
/// (`cross_validate`).
/// @param predictions  (n), aligned with `observations.cells`; where observation or prediction is
///                     NaN the cell is left out
/// @throws Error{invalid_data} if nothing was observed at the budget; Error{invalid_argument} if
///         the predictions have no intervals
[[nodiscard]] PredictedShares predicted_shares(const Observations& observations, std::size_t budget,
                                               std::span<const Prediction> predictions);

}  // namespace ecnas::surrogate
