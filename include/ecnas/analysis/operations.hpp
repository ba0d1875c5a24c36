#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "ecnas/analysis/estimate.hpp"
#include "ecnas/space/cell.hpp"

namespace ecnas::analysis {

/// What the cost of a cell is explained by: counts of the graph, the same for every labelling.
inline constexpr std::size_t kCostTerms = 6;
struct CostTerm {
  std::string_view name;
  std::string_view description;
};
/// conv3x3, conv1x1, maxpool3x3 (vertices of each), longest_path (edges on the longest way from
/// input to output), output_width (interior vertices that feed the output), edges.
[[nodiscard]] std::span<const CostTerm, kCostTerms> cost_terms();
[[nodiscard]] std::array<double, kCostTerms> cost_term_values(const space::Cell& cell);

struct CostModel {
  std::size_t cells = 0;
  /// ln cost per unit of each term, the others held; 100 · (e^x − 1) is percent.
  std::array<Estimate, kCostTerms> effects;
  Estimate intercept;  ///< ln of the cost of the cell without any of them, out of reach
  double r2 = 0;       ///< share of the variance of ln cost that the terms explain
};

/// Least squares of ln cost on the terms: a summary of the table, not a predictor. Terms go
/// together (a longer path has more vertices), so an effect is that of one more with all others
/// held. Intervals are of a bootstrap over cells.
///
/// @param cells  (n), any labellings  @param costs  (n), > 0; NaN: not there
/// @throws Error{invalid_argument} if sizes differ or a cost is not positive; Error{not_found}
/// if there are fewer than 20 cells, or their terms do not vary independently
/// @complexity O(n)
[[nodiscard]] CostModel cost_of_operations(std::span<const space::Cell> cells,
                                           std::span<const double> costs,
                                           const IntervalOptions& options = {});

}  // namespace ecnas::analysis
