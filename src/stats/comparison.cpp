#include "ecnas/stats/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "stats/check.hpp"
#include "stats/normal.hpp"
#include "stats/ranking.hpp"

namespace ecnas::stats {
namespace {

constexpr std::size_t kMostExact = 50;  // values a sample, or pairs

/// Two-sided p value of a statistic with this mean and variance, nearly normal, whose values are 1
/// apart. 1 where it cannot vary.
double normal_p_value(double statistic, double mean, double variance) {
  if (variance <= 0) return 1;
  const double distance = std::max(std::abs(statistic - mean) - 0.5, 0.0);
  return 2 * normal_share_below(-distance / std::sqrt(variance));
}

double two_sided(double smaller_tail) {
  return std::min(1.0, 2 * smaller_tail);  // at the centre both tails hold it
}

/// Two samples ranked as one.
struct JointRanks {
  double u = 0;  ///< pairs with a > b, equal ones counting half
  double tied_cubes = 0;
};

JointRanks ranked_together(std::span<const double> a, std::span<const double> b,
                           std::string_view caller) {
  for (const auto& sample : {a, b}) {
    if (sample.empty())
      fail(ErrorCode::invalid_argument, "{}: an empty sample; expected a value in each", caller);
  }
  require_countable(a.size(), caller);
  require_countable(b.size(), caller);
  require_countable(a.size() + b.size(), caller);
  std::vector<double> both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  const MeanRanks joint = mean_ranks(both, caller);
  const auto m = static_cast<double>(a.size());
  const double sum = std::accumulate(
      joint.ranks.begin(), joint.ranks.begin() + static_cast<std::ptrdiff_t>(a.size()), 0.0);
  return {.u = sum - m * (m + 1) / 2, .tied_cubes = joint.tied_cubes};
}

/// P(U ≤ u) of m and n values in random order, without ties: the greatest value is one of the m
/// with probability m / (m + n), and then greater than all n. Sums of positive terms only.
double share_of_u_up_to(std::size_t u, std::size_t m, std::size_t n) {
  std::vector<double> none(u + 1, 0.0);
  none[0] = 1;                                          // U is 0 where a sample is empty
  std::vector<std::vector<double>> share(n + 1, none);  // [j][s]: P(U = s) of i and j values
  for (std::size_t i = 1; i <= m; ++i) {
    for (std::size_t j = 1; j <= n; ++j) {
      const double of_a = static_cast<double>(i) / static_cast<double>(i + j);
      for (std::size_t s = u + 1; s-- > 0;) {  // descending: s − j is still that of i − 1 values
        const double before = s >= j ? share[j][s - j] : 0.0;
        share[j][s] = of_a * before + (1 - of_a) * share[j - 1][s];
      }
    }
  }
  return std::reduce(share[n].begin(), share[n].end());
}

/// P(W ≤ w) where each rank 1 … n counts with probability ½. Exact up to 53 ranks: all are
/// multiples of 2⁻ⁿ.
double share_of_rank_sums_up_to(std::size_t w, std::size_t n) {
  std::vector<double> share(w + 1, 0.0);
  share[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    for (std::size_t s = w + 1; s-- > 0;)
      share[s] = (share[s] + (s >= rank ? share[s - rank] : 0.0)) / 2;
  }
  return std::reduce(share.begin(), share.end());
}

/// a − b of those pairs that differ.
std::vector<double> differences(std::span<const double> a, std::span<const double> b) {
  constexpr std::string_view kCaller = "wilcoxon_signed_rank";
  require_same_size(a, b, kCaller);
  require_countable(a.size(), kCaller);
  std::vector<double> result(a.size());
  std::ranges::transform(a, b, result.begin(), std::minus{});
  require_finite(result, "wilcoxon_signed_rank, a - b");
  std::erase(result, 0.0);
  return result;
}

}  // namespace

TestResult mann_whitney(std::span<const double> a, std::span<const double> b) {
  const JointRanks joint = ranked_together(a, b, "mann_whitney");
  const auto m = static_cast<double>(a.size());
  const auto n = static_cast<double>(b.size());
  TestResult result{.statistic = joint.u};
  if (joint.tied_cubes == 0 && std::max(a.size(), b.size()) <= kMostExact) {
    const auto smaller = static_cast<std::size_t>(std::min(joint.u, m * n - joint.u));
    result.p_value = two_sided(share_of_u_up_to(smaller, a.size(), b.size()));
    result.is_exact = true;
  } else {
    const double total = m + n;
    const double variance = m * n / 12 * (total + 1 - joint.tied_cubes / (total * (total - 1)));
    result.p_value = normal_p_value(joint.u, m * n / 2, variance);
  }
  return result;
}

std::optional<TestResult> wilcoxon_signed_rank(std::span<const double> a,
                                               std::span<const double> b) {
  const std::vector<double> signed_sizes = differences(a, b);
  if (signed_sizes.empty()) return std::nullopt;
  std::vector<double> sizes(signed_sizes.size());
  std::ranges::transform(signed_sizes, sizes.begin(), [](double value) { return std::abs(value); });
  const MeanRanks ranked = mean_ranks(sizes, "wilcoxon_signed_rank");
  double positive = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    positive += signed_sizes[i] > 0 ? ranked.ranks[i] : 0.0;

  const auto n = static_cast<double>(sizes.size());
  const double total = n * (n + 1) / 2;
  TestResult result{.statistic = positive};
  if (ranked.tied_cubes == 0 && sizes.size() <= kMostExact) {
    const auto smaller = static_cast<std::size_t>(std::min(positive, total - positive));
    result.p_value = two_sided(share_of_rank_sums_up_to(smaller, sizes.size()));
    result.is_exact = true;
  } else {
    const double variance = (n * (n + 1) * (2 * n + 1) - ranked.tied_cubes / 2) / 24;
    result.p_value = normal_p_value(positive, total / 2, variance);
  }
  return result;
}

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  require_values(p_values, "holm_adjusted");
  for (const double p : p_values) {
    if (!(p >= 0 && p <= 1)) {
      fail(ErrorCode::invalid_argument, "holm_adjusted: p value {}; expected one within [0, 1]", p);
    }
  }
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.size());
  double greatest = 0;
  for (std::size_t place = 0; place < order.size(); ++place) {
    const auto left = static_cast<double>(order.size() - place);
    greatest = std::max(greatest, std::min(1.0, left * p_values[order[place]]));
    adjusted[order[place]] = greatest;
  }
  return adjusted;
}

double vargha_delaney_a12(std::span<const double> a, std::span<const double> b) {
  const JointRanks joint = ranked_together(a, b, "vargha_delaney_a12");
  return joint.u / (static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

std::string_view a12_magnitude(double a12) {
  if (!(a12 >= 0 && a12 <= 1))
    fail(ErrorCode::invalid_argument, "a12_magnitude: {}; expected a share within [0, 1]", a12);
  constexpr double kRounding = 1e-12;  // 14 of 25 pairs are 0.56, and so are 11 of 25
  const double distance = std::abs(a12 - 0.5) + kRounding;
  if (distance < 0.06) return "negligible";
  if (distance < 0.14) return "small";
  if (distance < 0.21) return "medium";
  return "large";
}

}  // namespace ecnas::stats
