#include "ecnas/surrogate/fit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

#include "ecnas/stats/correlation.hpp"
#include "ecnas/surrogate/evaluate.hpp"
#include "ecnas/surrogate/learning_curve.hpp"
#include "ecnas/surrogate/model_file.hpp"
#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;
using testing::made_up_energies;
using testing::made_up_observations;
using testing::same_bits;
using testing::some_cells;

SurrogateFitOptions options_with(Family family, std::size_t epochs = 0) {
  return {.members = {{.family = family, .members = 1, .epochs = epochs}}, .folds = 4, .seed = 1};
}

std::vector<double> values_of(const std::vector<Prediction>& predictions) {
  std::vector<double> values;
  for (const Prediction& prediction : predictions)
    values.push_back(prediction.value);
  return values;
}

TEST(FoldOf, PutsAllLabellingsOfACellIntoOneOfFoldsAboutEquallyLarge) {
  constexpr std::size_t kFolds = 5;
  std::array<std::size_t, kFolds> sizes{};
  std::size_t moved = 0;
  for (const space::Cell& cell : space::Space::shared(5).cells()) {
    const std::size_t fold = fold_of(cell, kFolds, 7);
    ASSERT_LT(fold, kFolds);
    ++sizes[fold];
    for (const space::Cell& labelling : space::oracle::relabellings(cell))
      ASSERT_EQ(fold_of(labelling, kFolds, 7), fold) << to_text(labelling);
    moved += fold_of(cell, kFolds, 8) != fold ? 1U : 0U;
  }
  for (const std::size_t size : sizes)
    EXPECT_NEAR(static_cast<double>(size), 2532.0 / kFolds, 100);  // five deviations
  EXPECT_NEAR(static_cast<double>(moved), 2532 * 0.8, 100);        // the seed draws other folds
}

TEST(FitSurrogate, LearnsAndItsIntervalsHold90PercentOfCellsLeftOut) {
  const Observations seen = made_up_energies(some_cells(2000, 1), 0.05, 1);
  const FittedSurrogate fitted = fit_surrogate(std::span(&seen, 1), options_with(Family::ridge));
  const Evaluation left_out = evaluate(seen, 0, fitted.out_of_fold.front().predictions.front());
  EXPECT_GT(left_out.all.regression.kendall_tau.value(), 0.9);
  EXPECT_GT(left_out.all.coverage90, 0.88);
  EXPECT_LT(left_out.all.coverage90, 0.92);
  const SurrogateInfo& info = fitted.surrogate.info();
  EXPECT_EQ(info.target, Target::energy_kwh);
  EXPECT_EQ(info.pue, 1.0);
  EXPECT_EQ(info.epochs, std::vector<std::int32_t>{4});
  EXPECT_EQ(info.cells, 2000U);
  EXPECT_TRUE(fitted.derived.empty());

  const Observations unseen = made_up_energies(some_cells(600, 99), 0.05, 2);
  const Evaluation fresh =
      evaluate(unseen, 0, predictions_for(unseen, fitted.surrogate, 1).front());
  EXPECT_GT(fresh.all.coverage90, 0.87);
  EXPECT_LT(fresh.all.coverage90, 0.93);
}

TEST(FitSurrogate, WhatIsLeftOutWasNotMemorised) {
  // Values of chance alone: whoever has seen a cell's knows it, nobody else can.
  Rng rng(2);
  const Observations chance =
      made_up_observations(Target::training_time_s, some_cells(240, 2), {108},
                           [&](const space::Cell&, int) { return std::exp(0.3 * rng.normal()); });
  SurrogateFitOptions options = options_with(Family::mlp, 250);
  options.folds = 2;
  const FittedSurrogate fitted = fit_surrogate(std::span(&chance, 1), options);
  const std::vector<double> remembered = values_of(fitted.surrogate.predict(chance.cells, 108));
  EXPECT_GT(stats::spearman_rho(chance.values, remembered).value(), 0.9);
  const std::vector<double> left_out = values_of(fitted.out_of_fold.front().predictions.front());
  // Three deviations of a correlation that is 0: 3 / √239.
  EXPECT_LT(std::abs(stats::spearman_rho(chance.values, left_out).value()), 0.2);
}

