#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace ecnas::stats {

/// Coefficient of determination: 1 − Σ(truth − predicted)² / Σ(truth − mean of truth)². It is 1 for
/// perfect predictions, 0 for those no better than the mean, negative below; not the square of a
/// correlation.
///
/// @param truth, predicted  (n) each, in the same units
/// @return none if n < 2 or all of `truth` are equal
/// @throws Error{invalid_argument} if the sizes differ or a value is not finite.
[[nodiscard]] std::optional<double> r2(std::span<const double> truth,
                                       std::span<const double> predicted);

/// Mean of |truth − predicted|, in their units.
/// @throws Error{invalid_argument} if there are none, the sizes differ or a value is not finite.
[[nodiscard]] double mean_absolute_error(std::span<const double> truth,
                                         std::span<const double> predicted);

/// Square root of the mean of (truth − predicted)², in their units. Errors as above.
[[nodiscard]] double root_mean_square_error(std::span<const double> truth,
                                            std::span<const double> predicted);

/// How good predictions are, by order and by size.
struct RegressionScores {
  std::optional<double> kendall_tau;  ///< τ_b; none where the order of a side says nothing
  std::optional<double> spearman;
  std::optional<double> r2;
  double mae = 0;   ///< in the units of the values
  double rmse = 0;  ///< in the units of the values
  std::size_t n = 0;
};

/// All of them at once. Errors as of `mean_absolute_error`.
/// @complexity O(n log n)
[[nodiscard]] RegressionScores regression_scores(std::span<const double> truth,
                                                 std::span<const double> predicted);

}  // namespace ecnas::stats
