#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "ecnas/core/random.hpp"
#include "surrogate/adam.hpp"

namespace ecnas::surrogate {
namespace {

/// Kingma and Ba's algorithm 1 and Loshchilov and Hutter's decay, in double precision.
struct SlowAdam {
  double first = 0;
  double second = 0;
  int steps = 0;

  double step(double parameter, double gradient, bool decays, const AdamOptions& options) {
    ++steps;
    first = options.first_decay * first + (1 - options.first_decay) * gradient;
    second = options.second_decay * second + (1 - options.second_decay) * gradient * gradient;
    const double unbiased_first = first / (1 - std::pow(options.first_decay, steps));
    const double unbiased_second = second / (1 - std::pow(options.second_decay, steps));
    return parameter - options.rate * unbiased_first / (std::sqrt(unbiased_second) + 1e-8) -
           (decays ? options.rate * options.weight_decay * parameter : 0.0);
  }
};

TEST(Adam, StepsAsTheAlgorithmInDoublePrecision) {
  Rng rng(1);
  const AdamOptions options{.rate = 0.01, .weight_decay = 0.1};
  std::vector<float> parameters = {1.0F, -2.0F, 0.5F, 3.0F};
  const std::vector<std::uint8_t> decays = {1, 0, 1, 0};
  std::vector<double> expected(parameters.begin(), parameters.end());
  std::array<SlowAdam, 4> slow;
  Adam adam(parameters.size());
  for (int step = 0; step < 50; ++step) {
    std::vector<float> gradient;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      gradient.push_back(static_cast<float>(rng.normal() * std::pow(10.0, i)));
      expected[i] =
          slow[i].step(expected[i], static_cast<double>(gradient[i]), decays[i] != 0, options);
    }
    adam.step(parameters, gradient, decays, options);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      ASSERT_NEAR(static_cast<double>(parameters[i]), expected[i], 1e-5) << step;  // 50 roundings
  }
}

TEST(Adam, TheFirstStepIsTheRateWhateverTheGradientsSize) {
  std::vector<float> parameters = {1, 1, 1};
  Adam adam(3);
  adam.step(parameters, std::array{1000.0F, -0.001F, 0.0F}, std::array<std::uint8_t, 3>{},
            {.rate = 0.25});
  EXPECT_NEAR(parameters[0], 0.75F, 1e-5F);
  EXPECT_NEAR(parameters[1], 1.25F, 1e-3F);
  EXPECT_EQ(parameters[2], 1.0F);
}

TEST(Adam, DecayShrinksWhatItAppliesToAndNothingElse) {
  std::vector<float> parameters = {2, 2};
  Adam adam(2);
  adam.step(parameters, std::array{0.0F, 0.0F}, std::array<std::uint8_t, 2>{1, 0},
            {.rate = 0.5, .weight_decay = 0.25});
  EXPECT_EQ(parameters[0], 1.75F);
  EXPECT_EQ(parameters[1], 2.0F);
}

TEST(OneCycleRate, RisesToTheHighestAtATenthAndFallsTo0AtTheEnd) {
  EXPECT_DOUBLE_EQ(one_cycle_rate(0, 2), 0.1);
  EXPECT_DOUBLE_EQ(one_cycle_rate(0.05, 2), 2 * 0.525);
  EXPECT_DOUBLE_EQ(one_cycle_rate(0.1, 2), 2);
  EXPECT_NEAR(one_cycle_rate(0.55, 2), 1, 1e-12);
  EXPECT_NEAR(one_cycle_rate(1, 2), 0, 1e-12);
  for (int i = 0; i < 1000; ++i) {
    const double here = one_cycle_rate(i / 1000.0, 1);
    const double next = one_cycle_rate((i + 1) / 1000.0, 1);
    EXPECT_EQ(next > here, i < 100) << i;
    EXPECT_LT(std::abs(next - here), 0.011) << i;  // no jump
  }
}

}  // namespace
}  // namespace ecnas::surrogate
