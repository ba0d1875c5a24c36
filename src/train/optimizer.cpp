#include "ecnas/train/optimizer.hpp"

#include <cmath>
#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas::train {
namespace {

using torch::Tensor;

constexpr double kAdamDecay = 0.999;  // of the mean square
constexpr double kAdamEpsilon = 1e-8;

/// One number of a parameter, with what is remembered of it.
struct Weight {
  float& value;
  float& first;   // velocity, or mean gradient
  float& second;  // mean square
};

/// TensorFlow 1's training_ops.ApplyRMSProp.
void rmsprop(Weight w, float gradient, float rate, const Recipe& recipe) {
  const auto decay = static_cast<float>(recipe.decay);
  const auto momentum = static_cast<float>(recipe.momentum);
  w.second = decay * w.second + (1 - decay) * gradient * gradient;
  w.first = momentum * w.first +
            rate * gradient / std::sqrt(w.second + static_cast<float>(recipe.epsilon));
  w.value -= w.first;
}

/// Nesterov's momentum as in [SutMar13].
void sgd(Weight w, float gradient, float rate, const Recipe& recipe) {
  const auto momentum = static_cast<float>(recipe.momentum);
  w.first = momentum * w.first + gradient;
  w.value -= rate * (gradient + momentum * w.first);
}

/// @param rate  with the corrections for the moments' start
void adam(Weight w, float gradient, float rate, const Recipe& recipe) {
  constexpr auto kSecondDecay = static_cast<float>(kAdamDecay);
  constexpr auto kEpsilon = static_cast<float>(kAdamEpsilon);
  const auto decay = static_cast<float>(recipe.momentum);
  w.first = decay * w.first + (1 - decay) * gradient;
  w.second = kSecondDecay * w.second + (1 - kSecondDecay) * gradient * gradient;
  w.value -= rate * w.first / (std::sqrt(w.second) + kEpsilon);
}

/// The moments begin at 0, which makes them too small at first. @source [KinBa15], algorithm 1
double corrected_rate(double rate, const Recipe& recipe, std::int64_t step) {
  const double t = static_cast<double>(step);
  return rate * std::sqrt(1 - std::pow(kAdamDecay, t)) / (1 - std::pow(recipe.momentum, t));
}

/// The rules above on whole tensors, for a card.
void descend_on_card(Tensor& parameter, Tensor gradient, const Tensor& first, const Tensor& second,
                     const Recipe& recipe, double rate) {
  gradient = gradient.add(parameter, recipe.weight_decay);
  switch (recipe.optimizer) {
    case Optimizer::rmsprop:
      second.mul_(recipe.decay).addcmul_(gradient, gradient, 1 - recipe.decay);
      first.mul_(recipe.momentum).addcdiv_(gradient, second.add(recipe.epsilon).sqrt_(), rate);
      parameter.sub_(first);
      break;
    case Optimizer::sgd:
      first.mul_(recipe.momentum).add_(gradient);
      parameter.sub_(gradient.add(first, recipe.momentum), rate);
      break;
    case Optimizer::adam:
      first.mul_(recipe.momentum).add_(gradient, 1 - recipe.momentum);
      second.mul_(kAdamDecay).addcmul_(gradient, gradient, 1 - kAdamDecay);
      parameter.addcdiv_(first, second.sqrt().add_(kAdamEpsilon), -rate);
      break;
  }
}

template <typename Rule>
void follow(const Rule& rule, const Tensor& parameter, const Tensor& gradient, const Tensor& first,
            const Tensor& second, const Recipe& recipe, double rate) {
  float* const values = parameter.data_ptr<float>();
  float* const firsts = first.data_ptr<float>();
  float* const seconds = second.data_ptr<float>();
  const float* const gradients = gradient.data_ptr<float>();
  const auto weight_decay = static_cast<float>(recipe.weight_decay);
  for (std::int64_t i = 0; i < parameter.numel(); ++i) {
    rule(Weight{values[i], firsts[i], seconds[i]}, gradients[i] + weight_decay * values[i],
         static_cast<float>(rate), recipe);
  }
}

void descend(const Tensor& parameter, const Tensor& first, const Tensor& second,
             const Recipe& recipe, double rate) {
  // The same order of numbers in memory as the parameter has.
  Tensor gradient = parameter.grad();
  if (gradient.strides() != parameter.strides())
    gradient = torch::empty_like(parameter).copy_(gradient);
  switch (recipe.optimizer) {
    case Optimizer::rmsprop:
      return follow(rmsprop, parameter, gradient, first, second, recipe, rate);
    case Optimizer::sgd:
      return follow(sgd, parameter, gradient, first, second, recipe, rate);
    case Optimizer::adam:
      return follow(adam, parameter, gradient, first, second, recipe, rate);
  }
}

}  // namespace

Descent::Descent(std::vector<Tensor> parameters, const Recipe& recipe)
    : parameters_(std::move(parameters)), recipe_(recipe) {
  for (const Tensor& parameter : parameters_)
    state_.push_back(torch::zeros_like(parameter));
  const bool begins_at_one = recipe.optimizer == Optimizer::rmsprop;
  for (const Tensor& parameter : parameters_)
    state_.push_back(begins_at_one ? torch::ones_like(parameter) : torch::zeros_like(parameter));
}

void Descent::step(double learning_rate) {
  torch::NoGradGuard no_gradients;
  ++steps_;
  const double rate = recipe_.optimizer == Optimizer::adam
                          ? corrected_rate(learning_rate, recipe_, steps_)
                          : learning_rate;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    const Tensor& first = state_[i];
    const Tensor& second = state_[parameters_.size() + i];
    if (parameter.is_cuda()) {
      descend_on_card(parameter, parameter.grad(), first, second, recipe_, rate);
    } else {
      descend(parameter, first, second, recipe_, rate);
    }
    parameter.mutable_grad().reset();
  }
}

}  // namespace ecnas::train
