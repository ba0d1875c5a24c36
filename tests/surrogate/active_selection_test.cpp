#include "ecnas/surrogate/active_selection.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <set>
#include <span>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/surrogate/fit.hpp"
#include "made_up.hpp"
#include "oracles/surrogate_selection.hpp"
#include "support/expect_error.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;

std::vector<std::size_t> all_of(const EnergyBelief& belief) {
  std::vector<std::size_t> cells(belief.point.size());
  std::iota(cells.begin(), cells.end(), std::size_t{0});
  return cells;
}

std::vector<std::size_t> cells_of(const std::vector<SelectedCell>& chosen) {
  std::vector<std::size_t> cells;
  for (const SelectedCell& one : chosen)
    cells.push_back(one.cell);
  return cells;
}

/// Points of which nothing said at one tells of another.
EnergyBelief independent(std::vector<double> energies_kwh, std::vector<double> variances,
                         double noise) {
  EnergyBelief belief{.predicted_kwh = std::move(energies_kwh),
                      .covariance = {},
                      .noise_variance = noise,
                      .point = {}};
  const std::size_t points = belief.points();
  belief.covariance.assign(points * points, 0.0);
  for (std::size_t at = 0; at < points; ++at) {
    belief.covariance[at * points + at] = variances[at];
    belief.point.push_back(static_cast<std::uint32_t>(at));
  }
  return belief;
}

/// A random covariance of `points`, with `cells` at them.
EnergyBelief random_belief(std::size_t points, std::size_t cells, std::uint64_t seed) {
  Rng rng(seed);
  const auto size = static_cast<Eigen::Index>(points);
  const Eigen::MatrixXd factor =
      Eigen::MatrixXd::NullaryExpr(size, size / 2, [&] { return 0.05 * rng.normal(); });
  const Eigen::MatrixXd covariance = factor * factor.transpose();
  EnergyBelief belief;
  belief.noise_variance = 0.002;
  belief.covariance.assign(covariance.data(), covariance.data() + covariance.size());
  for (std::size_t at = 0; at < points; ++at)
    belief.predicted_kwh.push_back(0.01 * std::exp(0.5 * rng.normal()));
  for (std::size_t i = 0; i < cells; ++i)
    belief.point.push_back(static_cast<std::uint32_t>(i < points ? i : rng.below(points)));
  return belief;
}

/// Each choice has the score that a twin gives it, and no other cell would have had a better one.
void expect_as_the_twin_chooses(const EnergyBelief& belief, const SelectionOptions& options) {
  const oracle::Chooser slow(belief);
  const std::vector<SelectedCell> chosen = select_cells(belief, all_of(belief), options);
  ASSERT_EQ(chosen.size(), options.cells);
  std::vector<Eigen::Index> trained;
  std::set<std::size_t> left;
  for (const std::size_t cell : all_of(belief))
    left.insert(cell);
  double sum = 0;
  for (const SelectedCell& one : chosen) {
    double best = 0;
    for (const std::size_t cell : left)
      best = std::max(best, slow.worth(static_cast<Eigen::Index>(cell), trained, options));
    const auto cell = static_cast<Eigen::Index>(one.cell);
    // An inverse of well-conditioned matrices of some dozen rows loses some digits of sixteen.
    EXPECT_NEAR(one.score, slow.worth(cell, trained, options), 1e-10);
    EXPECT_NEAR(one.score, best, 1e-10);
    EXPECT_NEAR(one.deviation_kwh, slow.energy(cell) * std::sqrt(slow.given(trained)(cell, cell)),
                1e-9);
    EXPECT_EQ(one.predicted_kwh, slow.energy(cell));
    sum += one.predicted_kwh;
    EXPECT_NEAR(one.cumulative_kwh, sum, 1e-15);
    trained.push_back(cell);
    ASSERT_EQ(left.erase(one.cell), 1U);
  }
}

