#pragma once
/// A figure of made-up solutions, for the tests.

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/report/figure.hpp"

namespace ecnas::testing {

/// The points that no other point dominates, by comparing all pairs.
inline std::vector<report::ScatterPoint> front_of(const std::vector<report::ScatterPoint>& points) {
  std::vector<report::ScatterPoint> front;
  for (const report::ScatterPoint& a : points) {
    bool dominated = false;
    for (const report::ScatterPoint& b : points) {
      dominated |= b.x <= a.x && b.y <= a.y && (b.x < a.x || b.y < a.y);
    }
    if (!dominated) front.push_back(a);
  }
  return front;
}

/// `count` solutions at four budgets: energies over three decades, errors that fall with energy.
inline std::vector<report::ScatterPoint> example_points(std::size_t count) {
  Rng rng(7);
  std::vector<report::ScatterPoint> points;
  for (std::size_t i = 0; i < count; ++i) {
    const auto group = static_cast<std::int32_t>(rng.below(4));
    const double energy = 0.005 * std::pow(3, group) * std::exp(rng.uniform() * 2);
    points.push_back({energy, 0.05 + 0.02 / (energy + 0.03) * (0.5 + rng.uniform()), group});
  }
  return points;
}

/// A complete figure; its front is made of the points themselves when they are few.
inline report::FrontFigure example_figure(std::size_t count = 300) {
  report::FrontFigure figure;
  figure.title = "Example table";
  figure.subtitle = "made-up solutions";
  figure.x_axis = {"Training energy", "kWh", report::Scale::automatic,
                   report::ProvenanceCounts{1, 3, 0}};
  figure.y_axis = {"Validation error", "", report::Scale::linear, {}};
  figure.group_title = "Epochs";
  figure.groups = {"4", "12", "36", "108"};
  figure.points = example_points(count);
  figure.front = front_of(
      {figure.points.begin(),
       figure.points.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, 1000))});
  std::size_t least_x = 0;
  std::size_t least_y = 0;
  for (std::size_t i = 0; i < figure.front.size(); ++i) {
    if (figure.front[i].x < figure.front[least_x].x) least_x = i;
    if (figure.front[i].y < figure.front[least_y].y) least_y = i;
  }
  figure.extrema = {least_x, least_y};
  for (std::size_t i = 0; i < figure.front.size() && !figure.knee; ++i) {
    if (i != least_x && i != least_y) figure.knee = i;
  }
  figure.hypervolume = report::HypervolumeNote{1.25, {1.5, 1}};
  return figure;
}

}  // namespace ecnas::testing
