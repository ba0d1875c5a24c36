#pragma once
/// The perceptron's forward and backward pass over a batch.

#include <cstddef>
#include <span>
#include <vector>

#include "ecnas/surrogate/mlp.hpp"

namespace ecnas::surrogate {

/// What a forward pass leaves for the backward pass. Reused from batch to batch.
struct MlpWorkspace {
  struct Layer {
    std::vector<float> sums;    ///< (n, columns): before the activation
    std::vector<float> values;  ///< (n, columns): after it; the last layer has none
    std::vector<float> slopes;  ///< (n, columns): the activation's derivative, if asked for
  };
  std::vector<Layer> layers;
};

/// @param rows  (n, widths.front())
/// @return      the last layer's sums, (n, padded width); they live in the workspace
std::span<const float> forward(const Mlp& mlp, std::span<const float> rows, bool with_slopes,
                               MlpWorkspace& workspace);

/// Adds the loss's gradient with respect to the parameters.
/// @param workspace  of `forward` over the same rows, with slopes
/// @param d_outputs  (n, padded width) of the last layer, 0 in the padding
/// @param gradient   (parameters), added to
void backward(const Mlp& mlp, std::span<const float> rows, const MlpWorkspace& workspace,
              std::span<const float> d_outputs, std::span<float> gradient);

}  // namespace ecnas::surrogate
