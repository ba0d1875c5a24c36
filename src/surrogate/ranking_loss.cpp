#include "surrogate/ranking_loss.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ecnas::surrogate {
namespace {

constexpr double kHuber = 3;
constexpr double kSteepness = 2;

double total(std::span<const float> weight) {
  double sum = 0;
  for (const float w : weight)
    sum += static_cast<double>(w);
  return sum;
}

/// Σ over pairs of different targets of the product of weights.
double pair_total(std::span<const float> target, std::span<const float> weight) {
  double sum = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (weight[i] == 0) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (weight[j] != 0 && target[i] != target[j])
        sum += static_cast<double>(weight[i]) * static_cast<double>(weight[j]);
    }
  }
  return sum;
}

}  // namespace

void mixed_loss_gradient(std::span<const float> predicted, std::span<const float> target,
                         std::span<const float> weight, double share, std::span<float> gradient) {
  std::fill(gradient.begin(), gradient.end(), 0.0F);
  const double weights = total(weight);
  if (weights == 0) return;
  std::vector<double> sums(predicted.size());
  const double pairs = share > 0 ? pair_total(target, weight) : 0;
  if (pairs > 0) {
    for (std::size_t i = 0; i < predicted.size(); ++i) {
      if (weight[i] == 0) continue;
      for (std::size_t j = 0; j < i; ++j) {
        if (weight[j] == 0 || target[i] == target[j]) continue;
        const double direction = target[i] > target[j] ? 1 : -1;
        const double margin =
            kSteepness * direction *
            (static_cast<double>(predicted[i]) - static_cast<double>(predicted[j]));
        const double slope = -kSteepness * direction / (1 + std::exp(margin)) *
                             static_cast<double>(weight[i]) * static_cast<double>(weight[j]) *
                             share / pairs;
        sums[i] += slope;
        sums[j] -= slope;
      }
    }
  }
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    if (weight[i] == 0) continue;
    const double error = std::clamp(
        static_cast<double>(predicted[i]) - static_cast<double>(target[i]), -kHuber, kHuber);
    sums[i] += (1 - share) * error * static_cast<double>(weight[i]) / weights;
    gradient[i] = static_cast<float>(sums[i]);
  }
}

double mixed_loss(std::span<const float> predicted, std::span<const float> target,
                  std::span<const float> weight, double share) {
  const double weights = total(weight);
  if (weights == 0) return 0;
  const double pairs = pair_total(target, weight);
  double ranking = 0;
  double squared = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    if (weight[i] == 0) continue;
    const auto p = static_cast<double>(predicted[i]);
    const double error = std::abs(p - static_cast<double>(target[i]));
    squared += static_cast<double>(weight[i]) *
               (error <= kHuber ? error * error / 2 : kHuber * (error - kHuber / 2));
    for (std::size_t j = 0; j < i; ++j) {
      if (weight[j] == 0 || target[i] == target[j]) continue;
      const double direction = target[i] > target[j] ? 1 : -1;
      const double margin = kSteepness * direction * (p - static_cast<double>(predicted[j]));
      ranking += static_cast<double>(weight[i]) * static_cast<double>(weight[j]) *
                 std::log1p(std::exp(-margin));
    }
  }
  return (1 - share) * squared / weights + (pairs > 0 ? share * ranking / pairs : 0);
}

}  // namespace ecnas::surrogate
