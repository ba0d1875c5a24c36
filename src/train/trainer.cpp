#include "ecnas/train/trainer.hpp"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <torch/cuda.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/train/network.hpp"
#include "ecnas/train/optimizer.hpp"
#include "train/batch_queue.hpp"
#include "train/checkpoint.hpp"

namespace ecnas::train {
namespace {

using std::chrono::steady_clock;
using torch::Tensor;

double seconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

/// One training from its network's making to its last evaluation.
class Session {
 public:
  Session(const Task& task, const ImageSet& images, const Split& split, RunMeter& meter,
          const CheckpointPolicy& checkpoints, const Observer& observer)
      : task_(task),
        images_(images),
        split_(split),
        meter_(meter),
        checkpoints_(checkpoints),
        observer_(observer),
        device_(task.device.cuda
                    ? torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(*task.device.cuda))
                    : torch::Device(torch::kCPU)),
        network_(task.cell, task.skeleton, task.recipe.seed,
                 {.batch_norm_momentum = task.recipe.batch_norm_momentum,
                  .batch_norm_epsilon = task.recipe.batch_norm_epsilon,
                  .mixed_precision = task.recipe.mixed_precision}),
        batches_(images, split.train, task.recipe),
        identity_(identity_of(task, images, split)),
        steps_(training_steps(task.recipe, batches_.training_images())) {
    network_.to(device_);
    descent_.emplace(network_.parameters(), task.recipe);
    if (checkpoints.resume && std::filesystem::exists(checkpoints.file)) {
      standing_ = read_checkpoint(checkpoints.file, identity_, network_, *descent_);
      resumed_at_ = standing_.steps;
      meter_.add_earlier(standing_.spent);
    }
  }

  Training run() {
    BatchQueue queue(batches_, standing_.steps, steps_);
    last_checkpoint_ = steady_clock::now();
    while (true) {
      evaluate_if_due();
      if (standing_.steps == steps_) return finished(false);
      if (observer_.should_stop && observer_.should_stop()) {
        write_checkpoint_now();
        return finished(true);
      }
      train_until(queue, next_stop());
    }
  }

 private:
  /// The step at which there is something else to do.
  [[nodiscard]] std::int64_t next_stop() const {
    for (const double epochs : evaluation_epochs(task_.recipe)) {
      const std::int64_t step = step_of(epochs);
      if (step > standing_.steps) return step;
    }
    return steps_;
  }

  [[nodiscard]] std::int64_t step_of(double epochs) const {
    if (epochs == task_.recipe.epochs) return steps_;
    return static_cast<std::int64_t>(std::floor(
        epochs * static_cast<double>(batches_.training_images()) / task_.recipe.batch_size));
  }

  /// Also stops when asked to, or when a checkpoint is due.
  void train_until(BatchQueue& queue, std::int64_t stop) {
    meter_.begin("training");
    network_.train();
    rate_start_ = steady_clock::now();
    rate_images_ = 0;
    while (standing_.steps < stop) {
      step(queue.take());
      if (observer_.should_stop && observer_.should_stop()) break;
      if (!checkpoints_.file.empty() && standing_.steps < steps_ &&
          steady_clock::now() - last_checkpoint_ >= checkpoints_.interval) {
        meter_.end();
        write_checkpoint_now();
        meter_.begin("training");
      }
    }
    meter_.end();
  }

  void step(const Batch& batch) {
    const Tensor labels = on_device(batch.labels);
    const Tensor logits = network_.forward(on_device(batch.pixels));
    const Tensor loss = torch::cross_entropy_loss(logits, labels);
    loss.backward();
    const double loss_now = loss.item<double>();
    if (!std::isfinite(loss_now)) {
      throw TrainingFailure(
          TrainingFailure::Kind::diverged,
          fmt::format("the loss became {} at step {} of {}; a smaller learning rate than {} may "
                      "help",
                      loss_now, standing_.steps + 1, steps_, task_.recipe.learning_rate));
    }
    descent_->step(learning_rate_at(task_.recipe, standing_.steps, steps_));
    const double right = logits.argmax(1).eq(labels).to(torch::kFloat).mean().item<double>();
    ++standing_.steps;
    report(loss_now, right);
  }

