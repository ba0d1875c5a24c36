#include "train/fused_norm.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

// A version of each kernel for wide vectors, chosen when the program starts. Sanitizers do not bear
// what chooses.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ECNAS_VECTOR_VERSIONS \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ECNAS_VECTOR_VERSIONS
#endif

namespace ecnas::train {
namespace {

constexpr std::int64_t kVector = 16;      // numbers in the widest vector
constexpr std::int64_t kLeastTile = 256;  // accumulators enough to hide an addition's latency
constexpr std::int64_t kBlock = 4096;     // numbers: 16 kB, so that two arrays fit the first cache

// The kernels see a block as flat numbers, `tile` after `tile`; a tile is whole rows, so place i of
// every tile is the same channel. That makes rows of 5 channels as fast as rows of 16.

ECNAS_VECTOR_VERSIONS
void add_up(const float* __restrict input, std::int64_t count, std::int64_t tile,
            float* __restrict sums) {
  for (; count > 0; count -= tile, input += tile) {
    const std::int64_t here = count < tile ? count : tile;
    for (std::int64_t i = 0; i < here; ++i)
      sums[i] += input[i];
  }
}

ECNAS_VECTOR_VERSIONS
void add_up_squares(const float* __restrict input, std::int64_t count, std::int64_t tile,
                    const float* __restrict mean, float* __restrict sums) {
  for (; count > 0; count -= tile, input += tile) {
    const std::int64_t here = count < tile ? count : tile;
    for (std::int64_t i = 0; i < here; ++i) {
      const float centred = input[i] - mean[i];
      sums[i] += centred * centred;
    }
  }
}

ECNAS_VECTOR_VERSIONS
void scale_and_cut(const float* __restrict input, std::int64_t count, std::int64_t tile,
                   const float* __restrict scale, const float* __restrict shift,
                   float* __restrict output) {
  for (; count > 0; count -= tile, input += tile, output += tile) {
    const std::int64_t here = count < tile ? count : tile;
    for (std::int64_t i = 0; i < here; ++i) {
      const float value = input[i] * scale[i] + shift[i];
      output[i] = value > 0 ? value : 0;
    }
  }
}

ECNAS_VECTOR_VERSIONS
void add_up_gradients(const float* __restrict input, const float* __restrict gradient,
                      std::int64_t count, std::int64_t tile, const float* __restrict scale,
                      const float* __restrict shift, const float* __restrict mean,
                      float* __restrict sums, float* __restrict products) {
  for (; count > 0; count -= tile, input += tile, gradient += tile) {
    const std::int64_t here = count < tile ? count : tile;
    for (std::int64_t i = 0; i < here; ++i) {
      const float passed = input[i] * scale[i] + shift[i] > 0 ? gradient[i] : 0;
      sums[i] += passed;
      products[i] += passed * (input[i] - mean[i]);
    }
  }
}

ECNAS_VECTOR_VERSIONS
void pass_gradients(const float* __restrict input, const float* __restrict gradient,
                    std::int64_t count, std::int64_t tile, const float* __restrict scale,
                    const float* __restrict shift, const float* __restrict slope,
                    const float* __restrict constant, float* __restrict output) {
  for (; count > 0; count -= tile, input += tile, gradient += tile, output += tile) {
    const std::int64_t here = count < tile ? count : tile;
    for (std::int64_t i = 0; i < here; ++i) {
      const float passed = input[i] * scale[i] + shift[i] > 0 ? gradient[i] : 0;
      output[i] = scale[i] * passed + slope[i] * input[i] + constant[i];
    }
  }
}

/// The sums of a tile's places by channel.
void fold(std::span<const float> tile, std::span<double> channels) {
  std::ranges::fill(channels, 0.0);
  for (std::size_t row = 0; row < tile.size(); row += channels.size()) {
    for (std::size_t c = 0; c < channels.size(); ++c)
      channels[c] += static_cast<double>(tile[row + c]);
  }
}

/// A number a channel as a tile, row after row.
template <typename Number>
void fill_tile(std::span<const Number> channels, std::span<float> tile) {
  for (std::size_t row = 0; row < tile.size(); row += channels.size()) {
    for (std::size_t c = 0; c < channels.size(); ++c)
      tile[row + c] = static_cast<float>(channels[c]);
  }
}

std::size_t size(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

}  // namespace

FusedNorm::FusedNorm(std::int64_t rows, std::int32_t channels, const ForRange& for_range)
    : rows_(rows), channels_(channels), for_range_(for_range) {
  std::int64_t tile_rows = kVector / std::gcd(channels_, kVector);
  while (tile_rows * channels_ < kLeastTile)
    tile_rows *= 2;
  tile_ = tile_rows * channels_;
  block_rows_ = std::max<std::int64_t>(1, kBlock / tile_) * tile_rows;
  blocks_ = (rows_ + block_rows_ - 1) / block_rows_;
}

/// Where a block's numbers lie.
struct FusedNorm::Blocks {
  std::int64_t first;
  std::int64_t rows;
  std::int64_t count;
  Blocks(const FusedNorm& norm, std::int64_t block)
      : first(block * norm.block_rows_ * norm.channels_),
        rows(std::min(norm.block_rows_, norm.rows_ - block * norm.block_rows_)),
        count(rows * norm.channels_) {}
};

template <typename Number>
std::vector<float> FusedNorm::tiled(std::span<const Number> values) const {
  std::vector<float> tile(size(tile_));
  fill_tile(values, std::span(tile));
  return tile;
}

ChannelMoments FusedNorm::moments(const float* input) const {
  const std::size_t channels = size(channels_);
  std::vector<double> means(size(blocks_) * channels);
  std::vector<double> squares(size(blocks_) * channels);  // Σ (x − the block's mean)²
  for_range_(blocks_, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> sums(size(tile_));
    std::vector<float> centre(size(tile_));
    for (std::int64_t b = begin; b < end; ++b) {
      const Blocks block(*this, b);
      const std::span mean(means.data() + size(b) * channels, channels);
      std::ranges::fill(sums, 0.0F);
      add_up(input + block.first, block.count, tile_, sums.data());
      fold(sums, mean);
      const auto count = static_cast<double>(block.rows);
      for (double& value : mean)
        value /= count;
      fill_tile(std::span<const double>(mean), std::span(centre));
      std::ranges::fill(sums, 0.0F);
      add_up_squares(input + block.first, block.count, tile_, centre.data(), sums.data());
      fold(sums, std::span(squares.data() + size(b) * channels, channels));
    }
  });

