#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/train/images.hpp"
#include "ecnas/train/recipe.hpp"
#include "ecnas/train/run_meter.hpp"
#include "ecnas/train/split.hpp"

namespace ecnas::train {

/// Where a network is trained.
struct Device {
  std::optional<int> cuda;  ///< a card's number; absent: the processor
  unsigned threads = 1;     ///< of the processor

  friend bool operator==(const Device&, const Device&) = default;
};

/// "cpu", "cuda" or "cuda:1". @throws Error{invalid_argument}
[[nodiscard]] Device parse_device(std::string_view text, unsigned threads);

/// @throws Error{missing_dependency} for a card that is not there, or where LibTorch has no CUDA
void expect_usable(const Device& device);

/// The network after some of its training.
struct Evaluation {
  double epochs = 0;
  std::int64_t steps = 0;
  double train_accuracy = 0;  ///< of as many training images as there are to validate with
  double validation_accuracy = 0;
  double test_accuracy = 0;
  double evaluation_time_s = 0;
  Spent spent;  ///< since the run's start, this evaluation not included
};

/// Where training stands, after a step.
struct Progress {
  std::int64_t step = 0;   ///< done
  std::int64_t steps = 0;  ///< of all
  double loss = 0;         ///< cross-entropy of the step's batch, a running mean
  double accuracy = 0;     ///< of the step's batch, a running mean
  double images_per_s = 0;
};

/// Looks on, and may stop it. Called by the training thread.
struct Observer {
  std::function<void(const Progress&)> progress;
  std::function<void(const Evaluation&)> evaluated;
  std::function<bool()> should_stop;  ///< asked after every step
};

/// Training went wrong in itself: no fault of an input, none of ours.
class TrainingFailure : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t { diverged, out_of_memory };
  TrainingFailure(Kind kind, const std::string& message)
      : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};
[[nodiscard]] std::string_view name(TrainingFailure::Kind kind);

/// One network, one training.
struct Task {
  space::Cell cell;
  space::Skeleton skeleton;
  Recipe recipe;
  Device device;
};

/// @throws Error{invalid_argument} if the skeleton is not for images like these
void expect_fitting(const space::Skeleton& skeleton, const ImageSet& images);

/// Where a training is kept, to be gone on with.
struct CheckpointPolicy {
  std::filesystem::path file;  ///< empty: nowhere
  std::chrono::milliseconds interval{60'000};
  bool resume = false;  ///< go on with what is in the file, if there is one
};

struct Training {
  std::vector<Evaluation> evaluations;  ///< at the start, a quarter, half and the end
  Spent spent;
  std::int64_t resumed_at = 0;  ///< step; 0: it began anew
  bool was_stopped = false;     ///< on request; then a checkpoint holds what was done
};

/// Trains a network, and evaluates it at the start, after a quarter, half and all of its epochs: on
/// whole batches only, as published. Equal tasks on equal data give equal numbers, bit by bit, on
/// one processor with one number of threads, whether or not training was stopped and resumed.
/// @throws TrainingFailure if the loss is no number, or memory does not suffice;
/// Error{invalid_argument} for data that does not fit the skeleton; Error{io_failure} if a
/// checkpoint cannot be written; Error{invalid_data} for one that is damaged or of another training
[[nodiscard]] Training train(const Task& task, const ImageSet& images, const Split& split,
                             RunMeter& meter, const CheckpointPolicy& checkpoints = {},
                             const Observer& observer = {});

/// Epochs after which a training is evaluated, in order: 0, a quarter, half, all.
[[nodiscard]] std::vector<double> evaluation_epochs(const Recipe& recipe);

}  // namespace ecnas::train
