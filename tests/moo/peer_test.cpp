// moo beside pagmo. A program of its own, because loading pagmo's libraries takes a while and every
// test starts its program.

#include <gtest/gtest.h>

#include <algorithm>

#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/ranking.hpp"
#include "ecnas/moo/weights.hpp"
#include "moo/points.hpp"
#include "oracles/moo_pagmo.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;
using oracle::PagmoPoints;

TEST(BesidePagmo, HypervolumesAgreeInTwoToFiveObjectives) {
  Rng rng(61);
  for (int trial = 0; trial < 120; ++trial) {
    const std::size_t dimension = 2 + rng.below(4);
    const auto points = trial % 2 == 0 ? random_points(1 + rng.below(60), dimension, rng)
                                       : grid_points(1 + rng.below(60), dimension, 9, rng);
    const Objectives reference = constant(dimension, 10);
    const double expected = PagmoPoints(points).hypervolume(reference);
    // Two orders of some hundred additions.
    EXPECT_NEAR(hypervolume(points, reference), expected, 1e-12 * expected) << dimension;
  }
}

TEST(BesidePagmo, ContributionsAgreeOnFrontsOfThreeAndFourObjectives) {
  Rng rng(62);
  for (int trial = 0; trial < 40; ++trial) {
    const std::size_t dimension = 3 + rng.below(2);
    const auto candidates = random_points(40, dimension, rng);
    std::vector<Objectives> points;
    for (const std::size_t i : non_dominated(candidates))
      points.push_back(candidates[i]);
    const Objectives reference = constant(dimension, 1.1);
    const auto expected = PagmoPoints(points).contributions(reference);
    const auto actual = hypervolume_contributions(points, reference);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_NEAR(actual[i], expected[i], 1e-12);  // differences of volumes of about 1
    }
  }
}

TEST(BesidePagmo, RanksAgree) {
  Rng rng(63);
  for (int trial = 0; trial < 100; ++trial) {
    const auto points = grid_points(2 + rng.below(50), 2 + rng.below(3), 8, rng);
    EXPECT_EQ(non_dominated_ranks(points), PagmoPoints(points).ranks());
  }
}

TEST(BesidePagmo, CrowdingDistancesAgree) {
  Rng rng(64);
  for (int trial = 0; trial < 100; ++trial) {
    const auto points = random_points(2 + rng.below(20), 2 + rng.below(3), rng);
    EXPECT_EQ(crowding_distances(points), PagmoPoints(points).crowding_distances());
  }
}

/// Values that tie pagmo orders by the objective before, we by position; on a front of distinct
/// points in the plane nothing ties, however much does in the population.
TEST(BesidePagmo, CrowdingDistancesAgreeOnFrontsOfTiedPopulations) {
  Rng rng(65);
  for (int trial = 0; trial < 200; ++trial) {
    const auto points = grid_points(60, 2, 12, rng);
    const std::vector<CrowdedRank> ours = rank_and_crowd(points);
    std::vector<Objectives> front;
    std::vector<double> crowding;
    for (const std::size_t i : non_dominated(points)) {
      EXPECT_EQ(ours[i].rank, 0U);
      front.push_back(points[i]);
      crowding.push_back(ours[i].crowding);
    }
    if (front.size() < 2) continue;  // pagmo wants two
    EXPECT_EQ(crowding_distances(front), crowding);
    EXPECT_EQ(crowding, PagmoPoints(front).crowding_distances());
  }
}

TEST(BesidePagmo, RanksAndCrowdingOfTheSweepAgreeOnLargePopulations) {
  Rng rng(66);
  for (int trial = 0; trial < 20; ++trial) {
    const auto points = random_points(200, 2, rng);
    const PagmoPoints peer(points);
    const std::vector<CrowdedRank> ours = rank_and_crowd(points);
    const std::vector<std::size_t> ranks = peer.ranks();
    for (std::size_t rank = 0; rank <= std::ranges::max(ranks); ++rank) {
      std::vector<Objectives> front;
      std::vector<double> crowding;
      for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(ours[i].rank, ranks[i]);
        if (ranks[i] != rank) continue;
        front.push_back(points[i]);
        crowding.push_back(ours[i].crowding);
      }
      if (front.size() < 2) continue;  // pagmo wants two
      EXPECT_EQ(crowding, PagmoPoints(front).crowding_distances());
    }
  }
}

TEST(BesidePagmo, IdealAndNadirAgree) {
  Rng rng(67);
  for (int trial = 0; trial < 100; ++trial) {
    const std::size_t dimension = 2 + rng.below(3);
    const auto points = trial % 2 == 0 ? random_points(1 + rng.below(40), dimension, rng)
                                       : grid_points(1 + rng.below(40), dimension, 6, rng);
    std::vector<Objectives> front;
    for (const std::size_t i : non_dominated(points))
      front.push_back(points[i]);
    EXPECT_EQ(bounds_of(points).ideal, PagmoPoints(points).ideal());
    EXPECT_EQ(bounds_of(front).nadir, PagmoPoints(points).nadir());
  }
}

TEST(BesidePagmo, LatticesOfWeightsAgree) {
  for (std::size_t objectives = 2; objectives <= 5; ++objectives) {
    for (std::size_t divisions = 1; divisions <= 6; ++divisions) {
      const std::vector<Weights> ours = uniform_weights(objectives, divisions);
      std::vector<Weights> theirs = oracle::pagmo_lattice(objectives, ours.size());
      std::ranges::sort(theirs);
      EXPECT_EQ(ours, theirs);
    }
  }
}

TEST(BesidePagmo, TchebycheffDistancesAgree) {
  Rng rng(68);
  for (int trial = 0; trial < 200; ++trial) {
    const std::size_t dimension = 2 + rng.below(4);
    const Objectives point = random_points(1, dimension, rng)[0];
    const std::vector<Weights> lattice = uniform_weights(dimension, 5);
    const Weights& weights = lattice[rng.below(lattice.size())];
    const double ours = tchebycheff(point, weights);
    const double theirs = oracle::pagmo_tchebycheff(point, weights, constant(dimension, 0));
    EXPECT_EQ(ours, theirs) << ours << " " << theirs;
  }
}

}  // namespace
}  // namespace ecnas::moo