TEST(SelectCells, ChoosesAsTheTwinThatInvertsAnewForEveryCandidate) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const EnergyBelief belief = random_belief(14, 24, seed);
    for (const Worth worth : {Worth::all_cells, Worth::own}) {
      for (const bool per_kwh : {true, false})
        expect_as_the_twin_chooses(belief, {.cells = 10, .worth = worth, .per_kwh = per_kwh});
    }
  }
}

TEST(SelectCells, ScoresOneCellByTheFallOfItsExpectedError) {
  const EnergyBelief belief = independent({0.02}, {0.03}, 0.01);
  const std::vector<SelectedCell> chosen = select_cells(belief, all_of(belief), {});
  ASSERT_EQ(chosen.size(), 1U);
  // Variances by hand: 0.03 before, 0.03 · 0.01 / 0.04 = 0.0075 after.
  EXPECT_NEAR(chosen[0].score,
              std::sqrt(2 / std::numbers::pi) * (std::sqrt(0.04) - std::sqrt(0.0175)), 1e-14);
  EXPECT_NEAR(chosen[0].deviation_kwh, 0.02 * std::sqrt(0.03), 1e-15);
}

TEST(SelectCells, PrefersWhatCostsLessOnlyWhereCostCounts) {
  // The second cell is a little better known and takes half the energy, but many cells are like it.
  EnergyBelief belief = independent({0.02, 0.01}, {0.03, 0.03}, 0.01);
  belief.point = {0, 1, 1};
  EXPECT_EQ(select_cells(belief, all_of(belief), {.cells = 1})[0].predicted_kwh, 0.01);
  const EnergyBelief alone = independent({0.02, 0.01}, {0.03, 0.03}, 0.01);
  EXPECT_EQ(select_cells(alone, all_of(alone), {.cells = 1, .per_kwh = false})[0].cell, 0U);
}

TEST(SelectCells, TakesCellsThatTellOfOthersBeforeTheMostUncertain) {
  EnergyBelief belief = independent({0.01, 0.01, 0.01, 0.01}, {0.04, 0.03, 0.03, 0.03}, 0.001);
  for (const std::size_t at : {4U + 2U, 4U + 3U, 8U + 1U, 8U + 3U, 12U + 1U, 12U + 2U})
    belief.covariance[at] = 0.028;
  EXPECT_NE(select_cells(belief, all_of(belief), {.cells = 1})[0].cell, 0U);
  EXPECT_EQ(select_cells(belief, all_of(belief), {.cells = 1, .worth = Worth::own})[0].cell, 0U);
}

