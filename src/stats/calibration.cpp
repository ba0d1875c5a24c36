#include "ecnas/stats/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "stats/normal.hpp"

namespace ecnas::stats {
namespace {

constexpr double kConfidence = 0.95;
/// An integral at an interval's bound counts as held by it, however it was rounded.
constexpr double kRounding = 1e-12;

void require_share(double share, std::string_view what) {
  if (share > 0 && share < 1) return;
  fail(ErrorCode::invalid_argument, "{} {}; expected one within (0, 1), such as 0.9", what, share);
}

void require_outcome(const IntervalOutcome& outcome, std::size_t number) {
  const bool finite = std::isfinite(outcome.observed) && std::isfinite(outcome.predicted);
  if (finite && outcome.lower <= outcome.predicted && outcome.predicted <= outcome.upper) return;
  fail(ErrorCode::invalid_argument,
       "probability_integrals: outcome {} is {} where {} within [{}, {}] was predicted; expected "
       "finite numbers and a prediction within its interval",
       number, outcome.observed, outcome.predicted, outcome.lower, outcome.upper);
}

void require_integrals(std::span<const double> integrals, std::string_view caller) {
  if (integrals.empty())
    fail(ErrorCode::invalid_argument, "{}: no integrals; expected at least one", caller);
  for (std::size_t i = 0; i < integrals.size(); ++i) {
    if (!(integrals[i] >= 0 && integrals[i] <= 1)) {
      fail(ErrorCode::invalid_argument, "{}: integral {} is {}; expected one within [0, 1]", caller,
           i, integrals[i]);
    }
  }
}

/// @param bound  the normal quantile that the interval's bounds are at
double probability_integral(const IntervalOutcome& outcome, double bound) {
  const double error = outcome.observed - outcome.predicted;
  if (error == 0) return 0.5;
  const double width =
      error < 0 ? outcome.predicted - outcome.lower : outcome.upper - outcome.predicted;
  return normal_share_below(error / width * bound);  // ±∞ where the interval has no width
}

/// Probabilities of 0 … n successes, up to a common factor, of which none overflows: from the most
/// likely number both ways by the ratio of neighbours.
std::vector<double> binomial_weights(std::size_t n, double probability) {
  std::vector<double> weights(n + 1, 0.0);
  const auto mode = static_cast<std::size_t>(static_cast<double>(n + 1) * probability);
  const double odds = probability / (1 - probability);
  weights[mode] = 1;
  for (std::size_t k = mode; k < n; ++k)
    weights[k + 1] = weights[k] * odds * static_cast<double>(n - k) / static_cast<double>(k + 1);
  for (std::size_t k = mode; k > 0; --k)
    weights[k - 1] = weights[k] / odds * static_cast<double>(k) / static_cast<double>(n - k + 1);
  return weights;
}

/// The least number up to which a share of the weights lies.
std::size_t quantile_of(std::span<const double> weights, double share) {
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  double sum = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    sum += weights[k];
    if (sum >= share * all) return k;
  }
  return weights.size() - 1;
}

}  // namespace

std::vector<double> probability_integrals(std::span<const IntervalOutcome> outcomes,
                                          double promised) {
  require_share(promised, "probability_integrals: intervals of");
  const double bound = normal_quantile((1 + promised) / 2);
  std::vector<double> integrals;
  integrals.reserve(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    require_outcome(outcomes[i], i);
    integrals.push_back(probability_integral(outcomes[i], bound));
  }
  return integrals;
}

ShareEstimate wilson_interval(std::size_t successes, std::size_t count) {
  if (count == 0 || successes > count) {
    fail(ErrorCode::invalid_argument, "wilson_interval: {} of {}; expected a part of at least one",
         successes, count);
  }
  const double z = normal_quantile((1 + kConfidence) / 2);
  const auto n = static_cast<double>(count);
  const double share = static_cast<double>(successes) / n;
  const double shrink = 1 / (1 + z * z / n);
  const double centre = shrink * (share + z * z / (2 * n));
  const double half = shrink * z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {share, successes == 0 ? 0 : std::max(0.0, centre - half),
          successes == count ? 1 : std::min(1.0, centre + half)};
}

std::vector<CoveragePoint> coverage_curve(std::span<const double> integrals,
                                          std::span<const double> levels) {
  require_integrals(integrals, "coverage_curve");
  std::vector<double> needed;  // the level whose central interval just holds the truth
  needed.reserve(integrals.size());
  for (const double integral : integrals)
    needed.push_back(std::abs(2 * integral - 1));
  std::ranges::sort(needed);
  std::vector<CoveragePoint> curve;
  for (const double level : levels) {
    require_share(level, "coverage_curve: level");
    const auto held = std::ranges::upper_bound(needed, level + kRounding) - needed.begin();
    curve.push_back({level, wilson_interval(static_cast<std::size_t>(held), needed.size())});
  }
  return curve;
}

IntegralHistogram integral_histogram(std::span<const double> integrals, std::size_t bins) {
  require_integrals(integrals, "integral_histogram");
  if (bins < 2)
    fail(ErrorCode::invalid_argument, "integral_histogram: {} bins; expected at least 2", bins);
  const double probability = 1 / static_cast<double>(bins);
  IntegralHistogram histogram;
  histogram.counts.assign(bins, 0);
  for (const double integral : integrals) {
    const auto bin = static_cast<std::size_t>(integral * static_cast<double>(bins));
    ++histogram.counts[std::min(bin, bins - 1)];
  }
  histogram.expected = static_cast<double>(integrals.size()) * probability;
  const std::vector<double> weights = binomial_weights(integrals.size(), probability);
  histogram.lower = quantile_of(weights, (1 - kConfidence) / 2);
  histogram.upper = quantile_of(weights, (1 + kConfidence) / 2);
  return histogram;
}

}  // namespace ecnas::stats
