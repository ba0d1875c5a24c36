#include "search/successive_halving.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ecnas/moo/ranking.hpp"
#include "search/small_search.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::SmallSearch;

std::vector<std::size_t> sizes_of(const Bracket& bracket) {
  std::vector<std::size_t> sizes;
  for (const Rung& rung : bracket)
    sizes.push_back(rung.candidates);
  return sizes;
}

TEST(HalvingBracket, DividesByEtaRungByRung) {
  EXPECT_EQ(sizes_of(halving_bracket(0, 5, 81, 3)), (std::vector<std::size_t>{81, 27, 9, 3, 1}));
  EXPECT_EQ(sizes_of(halving_bracket(0, 4, 10, 3)), (std::vector<std::size_t>{10, 3, 1, 1}));
  EXPECT_EQ(sizes_of(halving_bracket(0, 4, 16, 2)), (std::vector<std::size_t>{16, 8, 4, 2}));
  EXPECT_EQ(halving_bracket(2, 4, 6, 3), (Bracket{{2, 6}, {3, 2}}));
  EXPECT_EQ(halving_bracket(0, 1, 7, 3), (Bracket{{0, 7}}));
}

// Li et al. 2018, Table 1: R = 81, η = 3, budgets of 1, 3, 9, 27 and 81.
TEST(HyperbandBrackets, AreThoseOfThePublishedTable) {
  const std::vector<Bracket> brackets = hyperband_brackets(5, 3);
  ASSERT_EQ(brackets.size(), 5U);
  EXPECT_EQ(brackets[0], (Bracket{{0, 81}, {1, 27}, {2, 9}, {3, 3}, {4, 1}}));
  EXPECT_EQ(brackets[1], (Bracket{{1, 34}, {2, 11}, {3, 3}, {4, 1}}));
  EXPECT_EQ(brackets[2], (Bracket{{2, 15}, {3, 5}, {4, 1}}));
  EXPECT_EQ(brackets[3], (Bracket{{3, 8}, {4, 2}}));
  EXPECT_EQ(brackets[4], (Bracket{{4, 5}}));
}

TEST(HyperbandBrackets, OverThePublishedBudgetsAndOverOne) {
  const std::vector<Bracket> brackets = hyperband_brackets(4, 3);
  ASSERT_EQ(brackets.size(), 4U);
  EXPECT_EQ(sizes_of(brackets[0]), (std::vector<std::size_t>{27, 9, 3, 1}));
  EXPECT_EQ(sizes_of(brackets[1]), (std::vector<std::size_t>{12, 4, 1}));
  EXPECT_EQ(sizes_of(brackets[2]), (std::vector<std::size_t>{6, 2}));
  EXPECT_EQ(sizes_of(brackets[3]), (std::vector<std::size_t>{4}));
  EXPECT_EQ(hyperband_brackets(1, 3), (std::vector<Bracket>{{{0, 1}}}));
}

class Brackets : public ::testing::Test {
 protected:
  SmallSearch search_{{.absent_every = 5}};
  EvaluatedCells evaluated_{search_.space()};
  Rng rng_{7};

  std::vector<Genotype> entered(BracketRun& run, const EvaluatedCells& evaluated) {
    std::vector<Genotype> samples =
        evaluated.unseen(run.budget(), run.vacancies(), search_.variation(), rng_);
    for (const Genotype& sample : samples)
      run.enter(sample);
    return samples;
  }

  /// The best rows of a rung among those that the next budget has, by definition.
  [[nodiscard]] std::set<table::Row> best_rows(const std::vector<Genotype>& members,
                                               std::uint32_t next, std::size_t count) const {
    std::vector<table::Row> rows;
    std::vector<moo::Objectives> points;
    for (const Genotype& member : members) {
      const auto [row, budget] = *member.candidate;
      if (!search_.problem().contains({row, next})) continue;
      rows.push_back(row);
      points.push_back(search_.problem().evaluate({row, budget}).value());
    }
    std::set<table::Row> best;
    for (const std::size_t i : moo::best_positions(points, count))
      best.insert(rows[i]);
    return best;
  }
};

