/// Training on a CUDA card against the same on the processor. Skipped where there is none.

#include <gtest/gtest.h>

#include <vector>

#include "ecnas/train/network.hpp"
#include "ecnas/train/optimizer.hpp"
#include "ecnas/train/trainer.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_tree.hpp"
#include "train/squares.hpp"

namespace ecnas::train {
namespace {

using ecnas::testing::expect_error;
using testing::small_task;
using testing::squares;
using torch::Tensor;

class Card : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      expect_usable(parse_device("cuda:0", 1));
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }
};

const torch::Device kCard(torch::kCUDA, 0);

Task card_task(Recipe recipe = {}) {
  Task task = small_task(recipe);
  task.device = parse_device("cuda:0", 1);
  return task;
}

Training trained(const Task& task, const ImageSet& images, const CheckpointPolicy& checkpoints = {},
                 std::int64_t stop_after = -1) {
  RunMeter meter(nullptr);
  std::int64_t done = 0;
  const Observer observer{.progress = [&](const Progress&) { ++done; },
                          .should_stop = [&] { return done == stop_after; }};
  return train(task, images, split_images(images), meter, checkpoints, observer);
}

/// Logits of a network at its start, and its weights after one step.
struct Step {
  Tensor logits;
  std::vector<Tensor> weights;
};

Step one_step(const torch::Device& device, Optimizer optimizer) {
  const space::Cell cell = space::parse_cell("0110001100010000:conv3x3,conv1x1");
  const space::Skeleton skeleton{.stem_width = 10, .image_size = 12, .image_channels = 1};
  torch::manual_seed(4);
  const Tensor images = torch::randn({8, 1, 12, 12}).to(device);
  Network network(cell, skeleton, 3, {.batch_norm_momentum = 0.9});
  network.to(device);
  Descent descent(network.parameters(), {.optimizer = optimizer});
  Step result{.logits = network.forward(images), .weights = {}};
  torch::cross_entropy_loss(result.logits, torch::arange(8, device)).backward();
  descent.step(0.01);
  result.logits = result.logits.detach().cpu();
  for (const Tensor& parameter : network.parameters())
    result.weights.push_back(parameter.detach().cpu());
  return result;
}

/// ‖one − other‖ ∕ ‖one‖
double relative_difference(const Tensor& one, const Tensor& other) {
  return ((one - other).norm() / one.norm().clamp_min(1e-6)).item<double>();
}

TEST_F(Card, AStepEqualsTheProcessorsForEveryOptimizer) {
  at::globalContext().setAllowTF32CuDNN(false);
  for (const Optimizer optimizer : {Optimizer::rmsprop, Optimizer::sgd, Optimizer::adam}) {
    const Step here = one_step(torch::kCPU, optimizer);
    const Step there = one_step(kCard, optimizer);
    // 32-bit sums in another order, through some twenty layers. Weights: Adam's first step is the
    // gradient's sign, which may differ where the gradient is nothing.
    EXPECT_LT(relative_difference(here.logits, there.logits), 1e-4);
    ASSERT_EQ(here.weights.size(), there.weights.size());
    for (std::size_t i = 0; i < here.weights.size(); ++i)
      EXPECT_LT(relative_difference(here.weights[i], there.weights[i]), 1e-2) << i;
  }
  at::globalContext().setAllowTF32CuDNN(true);
}

TEST_F(Card, LearnsInFullAndInMixedPrecision) {
  for (const bool mixed : {false, true}) {
    const Training training = trained(card_task({.mixed_precision = mixed}), squares(600, 4));
    EXPECT_GT(training.evaluations[3].validation_accuracy, 0.9) << "mixed " << mixed;
  }
}

TEST_F(Card, AStoppedTrainingGoesOn) {
  const ImageSet images = squares(300, 4);
  const ecnas::testing::TemporaryTree directory;
  const CheckpointPolicy checkpoints{.file = directory.root() / "checkpoint.safetensors",
                                     .resume = true};
  EXPECT_TRUE(trained(card_task(), images, checkpoints, 20).was_stopped);
  const Training rest = trained(card_task(), images, checkpoints);
  EXPECT_EQ(rest.resumed_at, 20);
  EXPECT_FALSE(rest.was_stopped);
  EXPECT_GT(rest.evaluations[3].validation_accuracy, 0.9);
}

TEST_F(Card, ANumberBeyondTheLastIsAMissingDependency) {
  Task task = small_task();
  task.device = parse_device("cuda:63", 1);
  expect_error(ErrorCode::missing_dependency, "cuda:63",
               [&] { static_cast<void>(trained(task, squares(300, 4))); });
}

TEST_F(Card, MemoryThatDoesNotSufficeIsATypedFailure) {
  const ImageSet images = squares(100'000, 4);
  Task task = card_task();
  // Activations of 5 GB each, beneath 2³¹ numbers, and many of them.
  task.skeleton.stem_width = 128;
  task.skeleton.cells_per_stack = 16;
  task.recipe.batch_size = 65'536;
  try {
    static_cast<void>(trained(task, images));
    ADD_FAILURE() << "no failure";
  } catch (const TrainingFailure& failure) {
    EXPECT_EQ(failure.kind(), TrainingFailure::Kind::out_of_memory) << failure.what();
  }
}

}  // namespace
}  // namespace ecnas::train
