#include "ecnas/surrogate/transfer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "ecnas/surrogate/model_file.hpp"
#include "oracles/surrogate_transfer.hpp"
#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

using space::Cell;
using table::Measurements;
using testing::expect_error;
using testing::made_up_member;
using testing::size_of_network;
using testing::some_cells;

/// Logarithms of energies on two devices.
struct Pairs {
  std::vector<double> predicted;
  std::vector<double> measured;

  [[nodiscard]] FittedCorrection fit() const { return fit_correction(predicted, measured); }
};

/// A device that needs `factor` times the energy, to the power `slope`, with noise.
Pairs made_up_pairs(std::size_t count, double factor, double slope, double noise,
                    std::uint64_t seed) {
  Rng rng(seed);
  Pairs pairs;
  for (std::size_t i = 0; i < count; ++i) {
    pairs.predicted.push_back(-4.6 + 0.6 * rng.normal());
    pairs.measured.push_back(std::log(factor) + slope * (pairs.predicted.back() + 4.6) - 4.6 +
                             noise * rng.normal());
  }
  return pairs;
}

// --- fit_correction ------------------------------------------------------------------------------

TEST(FitCorrection, FindsAnExactFactor) {
  const FittedCorrection fitted = made_up_pairs(5, 0.6, 1, 0, 1).fit();
  EXPECT_NEAR(std::exp(fitted.correction.shift), 0.6, 1e-12);
  EXPECT_NEAR(fitted.correction.slope, 1, 1e-12);
  EXPECT_NEAR(fitted.correction(-3), -3 + std::log(0.6), 1e-12);
  EXPECT_EQ(fitted.trusted(), 5U);
}

TEST(FitCorrection, EqualsTheSlowTwin) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Pairs pairs = made_up_pairs(3 + 2 * seed, 0.7, 1.05, 0.06, seed);
    for (std::size_t i = 0; i < pairs.measured.size() / 4; ++i)
      pairs.measured[i] += 0.6;
    const FittedCorrection fitted = pairs.fit();
    const oracle::RobustLine expected = oracle::robust_line(pairs.predicted, pairs.measured);
    // Both stop when steps fall below the last digits.
    EXPECT_NEAR(fitted.correction.shift, expected.shift, 1e-9) << "seed " << seed;
    EXPECT_NEAR(fitted.correction.slope, expected.slope, 1e-9) << "seed " << seed;
    for (std::size_t i = 0; i < fitted.weights.size(); ++i)
      EXPECT_NEAR(fitted.weights[i], expected.weights[i], 1e-8) << "seed " << seed;
  }
}

TEST(FitCorrection, BelievesNoSlopeOfFewCellsAndThatOfMany) {
  EXPECT_LT(std::abs(made_up_pairs(3, 1, 1.3, 0.05, 2).fit().correction.slope - 1), 0.15);
  EXPECT_NEAR(made_up_pairs(2'000, 1, 1.3, 0.05, 2).fit().correction.slope, 1.3, 0.01);
}

TEST(FitCorrection, SurvivesAThirdOfTheReadingsBeingBad) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Pairs pairs = made_up_pairs(40, 0.6, 1, 0.04, seed);
    Rng rng(seed);
    for (std::size_t i = 0; i < 13; ++i)  // as bad as those of the RTX 3060: 1.45 to 3 times
      pairs.measured[i] += std::log(1.45) + std::log(3 / 1.45) * rng.uniform();
    const FittedCorrection fitted = pairs.fit();
    // Three standard errors of a mean of 27, and something for the bad ones nearby.
    EXPECT_NEAR(std::exp(fitted.correction.shift), 0.6, 0.6 * 0.04) << "seed " << seed;
    for (std::size_t i = 13; i < 40; ++i)
      EXPECT_TRUE(fitted.trusts(i)) << "seed " << seed;
  }
}

TEST(FitCorrection, GivesAReadingFarOffNoInfluenceAtAll) {
  Pairs pairs = made_up_pairs(12, 0.6, 1, 0.04, 3);
  pairs.measured[5] += 3;
  const Correction far = pairs.fit().correction;
  pairs.measured[5] += 10;
  const FittedCorrection farther = pairs.fit();
  EXPECT_EQ(farther.correction.shift, far.shift);
  EXPECT_EQ(farther.correction.slope, far.slope);
  EXPECT_EQ(farther.weights[5], 0);
  EXPECT_FALSE(farther.trusts(5));
  EXPECT_EQ(farther.trusted(), 11U);
}

