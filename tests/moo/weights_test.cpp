#include "ecnas/moo/weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "moo/points.hpp"

namespace ecnas::moo {
namespace {

using namespace ecnas::moo::testing;

TEST(UniformWeights, OfAHandWorkedLattice) {
  EXPECT_EQ(uniform_weights(3, 2),
            (std::vector<Weights>{
                {0, 0, 1}, {0, 0.5, 0.5}, {0, 1, 0}, {0.5, 0, 0.5}, {0.5, 0.5, 0}, {1, 0, 0}}));
  EXPECT_EQ(uniform_weights(1, 7), (std::vector<Weights>{{1}}));
}

/// Deb and Jain's Table I, and larger.
TEST(UniformWeights, AreAsManyAsPublished) {
  EXPECT_EQ(uniform_weights(3, 12).size(), 91U);
  EXPECT_EQ(uniform_weights(5, 6).size(), 210U);
  EXPECT_EQ(uniform_weights(8, 3).size(), 120U);
  EXPECT_EQ(uniform_weights(2, 999'999).size(), 1'000'000U);
}

TEST(UniformWeights, AreDistinctMultiplesInOrderThatSumToOne) {
  for (std::size_t objectives = 1; objectives <= 6; ++objectives) {
    for (std::size_t divisions = 1; divisions <= 7; ++divisions) {
      const std::vector<Weights> lattice = uniform_weights(objectives, divisions);
      const auto n = static_cast<double>(divisions);
      EXPECT_EQ(std::ranges::adjacent_find(lattice, std::greater_equal{}), lattice.end());
      for (const Weights& weights : lattice) {
        ASSERT_EQ(weights.size(), objectives);
        EXPECT_TRUE(std::ranges::all_of(weights, [&](double w) {
          return w >= 0 && std::abs(n * w - std::round(n * w)) < 1e-12;
        }));
        // Each of up to 6 shares is rounded once.
        EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-15);
      }
    }
  }
}

TEST(WeightsFor, AreTheFinestLatticeThatFits) {
  EXPECT_EQ(weights_for(2, 20), uniform_weights(2, 19));
  EXPECT_EQ(weights_for(3, 20), uniform_weights(3, 4));  // 15; 21 are too many
  EXPECT_EQ(weights_for(3, 21), uniform_weights(3, 5));
  EXPECT_EQ(weights_for(1, 20), (std::vector<Weights>{{1}}));
  EXPECT_EQ(weights_for(4, 1), uniform_weights(4, 1));  // one division at least
}

TEST(Weights, RefuseWhatIsNoLattice) {
  EXPECT_EQ(code_of([] { static_cast<void>(uniform_weights(0, 3)); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { static_cast<void>(uniform_weights(9, 3)); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { static_cast<void>(uniform_weights(2, 0)); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { static_cast<void>(uniform_weights(8, 50)); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { static_cast<void>(uniform_weights(2, 1'000'000)); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([] { static_cast<void>(weights_for(0, 20)); }), ErrorCode::invalid_argument);
}

TEST(Tchebycheff, IsTheGreatestWeightedDistance) {
  EXPECT_EQ(tchebycheff({0.5, 0.25}, Weights{0.5, 0.5}), 0.25);
  EXPECT_EQ(tchebycheff({0.25, -3}, Weights{0.75, 0.25}), 0.75);
  EXPECT_EQ(tchebycheff({0, 0}, Weights{1, 0}), 0);
}

TEST(Tchebycheff, TellsPointsApartThatAreBestInAllThatHasWeight) {
  EXPECT_LT(tchebycheff({0, 0.3}, Weights{1, 0}), tchebycheff({0, 0.4}, Weights{1, 0}));
  EXPECT_LT(tchebycheff({0, 1}, Weights{1, 0}), tchebycheff({0.001, 0}, Weights{1, 0}));
}

TEST(Tchebycheff, RefusesAnotherNumberOfWeights) {
  EXPECT_EQ(code_of([] {
              static_cast<void>(tchebycheff({1, 2}, Weights{1, 0, 0}));
            }),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace ecnas::moo
