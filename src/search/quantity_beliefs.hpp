#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/moo/expected_improvement.hpp"
#include "search/observed.hpp"
#include "search/response_model.hpp"

namespace ecnas::search {

/// How a Gaussian process sees a quantity.
enum class QuantityScale : std::uint8_t { as_is, logarithms };

/// What is known beforehand of one quantity: values that it is about proportional to, positive.
struct QuantityGuesses {
  std::vector<double> from;  ///< (n): of what is learnt from
  std::vector<double> at;    ///< (candidates)
};

/// What is believed of one quantity of the candidates of a step: known, or a Gaussian process's
/// prediction. Hyperparameters are kept from step to step.
class QuantityBeliefs {
 public:
  /// @param values  (candidates)
  void know(std::vector<double> values);

  /// @param from    (n)
  /// @param values  (n), in any unit
  /// @param at      (candidates)
  /// @param scale   logarithms where all values are positive, else the values anyhow
  /// @param guesses with logarithms: what is learnt are the values relative to them
  /// @complexity O(n³ / 3 + n · candidates · d), and what `ResponseModel::fit` says
  void learn(const ResponseInputs& from, const Eigen::VectorXd& values, const ResponseInputs& at,
             QuantityScale scale = QuantityScale::as_is,
             std::optional<QuantityGuesses> guesses = std::nullopt);

  /// Normal, or its logarithm is. @complexity O(n²) the first time
  [[nodiscard]] moo::Belief operator()(std::size_t candidate);
  /// The same with a deviation that is greater or equal. @complexity O(1)
  [[nodiscard]] moo::Belief with_deviation_bound(std::size_t candidate) const;

 private:
  [[nodiscard]] moo::Belief belief(Eigen::Index candidate, double deviation) const;

  ResponseModel model_;
  std::optional<ResponseModel::Prediction> prediction_;
  std::vector<std::optional<double>> deviations_;  // (candidates), those computed
  QuantityScale scale_ = QuantityScale::as_is;
  std::vector<double> known_;
  std::vector<double> guesses_;  // (candidates); empty: none
};

/// Of the candidates of a step, the probability to keep the constraints: a Gaussian process for
/// each that is about what is measured, over logarithms; the domain keeps the others. @source
/// [Schonlau98]
class Feasibility {
 public:
  explicit Feasibility(std::span<const Constraint> constraints);

  /// @param from  inputs of the entries at `positions`
  void learn(const Observed& observed, std::span<const std::size_t> positions,
             const ResponseInputs& from, const ResponseInputs& at);

  /// 1 without constraints. @complexity O(n²) a constraint the first time
  [[nodiscard]] double operator()(std::size_t candidate);

 private:
  struct Measured {
    std::size_t position;  // among all constraints
    double at_most;
    QuantityBeliefs beliefs;
  };
  std::vector<Measured> constraints_;
};

/// Position of a greatest value, where values are dear and upper bounds of them are cheap: only
/// values whose bounds exceed the best so far are computed.
/// @param bounds  (n), at least one
[[nodiscard]] std::size_t argmax(std::span<const double> bounds,
                                 const std::function<double(std::size_t)>& value);

}  // namespace ecnas::search