TEST(FitCorrection, FollowsUnitsAndOrder) {
  const Pairs pairs = made_up_pairs(30, 0.6, 1.1, 0.05, 4);
  const Correction correction = pairs.fit().correction;
  Pairs other;
  for (std::size_t i = 30; i-- > 0;) {
    other.predicted.push_back(pairs.predicted[i] + std::log(1000));  // Wh
    other.measured.push_back(pairs.measured[i] + std::log(3.6e6));   // J
  }
  const Correction converted = other.fit().correction;
  // Sums in another order differ in their last digits.
  EXPECT_NEAR(converted.shift, correction.shift + std::log(3600), 1e-9);
  EXPECT_NEAR(converted.slope, correction.slope, 1e-9);
}

TEST(FitCorrection, KnowsWhatACellWouldBeWithoutItself) {
  const Pairs pairs = made_up_pairs(25, 0.6, 1, 0.02, 5);
  const FittedCorrection all = pairs.fit();
  double held_out_error = 0;
  double residual_error = 0;
  for (std::size_t left = 0; left < 25; ++left) {
    Pairs others = pairs;
    others.predicted.erase(others.predicted.begin() + static_cast<std::ptrdiff_t>(left));
    others.measured.erase(others.measured.begin() + static_cast<std::ptrdiff_t>(left));
    const Correction without = others.fit().correction;
    const double truth = pairs.measured[left] - without(pairs.predicted[left]);
    held_out_error += std::abs(all.held_out[left] - truth);
    residual_error += std::abs(all.residuals[left] - truth);
    EXPECT_GE(std::abs(all.held_out[left]), std::abs(all.residuals[left]));
  }
  EXPECT_LT(held_out_error, residual_error / 3);  // right to first order
}

