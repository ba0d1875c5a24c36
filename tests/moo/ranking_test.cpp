#include "ecnas/moo/ranking.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/nsga2.hpp"
#include "ecnas/moo/sms_emoa.hpp"
#include "moo/points.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Positions = std::vector<std::size_t>;

TEST(NonDominatedRanks, EqualTakingFrontsAwayOneByOne) {
  Rng rng(51);
  for (int trial = 0; trial < 300; ++trial) {
    const auto points = grid_points(rng.below(40), 1 + rng.below(4), 2 + rng.below(12), rng);
    EXPECT_EQ(non_dominated_ranks(points), oracle::ranks(points)) << "trial " << trial;
  }
}

TEST(NonDominatedRanks, OfAHandWorkedPopulation) {
  const std::vector<Objectives> points{{1, 4}, {2, 2}, {2, 3}, {3, 3}, {2, 2}, {5, 5}};
  EXPECT_EQ(non_dominated_ranks(points), (Positions{0, 0, 1, 2, 0, 3}));
}

TEST(CrowdingDistances, EqualTheNeighbourGapsOfEachPoint) {
  Rng rng(52);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<Objectives> front;
    for (int i = 0; i < 15; ++i) {
      const double x = rng.uniform();
      front.push_back({x, 1 - std::sqrt(x)});
    }
    const auto expected = oracle::crowding_distances(front);
    const auto actual = crowding_distances(front);
    for (std::size_t i = 0; i < front.size(); ++i)
      EXPECT_DOUBLE_EQ(actual[i], expected[i]);
  }
}

TEST(CrowdingDistances, OfAHandWorkedFront) {
  const std::vector<Objectives> front{{0, 10}, {1, 5}, {5, 4}, {10, 0}};
  EXPECT_EQ(crowding_distances(front),
            (std::vector<double>{kInfinity, 0.5 + 0.6, 0.9 + 0.5, kInfinity}));
}

TEST(CrowdingDistances, OfFewPointsAndOfEqualPointsAreDefined) {
  EXPECT_TRUE(crowding_distances({}).empty());
  EXPECT_EQ(crowding_distances(std::vector<Objectives>{{1, 2}}), (std::vector<double>{kInfinity}));
  const std::vector<Objectives> equal{{1, 2}, {1, 2}, {1, 2}};
  EXPECT_EQ(crowding_distances(equal), (std::vector<double>{kInfinity, 0, kInfinity}));
}

TEST(FrontContributions, OfHandWorkedFronts) {
  const std::vector<Objectives> front{{3, 1}, {0, 9}, {1, 4}, {9, 0}};
  EXPECT_EQ(front_contributions(front), (std::vector<double>{6 * 3, kInfinity, 2 * 5, kInfinity}));
  const std::vector<Objectives> copies{{0, 2}, {1, 1}, {0, 2}, {1, 1}, {2, 0}};
  EXPECT_EQ(front_contributions(copies), (std::vector<double>{kInfinity, 0, 0, 0, kInfinity}));
  EXPECT_TRUE(front_contributions({}).empty());
}

