#include "ecnas/moo/hypervolume.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "moo/points.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

std::vector<Point2> planar(const std::vector<Objectives>& points) {
  std::vector<Point2> result;
  for (const Objectives& point : points)
    result.push_back({point[0], point[1]});
  return result;
}

std::vector<Objectives> transformed(const std::vector<Point2>& points) {
  std::vector<Objectives> result;
  for (const Point2& point : points)
    result.push_back({point.x, point.y});
  return result;
}

TEST(Hypervolume, OfHandWorkedFronts) {
  EXPECT_EQ(hypervolume_2d({}, {1, 1}), 0);
  EXPECT_EQ(hypervolume_2d(std::vector<Point2>{{1, 2}}, {4, 4}), 6);
  EXPECT_EQ(hypervolume_2d(std::vector<Point2>{{1, 3}, {2, 2}, {3, 1}}, {4, 4}), 6);
  EXPECT_EQ(hypervolume(std::vector<Objectives>{{1}, {2}}, {4}), 3);
  EXPECT_EQ(hypervolume(std::vector<Objectives>{{0, 0, 1}, {1, 1, 0}}, {2, 2, 2}), 5);
}

TEST(Hypervolume, PointsNotStrictlyBelowTheReferenceContributeNothing) {
  const std::vector<Point2> points{{1, 4}, {4, 1}, {5, 0}, {0, 5}, {4, 4}};
  EXPECT_EQ(hypervolume_2d(points, {4, 4}), 0);
  EXPECT_EQ(hypervolume(std::vector<Objectives>{{0, 0, 2}, {3, 0, 0}}, {2, 2, 2}), 0);
  EXPECT_EQ(hypervolume(std::vector<Objectives>{{5}}, {4}), 0);
}

TEST(Hypervolume, EqualsTheGridCountOnRandomPoints) {
  Rng rng(31);
  for (int trial = 0; trial < 300; ++trial) {
    const std::size_t dimension = 1 + rng.below(4);
    const auto points = grid_points(rng.below(14), dimension, 7, rng);
    const std::vector<int> corner(dimension, 6);  // points at 6 lie on the boundary
    EXPECT_EQ(hypervolume(points, constant(dimension, 6)),
              oracle::hypervolume_by_counting(points, corner, 0))
        << "trial " << trial;
  }
}

TEST(Hypervolume, EqualsInclusionAndExclusionOnRandomPoints) {
  Rng rng(32);
  for (int trial = 0; trial < 120; ++trial) {
    const std::size_t dimension = 1 + rng.below(5);
    const auto points = random_points(rng.below(10), dimension, rng);
    // The oracle adds and takes away 2^n terms of at most 1.
    EXPECT_NEAR(hypervolume(points, constant(dimension, 0.9)),
                oracle::hypervolume_by_subsets(points, constant(dimension, 0.9)), 1e-12);
  }
}

/// On a sphere that faces the ideal point: mutually non-dominated.
std::vector<Objectives> sphere_points(std::size_t count, std::size_t dimension, Rng& rng) {
  std::vector<Objectives> points;
  for (const Objectives& point : random_points(count, dimension, rng)) {
    double square = 0;
    for (const double value : point)
      square += value * value;
    std::vector<double> values(point.begin(), point.end());
    for (double& value : values)
      value = 1 - value / std::sqrt(square);
    points.emplace_back(std::span<const double>(values));
  }
  return points;
}

/// Layer by layer along the last objective: the volume below of all points met so far, in one
/// objective less, times the way to the next.
double hypervolume_by_layers(std::vector<Objectives> points, const Objectives& reference) {
  const std::size_t last = reference.size() - 1;
  const auto without_last = [&](const Objectives& point) {
    return Objectives(std::span(point.begin(), last));
  };
  std::ranges::sort(points, {}, [&](const Objectives& point) { return point[last]; });
  std::vector<Objectives> met;
  double volume = 0;
  for (std::size_t i = 0; i < points.size() && points[i][last] < reference[last]; ++i) {
    met.push_back(without_last(points[i]));
    const double next = i + 1 < points.size() ? points[i + 1][last] : reference[last];
    const double depth = std::min(next, reference[last]) - points[i][last];
    if (depth > 0) volume += hypervolume(met, without_last(reference)) * depth;
  }
  return volume;
}

TEST(Hypervolume, InThreeAndFourObjectivesEqualsTheGridCountWithTiesCopiesAndDominatedPoints) {
  Rng rng(39);
  for (int trial = 0; trial < 200; ++trial) {
    const std::size_t dimension = 3 + rng.below(2);
    auto points = grid_points(1 + rng.below(70), dimension, 2 + rng.below(7), rng);
    for (std::size_t i = rng.below(5); i > 0; --i)
      points.push_back(points[rng.below(points.size())]);
    EXPECT_EQ(hypervolume(points, constant(dimension, 7)),
              oracle::hypervolume_by_counting(points, std::vector<int>(dimension, 7), 0))
        << "trial " << trial;
  }
}

