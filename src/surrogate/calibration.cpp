#include "surrogate/calibration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/stats/conformal.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::surrogate {
namespace {

constexpr std::size_t kEnoughForKnots = 2000;
constexpr std::size_t kEnoughForGroup = 100;
constexpr double kOneSided = 0.95;

/// Shares of the points, ordered by score, between which a knot lies.
constexpr std::array<double, 17> kKnotShares = {0,   0.01, 0.02, 0.05, 0.1,  0.2,  0.3,  0.4, 0.5,
                                                0.6, 0.7,  0.8,  0.9,  0.95, 0.98, 0.99, 1};

/// Pool adjacent violators: the non-decreasing values closest to the given ones.
/// @source [Barlow72], chapter 1
void make_increasing(std::vector<double>& values, const std::vector<double>& weights) {
  struct Block {
    double value;
    double weight;
    std::size_t count;
  };
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < values.size(); ++i) {
    blocks.push_back({values[i], weights[i], 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].value > blocks.back().value) {
      const Block last = blocks.back();
      blocks.pop_back();
      Block& before = blocks.back();
      before.value =
          (before.value * before.weight + last.value * last.weight) / (before.weight + last.weight);
      before.weight += last.weight;
      before.count += last.count;
    }
  }
  std::size_t at = 0;
  for (const Block& block : blocks) {
    for (std::size_t i = 0; i < block.count; ++i)
      values[at++] = block.value;
  }
}

/// Strictly ascending, so that the curve keeps the order of scores.
void separate(std::vector<double>& values) {
  const double least = 1e-6 * std::max(1e-6, values.back() - values.front());
  for (std::size_t i = 1; i < values.size(); ++i)
    values[i] = std::max(values[i], values[i - 1] + least);
}

Curve line_through(std::span<const CalibrationPoint> points) {
  std::vector<double> scores;
  std::vector<double> observed;
  for (const CalibrationPoint& point : points) {
    scores.push_back(point.score);
    observed.push_back(point.observed);
  }
  const double centre = stats::mean(scores);
  double along = 0;
  double squares = 0;
  const double level = stats::huber_location(observed);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    along += (scores[i] - centre) * (observed[i] - level);
    squares += (scores[i] - centre) * (scores[i] - centre);
  }
  const double slope = squares > 0 ? std::max(along / squares, 1e-6) : 1e-6;
  std::vector<double> rest;
  for (std::size_t i = 0; i < scores.size(); ++i)
    rest.push_back(observed[i] - slope * scores[i]);
  const double intercept = stats::huber_location(rest);
  return {{-1, 1}, {intercept - slope, intercept + slope}};
}

Curve knots_through(std::vector<CalibrationPoint> points) {
  std::stable_sort(points.begin(), points.end(),
                   [](const auto& a, const auto& b) { return a.score < b.score; });
  Curve curve;
  std::vector<double> weights;
  const auto place = [&](double share) {
    return static_cast<std::size_t>(share * static_cast<double>(points.size()));
  };
  for (std::size_t knot = 0; knot + 1 < kKnotShares.size(); ++knot) {
    std::vector<double> scores;
    std::vector<double> observed;
    for (std::size_t i = place(kKnotShares[knot]); i < place(kKnotShares[knot + 1]); ++i) {
      scores.push_back(points[i].score);
      observed.push_back(points[i].observed);
    }
    curve.x.push_back(stats::mean(scores));
    curve.y.push_back(stats::huber_location(observed));
    weights.push_back(static_cast<double>(scores.size()));
  }
  make_increasing(curve.y, weights);
  separate(curve.x);
  separate(curve.y);
  return curve;
}

}  // namespace

Curve fit_curve(std::span<const CalibrationPoint> points, CurveKind kind) {
  ECNAS_ASSERT(points.size() >= 2);
  if (kind == CurveKind::line || points.size() < kEnoughForKnots) return line_through(points);
  return knots_through({points.begin(), points.end()});
}

void widen(Output& output, std::span<const CalibrationPoint> points) {
  std::array<std::vector<double>, kVertexGroups> below;
  std::array<std::vector<double>, kVertexGroups> above;
  for (const CalibrationPoint& point : points) {
    const double residual = point.observed - output.curve(point.score);
    below[point.group].push_back(std::max(0.0, -residual));
    above[point.group].push_back(std::max(0.0, residual));
  }
  for (std::size_t group = 0; group < kVertexGroups; ++group) {
    if (below[group].size() < kEnoughForGroup) continue;
    output.lower_width[group] = stats::conformal_half_width(below[group], kOneSided);
    output.upper_width[group] = stats::conformal_half_width(above[group], kOneSided);
  }
}

Output calibrate(std::span<const CalibrationPoint> points, CurveKind kind) {
  Output output;
  output.curve = fit_curve(points, kind);
  std::vector<double> below;
  std::vector<double> above;
  for (const CalibrationPoint& point : points) {
    const double residual = point.observed - output.curve(point.score);
    below.push_back(std::max(0.0, -residual));
    above.push_back(std::max(0.0, residual));
  }
  const auto width = [](const std::vector<double>& residuals) {
    const double promised = stats::conformal_half_width(residuals, kOneSided);
    // Too few points to promise anything: the largest residual seen.
    return std::isfinite(promised) ? promised
                                   : *std::max_element(residuals.begin(), residuals.end());
  };
  output.lower_width.fill(width(below));
  output.upper_width.fill(width(above));
  widen(output, points);
  return output;
}

}  // namespace ecnas::surrogate
