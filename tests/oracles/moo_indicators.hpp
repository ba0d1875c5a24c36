#pragma once
/// Indicators of fronts by what they mean rather than by their formulae, slowly.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "oracles/moo_naive.hpp"

namespace ecnas::moo::oracle {

/// Does some point of the front dominate or equal every one of the others?
inline bool attains_all(const std::vector<Objectives>& front,
                        const std::vector<Objectives>& others) {
  return std::ranges::all_of(others, [&](const Objectives& other) {
    return std::ranges::any_of(
        front, [&](const Objectives& point) { return nowhere_worse(point, other); });
  });
}

template <typename Change>
std::vector<Objectives> changed(const std::vector<Objectives>& front, Change change) {
  std::vector<Objectives> result;
  for (const Objectives& point : front) {
    std::vector<double> values;
    for (const double value : point)
      values.push_back(change(value));
    result.emplace_back(std::span<const double>(values));
  }
  return result;
}

/// Tries every ε that can be the answer, a difference of two values, for the least that suffices.
/// @pre differences are exact, and the front is not empty
inline double additive_epsilon(const std::vector<Objectives>& front,
                               const std::vector<Objectives>& reference) {
  double least = std::numeric_limits<double>::infinity();
  for (const Objectives& point : front) {
    for (const Objectives& target : reference) {
      for (std::size_t i = 0; i < target.size(); ++i) {
        const double candidate = point[i] - target[i];
        const auto moved = changed(front, [&](double value) { return value - candidate; });
        if (candidate < least && attains_all(moved, reference)) least = candidate;
      }
    }
  }
  return least;
}

/// The same with quotients. @pre quotients are exact
inline double multiplicative_epsilon(const std::vector<Objectives>& front,
                                     const std::vector<Objectives>& reference) {
  double least = std::numeric_limits<double>::infinity();
  for (const Objectives& point : front) {
    for (const Objectives& target : reference) {
      for (std::size_t i = 0; i < target.size(); ++i) {
        const double candidate = point[i] / target[i];
        const auto divided = changed(front, [&](double value) { return value / candidate; });
        if (candidate < least && attains_all(divided, reference)) least = candidate;
      }
    }
  }
  return least;
}

/// A point's distance from a target is the least way to anything that dominates or equals the
/// target: to the corner where each objective is the better of the two.
inline double igd_plus(const std::vector<Objectives>& front,
                       const std::vector<Objectives>& reference) {
  std::vector<double> distances;
  for (const Objectives& target : reference) {
    std::vector<double> ways;
    for (const Objectives& point : front) {
      double square = 0;
      for (std::size_t i = 0; i < target.size(); ++i)
        square += std::pow(point[i] - std::min(point[i], target[i]), 2);
      ways.push_back(std::sqrt(square));
    }
    distances.push_back(*std::ranges::min_element(ways));
  }
  double sum = 0;
  for (const double distance : distances)
    sum += distance;
  return sum / static_cast<double>(distances.size());
}

}  // namespace ecnas::moo::oracle