TEST(Hypervolume, InThreeAndFourObjectivesEqualsTheSumOfLayersOnFrontsAndCoarseGrids) {
  Rng rng(40);
  for (const std::size_t dimension : {3U, 4U}) {
    for (const std::size_t count : {1U, 2U, 63U, 64U, 65U, 300U}) {
      const Objectives reference = constant(dimension, 0.95);
      const auto front = sphere_points(count, dimension, rng);
      const double expected = hypervolume_by_layers(front, reference);
      // Some hundred positive terms in two orders.
      EXPECT_NEAR(hypervolume(front, reference), expected, 1e-13 * (1 + expected)) << count;
      const auto grid = grid_points(count, dimension, 6, rng);
      EXPECT_EQ(hypervolume(grid, constant(dimension, 5)),  // integers: no rounding
                hypervolume_by_layers(grid, constant(dimension, 5)))
          << count;
    }
  }
}

/// More points than a word of words has bits, so that the set of ranks spans several.
TEST(Hypervolume, InThreeObjectivesEqualsGainsTimesDepthsOnALongFront) {
  Rng rng(43);
  auto points = sphere_points(10000, 3, rng);
  std::ranges::sort(points, {}, [](const Objectives& point) { return point[2]; });
  Hypervolume2d area({1, 1});
  double expected = 0;
  for (const Objectives& point : points)
    expected += area.insert({point[0], point[1]}) * (1 - point[2]);
  // 10,000 positive terms with sum below 1, each rounded a few times in either way.
  EXPECT_NEAR(hypervolume(points, {1, 1, 1}), expected, 1e-12);
}

TEST(Hypervolume2d, HasTheBitsOfTheTextbookSweepAtEverySize) {
  Rng rng(33);
  for (const std::size_t count : {1U, 2U, 24U, 25U, 256U, 257U, 1000U, 5000U, 40000U}) {
    for (const double reference : {0.5, 1.0, 1000.0}) {
      const auto points = random_points(count, 2, rng);
      EXPECT_EQ(hypervolume_2d(planar(points), {reference, reference}),
                oracle::hypervolume_by_sweep(points, {reference, reference}))
          << count << " points";
    }
  }
}

/// Shapes that distribution by intervals finds hard: all on the front, few distinct values, one
/// far-off point, geometric spacing, huge and tiny numbers, signed zeros.
TEST(Hypervolume2d, HasTheBitsOfTheTextbookSweepOnAwkwardShapes) {
  constexpr std::size_t kCount = 3000;
  Rng rng(34);
  const std::vector<std::function<Point2(double, std::size_t)>> shapes{
      [](double x, std::size_t) {
        return Point2{x, 1 - x};
      },
      [](double x, std::size_t) {
        return Point2{x, -std::sqrt(x)};
      },
      [](double x, std::size_t) {
        return Point2{std::floor(5 * x), std::floor(16 * x * x)};
      },
      [](double, std::size_t i) {
        return Point2{2, static_cast<double>(i % 7)};
      },
      [](double x, std::size_t i) {
        return Point2{i == 0 ? -1e300 : x, 1 - x};
      },
      [](double x, std::size_t i) {
        return Point2{i == 0 ? -1.7e308 : x * 1e308, 1 - x};
      },
      [](double, std::size_t i) {
        return Point2{std::ldexp(1, -int(i % 1000)), double(i % 1000)};
      },
      [](double x, std::size_t i) {
        return Point2{5e-324 * std::floor(9 * x), double(i % 5)};
      },
      [](double x, std::size_t i) {
        return Point2{i % 2 == 0 ? 0.0 : -0.0, x};
      },
  };
  for (std::size_t shape = 0; shape < shapes.size(); ++shape) {
    std::vector<Point2> points;
    for (std::size_t i = 0; i < kCount; ++i)
      points.push_back(shapes[shape](rng.uniform(), i));
    for (const Point2 reference : {Point2{3, 2000}, Point2{1e308, 1}, Point2{0.5, 0.5}}) {
      EXPECT_EQ(hypervolume_2d(points, reference),
                oracle::hypervolume_by_sweep(transformed(points), {reference.x, reference.y}))
          << "shape " << shape << ", reference " << reference.x;
    }
  }
}

TEST(Hypervolume, DoesNotDependOnTheOrderOfThePoints) {
  Rng rng(35);
  for (std::size_t dimension = 1; dimension <= 5; ++dimension) {
    auto points = random_points(60, dimension, rng);
    const double volume = hypervolume(points, constant(dimension, 1));
    for (int trial = 0; trial < 5; ++trial) {
      rng.shuffle(std::span(points));
      EXPECT_EQ(hypervolume(points, constant(dimension, 1)), volume);
    }
  }
}