TEST(SelectCells, DiversityLeavesOutWhatTheChosenCellsTell) {
  // Cells 0 and 1 are nearly one; cell 2 is another, better known.
  EnergyBelief belief = independent({0.01, 0.01, 0.01}, {0.040, 0.039, 0.020}, 0.001);
  belief.covariance[1] = belief.covariance[3] = 0.0394;
  const auto first_two = [&](double diversity) {
    return cells_of(
        select_cells(belief, all_of(belief),
                     {.cells = 2, .worth = Worth::own, .per_kwh = false, .diversity = diversity}));
  };
  EXPECT_EQ(first_two(1), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(first_two(0.9), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(first_two(0), (std::vector<std::size_t>{0, 1}));
}

TEST(SelectCells, PassesOverWhatIsBeyondTheBudgetForCheaperCells) {
  const EnergyBelief belief = independent({0.03, 0.01, 0.02}, {0.09, 0.02, 0.05}, 0.01);
  const SelectionOptions options{.budget_kwh = 0.0401};
  const std::vector<SelectedCell> chosen = select_cells(belief, all_of(belief), options);
  EXPECT_EQ(cells_of(chosen), (std::vector<std::size_t>{0, 1}));
  EXPECT_NEAR(chosen.back().cumulative_kwh, 0.04, 1e-15);
  EXPECT_TRUE(select_cells(belief, all_of(belief), {.budget_kwh = 0.009}).empty());
}

TEST(SelectCells, ChoosesOnlyOpenCellsAndEachOnce) {
  const EnergyBelief belief = random_belief(10, 40, 7);
  const std::vector<std::size_t> open = {3, 5, 8, 20, 39};
  std::vector<std::size_t> chosen = cells_of(select_cells(belief, open, {}));
  std::ranges::sort(chosen);
  EXPECT_EQ(chosen, open);
  EXPECT_TRUE(select_cells(belief, {}, {}).empty());
}

TEST(SelectCells, SeedDecidesOnlyBetweenCellsOfOnePoint) {
  const EnergyBelief belief = random_belief(10, 60, 8);
  const auto one = select_cells(belief, all_of(belief), {.cells = 20, .seed = 1});
  const auto other = select_cells(belief, all_of(belief), {.cells = 20, .seed = 2});
  EXPECT_EQ(cells_of(one),
            cells_of(select_cells(belief, all_of(belief), {.cells = 20, .seed = 1})));
  EXPECT_NE(cells_of(one), cells_of(other));
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(belief.point[one[i].cell], belief.point[other[i].cell]);
    EXPECT_EQ(one[i].score, other[i].score);
  }
}

TEST(SelectCells, ThreadsDoNotChangeWhatIsChosen) {
  const EnergyBelief belief = random_belief(600, 900, 9);  // more than one thread takes
  const auto alone = select_cells(belief, all_of(belief), {.cells = 12, .threads = 1});
  const auto shared = select_cells(belief, all_of(belief), {.cells = 12, .threads = 3});
  EXPECT_EQ(cells_of(alone), cells_of(shared));
  for (std::size_t i = 0; i < alone.size(); ++i)
    EXPECT_EQ(alone[i].score, shared[i].score);
}

TEST(SelectCells, RefusesWhatIsNoBelief) {
  const auto refuses = [](const std::string& part, const EnergyBelief& belief,
                          const SelectionOptions& options = {}) {
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { static_cast<void>(select_cells(belief, all_of(belief), options)); });
  };
  const EnergyBelief good = independent({0.01, 0.02}, {0.01, 0.02}, 0.01);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EnergyBelief bad = good;
  bad.covariance.pop_back();
  refuses("3 covariances of 2 points", bad);
  refuses("0 covariances of 0 points", {});
  bad = good;
  bad.noise_variance = 0;
  refuses("a noise variance of 0", bad);
  bad = good;
  bad.predicted_kwh[1] = 0;
  refuses("point 1 has an energy of 0 kWh", bad);
  bad = good;
  bad.covariance[0] = -0.01;
  refuses("a variance of -0.01", bad);
  bad = good;
  bad.covariance[1] = nan;
  refuses("a covariance is not finite", bad);
  bad = good;
  bad.point[0] = 2;
  refuses("a cell is at none of 2 points", bad);
  refuses("a budget of 0 kWh", good, {.budget_kwh = 0});
  refuses("a budget of nan kWh", good, {.budget_kwh = nan});
  refuses("a diversity of 1.5", good, {.diversity = 1.5});
  refuses("a diversity of nan", good, {.diversity = nan});
  const auto refuses_cells = [&](const std::vector<std::size_t>& open) {
    expect_error(ErrorCode::invalid_argument, "or given twice",
                 [&] { static_cast<void>(select_cells(good, open, {})); });
  };
  refuses_cells({2});
  refuses_cells({1, 1});
}

// ---- What a model believes

Surrogate fitted(const Observations& observations, Family family) {
  SurrogateFitOptions options{.members = {{.family = family}}, .folds = 2};
  return fit_surrogate(std::span(&observations, 1), options).surrogate;
}

