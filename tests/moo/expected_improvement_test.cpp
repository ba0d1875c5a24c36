#include "ecnas/moo/expected_improvement.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "ecnas/moo/hypervolume.hpp"
#include "moo/points.hpp"
#include "oracles/moo_naive.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double density(double z) {
  return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
}

double distribution(double z) {
  return (1 + std::erf(z / std::numbers::sqrt2)) / 2;
}

/// What a belief is about, to draw from it.
struct Believed {
  double mean;
  double deviation;
  bool is_log = false;

  [[nodiscard]] Belief belief() const {
    return is_log ? Belief::log_normal(mean, deviation) : Belief::normal(mean, deviation);
  }
  [[nodiscard]] double draw(Rng& rng) const {
    if (!is_log) return mean + deviation * rng.normal();
    return std::exp(std::log(mean) - deviation * deviation / 2 + deviation * rng.normal());
  }
};

std::vector<Belief> beliefs_of(const std::vector<Believed>& believed) {
  std::vector<Belief> beliefs;
  for (const Believed& one : believed)
    beliefs.push_back(one.belief());
  return beliefs;
}

double improvement(const std::vector<Objectives>& front, const Objectives& reference,
                   const Objectives& point) {
  std::vector<Objectives> more = front;
  more.push_back(point);
  return hypervolume(more, reference) - hypervolume(front, reference);
}

struct Estimate {
  double mean;
  double error;  ///< its standard deviation
};

Estimate estimate(std::size_t draws, const std::function<double()>& draw) {
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < draws; ++i) {
    const double value = draw();
    sum += value;
    squares += value * value;
  }
  const auto n = static_cast<double>(draws);
  return {sum / n, std::sqrt(std::max(0.0, squares / n - sum * sum / n / n) / n)};
}

Estimate by_monte_carlo(const std::vector<Objectives>& front, const Objectives& reference,
                        const std::vector<Believed>& believed, Rng& rng) {
  return estimate(20'000, [&] {
    std::vector<double> drawn;
    for (const Believed& one : believed)
      drawn.push_back(one.draw(rng));
    return improvement(front, reference, Objectives(std::span<const double>(drawn)));
  });
}

/// Up to a dozen points; some are dominated, some beyond a reference of 1.
std::vector<Objectives> some_points(std::size_t dimension, Rng& rng) {
  std::vector<Objectives> points;
  for (const Objectives& point : random_points(rng.below(12), dimension, rng)) {
    std::vector<double> stretched(point.begin(), point.end());
    for (double& value : stretched)
      value *= 1.3;
    points.emplace_back(std::span<const double>(stretched));
  }
  return points;
}

std::vector<Believed> some_belief(std::size_t dimension, bool is_log, Rng& rng) {
  std::vector<Believed> believed;
  for (std::size_t k = 0; k < dimension; ++k)
    believed.push_back({0.05 + rng.uniform(), 0.05 + 0.5 * rng.uniform(), is_log});
  return believed;
}

TEST(Belief, ExpectsShortfallsOfHandWorkedCases) {
  // At the mean of a normal: deviation times the density at 0.
  EXPECT_DOUBLE_EQ(Belief::normal(3, 2).expected_shortfall(3), 2 / std::sqrt(2 * std::numbers::pi));
  // Far above: the distance. Far below: nothing, and never less.
  EXPECT_DOUBLE_EQ(Belief::normal(3, 2).expected_shortfall(103), 100);
  EXPECT_NEAR(Belief::normal(3, 2).expected_shortfall(-97), 0, 1e-300);
  EXPECT_GE(Belief::normal(3, 2).expected_shortfall(-17), 0);
  EXPECT_EQ(Belief::normal(3, 2).expected_shortfall(-kInfinity), 0);
  EXPECT_NEAR(Belief::log_normal(3, 0.5).expected_shortfall(1003), 1000, 1e-9);
  EXPECT_EQ(Belief::log_normal(3, 0.5).expected_shortfall(0), 0);
  EXPECT_EQ(Belief::log_normal(3, 0.5).expected_shortfall(-1), 0);
  EXPECT_EQ(Belief::log_normal(3, 0.5).expected_shortfall(-kInfinity), 0);
}

