#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "ecnas/surrogate/evaluate.hpp"
#include "ecnas/surrogate/fit.hpp"

namespace ecnas::surrogate {

/// One cell in so many is kept out of all fits of a learning curve and judged.
inline constexpr std::size_t kTestShare = 5;

struct LearningCurveOptions {
  std::vector<std::size_t> sizes = {100,  200,  500,   1000,
                                    2000, 5000, 10'000};  ///< and all there are
  std::size_t repetitions = 10;  ///< draws of training cells and initialisations a size
  std::uint64_t seed = 1;
  SurrogateFitOptions fit;               ///< its seed is set here
  std::function<void(double)> progress;  ///< 0 … 1; may be empty
};

/// One fit of a learning curve.
struct LearningPoint {
  std::size_t training_cells;
  std::size_t repetition;  ///< from 0
  Scores scores;           ///< of the test cells, the same for all points
};

/// Fits on more and more cells and judges each fit by the same cells, which no fit sees: the
/// published figure 2, right.
/// @throws Error{invalid_data} as `expect_fittable`; Error{invalid_argument} unless there is one
/// budget
[[nodiscard]] std::vector<LearningPoint> learning_curve(const Observations& observations,
                                                        const LearningCurveOptions& options);

}  // namespace ecnas::surrogate
