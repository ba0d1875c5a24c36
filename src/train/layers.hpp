#pragma once

#include <torch/types.h>

#include <cstdint>

namespace ecnas::train {

/// A convolution without bias, batch norm and ReLU behind it; the network owns the tensors.
struct Convolution {
  torch::Tensor weight;            ///< (outputs, inputs, size, size)
  torch::Tensor scale;             ///< γ (outputs)
  torch::Tensor shift;             ///< β (outputs)
  torch::Tensor running_mean;      ///< (outputs)
  torch::Tensor running_variance;  ///< (outputs)
  std::int64_t image_size = 0;     ///< height and width of what it is applied to
};

struct NormOptions {
  bool training = false;
  double kept = 0.997;  ///< share of running statistics that a step keeps
  double epsilon = 1e-5;
  bool mixed_precision = false;
  bool fused = true;
};

/// relu(batch_norm(convolution(images))), the image's size kept. (n, inputs, h, w) → (n, outputs,
/// h, w). In training, running statistics move, the variance unbiased, as TensorFlow and LibTorch
/// have it.
[[nodiscard]] torch::Tensor normed_convolution(Convolution& layer, const torch::Tensor& images,
                                               const NormOptions& options);

/// relu(convolution(images)).
[[nodiscard]] torch::Tensor bare_convolution(const Convolution& layer, const torch::Tensor& images);

/// Maximum over 3 × 3 pixels, the image's size kept.
[[nodiscard]] torch::Tensor max_pool_3x3(const torch::Tensor& images);

/// Maximum over 2 × 2 pixels; half the image's size, rounded down.
[[nodiscard]] torch::Tensor halve(const torch::Tensor& images);

}  // namespace ecnas::train
