#include "ecnas/train/trainer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "ecnas/core/file.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/train/proxies.hpp"
#include "support/data.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_tree.hpp"
#include "train/squares.hpp"

namespace ecnas::train {
namespace {

namespace fs = std::filesystem;
using ecnas::testing::expect_error;
using testing::small_task;
using testing::squares;

struct Trained {
  Training training;
  std::vector<double> losses;
};

/// Trains; stops after `stop_after` steps, if any.
Trained trained(const Task& task, const ImageSet& images, const CheckpointPolicy& checkpoints = {},
                std::int64_t stop_after = -1) {
  RunMeter meter(nullptr);
  Trained result;
  std::int64_t done = 0;
  const Observer observer{.progress =
                              [&](const Progress& progress) {
                                result.losses.push_back(progress.loss);
                                ++done;
                              },
                          .should_stop = [&] { return done == stop_after; }};
  result.training = train(task, images, split_images(images), meter, checkpoints, observer);
  return result;
}

std::vector<double> accuracies(const Training& training) {
  std::vector<double> values;
  for (const Evaluation& evaluation : training.evaluations) {
    values.insert(values.end(), {evaluation.epochs, evaluation.train_accuracy,
                                 evaluation.validation_accuracy, evaluation.test_accuracy});
  }
  return values;
}

TEST(Trainer, LearnsAndEvaluatesAtTheStartAQuarterHalfAndTheEnd) {
  const ImageSet images = squares(600, 4);
  const Training training = trained(small_task(), images).training;
  ASSERT_EQ(training.evaluations.size(), 4U);
  EXPECT_EQ(training.evaluations[1].epochs, 1);
  EXPECT_EQ(training.evaluations[1].steps, 25);  // 400 training images
  EXPECT_EQ(training.evaluations[3].steps, 100);
  EXPECT_LT(training.evaluations[0].validation_accuracy, 0.6);
  EXPECT_GT(training.evaluations[3].validation_accuracy, 0.95);
  EXPECT_GT(training.evaluations[3].test_accuracy, 0.95);
  EXPECT_GT(training.spent.run_time_s, training.spent.training_time_s);
}

TEST(Trainer, LearnsInMixedPrecision) {
  const Training training =
      trained(small_task({.mixed_precision = true}), squares(600, 4)).training;
  EXPECT_GT(training.evaluations[3].validation_accuracy, 0.9);
}

TEST(Trainer, EqualSeedsGiveEqualBitsAndOthersDoNot) {
  const ImageSet images = squares(300, 4);
  const Trained first = trained(small_task({.seed = 5}), images);
  const Trained second = trained(small_task({.seed = 5}), images);
  const Trained other = trained(small_task({.seed = 6}), images);
  EXPECT_EQ(first.losses, second.losses);
  EXPECT_EQ(accuracies(first.training), accuracies(second.training));
  EXPECT_NE(first.losses, other.losses);
}

TEST(Trainer, AStoppedTrainingGoesOnToTheSameNumbers) {
  const ImageSet images = squares(300, 4);
  for (const Optimizer optimizer : {Optimizer::rmsprop, Optimizer::adam}) {
    Task task = small_task({.optimizer = optimizer, .learning_rate = 0.01});
    const Trained whole = trained(task, images);
    const ecnas::testing::TemporaryTree directory;
    CheckpointPolicy checkpoints{.file = directory.root() / "checkpoint.safetensors",
                                 .interval = std::chrono::milliseconds(0),
                                 .resume = true};
    std::vector<double> losses;
    Training last;
    for (const std::int64_t steps : {3, 20, 1000}) {
      const Trained part = trained(task, images, checkpoints, steps);
      losses.insert(losses.end(), part.losses.begin(), part.losses.end());
      last = part.training;
      EXPECT_EQ(last.was_stopped, steps != 1000);
    }
    EXPECT_EQ(losses, whole.losses);
    EXPECT_EQ(accuracies(last), accuracies(whole.training));
    EXPECT_EQ(last.resumed_at, 23);
  }
}

TEST(Trainer, RefusesCheckpointsThatAreDamagedOrOfAnotherTraining) {
  const ImageSet images = squares(300, 4);
  const ecnas::testing::TemporaryTree directory;
  const fs::path file = directory.root() / "checkpoint.safetensors";
  const CheckpointPolicy checkpoints{.file = file, .resume = true};
  static_cast<void>(trained(small_task(), images, checkpoints, 3));
  const std::string whole = read_file(file);
  expect_error(ErrorCode::invalid_data, "of another training",
               [&] { static_cast<void>(trained(small_task({.seed = 2}), images, checkpoints)); });
  const auto resume = [&](const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
    static_cast<void>(trained(small_task(), images, checkpoints, 1));
  };
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, whole.data(), sizeof header_bytes);
  const std::size_t data_begin = sizeof header_bytes + header_bytes;
  ASSERT_LT(data_begin, whole.size());
  Rng rng(1);
  for (int i = 0; i < 30; ++i) {
    expect_error(ErrorCode::invalid_data, "",
                 [&] { resume(whole.substr(0, rng.below(whole.size()))); });
    std::string damaged = whole;
    damaged[data_begin + rng.below(whole.size() - data_begin)] ^= 1;
    expect_error(ErrorCode::invalid_data, "no whole checkpoint", [&] { resume(damaged); });
  }
  // What the header says of the training has a checksum too.
  std::string other_step = whole;
  const std::size_t steps = other_step.find("steps\\\":");
  ASSERT_NE(steps, std::string::npos);
  other_step[steps + std::string_view("steps\\\":").size()] = '7';
  expect_error(ErrorCode::invalid_data, "no whole checkpoint", [&] { resume(other_step); });
}

TEST(Trainer, ALossThatIsNoNumberIsATypedFailure) {
  const ImageSet images = squares(300, 4);
  try {
    static_cast<void>(trained(small_task({.learning_rate = 1e30}), images));
    ADD_FAILURE() << "no failure";
  } catch (const TrainingFailure& failure) {
    EXPECT_EQ(failure.kind(), TrainingFailure::Kind::diverged);
    EXPECT_NE(std::string(failure.what()).find("smaller learning rate"), std::string::npos);
  }
}

TEST(Trainer, RefusesImagesThatTheNetworkIsNotFor) {
  const ImageSet images = squares(300, 3);
  expect_error(ErrorCode::invalid_argument, "3 classes",
               [&] { static_cast<void>(trained(small_task(), images)); });
}

TEST(Trainer, ACardThatIsNotThereIsAMissingDependency) {
  Task task = small_task();
  task.device = parse_device("cuda:63", 1);
  expect_error(ErrorCode::missing_dependency, "--device cpu",
               [&] { static_cast<void>(trained(task, squares(300, 4))); });
  expect_error(ErrorCode::invalid_argument, "cuda:N",
               [] { static_cast<void>(parse_device("tpu", 1)); });
}

TEST(Trainer, ReestimatedStatisticsLeaveTrainingAlone) {
  const ImageSet images = squares(300, 4);
  Recipe recipe;
  recipe.reestimation_batches = 4;
  const Trained with = trained(small_task(recipe), images);
  const Trained without = trained(small_task(), images);
  EXPECT_EQ(with.losses, without.losses);
  EXPECT_NE(accuracies(with.training), accuracies(without.training));
}

// One hundred photographs, shown without changes 120 times.
TEST(Trainer, OverfitsAHundredPhotographs) {
  ECNAS_NEEDS_DATA("flowers10-cifar-format");
  const ImageSet images = read_images(ecnas::testing::data_file("flowers10-cifar-format"));
  Split split = split_images(images);
  split.train.resize(100);
  Task task{.cell = space::parse_cell("0100001000010000:conv3x3,conv3x3"),
            .skeleton = {.stem_width = 8, .classes = images.classes},
            .recipe = {.epochs = 120,
                       .batch_size = 25,
                       .learning_rate = 0.02,
                       .batch_norm_momentum = 0.9,
                       .crop_padding = 0,
                       .flip = false}};
  RunMeter meter(nullptr);
  const Training training = train(task, images, split, meter);
  EXPECT_EQ(training.evaluations.back().train_accuracy, 1);
}

TEST(Proxies, AreTheSameForEqualSeedsAndFiniteForEveryCellOfFourVertices) {
  const ImageSet images = squares(300, 4);
  const Split split = split_images(images);
  Task task = small_task();
  const Proxies first = proxies(task, images, split);
  const Proxies second = proxies(task, images, split);
  EXPECT_EQ(first.snip, second.snip);
  EXPECT_EQ(first.synflow, second.synflow);
  EXPECT_EQ(first.jacob_cov, second.jacob_cov);
  for (const char* cell : {"0100:", "010001000:maxpool3x3", "0111001100010000:conv1x1,conv3x3"}) {
    task.cell = space::parse_cell(cell);
    const Proxies some = proxies(task, images, split);
    EXPECT_TRUE(std::isfinite(some.grad_norm) && some.grad_norm > 0);
    EXPECT_TRUE(std::isfinite(some.snip) && some.snip > 0);
    EXPECT_TRUE(std::isfinite(some.synflow));
    EXPECT_TRUE(std::isfinite(some.jacob_cov));
  }
}

}  // namespace
}  // namespace ecnas::train
