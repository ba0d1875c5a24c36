#pragma once
/// Whether intervals hold what they promise, at the level promised and at all others.

#include <cstddef>
#include <span>
#include <vector>

namespace ecnas::stats {

/// A prediction, the interval that is to hold the truth, and the truth. Below `lower` and above
/// `upper` equal shares are to lie. Bounds may be infinite.
struct IntervalOutcome {
  double observed = 0;
  double predicted = 0;
  double lower = 0;  ///< ≤ predicted
  double upper = 0;  ///< ≥ predicted
};

/// Where each truth lies in its predicted distribution: the probability of less. An interval states
/// two quantiles and its prediction the median; between and beyond them the distribution is taken
/// as normal, on either side as wide as the bound there says. The 5th of 100 therefore is at
/// `lower` of a 90 % interval whatever the distribution, but other levels judge the normal shape
/// too.
///
/// @param outcomes  (n), in a scale in which errors are alike: logarithms of positive quantities
/// @param promised  share of truths that intervals are to hold, in (0, 1)
/// @return (n) within [0, 1]; uniform where predictions are calibrated
/// @throws Error{invalid_argument} if `promised` is outside (0, 1), truth or prediction not finite,
///         a bound NaN or on the wrong side
/// @source [Dawid84], the probability integral transform; docs/algorithms/calibration.md
[[nodiscard]] std::vector<double> probability_integrals(std::span<const IntervalOutcome> outcomes,
                                                        double promised);

/// A share with the interval in which the share of all is, 95 of 100 times.
struct ShareEstimate {
  double share = 0;
  double lower = 0;
  double upper = 0;
};

/// Wilson's interval. @param successes  of `count` ≥ 1 independent trials
/// @throws Error{invalid_argument} if there are no trials or more successes
/// @source [Wilson27]
[[nodiscard]] ShareEstimate wilson_interval(std::size_t successes, std::size_t count);

/// How many truths the central interval of a level holds.
struct CoveragePoint {
  double nominal = 0;  ///< level, in (0, 1)
  ShareEstimate observed;
};

/// @param integrals  (n ≥ 1), of `probability_integrals`
/// @param levels     (k), within (0, 1)
/// @return (k), in the order of the levels
/// @throws Error{invalid_argument} if there are no integrals, or one or a level is out of range
/// @complexity O(n log n + k log n)
[[nodiscard]] std::vector<CoveragePoint> coverage_curve(std::span<const double> integrals,
                                                        std::span<const double> levels);

/// How many integrals lie in each of equally wide parts of [0, 1].
struct IntegralHistogram {
  std::vector<std::size_t> counts;
  double expected = 0;  ///< in each, if uniform
  /// A count of uniform integrals lies within, at least 95 of 100 times. @{
  std::size_t lower = 0;
  std::size_t upper = 0;
  /// @}
};

/// @param integrals  (n ≥ 1)  @param bins  ≥ 2; with 20 the outer two are what lies beyond 90 %
/// @throws Error{invalid_argument} if there are no integrals or fewer than 2 bins, or an integral
///         is out of range
/// @complexity O(n)
[[nodiscard]] IntegralHistogram integral_histogram(std::span<const double> integrals,
                                                   std::size_t bins);

}  // namespace ecnas::stats