  void report(double loss, double accuracy) {
    constexpr double kForgotten = 0.05;
    const double share = standing_.steps == 1 ? 1 : kForgotten;
    standing_.mean_loss += share * (loss - standing_.mean_loss);
    standing_.mean_accuracy += share * (accuracy - standing_.mean_accuracy);
    rate_images_ += task_.recipe.batch_size;
    if (!observer_.progress) return;
    observer_.progress({standing_.steps, steps_, standing_.mean_loss, standing_.mean_accuracy,
                        static_cast<double>(rate_images_) / seconds_since(rate_start_)});
  }

  void evaluate_if_due() {
    const std::vector<double> points = evaluation_epochs(task_.recipe);
    const std::size_t done = standing_.evaluations.size();
    if (done == points.size() || step_of(points[done]) > standing_.steps) return;
    const Spent spent = meter_.spent();
    meter_.begin("evaluation");
    const steady_clock::time_point start = steady_clock::now();
    reestimate_statistics();
    const std::size_t sample = std::min(split_.train.size(), split_.validation.size());
    Evaluation evaluation;
    evaluation.epochs = points[done];
    evaluation.steps = standing_.steps;
    evaluation.train_accuracy = accuracy(std::span(split_.train).first(sample));
    evaluation.validation_accuracy = accuracy(split_.validation);
    evaluation.test_accuracy = accuracy(split_.test);
    evaluation.evaluation_time_s = seconds_since(start);
    evaluation.spent = spent;
    meter_.end();
    standing_.evaluations.push_back(evaluation);
    if (observer_.evaluated) observer_.evaluated(evaluation);
  }

  /// On whole batches; where there is not one, on all that there is.
  double accuracy(std::span<const std::uint32_t> chosen) {
    const torch::NoGradGuard no_gradients;
    network_.eval();
    const std::size_t size =
        std::min(static_cast<std::size_t>(task_.recipe.batch_size), chosen.size());
    std::int64_t right = 0;
    std::int64_t seen = 0;
    for (std::size_t first = 0; first + size <= chosen.size(); first += size) {
      const Batch batch = batches_.plain(chosen.subspan(first, size));
      const Tensor logits = network_.forward(on_device(batch.pixels));
      right += logits.argmax(1).eq(on_device(batch.labels)).sum().item<std::int64_t>();
      seen += static_cast<std::int64_t>(size);
    }
    network_.train();
    return static_cast<double>(right) / static_cast<double>(seen);
  }

  /// Takes running statistics as means over some batches of training images. What they were is not
  /// kept: training does not read them, and the next evaluation takes them anew.
  void reestimate_statistics() {
    if (standing_.steps == 0) return;
    const torch::NoGradGuard no_gradients;
    network_.train();
    for (std::int32_t k = 0; k < task_.recipe.reestimation_batches; ++k) {
      network_.set_batch_norm_momentum(static_cast<double>(k) / (k + 1));
      static_cast<void>(network_.forward(on_device(batches_.of_step(k).pixels)));
    }
    network_.set_batch_norm_momentum(task_.recipe.batch_norm_momentum);
  }

  void write_checkpoint_now() {
    last_checkpoint_ = steady_clock::now();
    if (checkpoints_.file.empty()) return;
    meter_.begin("checkpoint");
    standing_.spent = meter_.spent();
    write_checkpoint(checkpoints_.file, identity_, network_, *descent_, standing_);
    meter_.end();
  }

  Training finished(bool was_stopped) {
    return {standing_.evaluations, meter_.spent(), resumed_at_, was_stopped};
  }

  /// Pixels as (n, channels, height, width), of which the channels lie together.
  Tensor on_device(const std::vector<float>& pixels) const {
    const auto count = static_cast<std::int64_t>(pixels.size() / images_.image_bytes());
    // LibTorch takes no pointer to const; nothing writes through it.
    return torch::from_blob(const_cast<float*>(pixels.data()),
                            {count, images_.height, images_.width, images_.channels})
        .permute({0, 3, 1, 2})
        .to(device_);
  }
  Tensor on_device(const std::vector<std::int64_t>& labels) const {
    return torch::from_blob(const_cast<std::int64_t*>(labels.data()),
                            {static_cast<std::int64_t>(labels.size())}, torch::kInt64)
        .to(device_);
  }

