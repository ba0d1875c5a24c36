#include "ecnas/moo/front.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "moo/check.hpp"

namespace ecnas::moo {
namespace {

constexpr std::array kDefinitions{KneeDefinition::bend_angle, KneeDefinition::chord_distance,
                                  KneeDefinition::curvature, KneeDefinition::hypervolume,
                                  KneeDefinition::ideal_distance};
constexpr std::array<std::string_view, kDefinitions.size()> kNames{
    "bend-angle", "chord-distance", "curvature", "hypervolume", "ideal-distance"};

/// Distinct non-dominated positions in order of the first objective.
std::vector<std::size_t> along_front(std::span<const Objectives> front) {
  std::vector<std::size_t> positions = non_dominated(front);
  std::ranges::sort(positions, {}, [&](std::size_t i) { return front[i][0]; });
  return positions;
}

/// How far a minimised front turns at a point: the slope angle towards its left neighbour less that
/// towards its right one. Positive where it bulges towards the ideal.
double bend_angle_at(const Objectives& left, const Objectives& point, const Objectives& right) {
  const double left_slope = std::atan2(left[1] - point[1], point[0] - left[0]);
  const double right_slope = std::atan2(point[1] - right[1], right[0] - point[0]);
  return left_slope - right_slope;
}

/// One over the radius of the circle through three points (Menger's curvature): four times the
/// triangle's area over the product of its sides. Positive where the front bulges towards the
/// ideal.
double curvature_at(const Objectives& left, const Objectives& point, const Objectives& right) {
  const auto side = [](const Objectives& a, const Objectives& b) {
    return std::hypot(a[0] - b[0], a[1] - b[1]);
  };
  const double twice_area =
      (right[0] - point[0]) * (left[1] - point[1]) - (left[0] - point[0]) * (right[1] - point[1]);
  return 2 * twice_area / (side(left, point) * side(point, right) * side(left, right));
}

/// What speaks for an inner point of a normalised front: the greatest is the knee.
double knee_score(KneeDefinition definition, const Objectives& left, const Objectives& point,
                  const Objectives& right) {
  switch (definition) {
    case KneeDefinition::bend_angle:
      return bend_angle_at(left, point, right);
    case KneeDefinition::chord_distance:
      return 1 - point[0] - point[1];  // √2 of them
    case KneeDefinition::curvature:
      return curvature_at(left, point, right);
    case KneeDefinition::hypervolume:
      return (1 - point[0]) * (1 - point[1]);
    case KneeDefinition::ideal_distance:
      break;
  }
  return -std::hypot(point[0], point[1]);
}

bool better_extreme(const Objectives& a, const Objectives& b, std::size_t objective) {
  if (a[objective] != b[objective]) return a[objective] < b[objective];
  return std::ranges::lexicographical_compare(a, b);
}

}  // namespace

std::span<const KneeDefinition> knee_definitions() {
  return kDefinitions;
}

std::string_view name(KneeDefinition definition) {
  return kNames[static_cast<std::size_t>(definition)];
}

std::optional<KneeDefinition> parse_knee_definition(std::string_view text) {
  for (const KneeDefinition definition : kDefinitions) {
    if (name(definition) == text) return definition;
  }
  return std::nullopt;
}

std::optional<std::size_t> knee(std::span<const Objectives> front, KneeDefinition definition) {
  require_size(front, 2, "knee");
  const std::vector<std::size_t> order = along_front(front);
  if (order.size() < 3) return std::nullopt;
  // Along a front the first objective grows and the second falls, so its ends are the bounds.
  const Objectives& first = front[order.front()];
  const Objectives& last = front[order.back()];
  const Bounds bounds{{first[0], last[1]}, {last[0], first[1]}};
  const auto point = [&](std::size_t i) { return normalised(front[order[i]], bounds); };

  std::size_t best = 0;
  double best_score = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i + 1 < order.size(); ++i) {
    const double score = knee_score(definition, point(i - 1), point(i), point(i + 1));
    if (score > best_score) {
      best_score = score;
      best = order[i];
    }
  }
  return best;
}

std::optional<double> knee_scatter(std::span<const Objectives> knees, const Bounds& bounds) {
  require_size(knees, bounds.ideal.size(), "knee_scatter");
  if (knees.empty()) return std::nullopt;
  const auto count = static_cast<double>(knees.size());
  std::array<double, kMaxObjectives> mean{};
  for (const Objectives& knee : knees) {
    const Objectives point = normalised(knee, bounds);
    for (std::size_t i = 0; i < point.size(); ++i)
      mean[i] += point[i] / count;
  }
  double sum = 0;
  for (const Objectives& knee : knees) {
    const Objectives point = normalised(knee, bounds);
    double square = 0;
    for (std::size_t i = 0; i < point.size(); ++i)
      square += (point[i] - mean[i]) * (point[i] - mean[i]);
    sum += std::sqrt(square);
  }
  return sum / count;
}

std::vector<std::size_t> extrema(std::span<const Objectives> front) {
  if (front.empty()) return {};
  require_one_size(front, "extrema");
  std::vector<std::size_t> positions(front[0].size(), 0);
  for (std::size_t objective = 0; objective < positions.size(); ++objective) {
    std::size_t& best = positions[objective];
    for (std::size_t i = 1; i < front.size(); ++i) {
      if (better_extreme(front[i], front[best], objective)) best = i;
    }
  }
  return positions;
}

}  // namespace ecnas::moo
