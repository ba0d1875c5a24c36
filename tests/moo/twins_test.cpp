// Each algorithm beside its slow twin: the same random numbers, so the same steps. A fault of
// ranking, selection or replacement shows as soon as it matters.

#include <gtest/gtest.h>

#include "ecnas/moo/moead.hpp"
#include "ecnas/moo/nsga2.hpp"
#include "ecnas/moo/nsga3.hpp"
#include "ecnas/moo/sms_emoa.hpp"
#include "moo/grid_problems.hpp"
#include "moo/leading_ones.hpp"
#include "moo/trial.hpp"
#include "oracles/moo_algorithms.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

template <typename Genotype>
void expect_same_steps(Algorithm<Genotype>& ours, Algorithm<Genotype>& twin,
                       std::size_t evaluations, std::uint64_t seed,
                       const std::function<Outcome(const Genotype&)>& problem) {
  const auto expected = evaluated_by<Genotype>(twin, evaluations, seed, problem);
  const auto actual = evaluated_by<Genotype>(ours, evaluations, seed, problem);
  ASSERT_EQ(actual.size(), expected.size());
  const auto [mine, theirs] = std::ranges::mismatch(actual, expected);
  EXPECT_EQ(mine, actual.end()) << "seed " << seed << ": another step from evaluation "
                                << mine - actual.begin() << " on";
}

Outcome word_problem(const Word& word) {
  return leading_ones_trailing_zeros(word);
}

Outcome zdt1_problem(const Grid& grid) {
  return zdt1().objectives(grid);
}

Outcome dtlz2_problem(const Grid& grid) {
  return dtlz2().objectives(grid);
}

TEST(Nsga2, TakesTheStepsOfItsTwin) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    WordVariation words;
    Nsga2<Word> ours(words);
    oracle::Nsga2<Word> twin(words);
    expect_same_steps<Word>(ours, twin, 800, seed, word_problem);
    GridVariation grids(zdt1().sides);
    Nsga2<Grid> our_grids(grids);
    oracle::Nsga2<Grid> twin_grids(grids);
    expect_same_steps<Grid>(our_grids, twin_grids, 800, seed, zdt1_problem);
  }
}

TEST(SmsEmoa, TakesTheStepsOfItsTwin) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    WordVariation variation;
    SmsEmoa<Word> ours(variation);
    oracle::SmsEmoa<Word> twin(variation);
    expect_same_steps<Word>(ours, twin, 1000, seed, word_problem);
  }
}

TEST(Nsga3, TakesTheStepsOfItsTwinInThreeObjectives) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    GridVariation variation(dtlz2().sides);
    Nsga3<Grid> ours(variation);
    oracle::Nsga3<Grid> twin(variation, uniform_weights(3, 4));
    expect_same_steps<Grid>(ours, twin, 1000, seed, dtlz2_problem);
  }
}

TEST(Moead, TakesTheStepsOfItsTwinInTwoAndThreeObjectives) {
  const std::vector<Weights> two = uniform_weights(2, 19);
  const std::vector<Weights> three = uniform_weights(3, 4);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    WordVariation words;
    Moead<Word> ours(words);
    oracle::Moead<Word> twin(words, two, nearest_weights(two, 5));
    expect_same_steps<Word>(ours, twin, 1000, seed, word_problem);
    GridVariation grids(dtlz2().sides);
    Moead<Grid> our_grids(grids);
    oracle::Moead<Grid> twin_grids(grids, three, nearest_weights(three, 5));
    expect_same_steps<Grid>(our_grids, twin_grids, 1000, seed, dtlz2_problem);
  }
}

}  // namespace
}  // namespace ecnas::moo
