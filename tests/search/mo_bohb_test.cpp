#include "search/mo_bohb.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "search/small_search.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::expect_error;
using ecnas::testing::runs_of_budgets;
using ecnas::testing::SmallSearch;
using space::Operation;
using space::Specification;

/// All 2³ · 3 specifications of three vertices.
std::vector<Specification> all_of_three_vertices() {
  std::vector<Specification> all;
  for (std::uint32_t adjacency = 0; adjacency < 8; ++adjacency) {
    for (const Operation operation :
         {Operation::conv3x3, Operation::conv1x1, Operation::maxpool3x3}) {
      Specification specification = {.vertices = 3, .adjacency = adjacency};
      specification.set_operation(1, operation);
      all.push_back(specification);
    }
  }
  return all;
}

Specification three_vertices(std::uint32_t adjacency, Operation operation) {
  Specification specification = {.vertices = 3, .adjacency = adjacency};
  specification.set_operation(1, operation);
  return specification;
}

TEST(CellDensity, IsHandWorked) {
  // Two kernels that keep an edge with 0.8 and an operation likewise (0.1 for each other one), and
  // the uniform part 1/24.
  const CellDensity density(
      {three_vertices(0b101, Operation::conv3x3), three_vertices(0b100, Operation::maxpool3x3)}, 3,
      0.8);
  constexpr double kUniform = 1.0 / 24;
  const auto expect_density = [&](std::uint32_t adjacency, Operation operation, double kernels) {
    EXPECT_NEAR(density(three_vertices(adjacency, operation)), (kernels + kUniform) / 3, 1e-15);
  };
  expect_density(0b101, Operation::conv3x3, 0.8 * 0.8 * 0.8 * 0.8 + 0.8 * 0.8 * 0.2 * 0.1);
  expect_density(0b100, Operation::maxpool3x3, 0.8 * 0.8 * 0.2 * 0.1 + 0.8 * 0.8 * 0.8 * 0.8);
  expect_density(0b010, Operation::conv1x1, 0.2 * 0.2 * 0.2 * 0.1 + 0.2 * 0.2 * 0.8 * 0.1);
}

TEST(CellDensity, SumsToOneAndIsUniformWithoutCentres) {
  const CellDensity density({three_vertices(0b111, Operation::conv1x1)}, 3, 0.9);
  const CellDensity uniform({}, 3, 0.9);
  double sum = 0;
  for (const Specification& specification : all_of_three_vertices()) {
    sum += density(specification);
    EXPECT_DOUBLE_EQ(uniform(specification), 1.0 / 24);
  }
  EXPECT_NEAR(sum, 1, 1e-14);  // 24 roundings
}

TEST(CellDensity, DrawsWhatItSays) {
  const CellDensity density(
      {three_vertices(0b101, Operation::conv3x3), three_vertices(0b100, Operation::maxpool3x3)}, 3,
      0.8);
  Rng rng(1);
  constexpr int kDraws = 20'000;
  std::map<Specification, int> counts;
  for (int i = 0; i < kDraws; ++i)
    ++counts[density.draw(rng)];
  double chi_square = 0;
  for (const Specification& specification : all_of_three_vertices()) {
    const double expected = kDraws * density(specification);
    chi_square += std::pow(counts[specification] - expected, 2) / expected;
  }
  EXPECT_LT(chi_square, 49.7);  // 23 degrees of freedom: exceeded once in a thousand; fixed seed
}

/// Solutions whose objectives are both the number of edges: the more edges, the worse.
std::vector<moo::Solution<Genotype>> by_edges(const std::vector<Specification>& specifications) {
  std::vector<moo::Solution<Genotype>> solutions;
  for (const Specification& specification : specifications) {
    const double edges = specification.edges();
    solutions.push_back({{edges, edges}, {specification, Candidate{0, 0}, {}}});
  }
  return solutions;
}