TEST(Belief, WithoutDeviationIsKnowledge) {
  for (const Belief& known : {Belief::normal(3, 0), Belief::log_normal(3, 0)}) {
    EXPECT_EQ(known.expected_shortfall(5), 2);
    EXPECT_EQ(known.expected_shortfall(3), 0);
    EXPECT_EQ(known.expected_shortfall(2), 0);
    EXPECT_EQ(known.probability_within(3), 1);
    EXPECT_EQ(known.probability_within(2.999), 0);
    EXPECT_EQ(known.mean(), 3);
  }
}

TEST(Belief, AgreesWithDrawsOfWhatItBelieves) {
  Rng rng(81);
  for (const bool is_log : {false, true}) {
    for (int trial = 0; trial < 20; ++trial) {
      const Believed one{0.2 + rng.uniform(), 0.1 + rng.uniform(), is_log};
      const double away = one.deviation * (4 * rng.uniform() - 2);  // two deviations at most
      const double bound = is_log ? one.mean * std::exp(away) : one.mean + away;
      const Estimate shortfall =
          estimate(20'000, [&] { return std::max(0.0, bound - one.draw(rng)); });
      // Five standard errors: 80 checks, one in 20,000 seeds would fail.
      EXPECT_NEAR(one.belief().expected_shortfall(bound), shortfall.mean, 5 * shortfall.error);
      const Estimate within = estimate(20'000, [&] { return one.draw(rng) <= bound ? 1.0 : 0.0; });
      EXPECT_NEAR(one.belief().probability_within(bound), within.mean, 5 * within.error);
      const Estimate mean = estimate(20'000, [&] { return one.draw(rng); });
      EXPECT_NEAR(one.belief().mean(), mean.mean, 5 * mean.error);
    }
  }
}

/// d/db E[max(0, b − V)] = P(V ≤ b).
TEST(Belief, ProbabilityIsTheSlopeOfTheShortfall) {
  constexpr double kStep = 1e-5;
  for (const Belief& belief : {Belief::normal(0.7, 0.3), Belief::log_normal(0.7, 0.4)}) {
    for (double bound = 0.1; bound < 2; bound += 0.1) {
      const double slope =
          (belief.expected_shortfall(bound + kStep) - belief.expected_shortfall(bound - kStep)) /
          (2 * kStep);
      // The third derivative is below 20, and the difference of two rounded values is divided.
      EXPECT_NEAR(slope, belief.probability_within(bound), 1e-8);
    }
  }
}

TEST(ExpectedImprovement, OfOneObjectiveIsTheShortfallBelowTheBest) {
  const std::vector<Objectives> front{{4}, {2}, {3}};
  const std::vector<Belief> belief{Belief::normal(2.5, 1)};
  const double z = (2 - 2.5) / 1;
  EXPECT_NEAR(ExpectedImprovement(front, {5})(belief), z * distribution(z) + density(z), 1e-15);
}

TEST(ExpectedImprovement, OfAnEmptyFrontIsTheProductOfShortfalls) {
  const std::vector<Belief> beliefs{Belief::normal(1, 2), Belief::log_normal(3, 0.4),
                                    Belief::normal(0, 0)};
  EXPECT_DOUBLE_EQ(ExpectedImprovement({}, {2, 4, 5})(beliefs),
                   beliefs[0].expected_shortfall(2) * beliefs[1].expected_shortfall(4) * 5);
}

/// Emmerich, Deutz and Klinkenberg's ψ: the integral of (a − z) over z ≤ b.
double psi(double a, double b, const Believed& of) {
  const double z = (b - of.mean) / of.deviation;
  return of.deviation * density(z) + (a - of.mean) * distribution(z);
}

/// Their sum over the stripes of a front in order of x. @pre below the reference, no two alike
double planar_closed_form(const std::vector<Objectives>& front, const Objectives& reference,
                          const Believed& x, const Believed& y) {
  double sum = 0;
  for (std::size_t i = 0; i <= front.size(); ++i) {
    const double right = i == front.size() ? reference[0] : front[i][0];
    const double ceiling = i == 0 ? reference[1] : front[i - 1][1];
    double width = psi(right, right, x);  // where x falls into the stripe …
    if (i > 0) {                          // … or to its left
      const double left = front[i - 1][0];
      width += (right - left) * distribution((left - x.mean) / x.deviation) - psi(right, left, x);
    }
    sum += width * psi(ceiling, ceiling, y);
  }
  return sum;
}

TEST(ExpectedImprovement, EqualsTheClosedFormInThePlane) {
  Rng rng(82);
  for (int trial = 0; trial < 200; ++trial) {
    const std::vector<Objectives> points = some_points(2, rng);
    const Objectives reference{1, 1};
    std::vector<Objectives> front;
    for (const std::size_t i : oracle::front(points)) {
      if (points[i][0] < 1 && points[i][1] < 1) front.push_back(points[i]);
    }
    std::ranges::sort(front, {}, [](const Objectives& point) { return point[0]; });
    const std::vector<Believed> believed = some_belief(2, false, rng);
    // A dozen terms of at most about 1 each.
    EXPECT_NEAR(ExpectedImprovement(points, reference)(beliefs_of(believed)),
                planar_closed_form(front, reference, believed[0], believed[1]), 1e-13);
  }
}

void expect_monte_carlo(std::size_t dimension, bool is_log, int trials, std::uint64_t seed) {
  Rng rng(seed);
  for (int trial = 0; trial < trials; ++trial) {
    const std::vector<Objectives> points = some_points(dimension, rng);
    const Objectives reference = constant(dimension, 1);
    const std::vector<Believed> believed = some_belief(dimension, is_log, rng);
    const Estimate expected = by_monte_carlo(points, reference, believed, rng);
    // Five standard errors, and where none of 20,000 draws improves, an improvement so rare.
    EXPECT_NEAR(ExpectedImprovement(points, reference)(beliefs_of(believed)), expected.mean,
                5 * expected.error + 1e-6)
        << "trial " << trial;
  }
}

TEST(ExpectedImprovement, AgreesWithMonteCarloInThePlane) {
  expect_monte_carlo(2, false, 20, 83);
}

TEST(ExpectedImprovement, AgreesWithMonteCarloInThreeObjectives) {
  expect_monte_carlo(3, false, 20, 84);
}

TEST(ExpectedImprovement, AgreesWithMonteCarloInFourObjectives) {
  expect_monte_carlo(4, false, 4, 85);
}

TEST(ExpectedImprovement, AgreesWithMonteCarloForLogNormalBeliefs) {
  expect_monte_carlo(2, true, 20, 86);
  expect_monte_carlo(3, true, 10, 87);
}

TEST(ExpectedImprovement, AgreesWithMonteCarloWhereOneObjectiveIsKnown) {
  Rng rng(88);
  for (int trial = 0; trial < 20; ++trial) {
    const std::vector<Objectives> points = some_points(2, rng);
    const std::vector<Believed> believed{{0.1 + 0.8 * rng.uniform(), 0, true},
                                         {0.1 + 0.8 * rng.uniform(), 0.2, false}};
    const Estimate expected = by_monte_carlo(points, {1, 1}, believed, rng);
    EXPECT_NEAR(ExpectedImprovement(points, {1, 1})(beliefs_of(believed)), expected.mean,
                5 * expected.error + 1e-6);
  }
}

TEST(ExpectedImprovement, OfWhatIsKnownIsTheVolumeGained) {
  Rng rng(89);
  for (int trial = 0; trial < 400; ++trial) {
    const std::size_t dimension = 1 + rng.below(4);
    // Half of them on a grid: ties with the front, and with the reference.
    const bool on_grid = trial % 2 == 0;
    const auto points =
        on_grid ? grid_points(rng.below(15), dimension, 6, rng) : some_points(dimension, rng);
    const Objectives reference = constant(dimension, on_grid ? 5 : 1);
    const Objectives point =
        on_grid ? grid_points(1, dimension, 6, rng)[0] : random_points(1, dimension, rng)[0];
    std::vector<Belief> known;
    for (const double value : point)
      known.push_back(Belief::normal(value, 0));
    // Differences of volumes up to 625; where both are whole numbers, exact.
    EXPECT_NEAR(ExpectedImprovement(points, reference)(known),
                improvement(points, reference, point), on_grid ? 0 : 1e-12)
        << dimension;
  }
}

TEST(ExpectedImprovement, GrowsWithEachDeviation) {
  Rng rng(90);
  for (int trial = 0; trial < 200; ++trial) {
    const std::size_t dimension = 2 + rng.below(2);
    const ExpectedImprovement expected(some_points(dimension, rng), constant(dimension, 1));
    std::vector<Believed> believed = some_belief(dimension, trial % 2 == 0, rng);
    for (Believed& one : believed) {
      const double deviation = one.deviation;
      double before = 0;
      for (const double share : {0.0, 0.1, 0.5, 1.0, 2.0}) {
        one.deviation = share * deviation;
        const double now = expected(beliefs_of(believed));
        EXPECT_GE(now, before - 1e-15);  // the last bits of a sum of about 1
        before = now;
      }
      one.deviation = deviation;
    }
  }
}

TEST(ExpectedImprovement, DoesNotHeedDominatedPointsCopiesAndThoseBeyondTheReference) {
  const std::vector<Objectives> front{{0.2, 0.6}, {0.5, 0.3}};
  std::vector<Objectives> more{{0.5, 0.3}, {0.6, 0.6}, {0.2, 0.6},
                               {0.1, 1.0}, {1.2, 0.1}, {0.2, 0.7}};
  more.insert(more.end(), front.begin(), front.end());
  const ExpectedImprovement plain(front, {1, 1});
  const ExpectedImprovement cluttered(more, {1, 1});
  EXPECT_EQ(cluttered.boxes(), plain.boxes());
  const std::vector<Belief> beliefs{Belief::normal(0.4, 0.3), Belief::normal(0.4, 0.3)};
  EXPECT_EQ(cluttered(beliefs), plain(beliefs));
}

TEST(ExpectedImprovement, CutsThePlaneIntoOneBoxMoreThanTheFrontHasMembers) {
  Rng rng(91);
  for (std::size_t count = 0; count < 40; ++count) {
    std::vector<Objectives> points;
    for (const Objectives& point : random_points(count, 2, rng))
      points.push_back({point[0], 1 - point[0]});
    EXPECT_EQ(ExpectedImprovement(points, {2, 2}).boxes(), count + 1);
    const auto spatial = random_points(count, 3, rng);
    const std::size_t members = oracle::front(spatial).size();
    // A slice more than members; slice i has at most i + 1 boxes.
    EXPECT_LE(ExpectedImprovement(spatial, {2, 2, 2}).boxes(), (members + 1) * (members + 2) / 2);
  }
  EXPECT_EQ(ExpectedImprovement({}, {1, 1, 1, 1}).boxes(), 1U);
}

TEST(ExpectedImprovement, CutsNoShadowThatLiesInAnother) {
  // Below 0.1 all is open; then around one corner; from 0.5 on around the other, which hides it.
  const std::vector<Objectives> front{{0.5, 0.5, 0.1}, {0.2, 0.2, 0.5}};
  EXPECT_EQ(ExpectedImprovement(front, {1, 1, 1}).boxes(), 1U + 2U + 2U);
}

TEST(ExpectedImprovement, RefusesSizesThatDiffer) {
  const std::vector<Objectives> front{{1, 2}};
  EXPECT_EQ(code_of([&] { ExpectedImprovement(front, {1, 2, 3}); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { ExpectedImprovement({}, {}); }), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace ecnas::moo
