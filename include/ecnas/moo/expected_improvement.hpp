#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/moo/objectives.hpp"

namespace ecnas::moo {

/// What is believed of one objective of a solution before it is evaluated. A deviation of 0: known.
class Belief {
 public:
  /// Normal. @pre deviation ≥ 0
  [[nodiscard]] static Belief normal(double mean, double deviation) {
    return {mean, deviation, false};
  }
  /// Its logarithm is normal, with this deviation; the mean is the value's own.
  /// @pre mean > 0, log_deviation ≥ 0
  [[nodiscard]] static Belief log_normal(double mean, double log_deviation) {
    return {mean, log_deviation, true};
  }

  /// E[max(0, bound − value)]: how far it is expected to fall below a bound. Grows with the bound
  /// and with the deviation.
  [[nodiscard]] double expected_shortfall(double bound) const;

  /// P(value ≤ bound).
  [[nodiscard]] double probability_within(double bound) const;

  [[nodiscard]] double mean() const { return mean_; }

 private:
  Belief(double mean, double deviation, bool is_log)
      : mean_(mean), deviation_(deviation), is_log_(is_log) {}

  double mean_;
  double deviation_;
  bool is_log_;
};

/// Expected hypervolume improvement of solutions that are not evaluated yet, exact for independent
/// objectives in any number: the region that no point of the front dominates is cut into boxes
/// once; each solution is then a sum over boxes of products of expected shortfalls.
/// @source [Emmerich11], in the form of expected shortfalls;
/// docs/algorithms/expected-improvement.md
class ExpectedImprovement {
 public:
  /// @param front      (n), any order; dominated points allowed
  /// @param reference  points not strictly below it do not count
  /// @throws Error{invalid_argument} if sizes differ or the reference has no objectives
  /// @complexity two objectives: O(n log n) time, a box more than members of the front; k: at most
  /// O(nᵏ⁻¹) boxes, each in O(log n) or so
  ExpectedImprovement(std::span<const Objectives> front, const Objectives& reference);

  /// Grows with each belief's deviation, the gained volume being convex in each objective; so the
  /// volume at the means is a lower bound.
  /// @param beliefs  (k), independent
  /// @return ≥ 0, in the product of the objectives' units
  /// @complexity O(k n) shortfalls, then O(k) a box
  [[nodiscard]] double operator()(std::span<const Belief> beliefs) const;

  /// Into how many the region is cut.
  [[nodiscard]] std::size_t boxes() const { return corners_.size() / (2 * levels_.size()); }

 private:
  void slice(std::vector<Objectives> members, std::size_t objective,
             std::vector<std::uint32_t>& box);

  std::vector<std::vector<double>> levels_;  // (k): −∞, then coordinates of the front, reference
  std::vector<std::uint32_t> corners_;       // (boxes, k, 2): lower and upper level of each side
};

}  // namespace ecnas::moo
