#include "ecnas/surrogate/coverage.hpp"

#include <algorithm>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/stats/calibration.hpp"

namespace ecnas::surrogate {

PredictedShares predicted_shares(const Observations& observations, std::size_t budget,
                                 std::span<const Prediction> predictions) {
  ECNAS_ASSERT(predictions.size() == observations.cells.size());
  const auto linked = [&](double value) { return link(observations.target, value); };
  std::vector<stats::IntervalOutcome> outcomes;
  std::vector<std::size_t> groups;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const double observed = observations.value(i, budget);
    const Prediction& prediction = predictions[i];
    if (std::isnan(observed) || std::isnan(prediction.value)) continue;
    if (!std::isfinite(prediction.upper90)) {
      fail(ErrorCode::invalid_argument, "{}: a prediction without an interval; none can be judged",
           observations.source);
    }
    outcomes.push_back({linked(observed), linked(prediction.value), linked(prediction.lower90),
                        linked(prediction.upper90)});
    groups.push_back(vertex_group(observations.cells[i].vertices()));
  }
  if (outcomes.empty()) {
    fail(ErrorCode::invalid_data, "{}: no {} at {} epochs", observations.source,
         name(observations.target), observations.epochs[budget]);
  }
  constexpr double kPromised = 0.9;
  PredictedShares shares;
  shares.all = stats::probability_integrals(outcomes, kPromised);
  for (std::size_t i = 0; i < groups.size(); ++i)
    shares.by_vertices[groups[i]].push_back(shares.all[i]);
  return shares;
}

}  // namespace ecnas::surrogate
