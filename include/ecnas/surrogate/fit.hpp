#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ecnas/surrogate/observations.hpp"
#include "ecnas/surrogate/surrogate.hpp"

namespace ecnas::surrogate {

/// One family in a model, and how much it counts in the average.
struct MemberOptions {
  Family family = Family::trees;
  double weight = 1;
  std::size_t members = 0;  ///< networks or bags; 0: the family's default
  std::size_t epochs = 0;   ///< of networks; 0: the family's default
};

struct SurrogateFitOptions {
  std::string name = "model";
  std::string description;                  ///< one line: what was fitted on what
  std::vector<std::string> devices;         ///< whose energy or time it is
  std::vector<MemberOptions> members;       ///< empty: `default_members` of the target
  std::vector<std::int32_t> scaled_epochs;  ///< further budgets, the one observed scaled linearly
  std::size_t folds = 5;                    ///< of the cross-validation that calibrates; 2 … 20
  std::uint64_t seed = 1;
  unsigned threads = 1;                  ///< 0: one per core; the result does not depend on it
  std::function<void(double)> progress;  ///< 0 … 1; may be empty
};

/// The members that cross-validation chose (docs/decisions/0007-surrogate-models.md).
[[nodiscard]] std::vector<MemberOptions> default_members(Target target);

/// Which part of a cross-validation a cell is in. By its hash, so that no labelling of a cell is
/// ever trained on while another is judged.
[[nodiscard]] std::size_t fold_of(const space::Cell& cell, std::size_t folds, std::uint64_t seed);

/// Predictions of each cell of a source by a model that was fitted without it.
struct OutOfFold {
  /// By budget of the first source: (n). NaN for a cell that did not join the cells fitted on.
  std::vector<std::vector<Prediction>> predictions;
};

struct FittedSurrogate {
  Surrogate surrogate;
  std::vector<OutOfFold> out_of_fold;  ///< one a source, of its cells in its order
  std::vector<Surrogate> derived;      ///< of the same regressors, see `fit_surrogate`
};

/// Fits a model in three steps: regressors on each part of a cross-validation; from what they say
/// of the cells left out, the curve and the intervals; regressors on all cells.
///
/// @param sources  the first is what is predicted: its budgets, its PUE, its kind. Further ones
/// (of other kinds or campaigns, at the same budgets) join the cells fitted on, converted: energies
/// by their PUE alone, and only for cells of as many vertices as fewer than 20 of the first's have;
/// anything else by the median shift of the cells in both, in the link's scale.
/// Where the first source's accuracies are of kind `sample` and a further source's of kind `mean`,
/// a second surrogate predicts means: the first's curve less the sources' shift, with intervals of
/// the further source's own residuals. With `test_accuracies` a third predicts those: the second's
/// curve through the one that leads from measured validation to measured test accuracies.
/// @param test_accuracies  of kind `mean`, of cells that a further source has; may be null
/// @throws Error{invalid_data} as `expect_fittable`, or if a source shares fewer than 10 cells with
/// the first
/// @complexity folds + 1 fits
[[nodiscard]] FittedSurrogate fit_surrogate(std::span<const Observations> sources,
                                            const SurrogateFitOptions& options,
                                            const Observations* test_accuracies = nullptr);

/// The cross-validation alone, a result a source: each fold's curve and intervals come from the
/// other folds, so that scores and coverage are those of a model that knows nothing of the cell.
[[nodiscard]] std::vector<OutOfFold> cross_validate(std::span<const Observations> sources,
                                                    const SurrogateFitOptions& options);

}  // namespace ecnas::surrogate
