#pragma once
/// Statistics as their definitions say, in quadratic time and long doubles.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
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

}  // namespace ecnas::oracle