TEST(Hypervolume, RefusesWhatIsNotFiniteOrOfAnotherSize) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<Point2> bad{{0, 0}, {1, -kInfinity}};
  EXPECT_EQ(code_of([&] {
              static_cast<void>(hypervolume_2d(bad, {1, 1}));
            }),
            ErrorCode::invalid_argument);
  const std::vector<Point2> undefined{{std::nan(""), 5}};  // not even where it could not count
  EXPECT_EQ(code_of([&] {
              static_cast<void>(hypervolume_2d(undefined, {1, 1}));
            }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] {
              static_cast<void>(hypervolume_2d({}, {1, kInfinity}));
            }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { static_cast<void>(hypervolume({}, Objectives())); }),
            ErrorCode::invalid_argument);
  const std::vector<Objectives> mixed{{1, 2}, {1, 2, 3}};
  EXPECT_EQ(code_of([&] {
              static_cast<void>(hypervolume(mixed, {4, 4}));
            }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] {
              static_cast<void>(hypervolume_contributions(mixed, {4, 4}));
            }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { Hypervolume2d({0, kInfinity}); }), ErrorCode::invalid_argument);
  Hypervolume2d incremental({1, 1});
  EXPECT_EQ(code_of([&] { incremental.insert({std::nan(""), 0}); }), ErrorCode::invalid_argument);
}

TEST(HypervolumeContributions, AreWhatIsLostWithoutEachPoint) {
  Rng rng(36);
  for (int trial = 0; trial < 400; ++trial) {
    const std::size_t dimension = 1 + rng.below(4);
    const auto points = grid_points(1 + rng.below(14), dimension, 2 + rng.below(7), rng);
    const Objectives reference = constant(dimension, 6);
    const double all = hypervolume(points, reference);
    const std::vector<double> contributions = hypervolume_contributions(points, reference);
    ASSERT_EQ(contributions.size(), points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      auto others = points;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      // Integers: no rounding.
      EXPECT_EQ(contributions[i], all - hypervolume(others, reference)) << "trial " << trial;
    }
  }
}

/// The loss of each point from the definition.
std::vector<double> losses(const std::vector<Objectives>& points, const Objectives& reference) {
  const double all = hypervolume(points, reference);
  std::vector<double> losses;
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto others = points;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    losses.push_back(all - hypervolume(others, reference));
  }
  return losses;
}

TEST(HypervolumeContributions, InThreeObjectivesAreWhatIsLostOnFrontsAndCoarseGrids) {
  Rng rng(44);
  for (int trial = 0; trial < 40; ++trial) {
    const auto front = sphere_points(1 + rng.below(150), 3, rng);
    const auto expected = losses(front, {1, 1, 1});
    const auto contributions = hypervolume_contributions(front, {1, 1, 1});
    for (std::size_t i = 0; i < front.size(); ++i) {
      // The difference of two volumes below 1 of up to 150 terms.
      EXPECT_NEAR(contributions[i], expected[i], 1e-14) << "trial " << trial;
    }
    const auto grid = grid_points(1 + rng.below(80), 3, 3 + rng.below(12), rng);
    EXPECT_EQ(hypervolume_contributions(grid, {12, 12, 12}), losses(grid, {12, 12, 12}))
        << "trial " << trial;  // integers: no rounding
  }
}

TEST(HypervolumeContributions, OfDominatedPointsAndCopiesAreZeroAndShrinkTheDominator) {
  const std::vector<Objectives> dominated{{1, 1}, {2, 2}};
  EXPECT_EQ(hypervolume_contributions(dominated, {3, 3}), (std::vector<double>{3, 0}));
  const std::vector<Objectives> copies{{1.1, 1.3}, {1.1, 1.3}};
  EXPECT_EQ(hypervolume_contributions(copies, {3, 3}), (std::vector<double>{0, 0}));
  const std::vector<Objectives> solid{{1.1, 1.3, 0.7}, {1.1, 1.3, 0.7}};
  EXPECT_EQ(hypervolume_contributions(solid, {3, 3, 3}), (std::vector<double>{0, 0}));
}

TEST(Hypervolume2dIncremental, GainsWhatTheHypervolumeGrowsBy) {
  Rng rng(37);
  for (int trial = 0; trial < 60; ++trial) {
    const auto points = grid_points(80, 2, 3 + rng.below(30), rng);
    Hypervolume2d incremental({20, 20});
    std::vector<Objectives> seen;
    double before = 0;
    for (const Objectives& point : points) {
      seen.push_back(point);
      const double after = hypervolume(seen, {20, 20});
      EXPECT_EQ(incremental.insert({point[0], point[1]}), after - before);  // integers
      EXPECT_EQ(incremental.value(), after);
      before = after;
    }
  }
}

TEST(Hypervolume2dIncremental, StaysRightOverLongFronts) {
  Rng rng(38);
  Hypervolume2d incremental({1, 1});
  std::vector<Point2> points;
  for (int i = 0; i < 20000; ++i) {
    const double x = rng.uniform();
    points.push_back({x, 1 - std::sqrt(x) + 0.01 * rng.uniform()});
    incremental.insert(points.back());
  }
  // 20,000 positive terms below 1, each rounded once.
  EXPECT_NEAR(incremental.value(), hypervolume_2d(points, {1, 1}), 1e-12);
}

}  // namespace
}  // namespace ecnas::moo
