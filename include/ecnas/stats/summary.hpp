#pragma once
/// Averages, spreads and lines, plain and robust. Values are finite: all functions here
/// @throw Error{invalid_argument} if one is not, and those that return a plain number if there is
/// no value at all.

#include <optional>
#include <span>

namespace ecnas::stats {

/// Arithmetic mean.
[[nodiscard]] double mean(std::span<const double> values);

/// Square root of Σ(value − mean)² / (n − 1); none if n < 2.
[[nodiscard]] std::optional<double> standard_deviation(std::span<const double> values);

/// The value below which a share `probability` of the values lies: linear between order statistics,
/// position probability·(n − 1) counted from 0 (type 7 of [HynFan96], the default of R and NumPy).
/// @throws Error{invalid_argument} also if `probability` is not in [0, 1].
/// @complexity O(n) time and memory
[[nodiscard]] double quantile(std::span<const double> values, double probability);

/// Least, quarters and greatest of values.
struct FiveNumbers {
  double least = 0;
  double lower_quartile = 0;
  double median = 0;
  double upper_quartile = 0;
  double greatest = 0;
};

/// `quantile` at 0, 0.25, 0.5, 0.75 and 1.
[[nodiscard]] FiveNumbers five_numbers(std::span<const double> values);

/// `quantile` at 0.5: the middle value, or the mean of the two middle ones.
[[nodiscard]] double median(std::span<const double> values);

/// 1.4826 times the median of |value − median|: estimates the standard deviation of normal values,
/// and stays bounded while fewer than half of them are wrong. 0 if half the values are equal.
[[nodiscard]] double median_absolute_deviation(std::span<const double> values);

/// Huber's location: the point at which residuals, cut off at ±1.345 median absolute deviations,
/// sum to 0. Outliers pull with a bounded force; on normal values it has 95 % of the mean's
/// efficiency. The median if the deviation is 0.
/// @complexity O(n) a step; some forty steps, more where many values are cut off
/// @source [Huber64]
[[nodiscard]] double huber_location(std::span<const double> values);

/// y ≈ intercept + slope · x.
struct Line {
  double slope = 0;      ///< units of y per unit of x
  double intercept = 0;  ///< units of y
};

/// Theil–Sen line: slope = median of the slopes through every two points with different x,
/// intercept = median of y − slope · x. Bounded while fewer than 29 % of the points are wrong.
/// @param x, y  (n) each
/// @return none if no two x differ
/// @throws Error{invalid_argument} also if the sizes differ.
/// @complexity O(n²) time and memory: for hundreds of points  @source [Sen68]
[[nodiscard]] std::optional<Line> theil_sen_line(std::span<const double> x,
                                                 std::span<const double> y);

/// Repeated-median line: slope = median over points of the median slope to the other points,
/// intercept as above. Bounded while fewer than half of the points are wrong.
/// Parameters, return value and errors as above.
/// @complexity O(n²) time, O(n) memory  @source [Siegel82]
[[nodiscard]] std::optional<Line> repeated_median_line(std::span<const double> x,
                                                       std::span<const double> y);

}  // namespace ecnas::stats
