#include "train/fused_norm.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "ecnas/core/parallel.hpp"
#include "ecnas/core/random.hpp"

namespace ecnas::train {
namespace {

ForRange on_threads(unsigned threads) {
  return [threads](std::int64_t count, const auto& body) {
    parallel_for(static_cast<std::size_t>(count), threads, [&](std::size_t i) {
      body(static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1);
    });
  };
}

std::vector<float> random_numbers(std::size_t count, std::uint64_t seed, double mean) {
  Rng rng(seed);
  std::vector<float> values(count);
  for (float& value : values)
    value = static_cast<float>(mean + rng.normal());
  return values;
}

/// One channel after the other, in 64 bits, as the definitions read.
struct Slow {
  std::vector<double> mean, variance, output, input_gradient, scale_gradient, shift_gradient;
};
Slow slow_norm(const std::vector<float>& input, const std::vector<float>& gradient,
               const std::vector<float>& gamma, const std::vector<float>& beta, double epsilon) {
  const std::size_t channels = gamma.size();
  const std::size_t rows = input.size() / channels;
  const double n = static_cast<double>(rows);
  Slow slow{std::vector<double>(channels),     std::vector<double>(channels),
            std::vector<double>(input.size()), std::vector<double>(input.size()),
            std::vector<double>(channels),     std::vector<double>(channels)};
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t r = 0; r < rows; ++r)
      slow.mean[c] += static_cast<double>(input[r * channels + c]) / n;
    for (std::size_t r = 0; r < rows; ++r)
      slow.variance[c] +=
          std::pow(static_cast<double>(input[r * channels + c]) - slow.mean[c], 2) / n;
    const double deviation = std::sqrt(slow.variance[c] + epsilon);
    double sum = 0;
    double product = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t i = r * channels + c;
      const double normal = (static_cast<double>(input[i]) - slow.mean[c]) / deviation;
      const double value = static_cast<double>(gamma[c]) * normal + static_cast<double>(beta[c]);
      slow.output[i] = std::max(0.0, value);
      const double passed = value > 0 ? static_cast<double>(gradient[i]) : 0;
      sum += passed;
      product += passed * normal;
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t i = r * channels + c;
      const double normal = (static_cast<double>(input[i]) - slow.mean[c]) / deviation;
      const double passed = slow.output[i] > 0 ? static_cast<double>(gradient[i]) : 0;
      slow.input_gradient[i] =
          static_cast<double>(gamma[c]) / deviation * (passed - sum / n - normal * product / n);
    }
    slow.scale_gradient[c] = product;
    slow.shift_gradient[c] = sum;
  }
  return slow;
}

struct Fast {
  ChannelMoments moments;
  std::vector<float> output, input_gradient, scale_gradient, shift_gradient;
};
Fast fast_norm(const std::vector<float>& input, const std::vector<float>& gradient,
               const std::vector<float>& gamma, const std::vector<float>& beta, double epsilon,
               unsigned threads) {
  const std::size_t channels = gamma.size();
  const ForRange for_range = on_threads(threads);
  const FusedNorm norm(static_cast<std::int64_t>(input.size() / channels),
                       static_cast<std::int32_t>(channels), for_range);
  Fast fast{norm.moments(input.data()), std::vector<float>(input.size()),
            std::vector<float>(input.size()), std::vector<float>(channels),
            std::vector<float>(channels)};
  std::vector<float> scale(channels);
  std::vector<float> shift(channels);
  std::vector<double> inverse(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    inverse[c] = 1 / std::sqrt(fast.moments.variance[c] + epsilon);
    const double factor = static_cast<double>(gamma[c]) * inverse[c];
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>(static_cast<double>(beta[c]) - factor * fast.moments.mean[c]);
  }
  norm.forward(input.data(), scale, shift, fast.output.data());
  norm.backward(input.data(), gradient.data(), {scale, shift, fast.moments.mean, inverse},
                fast.input_gradient.data(), fast.scale_gradient, fast.shift_gradient);
  return fast;
}