TEST(Ranking, RefusesPointsOfDifferentSizes) {
  const std::vector<Objectives> mixed{{1, 2}, {1, 2, 3}};
  EXPECT_EQ(code_of([&] { static_cast<void>(non_dominated_ranks(mixed)); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { static_cast<void>(crowding_distances(mixed)); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { static_cast<void>(front_contributions(mixed)); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { static_cast<void>(rank_and_crowd(mixed)); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { static_cast<void>(least_contributor(mixed)); }),
            ErrorCode::invalid_argument);
}

TEST(LinearRanking, ProbabilitiesSumToOneAndFallFromEtaPlusToEtaMinus) {
  for (const double eta_plus : {1.0, 1.5, 1.9, 2.0}) {
    const LinearRanking selection(eta_plus, 2 - eta_plus);
    for (const std::size_t count : {2U, 3U, 34U, 1000U}) {
      double sum = 0;
      for (std::size_t rank = 0; rank < count; ++rank)
        sum += selection.probability(rank, count);
      EXPECT_NEAR(sum, 1, 1e-12);
      const auto n = static_cast<double>(count);
      EXPECT_NEAR(n * selection.probability(0, count), eta_plus, 1e-12);
      EXPECT_NEAR(n * selection.probability(count - 1, count), 2 - eta_plus, 1e-12);
    }
    EXPECT_EQ(selection.probability(0, 1), 1);
  }
}

TEST(LinearRanking, DrawsAsOftenAsItsProbabilitiesSay) {
  Rng rng(53);
  for (const double eta_plus : {1.0, 1.6, 1.9, 2.0}) {
    const LinearRanking selection(eta_plus, 2 - eta_plus);
    for (const std::size_t count : {1U, 2U, 7U}) {
      constexpr int kDraws = 100'000;
      std::vector<int> drawn(count, 0);
      for (int i = 0; i < kDraws; ++i)
        ++drawn[selection.draw(count, rng)];
      for (std::size_t rank = 0; rank < count; ++rank) {
        const double p = selection.probability(rank, count);
        // Five standard deviations of a binomial share: 36 checks, one in 50,000 runs would fail.
        const double tolerance = 5 * std::sqrt(p * (1 - p) / kDraws);
        EXPECT_NEAR(drawn[rank] / double{kDraws}, p, tolerance) << eta_plus << ", rank " << rank;
      }
    }
  }
}

TEST(LinearRanking, RefusesPressuresThatAreNoDistribution) {
  const std::vector<std::pair<double, double>> bad{
      {1.9, 0.2}, {2.1, -0.1}, {0.9, 1.1}, {std::nan(""), 0.1}, {1.9, std::nan("")}};
  for (const auto& [plus, minus] : bad) {
    EXPECT_EQ(code_of([&] { LinearRanking(plus, minus); }), ErrorCode::invalid_argument);
  }
}

std::vector<std::pair<std::size_t, double>> pairs(const std::vector<CrowdedRank>& ranking) {
  std::vector<std::pair<std::size_t, double>> result;
  for (const CrowdedRank& entry : ranking)
    result.emplace_back(entry.rank, entry.crowding);
  return result;
}

TEST(RankAndCrowd, EqualsTheDefinitionInThePlaneCopiesIncluded) {
  Rng rng(56);
  for (int trial = 0; trial < 200; ++trial) {
    const auto points = trial % 2 == 0 ? grid_points(1 + rng.below(40), 2, 4 + rng.below(20), rng)
                                       : random_points(1 + rng.below(40), 2, rng);
    EXPECT_EQ(pairs(rank_and_crowd(points)), pairs(oracle::ranked_and_crowded(points)));
  }
  EXPECT_TRUE(rank_and_crowd({}).empty());
}

TEST(RankAndCrowd, IsRankThenCrowdingWithinTheRankInMoreObjectives) {
  Rng rng(57);
  for (int trial = 0; trial < 50; ++trial) {
    const auto points = random_points(1 + rng.below(40), 1 + 2 * rng.below(2), rng);
    const std::vector<CrowdedRank> ranking = rank_and_crowd(points);
    const Positions ranks = oracle::ranks(points);
    for (std::size_t rank = 0; rank <= std::ranges::max(ranks); ++rank) {
      std::vector<Objectives> front;
      std::vector<double> crowding;
      for (std::size_t i = 0; i < points.size(); ++i) {
        if (ranks[i] != rank) continue;
        EXPECT_EQ(ranking[i].rank, rank);
        front.push_back(points[i]);
        crowding.push_back(ranking[i].crowding);
      }
      EXPECT_EQ(crowding, crowding_distances(front));
    }
  }
}

TEST(RankAndCrowd, PutsCopiesBehindAllDistinctPoints) {
  using Pairs = std::vector<std::pair<std::size_t, double>>;
  const std::vector<Objectives> planar{{1, 1}, {1, 1}, {5, 5}};
  EXPECT_EQ(pairs(rank_and_crowd(planar)), (Pairs{{0, kInfinity}, {2, 0}, {1, kInfinity}}));
  const std::vector<Objectives> spatial{{1, 1, 1}, {1, 1, 1}, {5, 5, 5}};
  EXPECT_EQ(pairs(rank_and_crowd(spatial)), (Pairs{{0, kInfinity}, {2, 0}, {1, kInfinity}}));
}

/// NSGA-II's survivors by the letter: whole fronts while they fit, then the last by crowding.
Positions survivors_front_by_front(const std::vector<Objectives>& points, std::size_t count) {
  const auto ranks = oracle::ranks(points);
  Positions survivors;
  for (std::size_t rank = 0; survivors.size() < count; ++rank) {
    Positions members;
    std::vector<Objectives> front;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (ranks[i] != rank) continue;
      members.push_back(i);
      front.push_back(points[i]);
    }
    const auto distances = oracle::crowding_distances(front);
    while (!members.empty() && survivors.size() < count) {
      std::size_t widest = 0;
      for (std::size_t i = 0; i < members.size(); ++i) {
        const auto distance = [&](std::size_t k) {
          return distances[static_cast<std::size_t>(std::ranges::find(front, points[members[k]]) -
                                                    front.begin())];
        };
        if (distance(i) > distance(widest)) widest = i;
      }
      survivors.push_back(members[widest]);
      members.erase(members.begin() + static_cast<std::ptrdiff_t>(widest));
    }
  }
  std::ranges::sort(survivors);
  return survivors;
}

TEST(BestPositions, AreTheSurvivorsTakenFrontByFront) {
  Rng rng(54);
  for (int trial = 0; trial < 100; ++trial) {
    const auto points = random_points(40, 2, rng);
    EXPECT_EQ(best_positions(points, 20), survivors_front_by_front(points, 20));
  }
}

TEST(BestPositions, TakeCopiesOnlyWhenDistinctPointsRunOut) {
  const std::vector<Objectives> points{{1, 1}, {1, 1}, {5, 5}, {1, 1}, {6, 6}};
  EXPECT_EQ(best_positions(points, 3), (Positions{0, 2, 4}));
  EXPECT_EQ(best_positions(points, 4), (Positions{0, 1, 2, 4}));
  EXPECT_EQ(best_positions(points, 9), (Positions{0, 1, 2, 3, 4}));
  EXPECT_TRUE(best_positions({}, 3).empty());
}

TEST(CrowdedLess, PutsRankBeforeCrowding) {
  EXPECT_TRUE(crowded_less({0, 0.1}, {1, kInfinity}));
  EXPECT_TRUE(crowded_less({1, 0.2}, {1, 0.1}));
  EXPECT_FALSE(crowded_less({1, 0.1}, {1, 0.1}));
}

/// Of the worst front, what leaves the most hypervolume when it goes, the ends aside.
std::size_t least_contributor_by_removal(const std::vector<Objectives>& points) {
  const auto ranks = oracle::ranks(points);
  const std::size_t worst = std::ranges::max(ranks);
  std::vector<Objectives> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (ranks[i] == worst) front.push_back(points[i]);
  }
  const Objectives far{1000, 1000};  // so far that the ends always contribute most
  std::size_t chosen = 0;
  double most = -1;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (ranks[i] != worst) continue;
    std::vector<Objectives> others = front;
    others.erase(std::ranges::find(others, points[i]));
    const double left = oracle::hypervolume_by_sweep(others, far);
    if (left >= most) {
      most = left;
      chosen = i;
    }
  }
  return chosen;
}

TEST(LeastContributor, IsWhatCostsTheWorstFrontLeastWhenItGoes) {
  Rng rng(55);
  for (int trial = 0; trial < 300; ++trial) {
    const auto points = grid_points(2 + rng.below(14), 2, 4 + rng.below(12), rng);
    const std::size_t chosen = least_contributor(points);
    const std::size_t expected = least_contributor_by_removal(points);
    // Two ends of a front of two are both infinite to ours, unequal to a reference far away.
    const auto ranks = oracle::ranks(points);
    if (std::ranges::count(ranks, std::ranges::max(ranks)) == 2) {
      EXPECT_EQ(ranks[chosen], ranks[expected]);
    } else {
      EXPECT_EQ(chosen, expected) << "trial " << trial;
    }
  }
}

TEST(LeastContributor, IsThatOfTheDefinitionEndsCopiesAndTiesIncluded) {
  Rng rng(58);
  for (int trial = 0; trial < 500; ++trial) {
    const auto points = grid_points(1 + rng.below(20), 2, 2 + rng.below(20), rng);
    EXPECT_EQ(least_contributor(points), oracle::least_contributor(points)) << "trial " << trial;
  }
}

TEST(LeastContributor, InThreeObjectivesHasTheLeastContributionOfTheWorstFront) {
  Rng rng(59);
  for (int trial = 0; trial < 100; ++trial) {
    const auto points = random_points(4 + rng.below(12), 3, rng);
    const std::size_t chosen = least_contributor(points);
    const Positions ranks = oracle::ranks(points);
    EXPECT_EQ(ranks[chosen], std::ranges::max(ranks));
    std::vector<Objectives> worst;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (ranks[i] == ranks[chosen]) worst.push_back(points[i]);
    }
    const auto contributions = front_contributions(worst);
    const auto place = std::ranges::find(worst, points[chosen]) - worst.begin();
    EXPECT_EQ(contributions[static_cast<std::size_t>(place)], std::ranges::min(contributions));
  }
}

TEST(LeastContributor, IsACopyBeforeAnythingElseAndAnEndLast) {
  EXPECT_EQ(least_contributor(std::vector<Objectives>{{0, 2}, {1, 1}, {0, 2}, {2, 0}}), 2U);
  EXPECT_EQ(least_contributor(std::vector<Objectives>{{0, 9}, {1, 1}, {9, 0}}), 1U);
  EXPECT_EQ(least_contributor(std::vector<Objectives>{{0, 1}, {1, 0}}), 1U);
  EXPECT_EQ(least_contributor(std::vector<Objectives>{{3, 3}}), 0U);
}

}  // namespace
}  // namespace ecnas::moo