  const Task& task_;
  const ImageSet& images_;
  const Split& split_;
  RunMeter& meter_;
  const CheckpointPolicy& checkpoints_;
  const Observer& observer_;
  torch::Device device_;
  Network network_;
  Batches batches_;
  std::string identity_;
  std::int64_t steps_;
  std::optional<Descent> descent_;  // after the network has come to its device
  Standing standing_;
  std::int64_t resumed_at_ = 0;
  steady_clock::time_point last_checkpoint_;
  steady_clock::time_point rate_start_;
  std::int64_t rate_images_ = 0;
};

[[noreturn]] void fail_for_memory(const Task& task) {
  throw TrainingFailure(
      TrainingFailure::Kind::out_of_memory,
      fmt::format("memory does not suffice for batches of {} at a width of {}; give a smaller "
                  "--batch-size or --width",
                  task.recipe.batch_size, task.skeleton.stem_width));
}

bool is_about_memory(const c10::Error& error) {
  const std::string_view text = error.what_without_backtrace();
  return text.find("allocate memory") != std::string_view::npos ||
         text.find("out of memory") != std::string_view::npos;
}

}  // namespace

Device parse_device(std::string_view text, unsigned threads) {
  if (text == "cpu") return {std::nullopt, threads};
  if (text == "cuda") return {0, threads};
  constexpr std::string_view kCard = "cuda:";
  constexpr std::int64_t kMostCards = 64;
  if (text.starts_with(kCard)) {
    const auto number = parse_integer(text.substr(kCard.size()));
    if (number && *number >= 0 && *number < kMostCards) return {static_cast<int>(*number), threads};
  }
  fail(ErrorCode::invalid_argument, "device {}: unknown; give cpu, cuda or cuda:N",
       ecnas::quoted(text));
}

void expect_usable(const Device& device) {
  if (!device.cuda) return;
  const auto cards = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
  if (static_cast<std::size_t>(*device.cuda) < cards) return;
  fail(ErrorCode::missing_dependency,
       "device cuda:{}: {}; give --device cpu, or install a LibTorch with CUDA and its driver",
       *device.cuda,
       cards == 0 ? std::string("LibTorch finds no CUDA card here")
                  : fmt::format("LibTorch finds {} here, counted from 0", cards));
}

void expect_fitting(const space::Skeleton& skeleton, const ImageSet& images) {
  if (images.height == skeleton.image_size && images.width == skeleton.image_size &&
      images.channels == skeleton.image_channels && images.classes == skeleton.classes) {
    return;
  }
  fail(ErrorCode::invalid_argument,
       "{}: {} × {} images of {} channels in {} classes; the network is for {} × {}, {} and {}",
       images.name, images.height, images.width, images.channels, images.classes,
       skeleton.image_size, skeleton.image_size, skeleton.image_channels, skeleton.classes);
}

std::string_view name(TrainingFailure::Kind kind) {
  return kind == TrainingFailure::Kind::diverged ? "diverged" : "out_of_memory";
}

std::vector<double> evaluation_epochs(const Recipe& recipe) {
  const double all = recipe.epochs;
  return {0, all / 4, all / 2, all};
}

Training train(const Task& task, const ImageSet& images, const Split& split, RunMeter& meter,
               const CheckpointPolicy& checkpoints, const Observer& observer) {
  validate(task.recipe);
  expect_fitting(task.skeleton, images);
  expect_usable(task.device);
  at::set_num_threads(static_cast<int>(task.device.threads));
  try {
    meter.begin("start-up");  // or goes on with it
    Session session(task, images, split, meter, checkpoints, observer);
    meter.end();
    return session.run();
  } catch (const c10::Error& error) {
    if (!is_about_memory(error)) throw;
    fail_for_memory(task);
  } catch (const std::bad_alloc&) {
    fail_for_memory(task);
  }
}

}  // namespace ecnas::train
