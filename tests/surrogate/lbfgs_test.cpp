#include "surrogate/lbfgs.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ecnas::surrogate {
namespace {

using Eigen::VectorXd;

/// Narrow and curved; 0 at (1, …, 1).
double rosenbrock(const VectorXd& x, VectorXd& gradient) {
  gradient.setZero(x.size());
  double value = 0;
  for (Eigen::Index i = 0; i + 1 < x.size(); ++i) {
    const double valley = x[i + 1] - x[i] * x[i];
    value += 100 * valley * valley + (1 - x[i]) * (1 - x[i]);
    gradient[i] += -400 * valley * x[i] - 2 * (1 - x[i]);
    gradient[i + 1] += 200 * valley;
  }
  return value;
}

TEST(Lbfgs, FindsTheMinimumOfRosenbrocksFunction) {
  for (const Eigen::Index size : {2, 10}) {
    VectorXd x = VectorXd::Constant(size, -1.2);
    const double value = minimise(rosenbrock, x, {.iterations = 300, .gradient_norm = 1e-8});
    EXPECT_LT(value, 1e-14) << size;
    EXPECT_LT((x - VectorXd::Ones(size)).norm(), 1e-6) << size;
  }
}

TEST(Lbfgs, TakesFarFewerStepsThanSteepestDescentOnRosenbrocksFunction) {
  int calls = 0;
  VectorXd x(2);
  x << -1.2, 1;
  minimise(
      [&](const VectorXd& at, VectorXd& gradient) {
        ++calls;
        return rosenbrock(at, gradient);
      },
      x, {.iterations = 300, .gradient_norm = 1e-8});
  EXPECT_LT(calls, 100);  // steepest descent takes thousands
}

TEST(Lbfgs, TurnsBackFromWhereThereIsNoValue) {
  // x − ln x, which has values above 0 only; the first steps overshoot.
  const Objective barrier = [](const VectorXd& x, VectorXd& gradient) {
    if (x[0] <= 0) return std::numeric_limits<double>::infinity();
    gradient[0] = 1000 * (1 - 1 / x[0]);
    return 1000 * (x[0] - std::log(x[0]));
  };
  VectorXd x = VectorXd::Constant(1, 0.01);
  EXPECT_NEAR(minimise(barrier, x), 1000, 1e-6);
  EXPECT_NEAR(x[0], 1, 1e-4);
}

TEST(Lbfgs, NeverGoesUpAndStopsAtItsLimit) {
  double before = std::numeric_limits<double>::infinity();
  for (std::size_t iterations = 0; iterations < 30; ++iterations) {
    VectorXd x = VectorXd::Constant(5, 3);
    const double value = minimise(rosenbrock, x, {.iterations = iterations});
    VectorXd gradient;
    EXPECT_EQ(value, rosenbrock(x, gradient));
    EXPECT_TRUE(iterations == 0 || value < before) << iterations;
    before = value;
  }
}

TEST(Lbfgs, LeavesAMinimumWhereItIs) {
  VectorXd x = VectorXd::Ones(4);
  EXPECT_EQ(minimise(rosenbrock, x), 0);
  EXPECT_EQ(x, VectorXd::Ones(4));
}

}  // namespace
}  // namespace ecnas::surrogate
