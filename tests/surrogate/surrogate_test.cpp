#include "ecnas/surrogate/surrogate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "ecnas/surrogate/score_table.hpp"
#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;
using testing::made_up_member;
using testing::same_bits;
using testing::some_cells;

SurrogateInfo info_of(Target target, std::vector<std::int32_t> epochs) {
  return {.target = target, .name = "made-up", .epochs = std::move(epochs), .cells = 3};
}

/// y = x, and widths that differ by group.
Output identity() {
  Output output{.curve = {{0, 1}, {0, 1}}};
  output.lower_width = {0.1, 0.2, 0.3, 0.4};
  output.upper_width = {0.5, 0.6, 0.7, 0.8};
  return output;
}

FittedRange range_of_everything() {
  return fitted_range(space::Space::shared(5).cells());
}

/// Scores that go up and down from budget to budget, some of them far off.
Surrogate erratic(Target target) {
  const auto scores = [](const space::Cell& cell, std::size_t output) {
    return 3 * std::sin(static_cast<double>(cell.specification().adjacency) +
                        5 * static_cast<double>(output) +
                        static_cast<double>(cell.specification().operations));
  };
  return {info_of(target, {4, 12, 36, 108}),
          {made_up_member(4, scores)},
          std::vector<Output>(4, identity()),
          range_of_everything()};
}

TEST(Curve, IsLinearBetweenKnotsAndBeyondTheOuterTwo) {
  const Curve curve{{0, 1, 3}, {10, 20, 30}};
  EXPECT_EQ(curve(0), 10);
  EXPECT_EQ(curve(0.5), 15);
  EXPECT_EQ(curve(1), 20);
  EXPECT_EQ(curve(2), 25);
  EXPECT_EQ(curve(3), 30);
  EXPECT_EQ(curve(-2), -10);
  EXPECT_EQ(curve(5), 40);
}

TEST(Links, AreUndoneByTheirInverses) {
  for (const double value : {1e-6, 0.25, 0.5, 0.99}) {
    for (const Target target : kTargets)
      EXPECT_NEAR(inverse_link(target, link(target, value)), value, 1e-15) << name(target);
  }
  EXPECT_EQ(link(Target::test_accuracy, 0), 0);
  EXPECT_TRUE(std::isfinite(link(Target::test_accuracy, 1)));
  EXPECT_EQ(inverse_link(Target::test_accuracy, -5), 0);
  EXPECT_EQ(inverse_link(Target::test_accuracy, 100), 0.9999);
  EXPECT_EQ(inverse_link(Target::energy_kwh, 0), 1);
}

TEST(Surrogate, PredictionsArePositiveDoNotFallWithEpochsAndLieInTheirInterval) {
  const auto cells = space::Space::shared(5).cells();
  for (const Target target : kTargets) {
    const Surrogate surrogate = erratic(target);
    std::vector<double> before(cells.size());
    for (const std::int32_t epochs : surrogate.info().epochs) {
      const std::vector<Prediction> predictions = surrogate.predict(cells, epochs);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const Prediction& prediction = predictions[i];
        if (!is_accuracy(target)) {
          ASSERT_GT(prediction.lower90, 0);
        }
        ASSERT_GE(prediction.lower90, 0);
        ASSERT_GE(prediction.value, before[i]) << epochs;
        ASSERT_LE(prediction.lower90, prediction.value);
        ASSERT_GE(prediction.upper90, prediction.value);
        if (is_accuracy(target)) {
          ASSERT_LT(prediction.upper90, 1);
        }
        before[i] = prediction.value;
      }
    }
  }
}

