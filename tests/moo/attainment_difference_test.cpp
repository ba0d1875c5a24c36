#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ecnas/moo/front.hpp"
#include "moo/points.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Fronts = std::vector<std::vector<Objectives>>;
using Regions = std::vector<AttainmentDifference>;

std::size_t attaining(const Fronts& fronts, const Objectives& point) {
  return static_cast<std::size_t>(
      std::ranges::count_if(fronts, [&](const std::vector<Objectives>& front) {
        return std::ranges::any_of(
            front, [&](const Objectives& p) { return oracle::nowhere_worse(p, point); });
      }));
}

double share_difference(const Fronts& a, const Fronts& b, const Objectives& point) {
  // One division, as the definition's exact value rounded once.
  const auto counts = static_cast<double>(attaining(a, point) * b.size()) -
                      static_cast<double>(attaining(b, point) * a.size());
  return counts / static_cast<double>(a.size() * b.size());
}

/// Point `code` of a square lattice with so many points a side.
Objectives lattice_point(int code, int side, double step) {
  const int row = code / side;
  return {step * (code % side), step * row};
}

bool holds(const AttainmentDifference& region, const Objectives& point) {
  return region.left <= point[0] && point[0] < region.right && region.bottom <= point[1] &&
         point[1] < region.top;
}

/// The difference that regions give a point, which lies in at most one of them.
double difference_at(const Regions& regions, const Objectives& point) {
  double difference = 0;
  int holding = 0;
  for (const AttainmentDifference& region : regions) {
    if (!holds(region, point)) continue;
    difference = region.difference;
    ++holding;
  }
  EXPECT_LE(holding, 1) << "(" << point[0] << ", " << point[1] << ")";
  return difference;
}

Fronts random_fronts(std::size_t trials, std::size_t most_points, std::uint64_t side, Rng& rng) {
  Fronts fronts(trials);
  for (auto& front : fronts)
    front = grid_points(rng.below(most_points + 1), 2, side, rng);
  return fronts;
}

TEST(AttainmentDifference, OfHandWorkedTrials) {
  const Fronts a{{{1, 3}}, {{1, 3}}};
  const Fronts b{{{2, 2}}};
  // Left of 2 only A attains, above 3; right of it only B between 2 and 3; above, both do.
  EXPECT_EQ(attainment_difference(a, b),
            (Regions{{1, 2, 3, kInfinity, 1}, {2, kInfinity, 2, 3, -1}}));
  // The second trial of A is one short: half of them.
  const Fronts halved{{{1, 3}}, {}};
  EXPECT_EQ(attainment_difference(halved, b), (Regions{{1, 2, 3, kInfinity, 0.5},
                                                       {2, kInfinity, 2, 3, -1},
                                                       {2, kInfinity, 3, kInfinity, -0.5}}));
  EXPECT_TRUE(attainment_difference(a, Fronts{{{1, 3}}}).empty());
  EXPECT_TRUE(attainment_difference(Fronts{{}}, Fronts{{}, {}}).empty());
}

TEST(AttainmentDifference, EqualsCountingAtEveryGridPoint) {
  Rng rng(91);
  for (int trial = 0; trial < 150; ++trial) {
    const Fronts a = random_fronts(1 + rng.below(6), 6, 9, rng);
    const Fronts b = random_fronts(1 + rng.below(6), 6, 9, rng);
    const Regions regions = attainment_difference(a, b);
    for (int code = 0; code < 400; ++code) {  // half steps, so that sides are told from insides
      const Objectives point = lattice_point(code, 20, 0.5);
      EXPECT_EQ(difference_at(regions, point), share_difference(a, b, point));
    }
    for (const AttainmentDifference& region : regions) {
      EXPECT_LT(region.left, region.right);
      EXPECT_LT(region.bottom, region.top);
      EXPECT_NE(region.difference, 0);
    }
  }
}

TEST(AttainmentDifference, IsTheNegativeWhenTheAlgorithmsChangePlaces) {
  Rng rng(92);
  for (int trial = 0; trial < 30; ++trial) {
    const Fronts a = random_fronts(4, 6, 9, rng);
    const Fronts b = random_fronts(3, 6, 9, rng);
    Regions negated = attainment_difference(b, a);
    for (AttainmentDifference& region : negated)
      region.difference = -region.difference;
    EXPECT_EQ(attainment_difference(a, b), negated);
  }
}

/// Neither do two regions of one difference lie on each other, nor beside each other with equal
/// sides.
TEST(AttainmentDifference, LeavesNoNeighboursToMerge) {
  Rng rng(93);
  for (int trial = 0; trial < 50; ++trial) {
    const Regions regions = attainment_difference(
        random_fronts(5, 8, 12, rng), random_fronts(5, 8, 12, rng), trial % 2 == 0 ? 0 : 3);
    for (const AttainmentDifference& p : regions) {
      for (const AttainmentDifference& q : regions) {
        if (p.difference != q.difference) continue;
        EXPECT_FALSE(p.top == q.bottom && p.left == q.left && p.right == q.right);
        EXPECT_FALSE(p.right == q.left && p.bottom == q.bottom && p.top == q.top);
      }
    }
  }
}

