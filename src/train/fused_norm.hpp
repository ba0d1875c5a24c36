#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ecnas::train {

/// Runs `body(first, last)` over parts of {0, …, count − 1}, on whatever threads there are.
using ForRange = std::function<void(
    std::int64_t count, const std::function<void(std::int64_t first, std::int64_t last)>& body)>;

/// What batch normalisation knows of a batch, channel by channel.
struct ChannelMoments {
  std::vector<double> mean;
  std::vector<double> variance;  ///< biased: divided by the number of rows
};

/// Batch normalisation with ReLU behind it, over images whose channels lie together (NHWC): `rows`
/// pixels of `channels` numbers. Memory is read once a pass: what the next pass needs of a block is
/// still in the first cache. Rows are cut into blocks in one way only, and blocks are combined in
/// order, so results do not depend on the number of threads.
class FusedNorm {
 public:
  FusedNorm(std::int64_t rows, std::int32_t channels, const ForRange& for_range);

  /// @param input  (rows, channels)
  [[nodiscard]] ChannelMoments moments(const float* input) const;

  /// output = max(0, scale · input + shift). @param scale, shift  (channels)
  void forward(const float* input, std::span<const float> scale, std::span<const float> shift,
               float* output) const;

  /// Gradients through `forward` with scale = γ/√(variance + ε) and shift = β − mean · scale, where
  /// mean and variance are those of the batch.
  /// @param gradient        (rows, channels), of the output
  /// @param input_gradient  (rows, channels), written
  /// @param scale_gradient, shift_gradient  (channels), of γ and β, written
  /// @source [IofSze15], section 3
  struct Statistics {
    std::span<const float> scale;
    std::span<const float> shift;
    std::span<const double> mean;
    std::span<const double> inverse_deviation;  ///< 1/√(variance + ε)
  };
  void backward(const float* input, const float* gradient, const Statistics& statistics,
                float* input_gradient, std::span<float> scale_gradient,
                std::span<float> shift_gradient) const;

 private:
  struct Blocks;
  template <typename Number>
  [[nodiscard]] std::vector<float> tiled(std::span<const Number> values) const;

  std::int64_t rows_;
  std::int64_t channels_;
  std::int64_t tile_;        ///< numbers in whole rows that fill whole vectors
  std::int64_t block_rows_;  ///< of a block, whose input stays in the first cache
  std::int64_t blocks_;
  const ForRange& for_range_;
};

}  // namespace ecnas::train