/// The values of the cells in one fold multiplied.
Observations distorted(Observations observations, std::size_t fold,
                       const SurrogateFitOptions& options) {
  for (std::size_t i = 0; i < observations.cells.size(); ++i) {
    if (fold_of(observations.cells[i], options.folds, options.seed) == fold)
      observations.values[i] *= 1 + static_cast<double>(i % 7);
  }
  return observations;
}

/// Energies of cells of 6 and 7 vertices and of 15 small ones; a second campaign, of another PUE,
/// of other labellings of those 15, of 45 further small ones, and of large ones.
std::array<Observations, 2> two_campaigns(double noise) {
  std::vector<space::Cell> first;
  for (const space::Cell& cell : some_cells(300, 3)) {
    if (cell.vertices() >= 6) first.push_back(cell);
  }
  const std::vector<space::Cell> small = some_cells(60, 4, 5);
  first.insert(first.end(), small.begin(), small.begin() + 15);
  std::vector<space::Cell> second = testing::relabelled(small, 5);
  for (const space::Cell& cell : some_cells(40, 6)) {
    if (cell.vertices() >= 6) second.push_back(cell);
  }
  std::array<Observations, 2> sources = {made_up_energies(first, noise, 7),
                                         made_up_energies(second, noise, 8)};
  sources[1].pue = 1.59;
  for (double& value : sources[1].values)
    value *= 1.59;
  return sources;
}

/// Of the cells of one fold that joined.
std::vector<double> values_in_fold(const Observations& source, const OutOfFold& predictions,
                                   std::size_t fold, const SurrogateFitOptions& options) {
  std::vector<double> values;
  for (std::size_t i = 0; i < source.cells.size(); ++i) {
    const double value = predictions.predictions.front()[i].value;
    const bool is_in = fold_of(source.cells[i], options.folds, options.seed) == fold;
    if (is_in && !std::isnan(value)) values.push_back(value);
  }
  return values;
}

TEST(CrossValidate, AFoldsOwnValuesDoNotChangeTheOrderOfItsPredictions) {
  // Regressors have not seen them. The curve has, but indirectly: it comes from other folds' cells,
  // whose scores are of regressors that were fitted on this one's. It keeps the order of scores.
  const std::array<Observations, 2> sources = two_campaigns(0.05);
  const SurrogateFitOptions options = options_with(Family::ridge);
  const std::vector<OutOfFold> plain = cross_validate(sources, options);
  for (std::size_t fold = 0; fold < options.folds; ++fold) {
    const std::array<Observations, 2> changed = {distorted(sources[0], fold, options),
                                                 distorted(sources[1], fold, options)};
    const std::vector<OutOfFold> result = cross_validate(changed, options);
    for (std::size_t source = 0; source < 2; ++source) {
      const auto order = [&](std::size_t of) {
        return stats::kendall_tau_b(values_in_fold(sources[source], plain[source], of, options),
                                    values_in_fold(sources[source], result[source], of, options))
            .value();
      };
      EXPECT_EQ(order(fold), 1) << "source " << source;
      if (source == 0) {
        EXPECT_LT(order((fold + 1) % options.folds), 1);
      }
    }
  }
}

