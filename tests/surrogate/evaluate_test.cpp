#include "ecnas/surrogate/evaluate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;
using testing::made_up_member;

const space::Cell kTwo = space::Cell::trivial();
const space::Cell kThree = space::parse_cell("010001000:conv3x3");
const space::Cell kPool = space::parse_cell("010001000:maxpool3x3");

/// Three energies at two budgets, one of them not observed.
Observations three_energies() {
  Observations observations{.target = Target::energy_kwh, .source = "three"};
  observations.epochs = {4, 12};
  observations.cells = {kTwo, kThree, kPool};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  observations.values = {1, 3, 2, nan, 4, 12};
  observations.repeats = {1, 1, 1, 0, 1, 1};
  return observations;
}

TEST(Evaluate, HandWorked) {
  const std::vector<Prediction> predictions = {
      {1.5, 1, 2, true}, {1, 0.5, 1.9, false}, {5, 4, 6, false}};
  const Evaluation evaluation = evaluate(three_energies(), 0, predictions);
  const stats::RegressionScores& all = evaluation.all.regression;
  EXPECT_EQ(all.n, 3U);
  EXPECT_NEAR(all.kendall_tau.value(), 1.0 / 3, 1e-12);  // two pairs right, one wrong
  EXPECT_NEAR(all.spearman.value(), 0.5, 1e-12);
  EXPECT_NEAR(all.mae, 2.5 / 3, 1e-12);
  EXPECT_NEAR(all.rmse, std::sqrt(2.25 / 3), 1e-12);
  EXPECT_NEAR(all.r2.value(), 1 - 2.25 / (42.0 / 9), 1e-12);
  EXPECT_NEAR(evaluation.all.bias, 0.5 / 3, 1e-12);
  EXPECT_NEAR(evaluation.all.coverage90, 2.0 / 3, 1e-12);  // 1 and 4 lie on their bounds
  EXPECT_EQ(evaluation.out_of_range, 1U);
  ASSERT_EQ(evaluation.by_vertices.size(), 2U);
  EXPECT_EQ(evaluation.by_vertices.at(2).regression.n, 1U);
  EXPECT_NEAR(evaluation.by_vertices.at(2).bias, 0.5, 1e-12);
  EXPECT_EQ(evaluation.by_vertices.at(3).regression.n, 2U);
  EXPECT_NEAR(evaluation.by_vertices.at(3).coverage90, 0.5, 1e-12);
  EXPECT_TRUE(evaluation.by_accuracy.empty());
  EXPECT_FALSE(evaluation.best_percent.has_value());
  EXPECT_FALSE(evaluation.converged.has_value());
}

TEST(Evaluate, LeavesOutWhatWasNotObserved) {
  const std::vector<Prediction> predictions(3, {3, 3, 3, true});
  const Evaluation evaluation = evaluate(three_energies(), 1, predictions);
  EXPECT_EQ(evaluation.all.regression.n, 2U);
  EXPECT_EQ(evaluation.out_of_range, 2U);
  EXPECT_EQ(evaluation.by_vertices.at(3).regression.n, 1U);
  EXPECT_EQ(evaluation.all.coverage90, 0.5);
}

TEST(Evaluate, LeavesOutWhatWasNotPredicted) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Evaluation evaluation =
      evaluate(three_energies(), 0, std::vector<Prediction>{{1, 1, 1}, {nan, nan, nan}, {6, 0, 9}});
  EXPECT_EQ(evaluation.all.regression.n, 2U);
  EXPECT_NEAR(evaluation.all.regression.mae, 1, 1e-12);
  EXPECT_EQ(evaluation.all.coverage90, 1);
}

TEST(Evaluate, RefusesABudgetAtWhichNothingWasObserved) {
  Observations observations = three_energies();
  for (double& value : observations.values)
    value = std::numeric_limits<double>::quiet_NaN();
  expect_error(ErrorCode::invalid_data, "three: no energy_kwh at 12 epochs",
               [&] { (void)evaluate(observations, 1, std::vector<Prediction>(3)); });
}

/// 100 accuracies: ten of trainings that diverged, the others from 0.70125 up in steps of
/// 0.0025.
Observations hundred_accuracies(std::int32_t epochs) {
  std::size_t next = 0;
  return testing::made_up_observations(Target::validation_accuracy, testing::some_cells(100, 1),
                                       {epochs}, [&](const space::Cell&, std::int32_t) {
                                         const auto i = static_cast<double>(next++);
                                         return i < 10 ? 0.1 : 0.70125 + 0.0025 * (i - 10);
                                       });
}