TEST(Surrogate, HandWorked) {
  // Scores of 0.3 and 0.6 at weights 3 and 1: on average 0.375, doubled by the curve.
  const auto always = [](double score) {
    return [score](const space::Cell&, std::size_t) { return score; };
  };
  Output output = identity();
  output.curve = {{0, 1}, {0, 2}};
  const Surrogate surrogate(info_of(Target::training_time_s, {4}),
                            {made_up_member(1, always(0.3), 3), made_up_member(1, always(0.6), 1)},
                            {output}, range_of_everything());
  const std::array cells = {space::parse_cell("010001000:conv3x3"), some_cells(1, 1).front()};
  ASSERT_EQ(cells[1].vertices(), 7U);
  EXPECT_NEAR(surrogate.scores(cells, 1)[0], 0.375F, 1e-7F);
  const std::vector<Prediction> predictions = surrogate.predict(cells, 4);
  EXPECT_NEAR(predictions[0].value, std::exp(0.75), 1e-6);
  EXPECT_NEAR(predictions[0].lower90, std::exp(0.75 - 0.1), 1e-6);
  EXPECT_NEAR(predictions[0].upper90, std::exp(0.75 + 0.5), 1e-6);
  EXPECT_NEAR(predictions[1].lower90, std::exp(0.75 - 0.4), 1e-6);
  EXPECT_NEAR(predictions[1].upper90, std::exp(0.75 + 0.8), 1e-6);
}

TEST(Surrogate, ScaledBudgetsAreMultiplesOfTheOneObserved) {
  const auto scores = [](const space::Cell& cell, std::size_t) { return 0.1 * cell.edges(); };
  SurrogateInfo info = info_of(Target::energy_kwh, {4, 12, 108});
  info.scaled_from = 12;
  const Surrogate surrogate(info, {made_up_member(1, scores)}, {identity()}, range_of_everything());
  const std::vector<space::Cell> cells = some_cells(50, 2);
  const std::vector<Prediction> observed = surrogate.predict(cells, 12);
  for (const auto& [epochs, factor] : {std::pair{4, 1.0 / 3}, {12, 1.0}, {108, 9.0}}) {
    const std::vector<Prediction> scaled = surrogate.predict(cells, epochs);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      EXPECT_NEAR(scaled[i].value / observed[i].value, factor, 1e-12);
      EXPECT_NEAR(scaled[i].lower90 / observed[i].lower90, factor, 1e-12);
      EXPECT_NEAR(scaled[i].upper90 / observed[i].upper90, factor, 1e-12);
    }
  }
}

TEST(Surrogate, RefusesABudgetThatItDoesNotHave) {
  expect_error(ErrorCode::not_found,
               "energy_kwh of model made-up: nothing at 5 epochs; there are 4, 12, 36, 108",
               [] { (void)erratic(Target::energy_kwh).predict(some_cells(1, 1), 5); });
}

TEST(Surrogate, MarksCellsBeyondThoseItWasFittedOn) {
  std::vector<space::Cell> fitted;
  for (const space::Cell& cell : space::Space::shared(5).cells()) {
    if (cell.vertices() >= 4) fitted.push_back(cell);
  }
  Surrogate surrogate = erratic(Target::energy_kwh);
  surrogate =
      Surrogate(surrogate.info(), {surrogate.members().begin(), surrogate.members().end()},
                {surrogate.outputs().begin(), surrogate.outputs().end()}, fitted_range(fitted));
  for (const Prediction& prediction : surrogate.predict(testing::relabelled(fitted, 1), 4))
    ASSERT_FALSE(prediction.out_of_range);
  const std::vector<space::Cell> strange = {
      space::Cell::trivial(),                  // two vertices
      space::parse_cell("010001000:conv3x3"),  // three
      space::parse_cell("0100000001000000010000000100000001000000010000000:"
                        "conv1x1,conv1x1,conv1x1,conv1x1,conv1x1")  // seven
  };
  for (const Prediction& prediction : surrogate.predict(strange, 4))
    EXPECT_TRUE(prediction.out_of_range);
}

TEST(FittedRange, OfOneCellHoldsOnlyWhatIsAsLarge) {
  const std::array one = {space::parse_cell("010001000:conv3x3")};
  EXPECT_TRUE(fitted_range(one).contains(one[0]));
  EXPECT_FALSE(fitted_range(one).contains(space::parse_cell("010001000:conv1x1")));
  EXPECT_FALSE(fitted_range(one).contains(space::parse_cell("011001000:conv3x3")));
  const std::array two = {space::parse_cell("010001000:conv3x3"),
                          space::parse_cell("011001000:maxpool3x3")};
  EXPECT_TRUE(fitted_range(two).contains(space::parse_cell("010001000:conv1x1")));
}

