#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <functional>

namespace ecnas::surrogate {

struct LbfgsOptions {
  std::size_t iterations = 60;    ///< at most
  std::size_t memory = 10;        ///< steps that are remembered
  double gradient_norm = 1e-4;    ///< at which the search ends
  double relative_change = 1e-9;  ///< of the value in an iteration, at which the search ends
};

/// A smooth function. Writes its gradient (as long as `at`) and returns its value; infinity where
/// it has none.
using Objective = std::function<double(const Eigen::VectorXd& at, Eigen::VectorXd& gradient)>;

/// Goes down from `at`, where the function must be finite, towards a local minimum.
/// @param at  replaced by the best point found
/// @return    the function there; never more than it was
/// @source [LiuNoc89] two-loop recursion; [LewOve13] line search by bisection
double minimise(const Objective& objective, Eigen::VectorXd& at, const LbfgsOptions& options = {});

}  // namespace ecnas::surrogate
