#pragma once
/// Statistics as their definitions say, in quadratic time and long doubles.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numbers>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace ecnas::oracle {

inline int sign(double a, double b) {
  return (a > b) - (a < b);
}

inline std::optional<double> kendall_tau_b(std::span<const double> x, std::span<const double> y) {
  std::int64_t agreement = 0, untied_in_x = 0, untied_in_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      agreement += sign(x[i], x[j]) * sign(y[i], y[j]);
      untied_in_x += x[i] != x[j] ? 1 : 0;
      untied_in_y += y[i] != y[j] ? 1 : 0;
    }
  }
  if (untied_in_x == 0 || untied_in_y == 0) return std::nullopt;
  return static_cast<double>(agreement) /
         std::sqrt(static_cast<double>(untied_in_x) * static_cast<double>(untied_in_y));
}

inline std::optional<double> pearson(std::span<const double> x, std::span<const double> y) {
  const auto n = static_cast<long double>(x.size());
  long double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  long double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (std::ranges::count(x, x.front()) == std::ssize(x)) return std::nullopt;
  if (std::ranges::count(y, y.front()) == std::ssize(y)) return std::nullopt;
  return static_cast<double>(xy / std::sqrt(xx * yy));
}

/// 1 + values below + half the other equal ones.
inline std::vector<double> mean_ranks(std::span<const double> values) {
  std::vector<double> ranks;
  for (const double value : values) {
    const auto below = std::ranges::count_if(values, [&](double v) { return v < value; });
    const auto equal = std::ranges::count(values, value);
    ranks.push_back(1 + static_cast<double>(below) + static_cast<double>(equal - 1) / 2);
  }
  return ranks;
}

inline std::uint64_t inversions(std::span<const std::uint32_t> ranks) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    for (std::size_t j = i + 1; j < ranks.size(); ++j)
      count += ranks[i] > ranks[j] ? 1U : 0U;
  }
  return count;
}

/// Type 7 of Hyndman and Fan (1996) from the sorted values.
inline double quantile(std::vector<double> values, double probability) {
  std::ranges::sort(values);
  const double position = probability * static_cast<double>(values.size() - 1);
  const auto lower = static_cast<std::size_t>(std::floor(position));
  const auto upper = static_cast<std::size_t>(std::ceil(position));
  return values[lower] + (position - std::floor(position)) * (values[upper] - values[lower]);
}

inline double median_absolute_deviation(const std::vector<double>& values) {
  std::vector<double> distances;
  for (const double value : values)
    distances.push_back(std::abs(value - quantile(values, 0.5)));
  return quantile(distances, 0.5) / 0.6744897501960817;  // the normal distribution's third quartile
}

/// By bisection: the sum of cut residuals falls as the location grows.
inline double huber_location(const std::vector<double>& values) {
  const double cut = 1.345 * median_absolute_deviation(values);
  double lower = *std::ranges::min_element(values);
  double upper = *std::ranges::max_element(values);
  for (int halving = 0; halving < 200; ++halving) {
    const double middle = (lower + upper) / 2;
    double sum = 0;
    for (const double value : values)
      sum += std::clamp(value - middle, -cut, cut);
    (sum > 0 ? lower : upper) = middle;
  }
  return (lower + upper) / 2;
}

/// The least residual that at least rank = ⌈(n + 1)·percent / 100⌉ residuals do not exceed, in
/// whole numbers; none where rank > n.
inline std::optional<double> conformal_half_width(const std::vector<double>& residuals,
                                                  std::size_t percent) {
  const std::size_t rank = ((residuals.size() + 1) * percent + 99) / 100;
  std::optional<double> least;
  for (const double candidate : residuals) {
    const auto covered = std::ranges::count_if(residuals, [&](double r) { return r <= candidate; });
    if (static_cast<std::size_t>(covered) >= rank && (!least || candidate < *least))
      least = candidate;
  }
  return least;
}

/// Pairs with a > b, equal ones counting half.
inline double u_statistic(std::span<const double> a, std::span<const double> b) {
  double u = 0;
  for (const double x : a) {
    for (const double y : b)
      u += (1 + sign(x, y)) / 2.0;
  }
  return u;
}

/// Twice the smaller of the shares of equally likely `outcomes` on either side of `observed`, both
/// with it, at most 1.
inline double two_sided(std::span<const double> outcomes, double observed) {
  const auto below = std::ranges::count_if(outcomes, [&](double v) { return v <= observed; });
  const auto above = std::ranges::count_if(outcomes, [&](double v) { return v >= observed; });
  return std::min(
      1.0, 2 * static_cast<double>(std::min(below, above)) / static_cast<double>(outcomes.size()));
}

