#include "ecnas/search/judge.hpp"

#include <algorithm>
#include <array>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/indicators.hpp"

namespace ecnas::search {
namespace {

constexpr std::size_t kMostWeights = 200;  // directions of R2

constexpr std::array<IndicatorInfo, 10> kIndicators = {{
    {Indicator::hypervolume_share, "hypervolume_share", "Share of hypervolume", true},
    {Indicator::hypervolume, "hypervolume", "Hypervolume", true},
    {Indicator::regret, "regret", "Hypervolume regret", false},
    {Indicator::igd_plus, "igd_plus", "IGD+", false},
    {Indicator::additive_epsilon, "additive_epsilon", "Additive ε", false},
    {Indicator::multiplicative_epsilon, "multiplicative_epsilon", "Multiplicative ε", false},
    {Indicator::r2, "r2", "R2", false},
    {Indicator::spread, "spread", "Spread", false},
    {Indicator::points_found, "points_found", "Exact points found", true},
    {Indicator::points_found_share, "points_found_share", "Share of exact points", true},
}};

bool all_positive(std::span<const moo::Objectives> points) {
  return std::ranges::all_of(points, [](const moo::Objectives& point) {
    return std::ranges::all_of(point, [](double value) { return value > 0; });
  });
}

/// The exact front, which a problem has unless constraints leave nothing.
std::vector<FrontPoint> expected_front(const Problem& problem) {
  std::vector<FrontPoint> front = exact_front(problem);
  if (front.empty()) {
    fail(ErrorCode::not_found,
         "{}: no solution keeps all constraints, so there is nothing to compare",
         problem.table().name());
  }
  return front;
}

}  // namespace

std::span<const IndicatorInfo> indicators() {
  return kIndicators;
}

const IndicatorInfo& info(Indicator indicator) {
  return kIndicators[static_cast<std::size_t>(indicator)];
}

Judge::Judge(const Problem& problem, moo::Objectives reference_point)
    : problem_(&problem),
      reference_point_(reference_point),
      exact_front_(expected_front(problem)),
      exact_points_(objectives_of(exact_front_)),
      bounds_(moo::bounds_of(exact_points_)),
      exact_normalised_(normalised(exact_points_)),
      share_(exact_points_),
      exact_hypervolume_(moo::hypervolume(exact_points_, reference_point)),
      weights_(moo::weights_for(reference_point.size(), kMostWeights)) {}

std::vector<moo::Objectives> Judge::truth(std::span<const FrontPoint> front) const {
  std::vector<moo::Objectives> points;
  points.reserve(front.size());
  for (const FrontPoint& point : front) {
    const Measurement measurement = problem_->measure(point.candidate);
    if (measurement.violation == 0) points.push_back(measurement.objectives);
  }
  return points;
}

std::vector<moo::Objectives> Judge::normalised(std::span<const moo::Objectives> points) const {
  std::vector<moo::Objectives> at;
  at.reserve(points.size());
  for (const moo::Objectives& point : points)
    at.push_back(moo::normalised(point, bounds_));
  return at;
}

std::optional<double> Judge::measure(Indicator indicator,
                                     std::span<const moo::Objectives> front) const {
  const std::size_t dimension = reference_point_.size();
  switch (indicator) {
    case Indicator::hypervolume_share:
      return share_(front);
    case Indicator::hypervolume:
      return moo::hypervolume(front, reference_point_);
    case Indicator::regret:
      return exact_hypervolume_ - moo::hypervolume(front, reference_point_);
    case Indicator::points_found:
      return static_cast<double>(moo::points_found(front, exact_points_));
    case Indicator::points_found_share:
      return static_cast<double>(moo::points_found(front, exact_points_)) /
             static_cast<double>(exact_points_.size());
    default:
      break;
  }
  if (front.empty()) return std::nullopt;
  switch (indicator) {
    case Indicator::igd_plus:
      return moo::igd_plus(normalised(front), exact_normalised_);
    case Indicator::additive_epsilon:
      return moo::additive_epsilon(normalised(front), exact_normalised_);
    case Indicator::multiplicative_epsilon:
      if (!all_positive(front) || !all_positive(exact_points_)) return std::nullopt;
      return moo::multiplicative_epsilon(front, exact_points_);
    case Indicator::r2:
      return moo::r2(normalised(front), weights_,
                     moo::Objectives(std::vector<double>(dimension, 0.0)));
    default:
      if (dimension < 2) return std::nullopt;
      return moo::spread(normalised(front), exact_normalised_);
  }
}

}  // namespace ecnas::search
