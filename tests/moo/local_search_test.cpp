#include "ecnas/moo/local_search.hpp"

#include <gtest/gtest.h>

#include <set>

#include "moo/grid_problems.hpp"
#include "moo/leading_ones.hpp"
#include "moo/recording.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

TEST(LocalSearch, BeginsWithSamplesUntilSomethingIsValid) {
  RecordingVariation variation;
  LocalSearch<int> search(variation, {.initial = 3});
  Rng rng(41);
  EXPECT_EQ(search.ask(rng), std::vector<int>(3, -1));
  search.tell(std::vector<Evaluated<int>>{{0, Failure::absent}});
  EXPECT_EQ(search.ask(rng), std::vector<int>(3, -1));
}

TEST(LocalSearch, ExploresTheGreatestContributionFirstAndEachMemberOnce) {
  RecordingVariation variation;
  LocalSearch<int> search(variation, {.initial = 3});
  Rng rng(42);
  search.tell(numbered({{3, 1}, {0, 9}, {1, 4}, {9, 0}, {9, 9}}));  // 18, ∞, 10, ∞, dominated
  for (int step = 0; step < 4; ++step) {
    const std::vector<int> asked = search.ask(rng);
    ASSERT_EQ(asked,
              (std::vector{variation.explored.back() + 100, variation.explored.back() + 101}));
    search.tell(std::vector<Evaluated<int>>{{asked[0], Objectives{20, 20}},  // no better
                                            {asked[1], Failure::absent}});
  }
  EXPECT_EQ(variation.explored, (std::vector<int>{1, 3, 0, 2}));
}

TEST(LocalSearch, ExploresWhatJoinsAndNotWhatLeavesTheArchive) {
  RecordingVariation variation;
  LocalSearch<int> search(variation);
  Rng rng(43);
  search.tell(numbered({{0, 9}, {9, 0}}));
  static_cast<void>(search.ask(rng));
  search.tell(evaluated_as({{7, {9, -1}}}));  // in place of number 1, which was not explored yet
  static_cast<void>(search.ask(rng));
  EXPECT_EQ(variation.explored, (std::vector<int>{0, 7}));
  EXPECT_EQ(genotypes_of(search.members()), (std::vector<int>{0, 7}));
}

TEST(LocalSearch, StartsAfreshWhereAllIsExplored) {
  RecordingVariation variation;
  LocalSearch<int> search(variation, {.initial = 2});
  Rng rng(44);
  search.tell(numbered({{0, 0}}));
  static_cast<void>(search.ask(rng));
  search.tell({});
  EXPECT_EQ(search.ask(rng), std::vector<int>(2, -1));
  search.tell(evaluated_as({{5, {9, 9}}}));  // worse than what the first start found
  static_cast<void>(search.ask(rng));
  EXPECT_EQ(variation.explored, (std::vector<int>{0, 5}));
}

/// Runs one start; returns its archive as it was when all was explored.
template <typename Genotype, typename Problem>
Population<Genotype> local_optimum(Variation<Genotype>& variation, std::uint64_t seed,
                                   const Problem& problem) {
  LocalSearch<Genotype> search(variation, {.initial = 4});
  Rng rng(seed);
  for (;;) {
    Population<Genotype> before = search.members();
    const std::vector<Genotype> asked = search.ask(rng);
    if (!before.empty() && search.members().empty()) return before;
    std::vector<Evaluated<Genotype>> evaluated;
    for (const Genotype& genotype : asked)
      evaluated.push_back({genotype, problem(genotype)});
    search.tell(evaluated);
  }
}

template <typename Genotype, typename Problem>
void expect_locally_optimal(Variation<Genotype>& variation, const Problem& problem) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Population<Genotype> members = local_optimum(variation, seed, problem);
    Rng rng(seed);
    for (const Solution<Genotype>& member : members) {
      for (const Genotype& neighbour : variation.neighbours(member.genotype, rng)) {
        EXPECT_TRUE(std::ranges::any_of(members, [&](const Solution<Genotype>& other) {
          return oracle::nowhere_worse(other.objectives, problem(neighbour));
        }));
      }
    }
  }
}

TEST(LocalSearch, EndsWhereNoNeighbourOfAnyMemberIsBetter) {
  WordVariation words;
  expect_locally_optimal<Word>(words, leading_ones_trailing_zeros);
  GridVariation planar(zdt1().sides);
  expect_locally_optimal<Grid>(planar, zdt1().objectives);
  GridVariation spatial(dtlz2().sides);
  expect_locally_optimal<Grid>(spatial, dtlz2().objectives);
}

TEST(LocalSearch, FindsTheWholeFrontWhereOneStepAlwaysHelps) {
  WordVariation variation;
  const Population<Word> members = local_optimum<Word>(variation, 1, leading_ones_trailing_zeros);
  EXPECT_EQ(members.size(), kWordFront);
  EXPECT_TRUE(std::ranges::all_of(members, [](const auto& m) { return on_front(m.genotype); }));
}

}  // namespace
}  // namespace ecnas::moo