TEST_F(Brackets, EveryRungHasTheBestOfTheOneBeforeAtTheNextBudget) {
  for (int i = 0; i < 20; ++i) {
    EvaluatedCells evaluated(search_.space());
    BracketRun run(halving_bracket(0, 3, 18, 3));
    EXPECT_EQ(run.vacancies(), 18U);
    std::vector<Genotype> members = entered(run, evaluated);
    ASSERT_EQ(members.size(), 18U);
    EXPECT_EQ(run.vacancies(), 0U);
    for (const auto& [budget, count] : {std::pair{1U, 6U}, {2U, 2U}}) {
      evaluated.record(search_.evaluated(members));
      const std::set<table::Row> expected = best_rows(members, budget, count);
      members = run.promote(evaluated, search_.space(), best_by_crowding);
      EXPECT_EQ(run.budget(), budget);
      EXPECT_EQ(run.vacancies(), 0U);
      std::set<table::Row> rows;
      for (const Genotype& member : members) {
        EXPECT_EQ(member.candidate->budget, budget);
        EXPECT_FALSE(member.measurement);
        rows.insert(member.candidate->row);
      }
      EXPECT_EQ(rows, expected);
      EXPECT_EQ(rows.size(), count);
    }
    evaluated.record(search_.evaluated(members));
    EXPECT_TRUE(run.promote(evaluated, search_.space(), best_by_crowding).empty());
    EXPECT_TRUE(run.is_over());
  }
}

TEST_F(Brackets, WhatIsKnownClimbsWithoutBeingAsked) {
  BracketRun run(halving_bracket(0, 3, 9, 3));
  const std::vector<Genotype> members = entered(run, evaluated_);
  evaluated_.record(search_.evaluated(members));
  for (const table::Row row : search_.space().domain(1)) {
    evaluated_.record(search_.evaluated({search_.variation().at({row, 1}, rng_)}));
  }
  const std::vector<Genotype> promoted = run.promote(evaluated_, search_.space(), best_by_crowding);
  ASSERT_EQ(promoted.size(), 1U);
  EXPECT_EQ(promoted[0].candidate->budget, 2U);
}

TEST_F(Brackets, AnEmptyRungEndsTheRun) {
  BracketRun run(halving_bracket(0, 3, 9, 3));
  EXPECT_TRUE(run.promote(evaluated_, search_.space(), best_by_crowding).empty());
  EXPECT_TRUE(run.is_over());
  EXPECT_TRUE(BracketRun().is_over());
  EXPECT_EQ(BracketRun().vacancies(), 0U);
}

TEST_F(Brackets, UnseenSamplesAreNewAndDifferentUntilThereAreNone) {
  const std::size_t all = search_.space().domain(1).size();
  std::set<table::Row> rows;
  while (rows.size() < all) {
    const std::vector<Genotype> samples = evaluated_.unseen(1, 10, search_.variation(), rng_);
    EXPECT_EQ(samples.size(), std::min<std::size_t>(10, all - rows.size()));
    for (const Genotype& sample : samples) {
      EXPECT_EQ(sample.candidate->budget, 1U);
      EXPECT_TRUE(rows.insert(sample.candidate->row).second);
    }
    evaluated_.record(search_.evaluated(samples));
  }
  EXPECT_FALSE(evaluated_.unseen(1, search_.variation(), rng_));
  EXPECT_EQ(evaluated_.unseen_from(1, search_.variation(), rng_).candidate->budget, 2U);
  EXPECT_EQ(evaluated_.size(), all);
}

TEST_F(Brackets, FailuresAndRepeatsAreNotRecorded) {
  const Genotype sample = *evaluated_.unseen(0, search_.variation(), rng_);
  const std::vector<moo::Evaluated<Genotype>> failure = {{sample, moo::Failure::absent}};
  evaluated_.record(failure);
  EXPECT_EQ(evaluated_.size(), 0U);
  evaluated_.record(search_.evaluated({sample, sample}));
  EXPECT_EQ(evaluated_.size(), 1U);
  EXPECT_EQ(evaluated_.objectives(*sample.candidate),
            search_.problem().evaluate(*sample.candidate).value());
}

}  // namespace
}  // namespace ecnas::search