/// By every way to share all values out to two samples of these sizes.
inline double mann_whitney_p_value(std::span<const double> a, std::span<const double> b) {
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  std::vector<double> outcomes;
  for (std::uint32_t chosen = 0; chosen < std::uint32_t{1} << all.size(); ++chosen) {
    if (static_cast<std::size_t>(std::popcount(chosen)) != a.size()) continue;
    std::vector<double> first, second;
    for (std::size_t i = 0; i < all.size(); ++i)
      ((chosen >> i & 1U) != 0 ? first : second).push_back(all[i]);
    outcomes.push_back(u_statistic(first, second));
  }
  return two_sided(outcomes, u_statistic(a, b));
}

/// Sum of the ranks of the sizes of those differences that `is_positive(index)`.
template <typename IsPositive>
double signed_rank_sum(std::span<const double> differences, IsPositive is_positive) {
  std::vector<double> sizes;
  for (const double difference : differences)
    sizes.push_back(std::abs(difference));
  const std::vector<double> ranks = mean_ranks(sizes);
  double sum = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i)
    sum += is_positive(i) ? ranks[i] : 0.0;
  return sum;
}

/// By every choice of signs of differences, none of them 0.
inline double signed_rank_p_value(std::span<const double> differences) {
  std::vector<double> outcomes;
  for (std::uint32_t signs = 0; signs < std::uint32_t{1} << differences.size(); ++signs) {
    outcomes.push_back(
        signed_rank_sum(differences, [&](std::size_t i) { return (signs >> i & 1U) != 0; }));
  }
  return two_sided(outcomes,
                   signed_rank_sum(differences, [&](std::size_t i) { return differences[i] > 0; }));
}

/// For each p value the greatest, over those not above it, of itself times the number not below it.
inline std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<double> adjusted;
  for (const double p : p_values) {
    double greatest = 0;
    for (const double q : p_values) {
      if (q > p) continue;
      const auto left = std::ranges::count_if(p_values, [&](double r) { return r >= q; });
      greatest = std::max(greatest, static_cast<double>(left) * q);
    }
    adjusted.push_back(std::min(greatest, 1.0));
  }
  return adjusted;
}

/// Friedman's statistic of ranks without ties, over the correction for ties.
inline double friedman_statistic(const std::vector<std::vector<double>>& blocks) {
  const auto n = static_cast<double>(blocks.size());
  const auto k = static_cast<double>(blocks[0].size());
  std::vector<double> sums(blocks[0].size(), 0.0);
  double ties = 0;
  for (const std::vector<double>& block : blocks) {
    const std::vector<double> ranks = mean_ranks(block);
    for (std::size_t j = 0; j < ranks.size(); ++j) {
      sums[j] += ranks[j];
      const auto equal = static_cast<double>(std::ranges::count(block, block[j]));
      ties += equal * equal - 1;  // a run of t adds t (t² − 1)
    }
  }
  double squares = 0;
  for (const double sum : sums)
    squares += sum * sum;
  return (12 * squares / (n * k * (k + 1)) - 3 * n * (k + 1)) / (1 - ties / (n * k * (k * k - 1)));
}

/// Of all runs of at least two ranks with ends less than `difference` apart, those within no other.
inline std::vector<std::pair<std::size_t, std::size_t>> longest_runs(std::vector<double> ranks,
                                                                     double difference) {
  using Run = std::pair<std::size_t, std::size_t>;
  std::ranges::sort(ranks);
  std::vector<Run> runs;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    for (std::size_t j = i + 1; j < ranks.size(); ++j) {
      if (ranks[j] - ranks[i] < difference) runs.emplace_back(i, j);
    }
  }
  std::vector<Run> longest;
  std::ranges::copy_if(runs, std::back_inserter(longest), [&](Run run) {
    return std::ranges::none_of(runs, [&](Run other) {
      return other != run && other.first <= run.first && run.second <= other.second;
    });
  });
  return longest;
}

/// Student's t through t = √ν tan θ: its density is cosᵛ⁻¹ θ, here by the midpoint rule and scaled
/// to one. Within (π / steps)² of the share or so.
inline double student_t_share_above(double t, std::size_t degrees, std::size_t steps = 40'000) {
  const auto integral = [&](long double from, long double to) {
    long double sum = 0;
    const long double width = (to - from) / static_cast<long double>(steps);
    for (std::size_t i = 0; i < steps; ++i) {
      const long double theta = from + (static_cast<long double>(i) + 0.5L) * width;
      sum += std::pow(std::cos(theta), static_cast<long double>(degrees - 1)) * width;
    }
    return sum;
  };
  const long double end = std::numbers::pi_v<long double> / 2;
  const long double begin = std::atan(t / std::sqrt(static_cast<long double>(degrees)));
  return static_cast<double>(integral(begin, end) / integral(-end, end));
}

}  // namespace ecnas::oracle