TEST(CrossValidate, GivesASourcePredictionsAsItWouldHaveMeasured) {
  const std::array<Observations, 2> sources = two_campaigns(0.01);
  const std::vector<OutOfFold> results = cross_validate(sources, options_with(Family::ridge));
  ASSERT_EQ(results.size(), 2U);
  for (std::size_t source = 0; source < 2; ++source) {
    const std::vector<Prediction>& predictions = results[source].predictions.front();
    const Observations& observed = sources[source];
    ASSERT_EQ(predictions.size(), observed.cells.size());
    double bias = 0;
    double count = 0;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      // Of the second campaign large cells do not join: the first has enough of its own.
      const bool joined = source == 0 || observed.cells[i].vertices() <= 5;
      ASSERT_EQ(std::isnan(predictions[i].value), !joined) << to_text(observed.cells[i]);
      if (!joined) continue;
      bias += std::log(predictions[i].value / observed.values[i]);
      count += 1;
    }
    EXPECT_NEAR(bias / count, 0, 0.02) << source;
  }
}

TEST(CrossValidate, TakesOfAFurtherSourceTheBudgetsOfTheFirst) {
  const std::array<Observations, 2> sources = two_campaigns(0.01);
  std::array<Observations, 2> wider = sources;
  Observations& second = wider[1];  // at twice as many epochs as well
  second.epochs.push_back(2 * second.epochs.front());
  second.values.clear();
  second.repeats.clear();
  for (const double value : sources[1].values) {
    second.values.insert(second.values.end(), {value, 3 * value});
    second.repeats.insert(second.repeats.end(), {1, 1});
  }
  const SurrogateFitOptions options = options_with(Family::ridge);
  const std::vector<OutOfFold> expected = cross_validate(sources, options);
  const std::vector<OutOfFold> results = cross_validate(wider, options);
  for (std::size_t source = 0; source < 2; ++source) {
    ASSERT_EQ(results[source].predictions.size(), 1U);
    EXPECT_TRUE(
        same_bits(results[source].predictions.front(), expected[source].predictions.front()));
  }
  std::swap(wider[0], wider[1]);
  expect_error(ErrorCode::invalid_data, "no energy_kwh at 8 epochs; there are 4",
               [&] { (void)cross_validate(wider, options); });
}

// Each part's regressors learn in a unit of their own, whose origin moves with the cells in it.
TEST(CrossValidate, PredictsEveryPartInTheSameUnit) {
  const Observations seen = made_up_energies(some_cells(60, 12), 0, 12);
  SurrogateFitOptions options = options_with(Family::ridge);
  options.folds = 2;
  const std::vector<OutOfFold> results = cross_validate(std::span(&seen, 1), options);
  double error = 0;
  for (std::size_t i = 0; i < seen.cells.size(); ++i)
    error += std::abs(std::log(results[0].predictions[0][i].value / seen.values[i]));
  EXPECT_LT(error / 60, 0.09);  // 0.055; 0.14 if each part had a unit of its own
}

TEST(CrossValidate, GivesTheOutOfFoldPredictionsOfTheFit) {
  const Observations seen = made_up_energies(some_cells(120, 6), 0.05, 6);
  const SurrogateFitOptions options = options_with(Family::ridge);
  const std::vector<OutOfFold> alone = cross_validate(std::span(&seen, 1), options);
  const FittedSurrogate fitted = fit_surrogate(std::span(&seen, 1), options);
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_TRUE(
      same_bits(alone[0].predictions.front(), fitted.out_of_fold.front().predictions.front()));
}

TEST(FitSurrogate, SameSeedSameBytesOnAnyNumberOfThreads) {
  const Observations seen = made_up_energies(some_cells(60, 7), 0.05, 7);
  SurrogateFitOptions options = options_with(Family::ridge);
  options.folds = 2;
  options.members.push_back({.family = Family::trees, .weight = 2, .members = 1});
  options.members.push_back({.family = Family::mlp, .epochs = 3});
  options.members.push_back({.family = Family::graph, .members = 1, .epochs = 1});
  const auto bytes = [&](unsigned threads, std::uint64_t seed) {
    options.threads = threads;
    options.seed = seed;
    ModelFile file;
    file.add(fit_surrogate(std::span(&seen, 1), options).surrogate);
    return file.bytes();
  };
  const std::vector<std::byte> one = bytes(1, 1);
  EXPECT_EQ(bytes(2, 1), one);
  EXPECT_NE(bytes(1, 2), one);
}

