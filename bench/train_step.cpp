// train_step CELL WIDTH SIZE BATCH DEVICE THREADS STEPS bare|whole: seconds a training step takes.
// `bare` is the network and the optimizer on one batch; `whole` is what `ecnas train` does, images
// made ready and progress told. For train_speed.py.
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/utils.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

#include "ecnas/core/random.hpp"
#include "ecnas/train/network.hpp"
#include "ecnas/train/optimizer.hpp"
#include "ecnas/train/trainer.hpp"

namespace {

using ecnas::train::ImageSet;
using ecnas::train::Task;
using std::chrono::steady_clock;

struct Case {
  Task task;
  std::int64_t steps;
};

double seconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

/// A card works on after a call has returned.
void wait_for(const torch::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize();
}

double bare_step_s(const Case& measured) {
  const Task& task = measured.task;
  const torch::Device device = task.device.cuda ? torch::kCUDA : torch::kCPU;
  torch::set_num_threads(static_cast<int>(task.device.threads));
  const std::int64_t size = task.skeleton.image_size;
  const torch::Tensor images =
      torch::randn({task.recipe.batch_size, size, size, task.skeleton.image_channels})
          .to(device)
          .permute({0, 3, 1, 2});
  const torch::Tensor labels = torch::arange(task.recipe.batch_size).remainder(10).to(device);
  ecnas::train::Network network(task.cell, task.skeleton, 1);
  network.to(device);
  ecnas::train::Descent descent(network.parameters(), task.recipe);
  steady_clock::time_point start;
  for (std::int64_t step = -2; step < measured.steps; ++step) {  // two to warm up
    if (step == 0) {
      wait_for(device);
      start = steady_clock::now();
    }
    torch::cross_entropy_loss(network.forward(images), labels).backward();
    descent.step(0.01);
  }
  wait_for(device);
  return seconds_since(start) / static_cast<double>(measured.steps);
}

/// From the second step on, as `bare`.
double whole_step_s(Case measured) {
  Task& task = measured.task;
  ImageSet images{.name = "random",
                  .channels = task.skeleton.image_channels,
                  .height = task.skeleton.image_size,
                  .width = task.skeleton.image_size,
                  .classes = 10};
  // One epoch of the wished number of steps: two thirds of the images train.
  const auto count =
      static_cast<std::size_t>((measured.steps + 2) * task.recipe.batch_size * 3 / 2);
  ecnas::Rng rng(1);
  images.pixels.resize(count * images.image_bytes());
  for (std::uint8_t& pixel : images.pixels)
    pixel = static_cast<std::uint8_t>(rng.below(256));
  for (std::size_t i = 0; i < count; ++i)
    images.labels.push_back(static_cast<std::uint16_t>(i % 10));
  images.test_begin = count;
  task.recipe.epochs = 1;
  ecnas::train::Split split;
  for (std::uint32_t i = 0; i < count; ++i)
    (i < count * 2 / 3 ? split.train : i % 2 == 0 ? split.validation : split.test).push_back(i);
  ecnas::train::RunMeter meter(nullptr);
  steady_clock::time_point start;
  double elapsed_s = 0;
  std::int64_t counted = 0;
  double between_s = 0;
  const ecnas::train::Observer observer{.progress =
                                            [&](const ecnas::train::Progress& progress) {
                                              if (progress.step == 2) start = steady_clock::now();
                                              if (progress.step <= 2) return;
                                              ++counted;
                                              elapsed_s = seconds_since(start);
                                            },
                                        .evaluated =
                                            [&](const ecnas::train::Evaluation& evaluation) {
                                              if (counted > 0 && evaluation.epochs < 1)
                                                between_s += evaluation.evaluation_time_s;
                                            }};
  static_cast<void>(ecnas::train::train(task, images, split, meter, {}, observer));
  return (elapsed_s - between_s) / static_cast<double>(counted);
}

}  // namespace

int main(int count, char** words) {
  if (count != 9) {
    std::cerr << "usage: train_step CELL WIDTH SIZE BATCH DEVICE THREADS STEPS bare|whole\n";
    return 2;
  }
  const std::int32_t size = std::stoi(words[3]);
  const Case measured{.task = {.cell = ecnas::space::parse_cell(words[1]),
                               .skeleton = {.stem_width = std::stoi(words[2]),
                                            .image_size = size,
                                            .image_channels = size == 28 ? 1 : 3},
                               .recipe = {.batch_size = std::stoi(words[4])},
                               .device = ecnas::train::parse_device(
                                   words[5], static_cast<unsigned>(std::stoi(words[6])))},
                      .steps = std::stoi(words[7])};
  std::cout << fmt::format(
      "{}\n", std::string(words[8]) == "whole" ? whole_step_s(measured) : bare_step_s(measured));
  return 0;
}
