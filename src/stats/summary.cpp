#include "ecnas/stats/summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include "stats/check.hpp"

namespace ecnas::stats {
namespace {

/// 1 / Φ⁻¹(3/4).
constexpr double kNormalDeviation = 1.482602218505602;

/// `quantile` of at least one value; reorders them.
double quantile_in_place(std::span<double> values, double probability) {
  const double position = probability * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(position);
  const auto lower = values.begin() + below;
  std::nth_element(values.begin(), lower, values.end());
  if (lower + 1 == values.end()) return *lower;
  const double upper = *std::min_element(lower + 1, values.end());
  return std::lerp(*lower, upper, position - static_cast<double>(below));
}

double median_in_place(std::span<double> values) {
  return quantile_in_place(values, 0.5);
}

double deviation_from(double centre, std::span<const double> values) {
  std::vector<double> distances(values.size());
  std::ranges::transform(values, distances.begin(),
                         [&](double value) { return std::abs(value - centre); });
  return kNormalDeviation * median_in_place(distances);
}

/// Slopes from point `from` to those of the points from `begin` on that have another x.
void append_slopes(std::span<const double> x, std::span<const double> y, std::size_t from,
                   std::size_t begin, std::vector<double>& slopes) {
  for (std::size_t i = begin; i < x.size(); ++i) {
    if (x[i] != x[from]) slopes.push_back((y[i] - y[from]) / (x[i] - x[from]));
  }
}

void require_points(std::span<const double> x, std::span<const double> y, std::string_view caller) {
  require_same_size(x, y, caller);
  require_finite(x, caller);
  require_finite(y, caller);
}

/// The line of the median slope. @pre `slopes` is not empty
Line line_through(std::span<const double> x, std::span<const double> y,
                  std::vector<double>& slopes) {
  const double slope = median_in_place(slopes);
  std::vector<double> intercepts(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    intercepts[i] = y[i] - slope * x[i];
  return {.slope = slope, .intercept = median_in_place(intercepts)};
}

}  // namespace

double mean(std::span<const double> values) {
  require_values(values, "mean");
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<double> standard_deviation(std::span<const double> values) {
  require_finite(values, "standard_deviation");
  if (values.size() < 2) return std::nullopt;
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values)
    sum += (value - centre) * (value - centre);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

double quantile(std::span<const double> values, double probability) {
  require_values(values, "quantile");
  if (!(probability >= 0 && probability <= 1)) {
    fail(ErrorCode::invalid_argument, "quantile: probability {}; expected one within [0, 1]",
         probability);
  }
  std::vector<double> copy(values.begin(), values.end());
  return quantile_in_place(copy, probability);
}

FiveNumbers five_numbers(std::span<const double> values) {
  require_values(values, "five_numbers");
  std::vector<double> copy(values.begin(), values.end());
  const auto at = [&](double probability) { return quantile_in_place(copy, probability); };
  return {at(0), at(0.25), at(0.5), at(0.75), at(1)};
}

double median(std::span<const double> values) {
  require_values(values, "median");
  std::vector<double> copy(values.begin(), values.end());
  return median_in_place(copy);
}

double median_absolute_deviation(std::span<const double> values) {
  require_values(values, "median_absolute_deviation");
  return deviation_from(median(values), values);
}

double huber_location(std::span<const double> values) {
  constexpr double kThreshold = 1.345;  // of 95 % efficiency
  constexpr double kTolerance = 1e-14;
  constexpr int kMaxSteps = 1000;  // far more than it takes
  require_values(values, "huber_location");
  double location = median(values);
  const double deviation = deviation_from(location, values);
  if (deviation == 0) return location;
  const double cut = kThreshold * deviation;
  for (int step = 0; step < kMaxSteps; ++step) {
    double sum = 0;
    for (const double value : values)
      sum += std::clamp(value - location, -cut, cut);
    const double move = sum / static_cast<double>(values.size());
    location += move;
    if (std::abs(move) <= kTolerance * deviation) break;
  }
  return location;
}

std::optional<Line> theil_sen_line(std::span<const double> x, std::span<const double> y) {
  require_points(x, y, "theil_sen_line");
  std::vector<double> slopes;
  for (std::size_t i = 0; i < x.size(); ++i)
    append_slopes(x, y, i, i + 1, slopes);
  if (slopes.empty()) return std::nullopt;
  return line_through(x, y, slopes);
}

std::optional<Line> repeated_median_line(std::span<const double> x, std::span<const double> y) {
  require_points(x, y, "repeated_median_line");
  std::vector<double> medians;
  std::vector<double> slopes;
  for (std::size_t i = 0; i < x.size(); ++i) {
    slopes.clear();
    append_slopes(x, y, i, 0, slopes);
    if (!slopes.empty()) medians.push_back(median_in_place(slopes));
  }
  if (medians.empty()) return std::nullopt;
  return line_through(x, y, medians);
}

}  // namespace ecnas::stats
