#pragma once

#include <array>
#include <cstdint>

#include "ecnas/space/cell.hpp"

namespace ecnas::space {

/// The network around a cell: stem, stacks of equal cells, dense layer. Channels double and the
/// image halves (rounded down) between stacks. The defaults are NAS-Bench-101's on CIFAR-10.
struct Skeleton {
  std::int32_t stem_width = 128;  ///< output channels of the 3×3 stem convolution
  std::int32_t stacks = 3;
  std::int32_t cells_per_stack = 3;
  std::int32_t classes = 10;
  std::int32_t image_size = 32;  ///< height and width in pixels
  std::int32_t image_channels = 3;

  friend bool operator==(const Skeleton&, const Skeleton&) = default;
};

/// @throws Error{invalid_argument} naming the field unless every field is positive, stem_width
/// ≥ 5 (one channel a vertex), the image keeps a pixel in the last stack, and no count can
/// overflow.
void validate(const Skeleton& skeleton);

/// Output channels of each vertex of a cell with `input_channels` in and `output_channels` out: the
/// output's are split over the interior vertices that feed it (the first ones get the remainder),
/// every other vertex has the most of those it feeds. Depends on the labelling. Beyond the cell's
/// vertices 0.
/// @throws Error{invalid_argument} unless input_channels ≥ 1 and output_channels ≥ 5
/// @source [Ying19], model_builder.compute_vertex_channels
[[nodiscard]] std::array<std::int32_t, kMaxVertices> vertex_channels(const Cell& cell,
                                                                     std::int32_t input_channels,
                                                                     std::int32_t output_channels);

/// Trainable parameters of the network: convolution weights, batch-norm γ and β, dense weights and
/// biases. Counted on the representative, so every labelling gives the same.
[[nodiscard]] std::int64_t trainable_parameters(const Cell& cell, const Skeleton& skeleton = {});

/// Multiply-adds of one image's forward pass: convolutions and the dense layer. Batch norm,
/// activations, additions and pooling are not counted. On the representative, as above.
[[nodiscard]] std::int64_t flops(const Cell& cell, const Skeleton& skeleton = {});

}  // namespace ecnas::space
