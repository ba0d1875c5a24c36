#include "surrogate/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>
#include <vector>

namespace ecnas::surrogate {
namespace {

struct Point {
  Eigen::VectorXd at;
  double value = 0;
  Eigen::VectorXd gradient;
};

Point evaluate(const Objective& objective, Eigen::VectorXd at) {
  Point point{std::move(at), 0, {}};
  point.gradient.setZero(point.at.size());
  point.value = objective(point.at, point.gradient);
  return point;
}

/// One step taken, and what it did to the gradient. Paper: s, y, ρ.
struct Step {
  Eigen::VectorXd move;
  Eigen::VectorXd turn;
  double inverse_product;
};

/// The gradient times the inverse Hessian that the steps suggest, downwards. [LiuNoc89], Alg. 2.1.
Eigen::VectorXd direction_from(const Eigen::VectorXd& gradient, const std::deque<Step>& steps) {
  Eigen::VectorXd direction = -gradient;
  if (steps.empty()) return direction / std::max(1.0, gradient.norm());
  std::vector<double> shares(steps.size());
  for (std::size_t i = steps.size(); i-- > 0;) {
    shares[i] = steps[i].inverse_product * steps[i].move.dot(direction);
    direction -= shares[i] * steps[i].turn;
  }
  const Step& last = steps.back();
  direction /= last.inverse_product * last.turn.squaredNorm();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double share = steps[i].inverse_product * steps[i].turn.dot(direction);
    direction += (shares[i] - share) * steps[i].move;
  }
  return direction;
}

/// A point that is lower in proportion to the step and less steep: the weak Wolfe conditions.
/// [LewOve13], Alg. 2.6. Absent if rounding leaves none.
std::optional<Point> search_line(const Objective& objective, const Point& from,
                                 const Eigen::VectorXd& direction) {
  constexpr double kDecrease = 1e-4;
  constexpr double kCurvature = 0.9;
  constexpr int kTrials = 30;
  const double slope = from.gradient.dot(direction);
  double shortest = 0;
  double longest = std::numeric_limits<double>::infinity();
  double length = 1;
  for (int trial = 0; trial < kTrials; ++trial) {
    Point point = evaluate(objective, from.at + length * direction);
    const bool is_lower = point.value <= from.value + kDecrease * length * slope;
    if (is_lower && point.gradient.dot(direction) >= kCurvature * slope) return point;
    (is_lower ? shortest : longest) = length;
    length = std::isinf(longest) ? 2 * shortest : (shortest + longest) / 2;
  }
  return std::nullopt;
}

}  // namespace

double minimise(const Objective& objective, Eigen::VectorXd& at, const LbfgsOptions& options) {
  Point point = evaluate(objective, at);
  std::deque<Step> steps;
  for (std::size_t iteration = 0; iteration < options.iterations; ++iteration) {
    if (point.gradient.norm() <= options.gradient_norm) break;
    const std::optional<Point> next =
        search_line(objective, point, direction_from(point.gradient, steps));
    if (!next) break;
    Step step{next->at - point.at, next->gradient - point.gradient, 0};
    step.inverse_product = 1 / step.move.dot(step.turn);
    const double change = point.value - next->value;
    point = *next;
    if (!(change > options.relative_change * std::abs(point.value))) break;
    if (steps.size() == options.memory) steps.pop_front();
    steps.push_back(std::move(step));
  }
  at = point.at;
  return point.value;
}

}  // namespace ecnas::surrogate