TEST(Believe, ExpectsWhatTheModelPredictsAndKnowsMeasuredCellsBetter) {
  const std::vector<space::Cell> cells = testing::some_cells(160, 3, 5);
  const std::vector<space::Cell> measured(cells.begin(), cells.begin() + 60);
  const Surrogate model =
      fitted(testing::made_up_energies(measured, 0.02, 5), Family::gaussian_process);
  const EnergyBelief belief = believe(model, cells, 4);
  const std::vector<Prediction> predictions = model.predict(cells, 4);
  ASSERT_EQ(belief.point.size(), cells.size());
  EXPECT_LT(belief.points(), cells.size());  // cells of equal counts
  double of_measured = 0;
  double of_others = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    EXPECT_EQ(belief.predicted_kwh[belief.point[i]], predictions[i].value) << i;
    (i < 60 ? of_measured : of_others) += belief.deviation_kwh(i) / predictions[i].value;
  }
  EXPECT_LT(of_measured / 60, of_others / 100);
}

TEST(Believe, DeviationIsAsLargeAsErrorsAre) {
  const std::vector<space::Cell> cells = testing::some_cells(900, 4, 5);
  const Observations truth = testing::made_up_energies(cells, 0.0, 6);
  const Observations all = testing::made_up_energies(cells, 0.03, 6);
  std::vector<std::size_t> rows(40);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const EnergyBelief belief =
      believe(fitted(at_rows(all, rows), Family::gaussian_process), cells, 4);
  double squares = 0;
  for (std::size_t i = 40; i < cells.size(); ++i) {
    const double error = belief.predicted_kwh[belief.point[i]] - truth.value(i, 0);
    squares += std::pow(error / belief.deviation_kwh(i), 2) / 860;
  }
  // A process whose parameters are found on 40 cells is no better than to a factor of two or three.
  EXPECT_GT(std::sqrt(squares), 0.3);
  EXPECT_LT(std::sqrt(squares), 3);
}

TEST(Believe, TwiceTheLogarithmsHaveFourTimesTheVariances) {
  const std::vector<space::Cell> cells = testing::some_cells(120, 7, 5);
  const Observations energies = testing::made_up_energies(cells, 0.03, 9);
  Observations squares = energies;
  for (double& value : squares.values)
    value *= value;
  const EnergyBelief one = believe(fitted(energies, Family::gaussian_process), cells, 4);
  const EnergyBelief other = believe(fitted(squares, Family::gaussian_process), cells, 4);
  // The process learns the same standardised numbers, but for the rounding of floats.
  EXPECT_NEAR(other.noise_variance / one.noise_variance, 4, 0.04);
  ASSERT_EQ(one.points(), other.points());
  for (std::size_t at = 0; at < one.points(); ++at) {
    EXPECT_NEAR(other.covariance[at * (one.points() + 1)] / one.covariance[at * (one.points() + 1)],
                4, 0.04);
  }
}

TEST(Believe, IsTheSameOfEveryLabelling) {
  const std::vector<space::Cell> cells = testing::some_cells(80, 5, 5);
  const Surrogate model =
      fitted(testing::made_up_energies(cells, 0.02, 7), Family::gaussian_process);
  const EnergyBelief one = believe(model, cells, 4);
  const EnergyBelief other = believe(model, testing::relabelled(cells, 8), 4, 2);
  EXPECT_EQ(one.point, other.point);
  EXPECT_TRUE(testing::same_bits(one.predicted_kwh, other.predicted_kwh));
  EXPECT_TRUE(testing::same_bits(one.covariance, other.covariance));
}

TEST(Believe, RefusesModelsOfOtherFamiliesAndUnknownBudgets) {
  const std::vector<space::Cell> cells = testing::some_cells(40, 6, 5);
  const Observations energies = testing::made_up_energies(cells, 0.02, 8);
  expect_error(ErrorCode::invalid_argument, "takes a Gaussian process alone",
               [&] { static_cast<void>(believe(fitted(energies, Family::ridge), cells, 4)); });
  expect_error(ErrorCode::not_found, "nothing at 12 epochs", [&] {
    static_cast<void>(believe(fitted(energies, Family::gaussian_process), cells, 12));
  });
}

}  // namespace
}  // namespace ecnas::surrogate
