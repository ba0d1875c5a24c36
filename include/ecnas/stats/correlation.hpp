#pragma once
/// stats: how well two series agree, robust estimates, intervals. Series of doubles in, numbers
/// out; pure functions, safe to call from any number of threads. It knows nothing of cells.

#include <optional>
#include <span>

namespace ecnas::stats {

/// Kendall's rank correlation τ_b of pairs (x[i], y[i]): pairs of pairs in the same order less
/// those in opposite order, over the geometric mean of those untied in x and those untied in y.
///
/// @param x, y  (n) each, any units; infinities are ordered like numbers, −0 equals 0
/// @return in [−1, 1], exactly ±1 for equal and for opposite orders; none if n < 2 or all of x or
///         all of y are equal
/// @throws Error{invalid_argument} if the sizes differ, a value is NaN, or n ≥ 2³².
/// @complexity O(n log n) time (counting inversions), O(n) memory; all counts are exact integers.
/// @source [Kendall45], τ_b; [Knight66], the algorithm; docs/algorithms/kendall.md
[[nodiscard]] std::optional<double> kendall_tau_b(std::span<const double> x,
                                                  std::span<const double> y);

/// Spearman's rank correlation: Pearson's of the ranks, where equal values share the mean of their
/// ranks. Parameters, return value, errors and cost as of `kendall_tau_b`.
[[nodiscard]] std::optional<double> spearman_rho(std::span<const double> x,
                                                 std::span<const double> y);

/// Pearson's linear correlation.
///
/// @param x, y  (n) each, any units and any scale
/// @return in [−1, 1]; none if n < 2 or all of x or all of y are equal
/// @throws Error{invalid_argument} if the sizes differ or a value is not finite.
/// @complexity O(n)
[[nodiscard]] std::optional<double> pearson(std::span<const double> x, std::span<const double> y);

}  // namespace ecnas::stats