// 32-bit sums of up to some thousand numbers of size 1: a few units in the fifth digit.
constexpr double kTolerance = 2e-5;

class FusedNormShapes : public testing::TestWithParam<std::pair<std::size_t, std::size_t>> {};

TEST_P(FusedNormShapes, EqualsTheDefinitionChannelByChannel) {
  const auto [rows, channels] = GetParam();
  const auto input = random_numbers(rows * channels, 1, 3);
  const auto gradient = random_numbers(rows * channels, 2, 0);
  const auto gamma = random_numbers(channels, 3, 1);
  const auto beta = random_numbers(channels, 4, 0);
  const Slow slow = slow_norm(input, gradient, gamma, beta, 1e-5);
  const Fast fast = fast_norm(input, gradient, gamma, beta, 1e-5, 1);
  for (std::size_t c = 0; c < channels; ++c) {
    EXPECT_NEAR(fast.moments.mean[c], slow.mean[c], kTolerance);
    EXPECT_NEAR(fast.moments.variance[c], slow.variance[c], kTolerance);
    const double size = std::sqrt(static_cast<double>(rows));  // of a sum of as many numbers
    EXPECT_NEAR(static_cast<double>(fast.scale_gradient[c]), slow.scale_gradient[c],
                kTolerance * size + kTolerance);
    EXPECT_NEAR(static_cast<double>(fast.shift_gradient[c]), slow.shift_gradient[c],
                kTolerance * size + kTolerance);
  }
  for (std::size_t i = 0; i < input.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(fast.output[i]), slow.output[i], kTolerance) << i;
    // At a value of 0 rounding decides whether the gradient passes.
    if (std::abs(slow.output[i]) < kTolerance && slow.output[i] != 0) continue;
    const double variance = slow.variance[i % channels] + 1e-5;  // what gradients are divided by
    ASSERT_NEAR(static_cast<double>(fast.input_gradient[i]), slow.input_gradient[i],
                10 * kTolerance * std::max(1.0, 1 / variance))
        << i;
  }
}

// Channels that fill vectors, that do not, more than a tile; rows of several blocks, of a part of
// one, one alone.
INSTANTIATE_TEST_SUITE_P(Shapes, FusedNormShapes,
                         testing::Values(std::pair{4096U, 16U}, std::pair{5000U, 5U},
                                         std::pair{3001U, 6U}, std::pair{777U, 3U},
                                         std::pair{513U, 128U}, std::pair{100U, 171U},
                                         std::pair{3U, 512U}, std::pair{40U, 1U},
                                         std::pair{2U, 7U}));

TEST(FusedNorm, GivesTheSameBitsOnAnyNumberOfThreads) {
  const auto input = random_numbers(20'000 * 5, 1, 3);
  const auto gradient = random_numbers(20'000 * 5, 2, 0);
  const auto gamma = random_numbers(5, 3, 1);
  const Fast one = fast_norm(input, gradient, gamma, gamma, 1e-5, 1);
  const Fast many = fast_norm(input, gradient, gamma, gamma, 1e-5, 5);
  EXPECT_EQ(one.moments.mean, many.moments.mean);
  EXPECT_EQ(one.moments.variance, many.moments.variance);
  EXPECT_EQ(one.output, many.output);
  EXPECT_EQ(one.input_gradient, many.input_gradient);
  EXPECT_EQ(one.scale_gradient, many.scale_gradient);
}

TEST(FusedNorm, KeepsVarianceWhereTheMeanIsAThousandTimesTheDeviation) {
  const auto input = random_numbers(std::size_t{10'000} * 4, 1, 1000);
  const ForRange for_range = on_threads(1);
  const ChannelMoments moments = FusedNorm(10'000, 4, for_range).moments(input.data());
  for (const double variance : moments.variance)
    EXPECT_NEAR(variance, 1, 0.05);  // a sample of 10,000; E[x²] − E[x]² in 32 bits is off by 0.1
}

}  // namespace
}  // namespace ecnas::train