  // Blocks joined one after the other [ChaGolLev83].
  ChannelMoments all{std::vector<double>(channels), std::vector<double>(channels)};
  double seen = 0;
  for (std::int64_t b = 0; b < blocks_; ++b) {
    const auto count = static_cast<double>(Blocks(*this, b).rows);
    for (std::size_t c = 0; c < channels; ++c) {
      const double apart = means[size(b) * channels + c] - all.mean[c];
      all.mean[c] += apart * count / (seen + count);
      all.variance[c] +=
          squares[size(b) * channels + c] + apart * apart * seen * count / (seen + count);
    }
    seen += count;
  }
  for (double& variance : all.variance)
    variance /= seen;
  return all;
}

void FusedNorm::forward(const float* input, std::span<const float> scale,
                        std::span<const float> shift, float* output) const {
  const std::vector<float> scales = tiled(scale);
  const std::vector<float> shifts = tiled(shift);
  for_range_(blocks_, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const Blocks block(*this, b);
      scale_and_cut(input + block.first, block.count, tile_, scales.data(), shifts.data(),
                    output + block.first);
    }
  });
}

void FusedNorm::backward(const float* input, const float* gradient, const Statistics& statistics,
                         float* input_gradient, std::span<float> scale_gradient,
                         std::span<float> shift_gradient) const {
  const std::size_t channels = size(channels_);
  const std::vector<float> scales = tiled(statistics.scale);
  const std::vector<float> shifts = tiled(statistics.shift);
  const std::vector<float> means = tiled(statistics.mean);
  std::vector<double> sums(size(blocks_) * channels);      // Σ g, g the gradient behind the ReLU
  std::vector<double> products(size(blocks_) * channels);  // Σ g (x − mean)
  for_range_(blocks_, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> sum(size(tile_));
    std::vector<float> product(size(tile_));
    for (std::int64_t b = begin; b < end; ++b) {
      const Blocks block(*this, b);
      std::ranges::fill(sum, 0.0F);
      std::ranges::fill(product, 0.0F);
      add_up_gradients(input + block.first, gradient + block.first, block.count, tile_,
                       scales.data(), shifts.data(), means.data(), sum.data(), product.data());
      fold(sum, std::span(sums.data() + size(b) * channels, channels));
      fold(product, std::span(products.data() + size(b) * channels, channels));
    }
  });

  // dx = scale · (g − mean of g − x̂ · mean of g x̂) = scale · g + slope · x + constant.
  std::vector<float> slope(channels);
  std::vector<float> constant(channels);
  const auto rows = static_cast<double>(rows_);
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = 0;
    double product = 0;
    for (std::size_t b = 0; b < size(blocks_); ++b) {
      sum += sums[b * channels + c];
      product += products[b * channels + c];
    }
    const double inverse = statistics.inverse_deviation[c];
    const auto scale = static_cast<double>(statistics.scale[c]);
    const double slope_here = -scale * inverse * inverse * product / rows;
    slope[c] = static_cast<float>(slope_here);
    constant[c] = static_cast<float>(-scale * sum / rows - slope_here * statistics.mean[c]);
    scale_gradient[c] = static_cast<float>(product * inverse);
    shift_gradient[c] = static_cast<float>(sum);
  }
  const std::vector<float> slopes = tiled(std::span<const float>(slope));
  const std::vector<float> constants = tiled(std::span<const float>(constant));
  for_range_(blocks_, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const Blocks block(*this, b);
      pass_gradients(input + block.first, gradient + block.first, block.count, tile_, scales.data(),
                     shifts.data(), slopes.data(), constants.data(), input_gradient + block.first);
    }
  });
}

}  // namespace ecnas::train
