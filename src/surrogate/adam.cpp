#include "surrogate/adam.hpp"

#include <cmath>
#include <numbers>

namespace ecnas::surrogate {

void Adam::step(std::span<float> parameters, std::span<const float> gradient,
                std::span<const std::uint8_t> decays, const AdamOptions& options) {
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const auto first_decay = static_cast<float>(options.first_decay);
  const auto second_decay = static_cast<float>(options.second_decay);
  const auto rate =
      static_cast<float>(options.rate * std::sqrt(1 - std::pow(options.second_decay, t)) /
                         (1 - std::pow(options.first_decay, t)));
  const auto shrink = static_cast<float>(options.rate * options.weight_decay);
  constexpr float kFloor = 1e-8F;
  float* first = first_.data();
  float* second = second_.data();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float g = gradient[i];
    first[i] = first_decay * first[i] + (1 - first_decay) * g;
    second[i] = second_decay * second[i] + (1 - second_decay) * g * g;
    const float decay = decays[i] != 0 ? shrink : 0.0F;
    parameters[i] -= rate * first[i] / (std::sqrt(second[i]) + kFloor) + decay * parameters[i];
  }
}

double one_cycle_rate(double progress, double highest) {
  constexpr double kRise = 0.1;
  if (progress < kRise) return highest * (0.05 + 0.95 * progress / kRise);
  const double fall = (progress - kRise) / (1 - kRise);
  return highest * 0.5 * (1 + std::cos(std::numbers::pi * fall));
}

}  // namespace ecnas::surrogate
