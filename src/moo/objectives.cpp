#include "ecnas/moo/objectives.hpp"

#include <cmath>
#include <cstdint>

#include "ecnas/moo/staircase.hpp"
#include "moo/check.hpp"

namespace ecnas::moo {
namespace {

std::vector<std::size_t> non_dominated_planar(std::span<const Objectives> points) {
  Staircase front;
  std::vector<std::uint32_t> removed;
  for (std::size_t i = 0; i < points.size(); ++i) {
    front.insert({points[i][0], points[i][1], static_cast<std::uint32_t>(i)}, removed);
    removed.clear();
  }
  std::vector<std::size_t> positions;
  positions.reserve(front.size());
  for (const Staircase::Step& step : front)
    positions.push_back(step.id);
  std::ranges::sort(positions);
  return positions;
}

std::vector<std::size_t> non_dominated_general(std::span<const Objectives> points) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool attained = std::ranges::any_of(front, [&](std::size_t member) {
      const Dominance dominance = compare(points[member], points[i]);
      return dominance == Dominance::dominates || dominance == Dominance::equal;
    });
    if (attained) continue;
    std::erase_if(front, [&](std::size_t member) {
      return compare(points[i], points[member]) == Dominance::dominates;
    });
    front.push_back(i);
  }
  return front;
}

}  // namespace

Objectives::Objectives(std::span<const double> values) : size_(values.size()) {
  if (size_ > kMaxObjectives) {
    fail(ErrorCode::invalid_argument, "objectives: {} values; expected at most {}", size_,
         kMaxObjectives);
  }
  for (std::size_t i = 0; i < size_; ++i) {
    if (!std::isfinite(values[i])) {
      fail(ErrorCode::invalid_argument,
           "objectives: value {} is {}; expected a finite number, a failure is told as a Failure",
           i, values[i]);
    }
    values_[i] = values[i];
  }
}

Dominance compare(const Objectives& a, const Objectives& b) {
  ECNAS_ASSERT(a.size() == b.size());
  bool better = false;
  bool worse = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    better |= a[i] < b[i];
    worse |= a[i] > b[i];
  }
  if (better && worse) return Dominance::incomparable;
  if (better) return Dominance::dominates;
  return worse ? Dominance::dominated : Dominance::equal;
}

std::vector<std::size_t> non_dominated(std::span<const Objectives> points) {
  if (points.empty()) return {};
  require_one_size(points, "non_dominated");
  return points[0].size() == 2 ? non_dominated_planar(points) : non_dominated_general(points);
}

Bounds bounds_of(std::span<const Objectives> points) {
  ECNAS_ASSERT(!points.empty());
  require_one_size(points, "bounds_of");
  const std::size_t dimension = points[0].size();
  std::array<double, kMaxObjectives> least{};
  std::array<double, kMaxObjectives> greatest{};
  std::ranges::copy(points[0], least.begin());
  std::ranges::copy(points[0], greatest.begin());
  for (const Objectives& point : points) {
    for (std::size_t i = 0; i < dimension; ++i) {
      least[i] = std::min(least[i], point[i]);
      greatest[i] = std::max(greatest[i], point[i]);
    }
  }
  return {Objectives(std::span(least).first(dimension)),
          Objectives(std::span(greatest).first(dimension))};
}

Objectives normalised(const Objectives& point, const Bounds& bounds) {
  ECNAS_ASSERT(point.size() == bounds.ideal.size());
  std::array<double, kMaxObjectives> values{};
  for (std::size_t i = 0; i < point.size(); ++i) {
    const double extent = bounds.nadir[i] - bounds.ideal[i];
    values[i] = extent > 0 ? (point[i] - bounds.ideal[i]) / extent : 0.0;
  }
  return Objectives(std::span(values).first(point.size()));
}

}  // namespace ecnas::moo