TEST(GoodAndBad, SplitsOffTheGoodShareAndFavoursIt) {
  std::vector<Specification> specifications;
  for (const std::uint32_t adjacency : {0b111U, 0b110U, 0b001U, 0b011U, 0b111U, 0b110U, 0b011U,
                                        0b111U, 0b101U, 0b111U, 0b111U, 0b111U})
    specifications.push_back(three_vertices(adjacency, Operation::conv3x3));
  const std::vector<moo::Solution<Genotype>> solutions = by_edges(specifications);
  // ⌊0.1 · 12⌋ = 1 good one: 0b001, the one of fewest edges.
  const GoodAndBad model = good_and_bad(solutions, 3, {.gamma = 0.1, .stays = 0.9});
  const CellDensity expected_good({specifications[2]}, 3, 0.9);
  std::vector<Specification> others = specifications;
  others.erase(others.begin() + 2);
  const CellDensity expected_bad(others, 3, 0.9);
  for (const Specification& specification : all_of_three_vertices()) {
    EXPECT_DOUBLE_EQ(model.good(specification), expected_good(specification));
    EXPECT_DOUBLE_EQ(model.bad(specification), expected_bad(specification));
  }
  EXPECT_GT(model.good(specifications[2]) / model.bad(specifications[2]), 10);
  EXPECT_LT(model.good(specifications[0]) / model.bad(specifications[0]), 0.1);
}

TEST(GoodAndBad, HasOneGoodThoughTheShareIsLess) {
  const std::vector<moo::Solution<Genotype>> solutions =
      by_edges({three_vertices(0b111, Operation::conv3x3)});
  const GoodAndBad model = good_and_bad(solutions, 3, {.gamma = 0.1});
  EXPECT_GT(model.good(solutions[0].genotype.specification), model.bad({.vertices = 3}));
}

TEST(MoBohb, RunsHyperbandsBracketsWhateverProposes) {
  const table::Table table = ecnas::testing::synthetic_table({.max_vertices = 5});
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error}});
  for (const double random_fraction : {0.0, 1.0}) {
    const Trial trial =
        run_trial(problem,
                  {.algorithm = Algorithm::mo_bohb,
                   .algorithm_options = {{"random_fraction", random_fraction}, {"min_points", 5}},
                   .stop = {.count = 31}},
                  4);
    // 9, 3, 1; 5, 1; 3; and 9 again.
    EXPECT_EQ(runs_of_budgets(trial), (std::vector<std::pair<std::uint32_t, std::size_t>>{
                                          {0, 9}, {1, 3}, {2, 1}, {1, 5}, {2, 1 + 3}, {0, 9}}));
    EXPECT_EQ(trial.ledger.repeats, 0U);
  }
}

TEST(MoBohb, ProposesWhereTheGoodOnesLie) {
  // Edges are all that counts, and few are good.
  SmallSearch search({.max_vertices = 5}, {36});
  const auto mean_edges = [&](double random_fraction) {
    MoBohb algorithm(search.context(), {.random_fraction = random_fraction, .min_points = 30});
    Rng rng(3);
    double edges = 0;
    for (int step = 0; step < 200; ++step) {
      const std::vector<Genotype> asked = algorithm.ask(rng);
      std::vector<moo::Evaluated<Genotype>> evaluated;
      for (const Genotype& genotype : asked) {
        const double count = space::Cell::from(genotype.specification)->edges();
        evaluated.push_back({genotype, moo::Objectives{count, count}});
        if (step >= 40) edges += count / 160;
      }
      algorithm.tell(evaluated);
    }
    return edges;
  };
  EXPECT_LT(mean_edges(0), mean_edges(1) - 1);
}

TEST(MoBohb, RefusesOptionsOutOfRange) {
  const auto refused = [](const MoBohbOptions& options, const std::string& part) {
    expect_error(ErrorCode::invalid_argument, part, [&] { validate(options); });
  };
  refused({.eta = 1}, "eta");
  refused({.gamma = 0}, "gamma");
  refused({.candidates = 0}, "candidates");
  refused({.random_fraction = 2}, "random_fraction");
  refused({.stays = 1}, "stays");
}

}  // namespace
}  // namespace ecnas::search