TEST(Evaluate, TellsAccuraciesApartByRangeAndByConvergence) {
  const Observations observations = hundred_accuracies(36);
  std::vector<Prediction> predictions;
  for (const double value : observations.values)
    predictions.push_back({std::max(0.5, value + 0.01), 0, 1, false});
  const Evaluation evaluation = evaluate(observations, 0, predictions);
  std::map<double, std::size_t> counts;
  for (const auto& [from, scores] : evaluation.by_accuracy)
    counts[from] = scores.regression.n;
  // Up to 0.79875 forty, up to 0.89875 forty, and ten.
  EXPECT_EQ(counts, (std::map<double, std::size_t>{{0, 10}, {0.5, 40}, {0.8, 40}, {0.9, 10}}));
  EXPECT_NEAR(evaluation.by_accuracy.at(0).bias, 0.4, 1e-12);
  EXPECT_EQ(evaluation.diverged, 10U);
  EXPECT_EQ(evaluation.converged.value().regression.n, 90U);
  EXPECT_NEAR(evaluation.converged.value().bias, 0.01, 1e-12);
  EXPECT_NEAR(evaluation.converged.value().regression.kendall_tau.value(), 1, 1e-12);
  // One percent of a hundred is less than twenty.
  EXPECT_EQ(evaluation.best_percent.value().regression.n, 20U);
  EXPECT_NEAR(evaluation.best_percent.value().regression.mae, 0.01, 1e-12);
}

TEST(Evaluate, AFewEpochsAreNotEnoughToSpeakOfDivergence) {
  const Evaluation evaluation =
      evaluate(hundred_accuracies(12), 0, std::vector<Prediction>(100, {0.5, 0, 1, false}));
  EXPECT_EQ(evaluation.diverged, 0U);
  EXPECT_FALSE(evaluation.converged.has_value());
  EXPECT_TRUE(evaluation.best_percent.has_value());
}

/// Always 2 kWh at 4 epochs, at PUE 1 if one is stated.
Surrogate always_two(std::optional<double> pue) {
  const auto score = [](const space::Cell&, std::size_t) { return std::log(2.0); };
  Output output{.curve = {{0, 1}, {0, 1}}};
  output.lower_width.fill(0.25);
  output.upper_width.fill(0.5);
  SurrogateInfo info{.target = Target::energy_kwh, .name = "two", .pue = pue, .epochs = {4, 12}};
  info.scaled_from = 4;
  return {info, {made_up_member(1, score)}, {output}, fitted_range(std::array{kThree})};
}

TEST(PredictionsFor, AreAtThePueOfTheObservationsAtEveryBudget) {
  Observations observations = three_energies();
  observations.pue = 1.5;
  const auto predictions = predictions_for(observations, always_two(1.2), 1);
  ASSERT_EQ(predictions.size(), 2U);
  ASSERT_EQ(predictions[0].size(), 3U);
  EXPECT_NEAR(predictions[0][0].value, 2.5, 1e-6);
  EXPECT_NEAR(predictions[0][0].lower90, 2.5 * std::exp(-0.25), 1e-6);
  EXPECT_NEAR(predictions[0][0].upper90, 2.5 * std::exp(0.5), 1e-6);
  EXPECT_NEAR(predictions[1][2].value, 7.5, 1e-6);
  EXPECT_TRUE(predictions[0][0].out_of_range);
  EXPECT_FALSE(predictions[0][1].out_of_range);
  observations.pue = std::nullopt;
  EXPECT_NEAR(predictions_for(observations, always_two(std::nullopt), 1)[0][0].value, 2, 1e-6);
}

TEST(PredictionsFor, RefusesAnotherTargetAnotherBudgetAndOnePueOfTwo) {
  Observations observations = three_energies();
  const auto refuses = [&](ErrorCode code, const std::string& what, std::optional<double> pue) {
    expect_error(code, what, [&] { (void)predictions_for(observations, always_two(pue), 1); });
  };
  refuses(ErrorCode::invalid_argument, "three states no PUE, the model two does", 1.0);
  observations.pue = 1.0;
  refuses(ErrorCode::invalid_argument, "three states a PUE, the model two does not", std::nullopt);
  observations.epochs[1] = 36;
  refuses(ErrorCode::not_found, "nothing at 36 epochs", 1.0);
  observations.target = Target::training_time_s;
  refuses(ErrorCode::not_found, "model two predicts energy_kwh, not training_time_s", 1.0);
}

}  // namespace
}  // namespace ecnas::surrogate
