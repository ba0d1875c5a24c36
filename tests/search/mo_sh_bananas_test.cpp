#include "search/mo_sh_bananas.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "search/small_search.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::expect_error;
using ecnas::testing::runs_of_budgets;
using ecnas::testing::SmallSearch;
using moo::Objectives;

TEST(SampledRanks, AreTheRanksWhereAllNetworksAgree) {
  const std::vector<Objectives> points = {{3, 3}, {1, 1}, {2, 2}};
  const std::vector<std::vector<Objectives>> networks(5, points);
  Rng rng(1);
  EXPECT_EQ(sampled_ranks(points, networks, rng), (std::vector<double>{2, 0, 1}));
}

TEST(SampledRanks, VaryByHowMuchNetworksDisagree) {
  // Ranks by the mean 0, 1, 2; by the networks 0 1 2 and 0 2 1: variances 0, 1/1 and 1/1.
  const std::vector<Objectives> mean = {{1, 1}, {2, 2}, {3, 3}};
  const std::vector<std::vector<Objectives>> networks = {mean, {{1, 1}, {3, 3}, {2, 2}}};
  Rng rng(2);
  constexpr int kDraws = 4000;
  std::vector<double> sums(3);
  std::vector<double> squares(3);
  for (int i = 0; i < kDraws; ++i) {
    const std::vector<double> drawn = sampled_ranks(mean, networks, rng);
    for (std::size_t k = 0; k < 3; ++k) {
      sums[k] += drawn[k] / kDraws;
      squares[k] += std::pow(drawn[k] - static_cast<double>(k), 2) / kDraws;
    }
  }
  EXPECT_EQ(squares[0], 0);
  for (const std::size_t k : {1U, 2U}) {
    EXPECT_NEAR(sums[k], static_cast<double>(k), 0.08);  // five standard errors
    EXPECT_NEAR(squares[k], 1, 0.12);
  }
}

Eigen::MatrixXd normal_matrix(Eigen::Index rows, Eigen::Index columns, Rng& rng) {
  Eigen::MatrixXd matrix(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index k = 0; k < columns; ++k)
      matrix(i, k) = rng.normal();
  }
  return matrix;
}

TEST(MlpEnsemble, LearnsAFunctionAtItsOwnScaleAndItsNetworksDiffer) {
  Rng rng(3);
  const auto function = [](const Eigen::MatrixXd& at) {
    Eigen::MatrixXd values(at.rows(), 2);
    values.col(0) = 1000 + 50 * (at.col(0) - at.col(1)).array();
    values.col(1) = 1e-3 * at.col(2).array().abs();
    return values;
  };
  const Eigen::MatrixXd inputs = normal_matrix(200, 4, rng);
  const Eigen::MatrixXd others = normal_matrix(100, 4, rng);
  MlpEnsemble ensemble({.networks = 3});
  ensemble.fit(inputs, function(inputs), rng);
  ASSERT_EQ(ensemble.networks(), 3U);
  const Eigen::MatrixXd expected = function(others);
  for (std::size_t network = 0; network < 3; ++network) {
    const Eigen::MatrixXd predicted = ensemble.predict(network, others);
    for (Eigen::Index k = 0; k < 2; ++k) {
      const double variance = (expected.col(k).array() - expected.col(k).mean()).square().mean();
      // A linear function of one, a kink of the other, 200 observations without noise.
      EXPECT_LT((predicted.col(k) - expected.col(k)).squaredNorm() / 100, 0.1 * variance);
    }
  }
  EXPECT_NE(ensemble.predict(0, others), ensemble.predict(1, others));
}

TEST(MlpEnsemble, PredictsAConstantWhereThereIsNothingElseAndTheSameBytesForTheSameSeed) {
  Rng inputs_rng(4);
  const Eigen::MatrixXd inputs = normal_matrix(30, 3, inputs_rng);
  const Eigen::MatrixXd constant = Eigen::MatrixXd::Constant(30, 1, 7);
  const auto fitted = [&](std::size_t training) {
    Rng rng(5);
    MlpEnsemble ensemble({.training = training});
    ensemble.fit(inputs, constant, rng);
    return ensemble.predict(4, inputs);
  };
  // Weights that start at random are fitted to 0 within what 40 epochs allow.
  EXPECT_LT((fitted(300).array() - 7).abs().maxCoeff(), 0.5);
  EXPECT_EQ(fitted(10), fitted(10));
  EXPECT_NE(fitted(10), fitted(20));
}

TEST(MoShBananas, SamplesTheLargestBudgetAndThenHalvesFromTheSmallest) {
  const table::Table table = ecnas::testing::synthetic_table({.max_vertices = 5});
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error}});
  const Trial trial =
      run_trial(problem, {.algorithm = Algorithm::mo_sh_bananas, .stop = {.count = 48}}, 2);
  EXPECT_EQ(runs_of_budgets(trial),
            (std::vector<std::pair<std::uint32_t, std::size_t>>{
                {2, 20}, {0, 10}, {1, 3}, {2, 1}, {0, 10}, {1, 3}, {2, 1}}));
}

TEST(MoShBananas, ChoosesMutantsThatArePredictedToBeGood) {
  // The number of edges is both objectives: chosen mutants have fewer than random cells.
  SmallSearch search({.max_vertices = 5}, {36});
  MoShBananas algorithm(search.context(), {});
  Rng rng(6);
  double initial = 0;
  double chosen = 0;
  std::size_t count = 0;
  for (int step = 0; step < 5; ++step) {
    const std::vector<Genotype> asked = algorithm.ask(rng);
    std::vector<moo::Evaluated<Genotype>> evaluated;
    for (const Genotype& genotype : asked) {
      const double edges = space::Cell::from(genotype.specification)->edges();
      evaluated.push_back({genotype, Objectives{edges, edges}});
      (step == 0 ? initial : chosen) += edges;
      count += step == 0 ? 0 : 1;
    }
    if (step == 0) initial /= static_cast<double>(asked.size());
    algorithm.tell(evaluated);
  }
  EXPECT_LT(chosen / static_cast<double>(count), initial - 1);
}

TEST(MoShBananas, RefusesOptionsOutOfRange) {
  const auto refused = [](const MoShBananasOptions& options, const std::string& part) {
    expect_error(ErrorCode::invalid_argument, part, [&] { validate(options); });
  };
  refused({.initial = 0}, "initial");
  refused({.parents = 0}, "parents");
  refused({.candidates = 0}, "candidates");
  refused({.select = 0}, "select");
  refused({.eta = 1}, "eta");
  refused({.networks = 1}, "networks");
  refused({.training = 0}, "training");
}

}  // namespace
}  // namespace ecnas::search
