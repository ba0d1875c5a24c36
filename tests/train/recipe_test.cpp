#include "ecnas/train/recipe.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace ecnas::train {
namespace {

using testing::expect_error;

TEST(Recipe, StepsAreOfOneStreamThatCrossesEpochs) {
  EXPECT_EQ(training_steps({.epochs = 4}, 40'000), 625);  // as published
  EXPECT_EQ(training_steps({.epochs = 108}, 40'000), 16'875);
  EXPECT_EQ(training_steps({.epochs = 3, .batch_size = 7}, 10), 4);
  expect_error(ErrorCode::invalid_argument, "smaller batch size",
               [] { static_cast<void>(training_steps({.epochs = 1}, 255)); });
}

TEST(Recipe, LearningRateIsNothingAtStepZeroAndFallsAsHalfACosine) {
  const Recipe recipe;
  EXPECT_EQ(learning_rate_at(recipe, 0, 100), 0);
  EXPECT_NEAR(learning_rate_at(recipe, 1, 100), 0.1 * (1 + std::cos(M_PI / 100)) / 2, 1e-15);
  EXPECT_NEAR(learning_rate_at(recipe, 50, 100), 0.05, 1e-15);
  EXPECT_NEAR(learning_rate_at(recipe, 99, 100), 0.1 * (1 + std::cos(M_PI * 0.99)) / 2, 1e-15);
}

TEST(Recipe, RefusesWhatMakesNoSense) {
  validate({});
  const auto refused = [](const char* part, const Recipe& recipe) {
    expect_error(ErrorCode::invalid_argument, part, [&] { validate(recipe); });
  };
  refused("epochs: 0", {.epochs = 0});
  refused("batch size: 0", {.batch_size = 0});
  refused("learning rate: nan", {.learning_rate = NAN});
  refused("learning rate: -1", {.learning_rate = -1});
  refused("momentum: 1", {.momentum = 1});
  refused("decay: -0.1", {.decay = -0.1});
  refused("epsilon: 0", {.epsilon = 0});
  refused("weight decay: inf", {.weight_decay = INFINITY});
  refused("batch norm's momentum: 2", {.batch_norm_momentum = 2});
  refused("batches of reestimation: -1", {.reestimation_batches = -1});
  refused("padding: -1", {.crop_padding = -1});
}

TEST(Recipe, OptimizersHaveTheirNames) {
  for (const Optimizer optimizer : {Optimizer::rmsprop, Optimizer::sgd, Optimizer::adam})
    EXPECT_EQ(parse_optimizer(name(optimizer)), optimizer);
  EXPECT_EQ(parse_optimizer("lion"), std::nullopt);
}

}  // namespace
}  // namespace ecnas::train
