#pragma once
/// The robust correction the slow, obvious way: every window of the differences is looked at, and
/// the line of each step is found by minimising its penalised squares one coordinate at a time.
/// @source [BeaTuk74]

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace ecnas::surrogate::oracle {

struct RobustLine {
  double shift = 0;  ///< at the mean of x
  double slope = 1;
  std::vector<double> weights;
};

/// The ⌈n/2⌉-th smallest.
inline double low_median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[(values.size() + 1) / 2 - 1];
}

/// Mean of the ⌈n/2⌉ values that span least.
inline double crowded_mean(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = (values.size() + 1) / 2;
  double narrowest = INFINITY;
  double mean = 0;
  for (std::size_t first = 0; first + half <= values.size(); ++first) {
    double sum = 0;
    for (std::size_t i = first; i < first + half; ++i)
      sum += values[i];
    const double width = values[first + half - 1] - values[first];
    if (width < narrowest) {
      narrowest = width;
      mean = sum / static_cast<double>(half);
    }
  }
  return mean;
}

inline RobustLine robust_line(const std::vector<double>& x, const std::vector<double>& y) {
  const auto count = static_cast<double>(x.size());
  double centre = 0;
  for (const double value : x)
    centre += value / count;
  std::vector<double> difference;
  for (std::size_t i = 0; i < x.size(); ++i)
    difference.push_back(y[i] - x[i]);
  RobustLine line{.shift = crowded_mean(difference), .weights = std::vector<double>(x.size())};
  const auto residual = [&](std::size_t i) {
    return difference[i] - line.shift - (line.slope - 1) * (x[i] - centre);
  };
  for (int step = 0; step < 100; ++step) {
    std::vector<double> sizes;
    for (std::size_t i = 0; i < x.size(); ++i)
      sizes.push_back(std::abs(residual(i)));
    const double deviation = std::max(1.4826 * low_median(sizes), 0.04);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double u = sizes[i] / (4.685 * deviation);
      line.weights[i] = u < 1 ? std::pow(1 - u * u, 2) : 0;
    }
    // minimise Σ w r² + (deviation / 0.05)² (slope − 1)², one coordinate after the other
    for (int round = 0; round < 200; ++round) {
      double weight = 0;
      double sum = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        weight += line.weights[i];
        sum += line.weights[i] * (residual(i) + line.shift);
      }
      line.shift = sum / weight;
      double squares = std::pow(deviation / 0.05, 2);
      double products = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double at = x[i] - centre;
        squares += line.weights[i] * at * at;
        products += line.weights[i] * at * (residual(i) + (line.slope - 1) * at);
      }
      line.slope = 1 + products / squares;
    }
  }
  return line;
}

}  // namespace ecnas::surrogate::oracle
