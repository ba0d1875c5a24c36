#include "ecnas/moo/objectives.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "moo/points.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

TEST(Objectives, RefuseMoreThanEightAndWhatIsNotFinite) {
  const std::vector<double> nine(kMaxObjectives + 1, 0.0);
  EXPECT_EQ(code_of([&] { Objectives{std::span<const double>(nine)}; }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] {
              Objectives{0.0, std::numeric_limits<double>::quiet_NaN()};
            }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { Objectives{-std::numeric_limits<double>::infinity()}; }),
            ErrorCode::invalid_argument);
}

TEST(Objectives, OfDifferentSizesDiffer) {
  EXPECT_FALSE((Objectives{1.0, 2.0} == Objectives{1.0}));
  EXPECT_TRUE((Objectives{1.0, 2.0} == Objectives{1.0, 2.0}));
}

TEST(Compare, DecidesEveryPairOfASmallGridAsTheDefinition) {
  for (int code = 0; code < 3 * 3 * 3 * 3; ++code) {
    const Objectives a{double(code % 3), double(code / 3 % 3)};
    const Objectives b{double(code / 9 % 3), double(code / 27)};
    const Dominance dominance = compare(a, b);
    EXPECT_EQ(dominance == Dominance::equal, a == b);
    EXPECT_EQ(dominance == Dominance::dominates, oracle::dominates(a, b));
    EXPECT_EQ(dominance == Dominance::dominated, oracle::dominates(b, a));
  }
}

TEST(NonDominated, EqualsTheNaiveFrontWithTiesAndDuplicates) {
  Rng rng(11);
  for (int trial = 0; trial < 400; ++trial) {
    const std::size_t dimension = 1 + rng.below(4);
    const auto points = grid_points(rng.below(60), dimension, 2 + rng.below(12), rng);
    EXPECT_EQ(non_dominated(points), oracle::front(points)) << "trial " << trial;
  }
}

TEST(NonDominated, KeepsTheFirstOfEqualPoints) {
  const std::vector<Objectives> points{{2, 2}, {1, 3}, {1, 3}, {2, 2}, {3, 3}};
  EXPECT_EQ(non_dominated(points), (std::vector<std::size_t>{0, 1}));
}

TEST(NonDominated, OfNothingIsNothing) {
  EXPECT_TRUE(non_dominated({}).empty());
}

TEST(NonDominated, RefusesPointsOfDifferentSizes) {
  const std::vector<Objectives> points{{1, 2}, {1, 2, 3}};
  EXPECT_EQ(code_of([&] { static_cast<void>(non_dominated(points)); }),
            ErrorCode::invalid_argument);
}

TEST(Bounds, AreTheLeastAndGreatestOfEachObjective) {
  const std::vector<Objectives> points{{1, 9, 4}, {3, 2, 4}, {2, 5, 4}};
  const Bounds bounds = bounds_of(points);
  EXPECT_EQ(bounds.ideal, (Objectives{1, 2, 4}));
  EXPECT_EQ(bounds.nadir, (Objectives{3, 9, 4}));
}

TEST(Normalised, MapsIdealToZeroNadirToOneAndNoExtentToZero) {
  const Bounds bounds{{1, 2, 4}, {3, 12, 4}};
  EXPECT_EQ(normalised({1, 2, 4}, bounds), (Objectives{0, 0, 0}));
  EXPECT_EQ(normalised({3, 12, 4}, bounds), (Objectives{1, 1, 0}));
  EXPECT_EQ(normalised({2, 17, 4}, bounds), (Objectives{0.5, 1.5, 0}));
}

}  // namespace
}  // namespace ecnas::moo
