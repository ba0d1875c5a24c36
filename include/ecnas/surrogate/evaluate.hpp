#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "ecnas/stats/regression.hpp"
#include "ecnas/surrogate/observations.hpp"
#include "ecnas/surrogate/surrogate.hpp"

namespace ecnas::surrogate {

/// How predictions agree with observations.
struct Scores {
  stats::RegressionScores regression;  ///< in the target's unit
  double coverage90 = 0;               ///< share of observations within their interval
  double bias = 0;                     ///< mean of predicted − observed
};

/// Scores of one budget, or of all together.
struct Evaluation {
  Scores all;
  std::size_t out_of_range = 0;  ///< predictions that the model marks
  std::map<unsigned, Scores> by_vertices;
  /// Accuracies only: by observed accuracy, from the key up to the next; of the 1 % of cells (20 at
  /// least) with the best observed; without trainings that diverged (below 0.2 at 36 epochs or
  /// more), and how many did. @{
  std::map<double, Scores> by_accuracy;
  std::optional<Scores> best_percent;
  std::optional<Scores> converged;
  std::size_t diverged = 0;
  /// @}
};

/// One budget's observations against predictions of the same cells.
/// @param predictions  (n), aligned with `observations.cells`; cells whose value is NaN are left
/// out
/// @throws Error{invalid_data} if nothing was observed at the budget
[[nodiscard]] Evaluation evaluate(const Observations& observations, std::size_t budget,
                                  std::span<const Prediction> predictions);

/// Predictions of a model for every budget of the observations, energies at the observations' PUE.
/// @return (budgets) of (n)
/// @throws Error{not_found} if the model lacks the target or a budget; Error{invalid_argument} if
/// only one of the two states a PUE
[[nodiscard]] std::vector<std::vector<Prediction>> predictions_for(const Observations& observations,
                                                                   const Surrogate& model,
                                                                   unsigned threads);

}  // namespace ecnas::surrogate
