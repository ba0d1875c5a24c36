#pragma once
/// train: networks of cells, trained with LibTorch: the one module that includes it. Start here,
/// then `recipe.hpp` and `trainer.hpp`.

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::train {

struct NetworkOptions {
  double batch_norm_momentum = 0.997;  ///< TensorFlow's convention: the share that is kept
  double batch_norm_epsilon = 1e-5;
  bool mixed_precision = false;  ///< convolutions in bfloat16 on the CPU, half precision on CUDA
  bool fused = true;  ///< batch norm and ReLU by our own kernel on the CPU; else by LibTorch's
};

/// NAS-Bench-101's network around a cell: stem, stacks of cells, global mean, dense layer. Built on
/// the cell's representative, so that every labelling gives the same. Weights are drawn from `seed`
/// by our own generator: the same on every machine and for every version of LibTorch.
/// @source [Ying19], model_builder
class Network : public torch::nn::Module {
 public:
  /// @throws as `space::validate`
  Network(const space::Cell& cell, const space::Skeleton& skeleton, std::uint64_t seed,
          const NetworkOptions& options = {});
  ~Network() override;

  /// @param images  (n, image_channels, image_size, image_size), 32-bit floats
  /// @return logits (n, classes). In training mode running statistics move.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& images);

  /// As forward, with batch norm left out: what synaptic flow is defined on.
  [[nodiscard]] torch::Tensor forward_linear(const torch::Tensor& images);

  /// Sets the share of a running statistic that a step keeps, everywhere.
  void set_batch_norm_momentum(double momentum);

  /// Sum of elements over `parameters()`; equals `space::trainable_parameters`.
  [[nodiscard]] std::int64_t trainable_parameters() const;
  /// Multiply-adds of one image's forward pass, counted from the layers as they were built; equals
  /// `space::flops`.
  [[nodiscard]] std::int64_t flops() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ecnas::train
