#pragma once
/// The graph network's forward and backward pass over a batch.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/surrogate/graph_network.hpp"
#include "surrogate/graph_batch.hpp"

namespace ecnas::surrogate {

/// Where each tensor of a shape lies; offsets into the parameters.
struct GraphLayout {
  struct Layer {
    std::size_t message;  ///< (3·width, width): of own state, sources, targets
    std::size_t bias;     ///< (kLabels, width)
    std::size_t gate;     ///< (kLabels, width)
    std::size_t update;   ///< (width, width)
  };
  std::size_t embedding;  ///< (kVertexInputs, width)
  std::vector<Layer> layers;
  std::size_t head;         ///< (kLabels·width + kCellInputs, head_width)
  std::size_t head_bias;    ///< (1, head_width)
  std::size_t output;       ///< (head_width, kDenseGroup)
  std::size_t output_bias;  ///< (1, kDenseGroup)
  std::vector<GraphNetworkTensor> tensors;
  std::size_t size;  ///< of all parameters
};
[[nodiscard]] GraphLayout graph_layout(const GraphNetworkShape& shape);

/// @throws Error{invalid_argument} for sizes out of range
void validate(const GraphNetworkShape& shape);

/// What a forward pass leaves for the backward pass. Reused from batch to batch.
struct GraphWorkspace {
  struct Layer {
    std::vector<float> inputs;             ///< (vertices, 3·width): own normalised state, sums
    std::vector<float> inverse_deviation;  ///< (vertices)
    std::vector<float> messages;           ///< (vertices, width), before the gate
    std::vector<float> active;             ///< (vertices, width), rectified and dropped out
  };
  std::vector<float> state;  ///< (vertices, width)
  std::vector<Layer> layers;
  std::vector<float> normalised;         ///< (vertices, width), the last state
  std::vector<float> inverse_deviation;  ///< (vertices)
  std::vector<float> pools;              ///< (cells, kLabels·width + kCellInputs)
  std::vector<float> hidden;             ///< (cells, head_width), rectified and dropped out
  std::vector<float> outputs;            ///< (cells, kDenseGroup)
};

/// Zeroes elements at random while fitting and scales the others; does nothing in prediction.
struct Dropout {
  double rate = 0;
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
};

void forward(const GraphNetworkShape& shape, const GraphLayout& layout,
             std::span<const float> parameters, const GraphBatch& batch, const Dropout& dropout,
             GraphWorkspace& workspace);

/// Adds the loss's gradient with respect to the parameters.
/// @param workspace   of `forward` over the same batch and parameters with the same dropout
/// @param d_outputs   (cells, kDenseGroup): gradient with respect to the outputs
/// @param gradient    (parameters), added to
void backward(const GraphNetworkShape& shape, const GraphLayout& layout,
              std::span<const float> parameters, const GraphBatch& batch, const Dropout& dropout,
              const GraphWorkspace& workspace, std::span<const float> d_outputs,
              std::span<float> gradient);

}  // namespace ecnas::surrogate
