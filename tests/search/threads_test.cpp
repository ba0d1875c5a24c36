#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "ecnas/search/prior.hpp"
#include "ecnas/search/search.hpp"
#include "ecnas/surrogate/shipped.hpp"
#include "search/synthetic_table.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::synthetic_table;

class OnThreads : public ::testing::TestWithParam<Algorithm> {};

std::vector<Algorithm> every_algorithm() {
  std::vector<Algorithm> all{Algorithm::semoa_published};
  for (const AlgorithmInfo& algorithm : algorithms())
    all.push_back(algorithm.algorithm);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Search, OnThreads, ::testing::ValuesIn(every_algorithm()),
                         [](const ::testing::TestParamInfo<Algorithm>& instance) {
                           std::string text(name(instance.param));
                           std::ranges::replace(text, '-', '_');
                           return text;
                         });

TEST_P(OnThreads, SameSeedGivesTheSameTrialsOnOneThreadAndOnTwo) {
  const table::Table table = synthetic_table({.absent_every = 7});
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error}});
  SearchOptions one{.algorithm = GetParam(), .stop = {.count = 60}, .trials = 5, .seed = 11};
  SearchOptions two = one;
  two.threads = 2;
  const std::vector<Trial> first = run_search(problem, one);
  const std::vector<Trial> second = run_search(problem, two);
  ASSERT_EQ(first.size(), 5U);
  ASSERT_EQ(second.size(), 5U);
  std::set<std::uint64_t> seeds;
  for (std::size_t i = 0; i < 5; ++i) {
    seeds.insert(first[i].seed);
    EXPECT_EQ(first[i].seed, second[i].seed);
    ASSERT_EQ(first[i].evaluations.size(), second[i].evaluations.size());
    for (std::size_t k = 0; k < first[i].evaluations.size(); ++k) {
      EXPECT_EQ(first[i].evaluations[k].candidate, second[i].evaluations[k].candidate);
    }
  }
  EXPECT_EQ(seeds.size(), 5U);
  EXPECT_EQ(seeds.count(one.seed), 1U);
}

// Trials share what a prior has predicted.
TEST(EnergyPrior, TrialsOnTwoThreadsAreThoseOfOne) {
  const table::Table table = synthetic_table();
  const Problem problem(table, {.objectives = {Objective::energy, Objective::validation_error}});
  const auto trials_on = [&](unsigned threads) {
    SearchOptions options{.algorithm = Algorithm::keen, .stop = {.count = 25}, .trials = 4};
    options.prior = energy_prior(std::make_shared<const surrogate::Surrogate>(
        surrogate::shipped_model().surrogate(surrogate::Target::energy_kwh)));
    options.threads = threads;
    return run_search(problem, options);
  };
  const std::vector<Trial> one = trials_on(1);
  const std::vector<Trial> two = trials_on(2);
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    ASSERT_EQ(one[i].evaluations.size(), two[i].evaluations.size());
    for (std::size_t k = 0; k < one[i].evaluations.size(); ++k)
      EXPECT_EQ(one[i].evaluations[k].candidate, two[i].evaluations[k].candidate);
  }
}

}  // namespace
}  // namespace ecnas::search
