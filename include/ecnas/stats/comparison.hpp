#pragma once
/// Whether algorithms differ, and by how much: tests that look at the order of results only, effect
/// sizes, and what many comparisons at once ask for. What each says and does not say:
/// docs/algorithms/comparison-tests.md.

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace ecnas::stats {

/// What a test of "no difference" found.
struct TestResult {
  double statistic = 0;  ///< the function that returns it says which
  double p_value = 1;    ///< two-sided: chance of a statistic at least this far out, if none differ
  bool is_exact = false;  ///< from the statistic's own distribution, not its normal approximation
};

/// Mann–Whitney test of two independent samples, such as the trials of two algorithms. The
/// statistic is U of `a`: pairs with a > b, equal ones counting half.
///
/// Without ties and with at most 50 values in each sample the p value is twice the exact smaller
/// tail; else it comes from the normal approximation with variance corrected for ties and half a
/// step taken off the distance (continuity). The latter is SciPy's
/// `mannwhitneyu(method="asymptotic")`, the former its `"exact"`; its `"auto"` turns to the
/// approximation where both samples exceed 8.
///
/// @param a, b  (m), (n), any units; infinities are ordered like numbers
/// @return p value 1 if all values are equal
/// @throws Error{invalid_argument} if a sample is empty, a value is NaN, or m + n ≥ 2³².
/// @complexity exact O(m n U), up to some milliseconds; else O((m + n) log(m + n))
/// @source [ManWhi47]
[[nodiscard]] TestResult mann_whitney(std::span<const double> a, std::span<const double> b);

/// Wilcoxon's signed-rank test of pairs (a[i], b[i]), such as two algorithms on the same tables.
/// The statistic is the sum of the ranks of |a − b| of those pairs with a > b; pairs without a
/// difference are dropped first, as Wilcoxon did.
///
/// With at most 50 pairs left and no ties among |a − b| the p value is twice the exact smaller
/// tail; else it comes from the normal approximation with variance corrected for ties and half a
/// step taken off the distance (continuity), which is SciPy's
/// `wilcoxon(correction=True, method="asymptotic")`. SciPy's statistic is the smaller of both sums.
/// Differences are compared as doubles: of values that are decimal fractions, differences that are
/// equal on paper may not tie.
///
/// @param a, b  (n) each, in the same units
/// @return none if no pair differs, n = 0 among them
/// @throws Error{invalid_argument} if the sizes differ, a difference is not finite, or n ≥ 2³².
/// @complexity O(n log n); exact O(n³)  @source [Wilcoxon45]
[[nodiscard]] std::optional<TestResult> wilcoxon_signed_rank(std::span<const double> a,
                                                             std::span<const double> b);

/// Holm's p values of a family of tests: comparing them with a level keeps the chance of any false
/// alarm in the family at that level, however the tests depend on each other.
///
/// @return in the order given; never below the raw p value, at most 1, ordered like the raw ones
/// @throws Error{invalid_argument} if there is none or one is not within [0, 1].
/// @complexity O(n log n)  @source [Holm79]
[[nodiscard]] std::vector<double> holm_adjusted(std::span<const double> p_values);

/// Vargha and Delaney's A₁₂: the chance that a value drawn from `a` is greater than one drawn from
/// `b`, equal ones counting half; ½ where neither tends to be. U of `mann_whitney` over m n.
///
/// @param a, b  (m), (n), any units; infinities are ordered like numbers
/// @throws Error{invalid_argument} if a sample is empty, a value is NaN, or m + n ≥ 2³².
/// @complexity O((m + n) log(m + n))  @source [VarDel00]
[[nodiscard]] double vargha_delaney_a12(std::span<const double> a, std::span<const double> b);

/// Vargha and Delaney's word for an A₁₂: "negligible" below 0.56, "small" below 0.64, "medium"
/// below 0.71, else "large"; the same for 1 − A₁₂.
/// @throws Error{invalid_argument} unless `a12` is within [0, 1].
/// @source [VarDel00]
[[nodiscard]] std::string_view a12_magnitude(double a12);

/// Which values are better.
enum class Better { less, greater };

/// How treatments (algorithms) rank over blocks (tables, tasks).
struct FriedmanResult {
  std::vector<double> mean_ranks;  ///< (treatments), over blocks; 1 is best
  double statistic = 0;            ///< chi-square, corrected for ties
  double p_value = 1;              ///< from the chi-square of treatments − 1 degrees of freedom
  std::size_t blocks = 0;
};

/// Friedman's test of treatments that were all tried on every block. Values are ranked within their
/// block, equal ones share the mean of their ranks. The p value is the chi-square approximation, as
/// of SciPy's `friedmanchisquare`; it is rough below some ten blocks.
///
/// @param blocks  (blocks, treatments), any units, which may differ between blocks; infinities are
///                ordered like numbers
/// @return statistic 0 and p value 1 if all values of each block are equal
/// @throws Error{invalid_argument} if there is no block, fewer than two treatments, blocks of
///         different sizes, or a value is NaN.
/// @complexity O(blocks · treatments · log treatments)  @source [Friedman37]
[[nodiscard]] FriedmanResult friedman(std::span<const std::vector<double>> blocks,
                                      Better better = Better::less);

/// Nemenyi's critical difference at a level of 5 %: mean ranks of two of the `treatments` that
/// differ by at least this much over `blocks` differ significantly, all pairs looked at. It is
/// q √(k (k + 1) / (6 N)) with q the upper 5 % point of the studentised range with infinite degrees
/// of freedom over √2.
///
/// @throws Error{invalid_argument} if there are fewer than two treatments or no block.
/// @complexity a numerical integral a halving: milliseconds  @source [Demsar06], [Nemenyi63]
[[nodiscard]] double nemenyi_critical_difference(std::size_t treatments, std::size_t blocks);

/// The bars of a critical-difference picture: the longest runs of at least two treatments, in order
/// of their mean ranks, of which no two differ by `critical_difference` or more. None is part of
/// another.
///
/// @param mean_ranks  (n), in any order
/// @return (first, last) positions among the ranks in ascending order, both included, ascending
/// @throws Error{invalid_argument} if there are no ranks, one is not finite, or the critical
///         difference is not a positive finite number.
/// @complexity O(n log n)  @source [Demsar06]
[[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> indistinguishable_groups(
    std::span<const double> mean_ranks, double critical_difference);

}  // namespace ecnas::stats
