#include "ecnas/moo/indicators.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "ecnas/moo/front.hpp"
#include "moo/check.hpp"

namespace ecnas::moo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void require_reference(std::span<const Objectives> front,
                       std::span<const Objectives> reference_front, std::string_view caller) {
  if (reference_front.empty()) {
    fail(ErrorCode::invalid_argument, "{}: the reference front is empty; expected at least a point",
         caller);
  }
  require_one_size(reference_front, caller);
  require_size(front, reference_front[0].size(), caller);
}

/// The least cost of any point of the front for a target; infinite for an empty front.
template <typename Cost>
double least(std::span<const Objectives> front, Cost cost) {
  double least = kInfinity;
  for (const Objectives& point : front)
    least = std::min(least, cost(point));
  return least;
}

/// Square of the distance by which `point` falls short of `target`.
double squared_shortfall(const Objectives& point, const Objectives& target) {
  double sum = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const double worse = std::max(0.0, point[i] - target[i]);
    sum += worse * worse;
  }
  return sum;
}

/// Does `a` dominate or equal `b`?
bool attains(const Objectives& a, const Objectives& b) {
  const Dominance dominance = compare(a, b);
  return dominance == Dominance::dominates || dominance == Dominance::equal;
}

double squared_distance(const Objectives& a, const Objectives& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// The greatest over the reference front of the least over the front of the greatest
/// `difference(point[i], target[i])` over the objectives.
template <typename Difference>
double epsilon(std::span<const Objectives> front, std::span<const Objectives> reference_front,
               Difference difference) {
  double epsilon = -kInfinity;
  for (const Objectives& target : reference_front) {
    const double needed = least(front, [&](const Objectives& point) {
      double greatest = -kInfinity;
      for (std::size_t i = 0; i < target.size(); ++i)
        greatest = std::max(greatest, difference(point[i], target[i]));
      return greatest;
    });
    epsilon = std::max(epsilon, needed);
  }
  return epsilon;
}

void require_positive(std::span<const Objectives> points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (const double value : points[i]) {
      if (value > 0) continue;
      fail(ErrorCode::invalid_argument,
           "multiplicative_epsilon: point {} has a value of {}; expected positive values, or use "
           "additive_epsilon",
           i, value);
    }
  }
}

/// @throws Error{invalid_argument} if the point is better than ideal in an objective
Objectives from_ideal(const Objectives& point, const Objectives& ideal) {
  std::array<double, kMaxObjectives> values{};
  for (std::size_t i = 0; i < ideal.size(); ++i) {
    if (point[i] < ideal[i]) {
      fail(ErrorCode::invalid_argument,
           "r2: objective {} of a point is {}, below the ideal's {}; expected an ideal point that "
           "no point is below",
           i, point[i], ideal[i]);
    }
    values[i] = point[i] - ideal[i];
  }
  return Objectives(std::span(values).first(ideal.size()));
}

/// For each point the distance to the nearest other one. @pre at least two points
std::vector<double> gaps_of(std::span<const Objectives> points) {
  std::vector<double> squares(points.size(), kInfinity);
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double square = squared_distance(points[i], points[j]);
      squares[i] = std::min(squares[i], square);
      squares[j] = std::min(squares[j], square);
    }
  }
  for (double& square : squares)
    square = std::sqrt(square);
  return squares;
}

std::vector<Objectives> sorted(std::span<const Objectives> points) {
  std::vector<Objectives> result(points.begin(), points.end());
  std::ranges::sort(result, std::ranges::lexicographical_compare);
  return result;
}

}  // namespace

double igd_plus(std::span<const Objectives> front, std::span<const Objectives> reference_front) {
  require_reference(front, reference_front, "igd_plus");
  double sum = 0;
  for (const Objectives& target : reference_front) {
    sum += std::sqrt(
        least(front, [&](const Objectives& point) { return squared_shortfall(point, target); }));
  }
  return sum / static_cast<double>(reference_front.size());
}

double additive_epsilon(std::span<const Objectives> front,
                        std::span<const Objectives> reference_front) {
  require_reference(front, reference_front, "additive_epsilon");
  return epsilon(front, reference_front, [](double own, double target) { return own - target; });
}

double multiplicative_epsilon(std::span<const Objectives> front,
                              std::span<const Objectives> reference_front) {
  require_reference(front, reference_front, "multiplicative_epsilon");
  require_positive(front);
  require_positive(reference_front);
  return epsilon(front, reference_front, [](double own, double target) { return own / target; });
}

double r2(std::span<const Objectives> front, std::span<const Weights> weights,
          const Objectives& ideal) {
  if (weights.empty()) fail(ErrorCode::invalid_argument, "r2: no weights; expected at least one");
  require_size(front, ideal.size(), "r2");
  std::vector<Objectives> distances;
  distances.reserve(front.size());
  for (const Objectives& point : front)
    distances.push_back(from_ideal(point, ideal));
  double sum = 0;
  for (const Weights& weight : weights) {
    sum += least(distances, [&](const Objectives& point) { return tchebycheff(point, weight); });
  }
  return sum / static_cast<double>(weights.size());
}

double spread(std::span<const Objectives> front, std::span<const Objectives> reference_front) {
  require_reference(front, reference_front, "spread");
  if (reference_front[0].size() < 2) {
    fail(ErrorCode::invalid_argument, "spread: one objective; expected two or more");
  }
  if (front.empty()) return kInfinity;
  std::vector<Objectives> points;
  for (const std::size_t i : non_dominated(front))
    points.push_back(front[i]);

  double missed = 0;  // Σ d(e)
  for (const std::size_t end : extrema(reference_front)) {
    missed += std::sqrt(least(points, [&](const Objectives& point) {
      return squared_distance(point, reference_front[end]);
    }));
  }
  if (points.size() == 1) return missed > 0 ? 1 : 0;
  const std::vector<double> gaps = gaps_of(points);
  double total = 0;
  for (const double gap : gaps)
    total += gap;
  const double mean = total / static_cast<double>(gaps.size());
  double deviation = 0;
  for (const double gap : gaps)
    deviation += std::abs(gap - mean);
  return (missed + deviation) / (missed + total);
}

double coverage(std::span<const Objectives> a, std::span<const Objectives> b) {
  if (b.empty()) return 1;
  require_one_size(b, "coverage");
  require_size(a, b[0].size(), "coverage");
  const auto covered = std::ranges::count_if(b, [&](const Objectives& point) {
    return std::ranges::any_of(a, [&](const Objectives& other) { return attains(other, point); });
  });
  return static_cast<double>(covered) / static_cast<double>(b.size());
}

std::size_t points_found(std::span<const Objectives> front,
                         std::span<const Objectives> exact_front) {
  if (!exact_front.empty()) {
    require_one_size(exact_front, "points_found");
    require_size(front, exact_front[0].size(), "points_found");
  }
  const std::vector<Objectives> exact = sorted(exact_front);
  std::vector<bool> found(exact.size(), false);  // of equal points the first
  for (const Objectives& point : front) {
    const auto at = std::ranges::lower_bound(exact, point, std::ranges::lexicographical_compare);
    if (at == exact.end() || *at != point) continue;
    found[static_cast<std::size_t>(at - exact.begin())] = true;
  }
  return static_cast<std::size_t>(std::ranges::count(found, true));
}

}  // namespace ecnas::moo