TEST(FitSurrogate, TellsOfProgressUpTo1) {
  const Observations seen = made_up_energies(some_cells(60, 8), 0.05, 8);
  SurrogateFitOptions options = options_with(Family::ridge);
  double last = 0;
  options.progress = [&](double done) {
    EXPECT_GE(done, last);
    last = done;
  };
  (void)fit_surrogate(std::span(&seen, 1), options);
  EXPECT_DOUBLE_EQ(last, 1);
}

TEST(FitSurrogate, ScalesToFurtherBudgets) {
  const Observations seen = made_up_energies(some_cells(60, 9), 0.05, 9);
  SurrogateFitOptions options = options_with(Family::ridge);
  options.scaled_epochs = {108, 2, 4, 2};
  const Surrogate scaled = fit_surrogate(std::span(&seen, 1), options).surrogate;
  EXPECT_EQ(scaled.info().epochs, (std::vector<std::int32_t>{2, 4, 108}));
  EXPECT_EQ(scaled.info().scaled_from, 4);
  EXPECT_EQ(scaled.outputs().size(), 1U);
  const Prediction at_4 = scaled.predict(seen.cells, 4).front();
  EXPECT_NEAR(scaled.predict(seen.cells, 108).front().value, 27 * at_4.value, 1e-12);
  EXPECT_NEAR(scaled.predict(seen.cells, 2).front().value, at_4.value / 2, 1e-12);
}

TEST(FitSurrogate, TakesFurtherEnergiesByTheirPueWhereTheFirstHasFewCells) {
  const std::array<Observations, 2> sources = two_campaigns(0.01);
  const Surrogate fitted = fit_surrogate(sources, options_with(Family::ridge)).surrogate;
  EXPECT_EQ(fitted.info().pue, 1.0);
  EXPECT_EQ(fitted.info().cells, sources[0].cells.size() + 45);
  const std::vector<Prediction> predictions = fitted.predict(sources[1].cells, 4);
  double bias = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    bias += std::log(predictions[i].value * 1.59 / sources[1].values[i]) / 60;
    EXPECT_FALSE(predictions[i].out_of_range);
  }
  EXPECT_NEAR(bias, 0, 0.02);
}

/// Validation accuracies of one repeat, means that are shifted against them, and test accuracies
/// that follow the means.
struct Accuracies {
  std::array<Observations, 2> sources;
  Observations tests;

  static constexpr double kShift = 0.15;  // of samples above means, in the link's scale
  static double linked(const space::Cell& cell, std::int32_t epochs) {
    return (epochs == 4 ? 1.2 : 2.2) + 0.2 * testing::size_of_network(cell);
  }
  static double linked_test(double validation) { return 0.9 * validation - 0.05; }

  Accuracies() {
    Rng rng(12);
    const std::vector<space::Cell> cells = some_cells(500, 12);
    const auto accuracies = [&](Target target, std::size_t count, double noise,
                                const auto& transform) {
      return made_up_observations(
          target, {cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(count)}, {4, 108},
          [&](const space::Cell& cell, std::int32_t epochs) {
            return inverse_link(target, transform(linked(cell, epochs)) + noise * rng.normal());
          });
    };
    const auto shifted = [](double linked) { return linked + kShift; };
    const auto same = [](double linked) { return linked; };
    sources = {accuracies(Target::validation_accuracy, 500, 0.1, shifted),
               accuracies(Target::validation_accuracy, 400, 0.03, same)};
    sources[0].kind = AccuracyKind::sample;
    tests = accuracies(Target::test_accuracy, 300, 0.03, linked_test);
  }
};

