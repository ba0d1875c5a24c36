// moo beside pagmo. A program of its own, because loading pagmo's libraries takes a while and every
// test starts its program.

#include <gtest/gtest.h>

#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/ranking.hpp"
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
    const auto expected = PagmoPoints(points).crowding_distances();
    const auto actual = crowding_distances(points);
    for (std::size_t i = 0; i < points.size(); ++i)
      EXPECT_DOUBLE_EQ(actual[i], expected[i]);
  }
}

}  // namespace
}  // namespace ecnas::moo
