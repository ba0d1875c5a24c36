#include "search/mo_asha.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ecnas/moo/ranking.hpp"
#include "search/small_search.hpp"
#include "support/expect_error.hpp"

namespace ecnas::search {
namespace {

using ecnas::testing::expect_error;
using ecnas::testing::grid_points;
using ecnas::testing::SmallSearch;

Genotype numbered(std::size_t row) {
  return {{}, Candidate{static_cast<table::Row>(row), 0}, {}};
}

TEST(AsynchronousRung, PromotesOneInEtaTheBestFirst) {
  AsynchronousRung rung(MoAshaOptions{.eta = 3});
  const auto insert = [&](std::size_t row, double value) {
    rung.insert({value, value}, numbered(row));
  };
  insert(0, 5);
  insert(1, 4);
  EXPECT_FALSE(rung.promote());  // ⌊2/3⌋ = 0
  insert(2, 6);
  EXPECT_EQ(rung.promote()->candidate->row, 1U);
  EXPECT_FALSE(rung.promote());
  insert(3, 1);  // of four one may be promoted: now this one, beside what was
  EXPECT_EQ(rung.promote()->candidate->row, 3U);
  insert(4, 7);
  insert(5, 8);
  EXPECT_FALSE(rung.promote());  // both of the best two of six are promoted
  insert(6, 9);
  insert(7, 9);
  insert(8, 9);
  EXPECT_EQ(rung.promote()->candidate->row, 0U);  // the third best of nine
  EXPECT_FALSE(rung.promote());
}

TEST(AsynchronousRung, SpreadsWithinARank) {
  AsynchronousRung rung(MoAshaOptions{.eta = 2});
  const std::vector<moo::Objectives> front = {{1, 18}, {5, 10}, {0, 20}, {10, 0}};
  for (std::size_t i = 0; i < front.size(); ++i)
    rung.insert(front[i], numbered(i));
  EXPECT_EQ(rung.promote()->candidate->row, 2U);  // best in the first objective
  EXPECT_EQ(rung.promote()->candidate->row, 3U);  // farthest from it
  EXPECT_FALSE(rung.promote());
}

/// The definition: all of the rung sorted anew.
std::optional<std::size_t> slow_promotion(std::span<const moo::Objectives> points,
                                          const std::vector<bool>& is_promoted, double eta) {
  const std::vector<std::size_t> ranks = moo::non_dominated_ranks(points);
  std::vector<std::size_t> order;
  for (std::size_t rank = 0; order.size() < points.size(); ++rank) {
    std::vector<std::size_t> members;
    std::vector<moo::Objectives> front;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (ranks[i] != rank) continue;
      members.push_back(i);
      front.push_back(points[i]);
    }
    for (const std::size_t i : farthest_first(front, front.size()))
      order.push_back(members[i]);
  }
  order.resize(static_cast<std::size_t>(static_cast<double>(points.size()) / eta));
  for (const std::size_t i : order) {
    if (!is_promoted[i]) return i;
  }
  return std::nullopt;
}

TEST(AsynchronousRung, EqualsARungThatIsSortedAnewEveryTime) {
  Rng rng(8);
  for (const double eta : {2.0, 3.0}) {
    for (const std::uint64_t side : {5U, 1000U}) {
      AsynchronousRung rung(MoAshaOptions{.eta = eta});
      const std::vector<moo::Objectives> points = grid_points(90, 2, side, rng);
      std::vector<bool> is_promoted(points.size(), false);
      for (std::size_t i = 0; i < points.size(); ++i) {
        rung.insert(points[i], numbered(i));
        while (rng.chance(0.7)) {
          const auto expected = slow_promotion(std::span(points).first(i + 1), is_promoted, eta);
          const std::optional<Genotype> promoted = rung.promote();
          ASSERT_EQ(promoted.has_value(), expected.has_value());
          if (!promoted) break;
          EXPECT_EQ(promoted->candidate->row, *expected);
          is_promoted[*expected] = true;
        }
      }
    }
  }
}

TEST(MoAsha, APromotedCellIsAskedForOneBudgetUpAndOthersStartAtTheSmallest) {
  SmallSearch search({.max_vertices = 5, .absent_every = 4});
  MoAsha algorithm(search.context(), {});
  Rng rng(9);
  std::set<std::pair<table::Row, std::uint32_t>> seen;
  std::vector<std::size_t> counts(3);
  for (int step = 0; step < 300; ++step) {
    const std::vector<Genotype> asked = algorithm.ask(rng);
    ASSERT_EQ(asked.size(), 1U);
    const auto [row, budget] = *asked[0].candidate;
    EXPECT_TRUE(seen.emplace(row, budget).second);
    EXPECT_TRUE(budget == 0 || seen.contains({row, budget - 1}));
    ++counts[budget];
    algorithm.tell(search.evaluated(asked));
  }
  // One in three at least, for the best change as more come, minus what the next budget lacks.
  EXPECT_NEAR(static_cast<double>(counts[1]), static_cast<double>(counts[0]) / 3,
              static_cast<double>(counts[0]) / 6);
  EXPECT_GT(counts[2], counts[1] / 6);
  EXPECT_LT(counts[2], counts[1]);
}

TEST(MoAsha, CrowdingDistanceIsTheOtherWayToSpread) {
  SmallSearch search({.max_vertices = 5});
  const auto budgets_of = [&](bool use_epsilon_net) {
    MoAsha algorithm(search.context(), {.use_epsilon_net = use_epsilon_net});
    Rng rng(10);
    std::vector<Candidate> asked_for;
    for (int step = 0; step < 200; ++step) {
      const std::vector<Genotype> asked = algorithm.ask(rng);
      asked_for.push_back(*asked[0].candidate);
      algorithm.tell(search.evaluated(asked));
    }
    return asked_for;
  };
  EXPECT_NE(budgets_of(true), budgets_of(false));
}

TEST(MoAsha, RefusesAnEtaThatPromotesAll) {
  expect_error(ErrorCode::invalid_argument, "eta", [] { validate(MoAshaOptions{.eta = 1}); });
}

}  // namespace
}  // namespace ecnas::search