TEST(FitSurrogate, DerivesMeansAndTestAccuraciesOfTheSameRegressors) {
  const Accuracies made_up;
  const FittedSurrogate fitted =
      fit_surrogate(made_up.sources, options_with(Family::ridge), &made_up.tests);
  ASSERT_EQ(fitted.derived.size(), 2U);
  const Surrogate& means = fitted.derived[0];
  const Surrogate& tests = fitted.derived[1];
  EXPECT_EQ(fitted.surrogate.info().kind, AccuracyKind::sample);
  EXPECT_EQ(means.info().kind, AccuracyKind::mean);
  EXPECT_EQ(means.info().target, Target::validation_accuracy);
  EXPECT_EQ(tests.info().kind, AccuracyKind::mean);
  EXPECT_EQ(tests.info().target, Target::test_accuracy);
  EXPECT_EQ(tests.members()[0].regressor, fitted.surrogate.members()[0].regressor);

  const std::vector<space::Cell> unseen = some_cells(300, 13);
  for (const std::int32_t epochs : {4, 108}) {
    const auto bias = [&](const Surrogate& surrogate, const auto& expected) {
      double sum = 0;
      const std::vector<Prediction> predictions = surrogate.predict(unseen, epochs);
      for (std::size_t i = 0; i < unseen.size(); ++i) {
        sum += link(surrogate.info().target, predictions[i].value) -
               expected(Accuracies::linked(unseen[i], epochs));
      }
      return sum / static_cast<double>(unseen.size());
    };
    const auto as_sample = [](double linked) { return linked + Accuracies::kShift; };
    EXPECT_NEAR(bias(fitted.surrogate, as_sample), 0, 0.03) << epochs;
    EXPECT_NEAR(bias(means, [](double linked) { return linked; }), 0, 0.03) << epochs;
    EXPECT_NEAR(bias(tests, Accuracies::linked_test), 0, 0.03) << epochs;
  }
  // Means scatter less than samples: of cells of 7 vertices there are enough to say so.
  EXPECT_LT(means.outputs()[0].upper_width[3], 0.7 * fitted.surrogate.outputs()[0].upper_width[3]);
  EXPECT_LT(tests.outputs()[1].lower_width[3], 0.7 * fitted.surrogate.outputs()[1].lower_width[3]);
}

TEST(DefaultMembers, AreThoseThatTheDecisionNames) {
  EXPECT_EQ(default_members(Target::energy_kwh).front().family, Family::gaussian_process);
  EXPECT_EQ(default_members(Target::training_time_s).front().family, Family::trees);
  EXPECT_EQ(default_members(Target::validation_accuracy).front().family, Family::graph);
}

TEST(FitSurrogate, RefusesWhatCannotBeFitted) {
  const std::array<Observations, 2> sources = {made_up_energies(some_cells(40, 15, 5), 0.05, 15),
                                               made_up_energies(some_cells(40, 16, 7), 0.05, 16)};
  const auto refuses = [](ErrorCode code, const std::string& what,
                          std::span<const Observations> some, const SurrogateFitOptions& options,
                          const Observations* tests = nullptr) {
    expect_error(code, what, [&] { (void)fit_surrogate(some, options, tests); });
    if (tests == nullptr) expect_error(code, what, [&] { (void)cross_validate(some, options); });
  };
  const std::span<const Observations> first(sources.data(), 1);
  SurrogateFitOptions options = options_with(Family::ridge);
  refuses(ErrorCode::invalid_argument, "no observations", {}, options);
  refuses(ErrorCode::invalid_argument, "predicting test accuracies takes validation accuracies",
          first, options, &sources[1]);
  for (const std::size_t folds : {0U, 1U, 21U}) {
    options.folds = folds;
    refuses(ErrorCode::invalid_argument, "2 to 20 are possible", first, options);
  }
  options = options_with(Family::ridge);

  std::array<Observations, 2> changed = sources;
  changed[1].values[3] = -1;
  refuses(ErrorCode::invalid_data, "expected a positive number", changed, options);
  changed = sources;
  changed[1].pue = std::nullopt;  // so it is converted by what both measured, which is too little
  refuses(ErrorCode::invalid_data, "converting its values takes 10 at least", changed, options);
  changed = sources;
  changed[1].epochs = {12};
  refuses(ErrorCode::invalid_data, "no energy_kwh at 4 epochs; there are 12", changed, options);
  changed = sources;
  changed[1].target = Target::training_time_s;
  refuses(ErrorCode::invalid_argument, "holds training_time_s, not energy_kwh", changed, options);
  const Accuracies accuracies;
  options.scaled_epochs = {12};
  refuses(ErrorCode::invalid_argument, "takes observations of one budget, not 2",
          accuracies.sources, options);
  options.scaled_epochs = {};
  Observations few = accuracies.tests;
  few.cells = some_cells(few.cells.size(), 17, 6);
  refuses(ErrorCode::invalid_data, "of its cells have a validation accuracy", accuracies.sources,
          options, &few);
}