/// As many scores as the space has cells, times two outputs.
std::vector<float> scores_of_the_space() {
  std::vector<float> scores;
  for (std::size_t i = 0; i < space::Space::shared().size(); ++i) {
    scores.push_back(static_cast<float>(i));
    scores.push_back(std::sin(static_cast<float>(i)));
  }
  return scores;
}

TEST(ScoreTable, RoundsToHalfAStepOfEachOutput) {
  const std::vector<float> scores = scores_of_the_space();
  const ScoreTable table(scores, 2);
  EXPECT_EQ(table.outputs(), 2U);
  EXPECT_EQ(table.cells(), scores.size() / 2);
  const std::vector<float> kept = table.scores();
  constexpr std::array<float, 2> kSteps = {423'623.0F / 65535, 2.0F / 65535};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    // Half a step, and the last place of the largest number on the way.
    const float rounding = i % 2 == 0 ? 0.04F : 2e-7F;
    ASSERT_NEAR(kept[i], scores[i], kSteps[i % 2] / 2 + rounding) << i;
  }
  const ScoreTable again({table.codes().begin(), table.codes().end()},
                         {table.lowest().begin(), table.lowest().end()},
                         {table.step().begin(), table.step().end()});
  EXPECT_TRUE(same_bits(again.scores(), kept));
}

TEST(ScoreTable, KeepsScoresThatAreAllTheSame) {
  const ScoreTable table(std::vector<float>{-3, 5, -3, 5}, 2);
  EXPECT_EQ(table.scores(), (std::vector<float>{-3, 5, -3, 5}));
}

TEST(ScoreTable, RefusesPartsThatDisagree) {
  const auto refuses = [](std::size_t codes, std::size_t lowest, std::size_t step) {
    expect_error(ErrorCode::invalid_argument, "score table: its parts disagree", [&] {
      (void)ScoreTable(std::vector<std::uint16_t>(codes), std::vector<float>(lowest),
                       std::vector<float>(step));
    });
  };
  refuses(4, 0, 0);
  refuses(4, 2, 1);
  refuses(5, 2, 2);
}

TEST(Surrogate, KeptScoresStandForItsMembers) {
  const auto scores = [](const space::Cell& cell, std::size_t output) {
    return 100.0 * static_cast<double>(output) + cell.edges();
  };
  Surrogate surrogate(info_of(Target::energy_kwh, {4, 12}), {made_up_member(2, scores)},
                      {identity(), identity()}, range_of_everything());
  const std::vector<float> computed = surrogate.space_scores(4, 2);
  ASSERT_EQ(computed.size(), 2 * space::Space::shared(4).size());
  EXPECT_EQ(computed[1], 101.0F);
  EXPECT_EQ(surrogate.score_table(), nullptr);

  surrogate.keep(std::make_shared<ScoreTable>(scores_of_the_space(), 2));
  const std::vector<float> kept = surrogate.space_scores(4, 2);
  ASSERT_EQ(kept.size(), computed.size());
  EXPECT_NEAR(kept[3], std::sin(1.0F), 3e-5F);
  EXPECT_EQ(surrogate.space_scores(7, 1).size(), 2 * space::Space::shared().size());
}

TEST(Surrogate, KeepsOnlyScoresOfTheWholeSpaceAndAllItsOutputs) {
  Surrogate surrogate = erratic(Target::energy_kwh);
  const auto refuses = [&](const ScoreTable& table, const std::string& what) {
    expect_error(ErrorCode::invalid_argument, what,
                 [&] { surrogate.keep(std::make_shared<ScoreTable>(table)); });
  };
  refuses(ScoreTable(scores_of_the_space(), 2),
          "scores of 423624 cells with 2 outputs; expected 423624 cells with 4 outputs");
  refuses(ScoreTable(std::vector<float>(8), 4), "scores of 2 cells with 4 outputs");
}

}  // namespace
}  // namespace ecnas::surrogate
