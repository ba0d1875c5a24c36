#pragma once

#include "ecnas/space/cell.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/train/images.hpp"
#include "ecnas/train/split.hpp"
#include "ecnas/train/trainer.hpp"

namespace ecnas::train {

/// What a network's weights say before any training: cheap guesses at how well it will do, larger
/// being better. Sums over all trainable parameters unless said.
struct Proxies {
  double grad_norm = 0;  ///< Euclidean norm of the gradient. @source [AbdMehDud21]
  double snip = 0;       ///< Σ |w · ∂loss/∂w|. @source [LeeAjaTor19]
  double synflow = 0;  ///< ln Σ |w · ∂R/∂|w|| , R the sum of outputs of the network of |w| without
                       ///< batch norm for an image of ones. @source [TanKunYam20]
  double jacob_cov = 0;  ///< how little images' Jacobians correlate. @source [MelTurSto21]
  double time_s = 0;     ///< it took
};

/// On the processor: one batch of the training part, as step 0 of training would see it, and
/// weights of `task.recipe.seed`.
/// @throws as `train`
/// @complexity some three training steps
[[nodiscard]] Proxies proxies(const Task& task, const ImageSet& images, const Split& split);

}  // namespace ecnas::train