// --- Learning curve ------------------------------------------------------------------------------

LearningCurveOptions curve_options() {
  LearningCurveOptions options;
  options.sizes = {30, 100, 5000};
  options.repetitions = 3;
  options.fit = options_with(Family::ridge);
  options.fit.folds = 2;
  return options;
}

TEST(LearningCurve, JudgesEveryFitByTheSameCellsAndGetsBetterWithMore) {
  const Observations all = made_up_energies(some_cells(500, 18), 0.02, 18);
  const std::vector<LearningPoint> points = learning_curve(all, curve_options());
  ASSERT_EQ(points.size(), 9U);
  std::size_t held_out = 0;
  for (const space::Cell& cell : all.cells)
    held_out += fold_of(cell, kTestShare, 1) == 0 ? 1U : 0U;
  std::map<std::size_t, double> errors;
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].repetition, i % 3);
    EXPECT_EQ(points[i].scores.regression.n, held_out);
    errors[points[i].training_cells] += points[i].scores.regression.mae;
  }
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_EQ(errors.rbegin()->first, 500 - held_out);  // all there are
  EXPECT_GT(errors[30], 1.3 * errors[100]);
  EXPECT_GT(errors[100], errors.rbegin()->second);
}

TEST(LearningCurve, SameSeedSamePointsOnAnyNumberOfThreads) {
  const Observations all = made_up_energies(some_cells(150, 19), 0.02, 19);
  LearningCurveOptions options = curve_options();
  double last = 0;
  options.progress = [&](double done) { last = done; };
  const std::vector<LearningPoint> one = learning_curve(all, options);
  EXPECT_NEAR(last, 1, 1e-12);
  options.fit.threads = 2;
  const std::vector<LearningPoint> two = learning_curve(all, options);
  ASSERT_EQ(two.size(), one.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(two[i].training_cells, one[i].training_cells);
    EXPECT_EQ(two[i].scores.regression.mae, one[i].scores.regression.mae);
    EXPECT_EQ(two[i].scores.coverage90, one[i].scores.coverage90);
  }
  // Each repetition draws other cells.
  EXPECT_NE(one[0].scores.regression.mae, one[1].scores.regression.mae);
}

TEST(LearningCurve, RefusesSeveralBudgetsAndTooFewCells) {
  const Accuracies accuracies;
  expect_error(ErrorCode::invalid_argument, "a learning curve takes one budget, not 2",
               [&] { (void)learning_curve(accuracies.sources[0], curve_options()); });
  const Observations few = made_up_energies(some_cells(19, 20), 0.02, 20);
  expect_error(ErrorCode::invalid_data, "a model needs 20 at least",
               [&] { (void)learning_curve(few, curve_options()); });
}

}  // namespace
}  // namespace ecnas::surrogate