TEST(FitCorrection, RefusesWhatSaysNothing) {
  const std::vector<double> two = {1, 2};
  const std::vector<double> three = {1, 2, 3};
  const std::vector<double> bad = {1, std::numeric_limits<double>::quiet_NaN(), 3};
  expect_error(ErrorCode::invalid_data, "3 at least", [&] { (void)fit_correction(two, two); });
  expect_error(ErrorCode::invalid_argument, "3 predicted and 2 measured",
               [&] { (void)fit_correction(three, two); });
  expect_error(ErrorCode::invalid_argument, "finite", [&] { (void)fit_correction(three, bad); });
  expect_error(ErrorCode::invalid_argument, "finite", [&] { (void)fit_correction(bad, three); });
  const Pairs falling = made_up_pairs(5'000, 1, -1, 0.01, 6);
  expect_error(ErrorCode::invalid_data, "energies of these cells", [&] { (void)falling.fit(); });
}

// --- recommend_cells -----------------------------------------------------------------------------

TEST(RecommendCells, TakesTheMiddleOfEqualGroups) {
  const std::vector<double> energies = {9, 1, 8, 2, 7, 3, 6, 4, 5};
  EXPECT_EQ(recommend_cells(energies, 3), (std::vector<std::size_t>{3, 8, 2}));  // of 2, 5 and 8
  EXPECT_EQ(recommend_cells(energies, 1), (std::vector<std::size_t>{8}));
}

TEST(RecommendCells, TakesDifferentCellsHoweverMany) {
  Rng rng(8);
  for (std::size_t count = 1; count < 40; ++count) {
    std::vector<double> energies(count);
    for (double& energy : energies)
      energy = static_cast<double>(rng.below(5));  // ties
    for (std::size_t k = 0; k < 45; ++k) {
      const std::vector<std::size_t> chosen = recommend_cells(energies, k);
      EXPECT_EQ(chosen.size(), std::min(k, count));
      EXPECT_EQ(std::set(chosen.begin(), chosen.end()).size(), chosen.size());
      EXPECT_TRUE(std::ranges::is_sorted(chosen, {}, [&](std::size_t i) { return energies[i]; }));
    }
  }
}

// --- transfer ------------------------------------------------------------------------------------

SurrogateInfo energy_info() {
  return {.name = "base",
          .description = "made up",
          .pue = 1.0,
          .devices = {"one"},
          .epochs = {4, 12, 36, 108},
          .scaled_from = 4};
}

Output straight(double slope, double offset, double width) {
  Output output{.curve = {{0, 1}, {offset, offset + slope}}};
  output.lower_width.fill(width);
  output.upper_width.fill(2 * width);
  return output;
}

/// Energies that follow the network's size.
Surrogate scaled_base() {
  const auto cells = some_cells(500, 1);
  return {energy_info(),
          {made_up_member(1, [](const Cell& cell, std::size_t) { return size_of_network(cell); })},
          {straight(0.4, -4.8, 0.05)},
          fitted_range(cells)};
}

/// The base's energies times a factor, with log-normal noise.
Measurements measured_on(const Surrogate& base, std::vector<Cell> cells, double factor,
                         double noise, std::uint64_t seed) {
  Rng rng(seed);
  Measurements result;
  for (const Prediction& prediction : base.predict(cells, 4)) {
    result.energies_kwh.push_back(factor * prediction.value * std::exp(noise * rng.normal()));
    result.lines.push_back(result.lines.size() + 2);
  }
  result.cells = std::move(cells);
  return result;
}

TEST(Transfer, RefusesWhatDoesNotRiseWithThePredictions) {
  const Surrogate base = scaled_base();
  for (const std::size_t count : {5U, 30U}) {
    Measurements measured = measured_on(base, some_cells(count, 2), 0.6, 0, 3);
    static_cast<void>(transfer(base, measured, {.device = "another"}));
    for (double& energy : measured.energies_kwh)
      energy = 1e-4 / energy;
    expect_error(ErrorCode::invalid_data, "Kendall",
                 [&] { static_cast<void>(transfer(base, measured, {.device = "another"})); });
    std::ranges::fill(measured.energies_kwh, 0.01);
    expect_error(ErrorCode::invalid_data, "Kendall",
                 [&] { static_cast<void>(transfer(base, measured, {.device = "another"})); });
  }
}

TEST(Transfer, CorrectsPredictionsAndNamesTheDevice) {
  const Surrogate base = scaled_base();
  const Measurements measured = measured_on(base, some_cells(30, 2), 0.6, 0.05, 3);
  const Transfer adapted =
      transfer(base, measured, {.device = "another", .pue = 1.4, .threads = 2});
  EXPECT_EQ(adapted.surrogate.info().devices, std::vector<std::string>{"another"});
  EXPECT_EQ(adapted.surrogate.info().pue, 1.4);
  EXPECT_EQ(adapted.surrogate.info().name, "base on another");
  const std::vector<Cell> others = some_cells(200, 4);
  for (const std::int32_t epochs : {4, 108}) {
    const std::vector<Prediction> before = base.predict(others, epochs);
    const std::vector<Prediction> after = adapted.surrogate.predict(others, epochs);
    const double scale = epochs / 4.0;
    for (std::size_t i = 0; i < others.size(); ++i) {
      const double expected =
          scale * std::exp(adapted.fitted.correction(std::log(before[i].value / scale)));
      EXPECT_NEAR(after[i].value / expected, 1, 1e-12);
      EXPECT_EQ(after[i].out_of_range, before[i].out_of_range);
    }
  }
  for (std::size_t i = 0; i < measured.cells.size(); ++i)
    EXPECT_EQ(adapted.predicted_kwh[i], base.predict(measured.cells, 4)[i].value);
}

TEST(Transfer, CorrectsABudgetAsSoManyTimesTheEnergyMeasured) {
  SurrogateInfo info = energy_info();
  info.epochs = {4, 36};
  info.scaled_from.reset();
  const Surrogate base(
      info,
      {made_up_member(2, [](const Cell& cell, std::size_t) { return size_of_network(cell); })},
      {straight(0.4, -4.8, 0.05), straight(0.4, -4.8 + std::log(9), 0.05)},
      fitted_range(some_cells(500, 1)));
  const std::vector<Cell> cells = some_cells(40, 2);
  Measurements measured = measured_on(base, cells, 1, 0, 3);
  for (double& energy : measured.energies_kwh)
    energy = 0.5 * std::pow(energy / 0.008, 1.2) * 0.008;
  const Surrogate adapted = transfer(base, measured, {.device = "another"}).surrogate;
  const std::vector<Prediction> at_4 = adapted.predict(cells, 4);
  const std::vector<Prediction> at_36 = adapted.predict(cells, 36);
  for (std::size_t i = 0; i < cells.size(); ++i)
    EXPECT_NEAR(at_36[i].value / at_4[i].value, 9, 1e-9);
}

TEST(Transfer, WidensIntervalsWhereFewCellsTell) {
  const Surrogate base = scaled_base();
  double before = std::numeric_limits<double>::infinity();
  for (const std::size_t count : {3U, 6U, 15U}) {
    const Measurements measured = measured_on(base, some_cells(count, 2), 0.6, 0, 3);
    const Surrogate adapted = transfer(base, measured, {.device = "another"}).surrogate;
    const Output& output = adapted.outputs().front();
    for (std::size_t group = 0; group < kVertexGroups; ++group) {
      EXPECT_GT(output.lower_width[group], 0.05 * 1.5);
      EXPECT_GT(output.upper_width[group], 0.1);
      EXPECT_EQ(output.lower_width[group], output.lower_width[0]);
    }
    EXPECT_LT(output.lower_width[0], before);  // the more cells, the surer
    before = output.lower_width[0];
  }
}

TEST(Transfer, TakesWidthsFromReadingsThatAreEnoughInAGroup) {
  const Surrogate base = scaled_base();
  std::vector<Cell> cells = some_cells(60, 2, 4);
  for (const Cell& cell : some_cells(300, 2))
    if (cell.vertices() == 7 && cells.size() < 70) cells.push_back(cell);
  const Measurements measured = measured_on(base, cells, 0.6, 0.01, 3);
  const Surrogate adapted = transfer(base, measured, {.device = "another"}).surrogate;
  const Output& output = adapted.outputs().front();
  EXPECT_LT(output.lower_width[0], 0.03);  // 60 cells of at most 4 vertices
  EXPECT_EQ(output.lower_width[0], output.upper_width[0]);
  EXPECT_GT(output.lower_width[3], 0.04);  // 10 cells of 7: not below the model's own
  EXPECT_GT(output.upper_width[3], 0.08);
}

TEST(Transfer, IntervalsHoldNineInTenNewMeasurements) {
  const Surrogate base = scaled_base();
  std::size_t within = 0;
  std::size_t all = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    // Wide enough that the readings decide, not the model's own width.
    const Measurements measured = measured_on(base, some_cells(80, seed), 0.6, 0.1, seed);
    const Surrogate adapted = transfer(base, measured, {.device = "another"}).surrogate;
    const Measurements fresh = measured_on(base, some_cells(200, 100 + seed), 0.6, 0.1, 50 + seed);
    const std::vector<Prediction> predictions = adapted.predict(fresh.cells, 4);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      const double energy = fresh.energies_kwh[i];
      within += predictions[i].lower90 <= energy && energy <= predictions[i].upper90 ? 1U : 0U;
    }
    all += predictions.size();
  }
  const double share = static_cast<double>(within) / static_cast<double>(all);
  // Conformal: 90 % to 90 % + 1/81, where nothing is trimmed; sampling error of 40 sets 0.6 %.
  EXPECT_GT(share, 0.88);
  EXPECT_LT(share, 0.94);
}

