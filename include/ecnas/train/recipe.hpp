#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ecnas::train {

enum class Optimizer : std::uint8_t {
  rmsprop,  ///< TensorFlow 1's, with momentum
  sgd,      ///< with Nesterov's momentum
  adam,
};
[[nodiscard]] std::string_view name(Optimizer optimizer);
[[nodiscard]] std::optional<Optimizer> parse_optimizer(std::string_view text);

/// How a network is trained. The defaults are NAS-Bench-101's. @source [Ying19], appendix S1
struct Recipe {
  std::int32_t epochs = 4;
  std::int32_t batch_size = 256;
  std::uint64_t seed = 1;  ///< of weights, order of images and augmentation

  Optimizer optimizer = Optimizer::rmsprop;
  double learning_rate = 0.1;  ///< at the start; falls as half a cosine, step by step, to 0
  double momentum = 0.9;
  double decay = 0.9;          ///< of the mean square of gradients
  double epsilon = 1.0;        ///< beneath its root
  double weight_decay = 1e-4;  ///< λ: the loss has λ/2 · Σ w² over all trainable parameters

  double batch_norm_momentum = 0.997;  ///< share of a running statistic that a step keeps
  double batch_norm_epsilon = 1e-5;
  /// Batches of training images from which running statistics are taken anew before an evaluation;
  /// 0: they are what training left.
  std::int32_t reestimation_batches = 0;

  std::int32_t crop_padding = 4;  ///< pixels; 0: no cropping
  bool flip = true;               ///< left and right, every second image
  bool mixed_precision = false;   ///< convolutions in bfloat16

  friend bool operator==(const Recipe&, const Recipe&) = default;
};

/// @throws Error{invalid_argument} naming the field and what is possible
void validate(const Recipe& recipe);

/// ⌊epochs · images / batch size⌋: one shuffled stream of images crosses the epochs' ends.
/// @throws Error{invalid_argument} if that is none
[[nodiscard]] std::int64_t training_steps(const Recipe& recipe, std::int64_t images);

/// Of step `step` of `steps`, from 0: half a cosine, and nothing at step 0, as published.
[[nodiscard]] double learning_rate_at(const Recipe& recipe, std::int64_t step, std::int64_t steps);

}  // namespace ecnas::train
