#include "ecnas/train/recipe.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include "ecnas/core/error.hpp"

namespace ecnas::train {
namespace {

constexpr std::array<std::string_view, 3> kOptimizers = {"rmsprop", "sgd", "adam"};

void expect(bool holds, std::string_view field, double found, std::string_view possible) {
  if (holds) return;
  fail(ErrorCode::invalid_argument, "{}: {}; give {}", field, found, possible);
}

void expect_from_zero_below_one(std::string_view field, double value) {
  expect(value >= 0 && value < 1, field, value, "0 or more, below 1");
}

}  // namespace

std::string_view name(Optimizer optimizer) {
  return kOptimizers.at(static_cast<std::size_t>(optimizer));
}

std::optional<Optimizer> parse_optimizer(std::string_view text) {
  for (std::size_t i = 0; i < kOptimizers.size(); ++i) {
    if (text == kOptimizers.at(i)) return static_cast<Optimizer>(i);
  }
  return std::nullopt;
}

void validate(const Recipe& recipe) {
  constexpr std::int32_t kMostEpochs = 100'000;
  constexpr std::int32_t kLargestBatch = 65'536;
  constexpr std::int32_t kMostPadding = 1'000;
  expect(recipe.epochs >= 1 && recipe.epochs <= kMostEpochs, "epochs", recipe.epochs,
         "1 to 100,000");
  expect(recipe.batch_size >= 1 && recipe.batch_size <= kLargestBatch, "batch size",
         recipe.batch_size, "1 to 65,536");
  expect(recipe.learning_rate > 0 && std::isfinite(recipe.learning_rate), "learning rate",
         recipe.learning_rate, "a number above 0");
  expect_from_zero_below_one("momentum", recipe.momentum);
  expect_from_zero_below_one("decay", recipe.decay);
  expect(recipe.epsilon > 0 && std::isfinite(recipe.epsilon), "epsilon", recipe.epsilon,
         "a number above 0");
  expect(recipe.weight_decay >= 0 && std::isfinite(recipe.weight_decay), "weight decay",
         recipe.weight_decay, "0 or more");
  expect_from_zero_below_one("batch norm's momentum", recipe.batch_norm_momentum);
  expect(recipe.batch_norm_epsilon > 0 && std::isfinite(recipe.batch_norm_epsilon),
         "batch norm's epsilon", recipe.batch_norm_epsilon, "a number above 0");
  expect(recipe.reestimation_batches >= 0, "batches of reestimation", recipe.reestimation_batches,
         "0 or more");
  expect(recipe.crop_padding >= 0 && recipe.crop_padding <= kMostPadding, "padding",
         recipe.crop_padding, "0 to 1,000 pixels");
}

std::int64_t training_steps(const Recipe& recipe, std::int64_t images) {
  const std::int64_t steps = recipe.epochs * images / recipe.batch_size;
  if (steps < 1) {
    fail(ErrorCode::invalid_argument,
         "{} epochs of {} training images are not one batch of {}; give a smaller batch size",
         recipe.epochs, images, recipe.batch_size);
  }
  return steps;
}

double learning_rate_at(const Recipe& recipe, std::int64_t step, std::int64_t steps) {
  if (step == 0) return 0;
  const double done = static_cast<double>(step) / static_cast<double>(steps);
  return recipe.learning_rate / 2 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace ecnas::train