TEST(Transfer, IsTheSameOnEveryNumberOfThreads) {
  const Surrogate base = scaled_base();
  const Measurements measured = measured_on(base, some_cells(30, 2), 0.6, 0.05, 3);
  const Surrogate one = transfer(base, measured, {.device = "x", .threads = 1}).surrogate;
  const Surrogate four = transfer(base, measured, {.device = "x", .threads = 4}).surrogate;
  EXPECT_EQ(one.outputs().front().curve.y, four.outputs().front().curve.y);
}

TEST(Transfer, SurvivesAFile) {
  const std::vector<Cell> cells = some_cells(60, 2, 4);
  std::vector<float> values;
  for (const Cell& cell : cells)
    values.push_back(static_cast<float>(size_of_network(cell)));
  const std::vector<float> weights(values.size(), 1.0F);
  const Surrogate base(energy_info(),
                       {{fit_regressor(Family::ridge, {cells, 1, values, weights}, {}), 1.0}},
                       {straight(0.4, -4.8, 0.05)}, fitted_range(cells));
  const Measurements measured = measured_on(base, some_cells(30, 5, 4), 0.6, 0.05, 3);
  ModelFile file;
  file.add(transfer(base, measured, {.device = "another", .pue = 1.4}).surrogate);
  const ModelFile read = ModelFile::from_bytes(file.bytes(), "file");
  const Surrogate& before = file.surrogate(Target::energy_kwh);
  const Surrogate& after = read.surrogate(Target::energy_kwh);
  EXPECT_EQ(after.info().devices, before.info().devices);
  EXPECT_EQ(after.info().pue, before.info().pue);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    // Curves are kept in single precision.
    EXPECT_NEAR(after.predict(cells, 36)[i].value / before.predict(cells, 36)[i].value, 1, 2e-6);
  }
}

TEST(Transfer, RefusesOtherTargetsAndBudgets) {
  const Surrogate base = scaled_base();
  Measurements measured = measured_on(base, some_cells(5, 2), 0.6, 0.05, 3);
  expect_error(ErrorCode::not_found, "5 epochs",
               [&] { (void)transfer(base, measured, {.device = "x", .epochs = 5}); });
  SurrogateInfo info = energy_info();
  info.target = Target::training_time_s;
  const Surrogate of_times(info, {base.members().begin(), base.members().end()},
                           {base.outputs().begin(), base.outputs().end()}, base.range());
  expect_error(ErrorCode::invalid_argument, "training_time_s",
               [&] { (void)transfer(of_times, measured, {.device = "x"}); });
  measured.cells.erase(measured.cells.begin() + 2, measured.cells.end());
  measured.energies_kwh.resize(2);
  expect_error(ErrorCode::invalid_data, "3 at least",
               [&] { (void)transfer(base, measured, {.device = "x"}); });
}

}  // namespace
}  // namespace ecnas::surrogate
