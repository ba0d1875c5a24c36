#include "ecnas/moo/indicators.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "moo/points.hpp"
#include "oracles/moo_indicators.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Front = std::vector<Objectives>;

/// Multiples of 1/64 from 1/64 to 101/64, which moocore was given as well.
Front lattice_points(std::size_t count, std::size_t dimension, std::size_t seed) {
  Front points;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> values;
    for (std::size_t d = 0; d < dimension; ++d) {
      const std::size_t step = (i * 37 + d * (i * i * 11 + 29) + seed * 17 * (d + 1)) % 101;
      values.push_back(static_cast<double>(1 + step) / 64);
    }
    points.emplace_back(std::span<const double>(values));
  }
  return points;
}

/// Points that are nowhere worse than those of a front, in any order, and a few others.
Front improved(const Front& front, Rng& rng) {
  Front better;
  for (const Objectives& point : front) {
    std::vector<double> values(point.begin(), point.end());
    for (double& value : values)
      value *= rng.chance(0.5) ? 1.0 : rng.uniform();
    better.emplace_back(std::span<const double>(values));
  }
  for (const Objectives& point : random_points(rng.below(4), front[0].size(), rng))
    better.push_back(point);
  rng.shuffle(std::span(better));
  return better;
}

TEST(IgdPlus, OfHandWorkedFronts) {
  // (2, 5) is 1 short of (1, 5) and better than (3, 6) in everything; (5, 4) is 4 and 2 short.
  EXPECT_EQ(igd_plus(Front{{2, 5}}, Front{{1, 5}, {3, 6}}), 0.5);
  EXPECT_EQ(igd_plus(Front{{5, 4}}, Front{{2, 0}}), 5);
  EXPECT_EQ(igd_plus(Front{{5, 4}, {2, 3}}, Front{{2, 0}}), 3);
  EXPECT_EQ(igd_plus(Front{{0, 0}}, Front{{1, 5}, {3, 6}}), 0);
}

TEST(AdditiveEpsilon, OfHandWorkedFronts) {
  EXPECT_EQ(additive_epsilon(Front{{2, 5}}, Front{{1, 5}, {3, 6}}), 1);
  EXPECT_EQ(additive_epsilon(Front{{5, 4}, {2, 3}}, Front{{2, 0}, {4, 4}}), 3);
  EXPECT_EQ(additive_epsilon(Front{{0, 2}}, Front{{1, 5}, {3, 6}}), -1);  // nothing falls short
}

TEST(MultiplicativeEpsilon, OfHandWorkedFronts) {
  EXPECT_EQ(multiplicative_epsilon(Front{{2, 5}}, Front{{1, 5}, {3, 6}}), 2);
  EXPECT_EQ(multiplicative_epsilon(Front{{6, 4}, {2, 3}}, Front{{2, 1}, {4, 4}}), 3);
  EXPECT_EQ(multiplicative_epsilon(Front{{1, 2}}, Front{{2, 8}, {4, 8}}), 0.5);
}

TEST(R2, OfAHandWorkedFront) {
  // Weights (0, 1), (½, ½), (1, 0), of which 0 counts as 10⁻⁶. From the ideal (1, 1) the points are
  // (1, 3) and (2, 1): the least of 3 and 1, of 1.5 and 1, of 1 and 2.
  EXPECT_EQ(r2(Front{{2, 4}, {3, 2}}, uniform_weights(2, 2), {1, 1}), 1);
  // A front at the ideal has no distance from it.
  EXPECT_EQ(r2(Front{{1, 1}}, uniform_weights(2, 2), {1, 1}), 0);
}

