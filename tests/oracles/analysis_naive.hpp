#pragma once
/// Analyses as their definitions say, in quadratic time.

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::analysis::oracle {

/// Position of the cell of at least this accuracy that costs least, then is most accurate, then
/// comes first.
inline std::size_t cheapest(std::span<const double> costs, std::span<const double> accuracies,
                            double least_accuracy) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (std::isnan(costs[i]) || std::isnan(accuracies[i]) || accuracies[i] < least_accuracy)
      continue;
    if (!best || std::pair(costs[i], -accuracies[i]) < std::pair(costs[*best], -accuracies[*best]))
      best = i;
  }
  return best.value();
}

/// Whether no cell is as cheap and as accurate, and better in one.
inline bool on_front(std::span<const double> costs, std::span<const double> accuracies,
                     std::size_t i) {
  for (std::size_t j = 0; j < costs.size(); ++j) {
    if (std::isnan(costs[j]) || std::isnan(accuracies[j])) continue;
    if (costs[j] <= costs[i] && accuracies[j] >= accuracies[i] &&
        (costs[j] < costs[i] || accuracies[j] > accuracies[i]))
      return false;
  }
  return true;
}

/// Excess cost by accuracy of the front's points, most accurate first.
inline std::vector<double> regrets(std::span<const double> costs, std::span<const double> proxies,
                                   std::span<const double> accuracies) {
  std::vector<double> levels;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (!std::isnan(costs[i]) && on_front(costs, accuracies, i)) levels.push_back(accuracies[i]);
  }
  std::ranges::sort(levels, std::greater<>());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  std::vector<double> result;
  for (const double level : levels) {
    result.push_back(costs[cheapest(proxies, accuracies, level)] /
                         costs[cheapest(costs, accuracies, level)] -
                     1);
  }
  return result;
}

/// Edges on the longest way from a vertex to the output, by walking all ways.
inline double longest_way(const space::Cell& cell, unsigned from) {
  double longest = from + 1 == cell.vertices() ? 0 : -INFINITY;
  for (unsigned to = from + 1; to < cell.vertices(); ++to) {
    if (cell.has_edge(from, to)) longest = std::max(longest, 1 + longest_way(cell, to));
  }
  return longest;
}

/// Least squares by orthogonalising the columns one after another (modified Gram–Schmidt).
/// @param columns  independent, (n) each
struct LeastSquares {
  std::vector<double> coefficients;
  double r2;
};
inline LeastSquares least_squares(const std::vector<std::vector<double>>& columns,
                                  const std::vector<double>& y) {
  using Vector = std::vector<long double>;
  const std::size_t n = y.size(), k = columns.size();
  const auto dot = [](const Vector& a, const Vector& b) {
    long double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      sum += a[i] * b[i];
    return sum;
  };
  std::vector<Vector> q;
  std::vector<std::vector<long double>> r(k, std::vector<long double>(k));
  for (std::size_t j = 0; j < k; ++j) {
    Vector column(columns[j].begin(), columns[j].end());
    for (std::size_t i = 0; i < j; ++i) {
      r[i][j] = dot(q[i], column) / dot(q[i], q[i]);
      for (std::size_t row = 0; row < n; ++row)
        column[row] -= r[i][j] * q[i][row];
    }
    q.push_back(column);
  }
  Vector residual(y.begin(), y.end());
  Vector projected(k);
  for (std::size_t j = 0; j < k; ++j) {
    projected[j] = dot(q[j], residual) / dot(q[j], q[j]);
    for (std::size_t row = 0; row < n; ++row)
      residual[row] -= projected[j] * q[j][row];
  }
  LeastSquares result{.coefficients = std::vector<double>(k), .r2 = 0};
  for (std::size_t j = k; j-- > 0;) {
    for (std::size_t i = j + 1; i < k; ++i)
      projected[j] -= r[j][i] * projected[i];
    result.coefficients[j] = static_cast<double>(projected[j]);
  }
  long double mean = 0, total = 0;
  for (const double value : y)
    mean += value / static_cast<long double>(n);
  for (const double value : y)
    total += (value - mean) * (value - mean);
  result.r2 = static_cast<double>(1 - dot(residual, residual) / total);
  return result;
}

/// Middle of the sorted values, the mean of two.
inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

/// The score of a reading by every other device's, from tables of logarithms (cells, devices) with
/// NaN for no reading; 0 where fewer than two others tell.
inline double outlier_score(const std::vector<std::vector<double>>& logs, std::size_t cell,
                            std::size_t device) {
  std::vector<double> scores;
  for (std::size_t other = 0; other < logs[cell].size(); ++other) {
    if (other == device || std::isnan(logs[cell][other] + logs[cell][device])) continue;
    std::vector<double> differences;
    for (const std::vector<double>& row : logs) {
      if (!std::isnan(row[device] + row[other])) differences.push_back(row[device] - row[other]);
    }
    const double centre = median(differences);
    std::vector<double> distances;
    for (const double difference : differences)
      distances.push_back(std::abs(difference - centre));
    const double deviation = std::max(0.02, median(distances) / 0.6744897501960817);
    scores.push_back((logs[cell][device] - logs[cell][other] - centre) / deviation);
  }
  if (scores.size() < 2) return 0;
  std::ranges::sort(scores);
  const double low = scores[(scores.size() - 1) / 2], high = scores[scores.size() / 2];
  if (low * high <= 0) return 0;
  return low > 0 ? low : high;
}

}  // namespace ecnas::analysis::oracle
