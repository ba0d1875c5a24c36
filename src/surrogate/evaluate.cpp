#include "ecnas/surrogate/evaluate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ecnas/core/error.hpp"

namespace ecnas::surrogate {
namespace {

/// Where ranges of accuracy begin.
constexpr std::array<double, 6> kAccuracies = {0, 0.5, 0.8, 0.9, 0.93, 0.94};
constexpr double kDiverged = 0.2;
constexpr std::int32_t kEnoughToConverge = 36;

struct Pair {
  double observed;
  Prediction prediction;
  unsigned vertices;
};

Scores score(std::span<const Pair> pairs) {
  std::vector<double> observed;
  std::vector<double> predicted;
  Scores scores;
  std::size_t covered = 0;
  for (const Pair& pair : pairs) {
    observed.push_back(pair.observed);
    predicted.push_back(pair.prediction.value);
    scores.bias += pair.prediction.value - pair.observed;
    covered += pair.prediction.lower90 <= pair.observed && pair.observed <= pair.prediction.upper90
                   ? 1U
                   : 0U;
  }
  const auto count = static_cast<double>(pairs.size());
  scores.regression = stats::regression_scores(observed, predicted);
  scores.coverage90 = static_cast<double>(covered) / count;
  scores.bias /= count;
  return scores;
}

template <typename Keep>
std::vector<Pair> those(std::span<const Pair> pairs, const Keep& keep) {
  std::vector<Pair> kept;
  std::copy_if(pairs.begin(), pairs.end(), std::back_inserter(kept), keep);
  return kept;
}

std::vector<Pair> best_percent(std::vector<Pair> pairs) {
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.observed > b.observed; });
  pairs.resize(std::min(pairs.size(), std::max<std::size_t>(20, pairs.size() / 100)));
  return pairs;
}

void add_accuracy_scores(std::span<const Pair> pairs, std::int32_t epochs, Evaluation& evaluation) {
  for (std::size_t i = 0; i < kAccuracies.size(); ++i) {
    const double from = kAccuracies[i];
    const double to = i + 1 < kAccuracies.size() ? kAccuracies[i + 1] : 2;
    const std::vector<Pair> within =
        those(pairs, [&](const Pair& pair) { return from <= pair.observed && pair.observed < to; });
    if (!within.empty()) evaluation.by_accuracy[from] = score(within);
  }
  evaluation.best_percent = score(best_percent({pairs.begin(), pairs.end()}));
  if (epochs < kEnoughToConverge) return;
  const std::vector<Pair> converged =
      those(pairs, [](const Pair& pair) { return pair.observed >= kDiverged; });
  evaluation.diverged = pairs.size() - converged.size();
  if (!converged.empty()) evaluation.converged = score(converged);
}

/// What predictions are multiplied by to include the observations' PUE.
double pue_factor(const Observations& observations, const SurrogateInfo& info) {
  if (observations.target != Target::energy_kwh) return 1;
  if (!observations.pue || !info.pue) {
    if (observations.pue == info.pue) return 1;
    fail(ErrorCode::invalid_argument,
         "{} states {} PUE, the model {} {}; say what the data include with --data-pue",
         observations.source, observations.pue ? "a" : "no", info.name,
         info.pue ? "does" : "does not");
  }
  return *observations.pue / *info.pue;
}

}  // namespace

Evaluation evaluate(const Observations& observations, std::size_t budget,
                    std::span<const Prediction> predictions) {
  ECNAS_ASSERT(predictions.size() == observations.cells.size());
  std::vector<Pair> pairs;
  std::map<unsigned, std::vector<Pair>> by_vertices;
  Evaluation evaluation;
  for (std::size_t i = 0; i < observations.cells.size(); ++i) {
    const double observed = observations.value(i, budget);
    if (std::isnan(observed) || std::isnan(predictions[i].value)) continue;
    const unsigned vertices = observations.cells[i].vertices();
    pairs.push_back({observed, predictions[i], vertices});
    by_vertices[vertices].push_back(pairs.back());
    evaluation.out_of_range += predictions[i].out_of_range ? 1U : 0U;
  }
  if (pairs.empty()) {
    fail(ErrorCode::invalid_data, "{}: no {} at {} epochs", observations.source,
         name(observations.target), observations.epochs[budget]);
  }
  evaluation.all = score(pairs);
  for (const auto& [vertices, some] : by_vertices)
    evaluation.by_vertices[vertices] = score(some);
  if (is_accuracy(observations.target))
    add_accuracy_scores(pairs, observations.epochs[budget], evaluation);
  return evaluation;
}

std::vector<std::vector<Prediction>> predictions_for(const Observations& observations,
                                                     const Surrogate& model, unsigned threads) {
  if (model.info().target != observations.target) {
    fail(ErrorCode::not_found, "model {} predicts {}, not {}", model.info().name,
         name(model.info().target), name(observations.target));
  }
  const double factor = pue_factor(observations, model.info());
  std::vector<std::vector<Prediction>> result;
  for (const std::int32_t epochs : observations.epochs) {
    result.push_back(model.predict(observations.cells, epochs, threads));
    for (Prediction& prediction : result.back()) {
      prediction.value *= factor;
      prediction.lower90 *= factor;
      prediction.upper90 *= factor;
    }
  }
  return result;
}

}  // namespace ecnas::surrogate