TEST(AttainmentDifference, IsRoundedDownToTheLowerEndOfItsInterval) {
  Rng rng(94);
  for (int trial = 0; trial < 60; ++trial) {
    const Fronts a = random_fronts(1 + rng.below(6), 6, 9, rng);
    const Fronts b = random_fronts(1 + rng.below(6), 6, 9, rng);
    const std::size_t intervals = 1 + rng.below(5);
    const Regions regions = attainment_difference(a, b, intervals);
    for (int code = 0; code < 100; ++code) {
      const Objectives point = lattice_point(code, 10, 1);
      const double exact = share_difference(a, b, point);
      // The last end that is at most |exact|, by trying all; shares of at most six trials differ
      // from an end by nothing or at least 1/150.
      double expected = 0;
      for (std::size_t i = 0; i < intervals; ++i) {
        const double end = static_cast<double>(i) / static_cast<double>(intervals);
        if (end <= std::abs(exact) + 1e-9) expected = end;
      }
      EXPECT_EQ(difference_at(regions, point), exact < 0 ? -expected : expected);
    }
  }
}

const Fronts kThreeTrials{{{1, 8}, {4, 4}, {8, 2}}, {{2, 7}, {3, 3}}, {{1, 9}, {5, 1}}};
const Fronts kOtherTrials{{{2, 8}, {6, 2}}, {{3, 5}, {4, 3}, {9, 1}}, {{1, 6}, {7, 4}}};

/// From moocore 0.3.2: eafdiff(A, B, rectangles=True), those that are not 0, as left, bottom,
/// right, top and trials of A less trials of B, of three each.
TEST(AttainmentDifference, EqualsMoocores) {
  struct Rectangle {
    double left, bottom, right, top, trials;
  };
  const std::vector<Rectangle> peer{
      {1, 7, 2, 8, -1}, {1, 6, 3, 7, -1},        {3, 3, 4, 5, 1},  {5, 2, 6, 3, 1},
      {5, 1, 9, 2, 1},  {1, 9, 2, kInfinity, 1}, {3, 6, 4, 8, -1}, {4, 4, 5, 6, 1},
      {5, 3, 6, 4, 1},  {8, 2, 9, 3, 1},         {5, 4, 6, 6, 2},  {2, 9, 3, kInfinity, 1},
      {3, 8, 5, 9, -1}, {5, 6, 6, 8, 1},         {6, 4, 7, 6, 1},  {8, 3, kInfinity, 4, 1}};
  Regions expected;
  for (const Rectangle& r : peer)
    expected.push_back({r.left, r.right, r.bottom, r.top, r.trials / 3});
  const Regions regions = attainment_difference(kThreeTrials, kOtherTrials);
  for (int code = 0; code < 400; ++code) {
    const Objectives point = lattice_point(code, 20, 0.5);
    EXPECT_EQ(difference_at(regions, point), difference_at(expected, point));
  }
}

/// From moocore 0.3.2: eaf(…, percentiles=[25, 50, 75, 100]) of seven trials.
TEST(AttainmentLevel, GivesMoocoresSurfaces) {
  Fronts fronts = kThreeTrials;
  fronts.insert(fronts.end(), kOtherTrials.begin(), kOtherTrials.end());
  fronts.push_back({{5, 5}});
  const auto surface = [&](double share) {
    return attainment_surface(fronts, attainment_level(fronts.size(), share));
  };
  using Surface = std::vector<Objectives>;
  EXPECT_EQ(surface(0.25), (Surface{{1, 8}, {2, 7}, {3, 5}, {4, 3}, {6, 2}, {9, 1}}));
  EXPECT_EQ(surface(0.5), (Surface{{2, 8}, {4, 6}, {5, 4}, {6, 3}, {9, 2}}));
  EXPECT_EQ(surface(0.75), (Surface{{3, 9}, {5, 6}, {6, 5}, {7, 4}}));
  EXPECT_EQ(surface(1), (Surface{{5, 8}, {6, 6}, {7, 5}}));
}

TEST(AttainmentLevel, IsTheLeastThatIsNoSmallerAShare) {
  EXPECT_EQ(attainment_level(30, 0.25), 8U);
  EXPECT_EQ(attainment_level(30, 0.5), 15U);
  EXPECT_EQ(attainment_level(30, 0.75), 23U);
  EXPECT_EQ(attainment_level(1, 0.001), 1U);
  for (std::size_t trials = 1; trials <= 200; ++trials) {
    EXPECT_EQ(attainment_level(trials, 0.5), (trials + 1) / 2);
    for (std::size_t percent = 1; percent <= 100; ++percent) {
      // In whole numbers, where 0.07 · 100 is 7 and no more.
      EXPECT_EQ(attainment_level(trials, static_cast<double>(percent) / 100),
                (trials * percent + 99) / 100);
    }
  }
}

TEST(AttainmentDifference, RefusesWhatHasNoMeaning) {
  const Fronts plane{{{1, 2}}};
  const Fronts solid{{{1, 2, 3}}};
  const auto refused = [](const std::function<void()>& call) {
    return code_of(call) == ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refused([&] { static_cast<void>(attainment_difference({}, plane)); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(attainment_difference(plane, {})); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(attainment_difference(plane, solid)); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(attainment_difference(solid, plane)); }));
  EXPECT_TRUE(refused([] { static_cast<void>(attainment_level(0, 0.5)); }));
  for (const double share : {0.0, -0.5, 1.5, std::nan("")})
    EXPECT_TRUE(refused([&] { static_cast<void>(attainment_level(10, share)); })) << share;
}

}  // namespace
}  // namespace ecnas::moo
