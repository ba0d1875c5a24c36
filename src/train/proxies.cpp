#include "ecnas/train/proxies.hpp"

#include <ATen/Parallel.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "ecnas/train/network.hpp"
#include "train/batches.hpp"

namespace ecnas::train {
namespace {

using torch::Tensor;

/// A network at its start and a batch.
struct Beginning {
  Network network;
  Tensor images;
  Tensor labels;
};

void forget_gradients(Network& network) {
  for (Tensor& parameter : network.parameters())
    parameter.mutable_grad().reset();
}

/// Gradients of the loss, for two proxies at once.
void add_gradient_proxies(Beginning& at, Proxies& proxies) {
  at.network.train();
  const Tensor logits = at.network.forward(at.images);
  torch::cross_entropy_loss(logits, at.labels).backward();
  double squares = 0;
  for (const Tensor& parameter : at.network.parameters()) {
    const Tensor gradient = parameter.grad().to(torch::kFloat64);
    squares += gradient.square().sum().item<double>();
    proxies.snip += (parameter.detach() * gradient).abs().sum().item<double>();
  }
  proxies.grad_norm = std::sqrt(squares);
  forget_gradients(at.network);
}

/// Log of the determinant-like score over the eigenvalues of the correlation of the images'
/// Jacobians: −Σ (ln(v + k) + 1/(v + k)).
double jacobian_covariance(Beginning& at) {
  constexpr double kAbove = 1e-5;  // as published: keeps zero eigenvalues finite
  const Tensor images = at.images.clone().set_requires_grad(true);
  at.network.train();
  const Tensor logits = at.network.forward(images);
  logits.backward(torch::ones_like(logits));
  Tensor jacobians = images.grad().flatten(1).to(torch::kFloat64);
  jacobians = jacobians - jacobians.mean(1, /*keepdim=*/true);
  const Tensor norms = jacobians.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-30);
  jacobians = jacobians / norms;
  const Tensor eigenvalues = at::linalg_eigvalsh(torch::mm(jacobians, jacobians.t()), "L");
  forget_gradients(at.network);
  return -((eigenvalues + kAbove).log() + (eigenvalues + kAbove).reciprocal()).sum().item<double>();
}

/// Logarithm, for the sum itself leaves the range of floats in deep networks; in 64 bits.
double synaptic_flow(Beginning& at) {
  const torch::NoGradGuard outer;
  for (Tensor& parameter : at.network.parameters())
    parameter.abs_();
  at.network.to(torch::kFloat64);
  const Tensor ones = torch::ones_like(at.images.slice(0, 0, 1), torch::kFloat64);
  {
    const torch::AutoGradMode with_gradients(true);
    at.network.forward_linear(ones).sum().backward();
  }
  double sum = 0;
  for (const Tensor& parameter : at.network.parameters()) {
    if (parameter.grad().defined())
      sum += (parameter.detach() * parameter.grad()).abs().sum().item<double>();
  }
  return std::log(sum);
}

}  // namespace

Proxies proxies(const Task& task, const ImageSet& images, const Split& split) {
  validate(task.recipe);
  expect_fitting(task.skeleton, images);
  at::set_num_threads(static_cast<int>(task.device.threads));
  const auto start = std::chrono::steady_clock::now();
  const Batches batches(images, split.train, task.recipe);
  Batch batch = batches.of_step(0);
  Beginning at{
      .network = Network(task.cell, task.skeleton, task.recipe.seed),
      .images =
          torch::from_blob(batch.pixels.data(), {static_cast<std::int64_t>(batch.labels.size()),
                                                 images.height, images.width, images.channels})
              .permute({0, 3, 1, 2}),
      .labels = torch::from_blob(batch.labels.data(),
                                 {static_cast<std::int64_t>(batch.labels.size())}, torch::kInt64)};
  Proxies result;
  add_gradient_proxies(at, result);
  result.jacob_cov = jacobian_covariance(at);
  result.synflow = synaptic_flow(at);
  result.time_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace ecnas::train
