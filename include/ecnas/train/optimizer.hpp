#pragma once

#include <torch/types.h>

#include <vector>

#include "ecnas/train/recipe.hpp"

namespace ecnas::train {

/// One step of gradient descent after the other over a list of parameters.
///
/// `rmsprop` is TensorFlow 1's, which differs from LibTorch's in three ways: the mean square begins
/// at 1, not 0; ε stands beneath the root; the learning rate is inside the momentum, not outside:
///     s ← ρ s + (1 − ρ) g²    v ← μ v + η g / √(s + ε)    w ← w − v
/// with g = gradient + λ w.
class Descent {
 public:
  /// @pre the parameters live as long as this, and stay where they are
  Descent(std::vector<torch::Tensor> parameters, const Recipe& recipe);

  /// Takes the parameters' gradients, moves the parameters, and forgets the gradients.
  void step(double learning_rate);

  /// What it remembers, to be kept with the parameters: (2 · parameters) tensors of their shapes.
  [[nodiscard]] const std::vector<torch::Tensor>& state() const { return state_; }
  /// So many steps have been taken: `state` was written from outside.
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> state_;  // all first moments or velocities, then all mean squares
  Recipe recipe_;
  std::int64_t steps_ = 0;
};

}  // namespace ecnas::train
