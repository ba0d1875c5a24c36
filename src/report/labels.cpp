#include "report/labels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "ecnas/core/error.hpp"

namespace ecnas::report {
namespace {

constexpr int kDirections = 16;
constexpr std::array kGaps = {12.0, 20.0, 30.0,  44.0,
                              62.0, 86.0, 116.0, 154.0};  // pixels from point to box

// Costs of a place, against each other.
constexpr double kBeyondPlot = 1e9;
constexpr double kOverLabel = 1e6;
constexpr double kLeaderOverLabel = 1e5;
constexpr double kOverFront = 60;
constexpr double kOverCloud = 8;
constexpr double kLeaderOverFront = 15;
constexpr double kPerPixelOfGap = 0.4;

// The box whose nearest edge lies `gap` away from the point in the given direction.
Box box_towards(const Label& label, double angle, double gap) {
  const double x = std::cos(angle);
  const double y = std::sin(angle);
  return {
      {label.point.x + x * (gap + label.width / 2), label.point.y + y * (gap + label.height / 2)},
      label.width,
      label.height};
}

bool inside(const Box& box, const Surroundings& plot) {
  constexpr double kBorder = 3;
  return box.centre.x - box.width / 2 >= kBorder && box.centre.y - box.height / 2 >= kBorder &&
         box.centre.x + box.width / 2 <= plot.width - kBorder &&
         box.centre.y + box.height / 2 <= plot.height - kBorder;
}

double covered(const Box& box, std::span<const Pixel> places) {
  return static_cast<double>(std::count_if(places.begin(), places.end(),
                                           [&](Pixel place) { return contains(box, place); }));
}

double distance(Pixel a, Pixel b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

double distance_to_segment(Pixel place, Pixel begin, Pixel end) {
  const double dx = end.x - begin.x;
  const double dy = end.y - begin.y;
  const double squared = dx * dx + dy * dy;
  if (squared == 0) return distance(place, begin);
  const double along = ((place.x - begin.x) * dx + (place.y - begin.y) * dy) / squared;
  const double share = std::clamp(along, 0.0, 1.0);
  return distance(place, {begin.x + share * dx, begin.y + share * dy});
}

// Places of the front that the line from the mark to its label runs over, beyond the mark itself.
double crossed(Pixel mark, const Box& box, std::span<const Pixel> front) {
  constexpr double kNear = 3;
  constexpr double kMarkRadius = 9;
  const Pixel end = nearest_in(box, mark);
  return static_cast<double>(std::ranges::count_if(front, [&](Pixel place) {
    return distance(place, mark) > kMarkRadius && distance_to_segment(place, mark, end) < kNear;
  }));
}

// A label that has its place.
struct Placed {
  Pixel mark;
  Box box;
};

bool leader_runs_over(const Placed& label, const Box& box) {
  constexpr int kSteps = 64;
  const Pixel begin = label.mark;
  const Pixel end = nearest_in(label.box, begin);
  for (int i = 0; i <= kSteps; ++i) {
    const double share = static_cast<double>(i) / kSteps;
    if (contains(box, {begin.x + share * (end.x - begin.x), begin.y + share * (end.y - begin.y)})) {
      return true;
    }
  }
  return false;
}

// A place a label could have, with the cost of what it covers of the plot.
struct Candidate {
  Box box;
  double cost;
};

double cost_in_plot(const Label& label, const Box& box, double gap, const Surroundings& plot) {
  return kPerPixelOfGap * gap + (inside(box, plot) ? 0 : kBeyondPlot) +
         kOverFront * covered(box, plot.front) + kOverCloud * covered(box, plot.cloud) +
         kLeaderOverFront * crossed(label.point, box, plot.front);
}

double cost_among(const Placed& label, std::span<const Placed> taken) {
  double cost = 0;
  for (const Placed& other : taken) {
    if (overlap(label.box, other.box)) cost += kOverLabel;
    if (leader_runs_over(label, other.box)) cost += kLeaderOverLabel;
    if (leader_runs_over(other, label.box)) cost += kLeaderOverLabel;
  }
  return cost;
}

// A label that fits nowhere (longer than the plot is wide) is at least begun inside.
Box pushed_inside(Box box, const Surroundings& plot) {
  const auto held = [](double centre, double size, double length) {
    return std::clamp(centre, std::min(size / 2, length / 2),
                      std::max(length - size / 2, length / 2));
  };
  box.centre.x = held(box.centre.x, box.width, plot.width);
  box.centre.y = held(box.centre.y, box.height, plot.height);
  return box;
}

std::vector<Candidate> candidates_for(const Label& label, const Surroundings& plot) {
  std::vector<Candidate> candidates;
  for (const double gap : kGaps) {
    for (int direction = 0; direction < kDirections; ++direction) {
      const Box box = box_towards(label, 2 * std::numbers::pi * direction / kDirections, gap);
      candidates.push_back({pushed_inside(box, plot), cost_in_plot(label, box, gap, plot)});
    }
  }
  return candidates;
}

// Labels with their places in one order of placing, each where it costs least after the earlier.
struct Arrangement {
  std::vector<Placed> placed;
  double cost = 0;
};

Arrangement arranged(std::span<const Label> labels,
                     std::span<const std::vector<Candidate>> candidates,
                     std::span<const std::size_t> order) {
  Arrangement result;
  for (const std::size_t i : order) {
    Placed best{};
    double least = std::numeric_limits<double>::infinity();
    for (const Candidate& candidate : candidates[i]) {
      const Placed place{labels[i].point, candidate.box};
      const double cost = candidate.cost + cost_among(place, result.placed);
      if (cost < least) {
        least = cost;
        best = place;
      }
    }
    result.placed.push_back(best);
    result.cost += least;
  }
  return result;
}

}  // namespace

bool overlap(const Box& a, const Box& b) {
  return std::abs(a.centre.x - b.centre.x) * 2 < a.width + b.width &&
         std::abs(a.centre.y - b.centre.y) * 2 < a.height + b.height;
}

bool contains(const Box& box, Pixel place) {
  return std::abs(box.centre.x - place.x) * 2 < box.width &&
         std::abs(box.centre.y - place.y) * 2 < box.height;
}

Pixel nearest_in(const Box& box, Pixel place) {
  return {std::clamp(place.x, box.centre.x - box.width / 2, box.centre.x + box.width / 2),
          std::clamp(place.y, box.centre.y - box.height / 2, box.centre.y + box.height / 2)};
}

std::vector<Box> place_labels(std::span<const Label> labels, const Surroundings& surroundings) {
  ECNAS_ASSERT(labels.size() <= kMaxLabels);
  std::vector<std::vector<Candidate>> candidates;
  for (const Label& label : labels)
    candidates.push_back(candidates_for(label, surroundings));

  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<Box> boxes(labels.size());
  double least = std::numeric_limits<double>::infinity();
  do {
    const Arrangement arrangement = arranged(labels, candidates, order);
    if (arrangement.cost >= least) continue;
    least = arrangement.cost;
    for (std::size_t i = 0; i < order.size(); ++i)
      boxes[order[i]] = arrangement.placed[i].box;
  } while (std::ranges::next_permutation(order).found);
  return boxes;
}

}  // namespace ecnas::report