TEST(Spread, OfHandWorkedFronts) {
  const Front reference{{0, 5}, {1, 1}, {5, 0}};
  const double root = std::sqrt(2.0);
  // Both ends missed by 1. Gaps √2, √2 and 3√2 have the mean 5√2/3 and deviations of 8√2/3.
  EXPECT_DOUBLE_EQ(spread(Front{{4, 0}, {0, 4}, {1, 3}}, reference),
                   (2 + 8 * root / 3) / (2 + 5 * root));
  EXPECT_EQ(spread(Front{{0, 5}, {5, 0}}, reference), 0);
  EXPECT_EQ(spread(Front{{2, 2}}, reference), 1);
  EXPECT_EQ(spread(Front{{2, 2}}, Front{{2, 2}}), 0);
  // In three objectives: all ends reached, all gaps √2.
  const Front corners{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  EXPECT_EQ(spread(corners, corners), 0);
}

TEST(Spread, GrowsAsPointsCrowdTogether) {
  const Front reference{{0, 4}, {4, 0}};
  const double even = spread(Front{{0, 4}, {1, 3}, {2, 2}, {3, 1}, {4, 0}}, reference);
  const double uneven = spread(Front{{0, 4}, {1.5, 2.5}, {2, 2}, {2.5, 1.5}, {4, 0}}, reference);
  EXPECT_LT(even, 1e-15);  // but for the rounding of a mean of equal gaps
  EXPECT_GT(uneven, 0.3);
}

TEST(Coverage, OfHandWorkedFronts) {
  const Front a{{1, 3}, {3, 1}};
  const Front b{{1, 3}, {2, 4}, {2, 2}, {4, 0}};
  EXPECT_EQ(coverage(a, b), 0.5);
  EXPECT_EQ(coverage(b, a), 0.5);  // (1, 3) equals a point
  EXPECT_EQ(coverage(a, a), 1);
}

TEST(PointsFound, CountsDistinctPointsOfTheExactFrontThatTheFrontHolds) {
  const Front exact{{1, 3}, {2, 2}, {3, 1}, {2, 2}};
  EXPECT_EQ(points_found(Front{{2, 2}, {2, 2}, {9, 9}, {1, 3}}, exact), 2U);
  EXPECT_EQ(points_found(Front{{1, std::nextafter(3.0, 4.0)}}, exact), 0U);
  EXPECT_EQ(points_found(Front{{-0.0, 1}}, Front{{0.0, 1}}), 1U);
  EXPECT_EQ(points_found({}, exact), 0U);
  EXPECT_EQ(points_found(exact, {}), 0U);
}

TEST(Indicators, EqualTheirMeaningOnGridsInOneToFourObjectives) {
  Rng rng(71);
  for (int trial = 0; trial < 200; ++trial) {
    const std::size_t dimension = 1 + rng.below(4);
    const Front front = grid_points(1 + rng.below(8), dimension, 9, rng);
    const Front reference = grid_points(1 + rng.below(8), dimension, 9, rng);
    EXPECT_EQ(additive_epsilon(front, reference), oracle::additive_epsilon(front, reference));
    // Sums of the same terms in the same order.
    EXPECT_EQ(igd_plus(front, reference), oracle::igd_plus(front, reference));
    EXPECT_EQ(coverage(front, reference) == 1, oracle::attains_all(front, reference));
    EXPECT_EQ(additive_epsilon(front, reference) <= 0, oracle::attains_all(front, reference));
    const auto power = [](double value) { return std::ldexp(1, static_cast<int>(value)); };
    const Front powers = oracle::changed(front, power);
    const Front reference_powers = oracle::changed(reference, power);
    EXPECT_EQ(multiplicative_epsilon(powers, reference_powers),
              oracle::multiplicative_epsilon(powers, reference_powers));
  }
}

/// Computed by moocore 0.3.2 (igd_plus, epsilon_additive, epsilon_mult) for the same points: 20
/// with seed 1 against 15 with seed 2.
TEST(Indicators, EqualMoocores) {
  struct Case {
    std::size_t dimension;
    double igd_plus;
    double additive;
    double multiplicative;
  };
  for (const Case& peer :
       {Case{2, 0.027083333333333334, 0.09375, 2.2}, Case{3, 0.11409603256061339, 0.3125, 9.25},
        Case{4, 0.1569882094992131, 0.46875, 9.25}}) {
    const Front front = lattice_points(20, peer.dimension, 1);
    const Front reference = lattice_points(15, peer.dimension, 2);
    EXPECT_DOUBLE_EQ(igd_plus(front, reference), peer.igd_plus);
    EXPECT_EQ(additive_epsilon(front, reference), peer.additive);
    EXPECT_DOUBLE_EQ(multiplicative_epsilon(front, reference), peer.multiplicative);
  }
}

TEST(Indicators, AgreeWithDominance) {
  Rng rng(72);
  for (int trial = 0; trial < 200; ++trial) {
    const std::size_t dimension = 1 + rng.below(4);
    const Front worse = random_points(1 + rng.below(10), dimension, rng);
    const Front better = improved(worse, rng);
    const Front reference = random_points(1 + rng.below(10), dimension, rng);
    const auto weights = uniform_weights(dimension, 5);
    const Objectives ideal = constant(dimension, 0);
    EXPECT_LE(igd_plus(better, reference), igd_plus(worse, reference));
    EXPECT_LE(additive_epsilon(better, reference), additive_epsilon(worse, reference));
    EXPECT_LE(multiplicative_epsilon(better, reference), multiplicative_epsilon(worse, reference));
    EXPECT_LE(r2(better, weights, ideal), r2(worse, weights, ideal));
    EXPECT_GE(coverage(better, reference), coverage(worse, reference));
    EXPECT_EQ(coverage(better, worse), 1);
  }
}

TEST(Indicators, PassOverOrderCopiesAndDominatedPointsOfTheFront) {
  Rng rng(73);
  for (int trial = 0; trial < 50; ++trial) {
    const std::size_t dimension = 2 + rng.below(3);
    const Front points = random_points(12, dimension, rng);
    Front front;
    for (const std::size_t i : oracle::front(points))
      front.push_back(points[i]);
    Front disordered = points;
    disordered.push_back(points[0]);
    rng.shuffle(std::span(disordered));
    const Front reference = random_points(6, dimension, rng);
    const auto weights = uniform_weights(dimension, 4);
    const Objectives ideal = constant(dimension, 0);
    EXPECT_EQ(igd_plus(front, reference), igd_plus(disordered, reference));
    EXPECT_EQ(additive_epsilon(front, reference), additive_epsilon(disordered, reference));
    EXPECT_EQ(multiplicative_epsilon(front, reference),
              multiplicative_epsilon(disordered, reference));
    EXPECT_EQ(r2(front, weights, ideal), r2(disordered, weights, ideal));
    // Sums of at most a dozen gaps in another order.
    EXPECT_NEAR(spread(front, reference), spread(disordered, reference), 1e-14);
  }
}

TEST(Indicators, OfAnEmptyFrontAreInfinitelyBad) {
  const Front reference{{1, 2}, {2, 1}};
  EXPECT_EQ(igd_plus({}, reference), kInfinity);
  EXPECT_EQ(additive_epsilon({}, reference), kInfinity);
  EXPECT_EQ(multiplicative_epsilon({}, reference), kInfinity);
  EXPECT_EQ(r2({}, uniform_weights(2, 3), {0, 0}), kInfinity);
  EXPECT_EQ(spread({}, reference), kInfinity);
  EXPECT_EQ(coverage({}, reference), 0);
  EXPECT_EQ(coverage(reference, {}), 1);
  EXPECT_EQ(coverage({}, {}), 1);
}

TEST(Indicators, RefuseWhatHasNoMeaning) {
  const auto refused = [](const std::function<void()>& call) {
    return code_of(call) == ErrorCode::invalid_argument;
  };
  const Front plane{{1, 2}, {2, 1}};
  const Front mixed{{1, 2}, {1, 2, 3}};
  using Indicator = double (*)(std::span<const Objectives>, std::span<const Objectives>);
  for (const Indicator indicator :
       {&igd_plus, &additive_epsilon, &multiplicative_epsilon, &spread}) {
    EXPECT_TRUE(refused([&] { indicator(plane, {}); }));
    EXPECT_TRUE(refused([&] { indicator(mixed, plane); }));
    EXPECT_TRUE(refused([&] { indicator(plane, mixed); }));
  }
  EXPECT_TRUE(refused([&] { static_cast<void>(coverage(plane, mixed)); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(coverage(mixed, plane)); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(points_found(mixed, plane)); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(points_found(plane, mixed)); }));
  EXPECT_TRUE(refused([] { static_cast<void>(spread(Front{{1}}, Front{{1}})); }));

  const Front with_zero{{0, 1}};
  EXPECT_TRUE(refused([&] { static_cast<void>(multiplicative_epsilon(with_zero, plane)); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(multiplicative_epsilon(plane, with_zero)); }));

  const auto weights = uniform_weights(2, 3);
  EXPECT_TRUE(refused([&] { static_cast<void>(r2(plane, {}, {0, 0})); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(r2(mixed, weights, {0, 0})); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(r2(plane, uniform_weights(3, 3), {0, 0})); }));
  EXPECT_TRUE(refused([&] { static_cast<void>(r2(plane, weights, {0, 1.5})); }));
}

}  // namespace
}  // namespace ecnas::moo
