#include "ecnas/surrogate/learning_curve.hpp"

#include <algorithm>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/surrogate/evaluate.hpp"

namespace ecnas::surrogate {

std::vector<LearningPoint> learning_curve(const Observations& observations,
                                          const LearningCurveOptions& options) {
  expect_fittable(observations);
  if (observations.epochs.size() != 1) {
    fail(ErrorCode::invalid_argument, "{}: a learning curve takes one budget, not {}; choose one",
         observations.source, observations.epochs.size());
  }
  std::vector<std::size_t> training;
  std::vector<std::size_t> test;
  for (std::size_t i = 0; i < observations.cells.size(); ++i) {
    const bool held_out = fold_of(observations.cells[i], kTestShare, options.seed) == 0;
    (held_out ? test : training).push_back(i);
  }
  const Observations judged = at_rows(observations, test);
  std::vector<std::size_t> sizes;
  for (const std::size_t size : options.sizes) {
    if (size < training.size()) sizes.push_back(size);
  }
  sizes.push_back(training.size());
  std::vector<LearningPoint> points;
  double done = 0;
  for (const std::size_t size : sizes) {
    for (std::size_t repetition = 0; repetition < options.repetitions; ++repetition) {
      Rng rng = Rng::stream(options.seed, size * 1000 + repetition);
      std::vector<std::size_t> order = training;
      rng.shuffle(std::span(order));
      order.resize(size);
      std::sort(order.begin(), order.end());
      SurrogateFitOptions fit = options.fit;
      fit.seed = options.seed + repetition;
      const Observations source = at_rows(observations, order);
      const FittedSurrogate fitted = fit_surrogate(std::span(&source, 1), fit);
      const std::vector<std::vector<Prediction>> predictions =
          predictions_for(judged, fitted.surrogate, fit.threads);
      points.push_back({size, repetition, evaluate(judged, 0, predictions.front()).all});
      done += 1.0 / static_cast<double>(sizes.size() * options.repetitions);
      if (options.progress) options.progress(std::min(done, 1.0));
    }
  }
  return points;
}

}  // namespace ecnas::surrogate
