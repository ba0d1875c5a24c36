#pragma once
/// apps/ecnas-train: the program that trains cells. `ecnas train` executes it.

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/train/images.hpp"
#include "ecnas/train/split.hpp"
#include "ecnas/train/trainer.hpp"

namespace ecnas::app {

/// What is trained on which images.
struct Arguments {
  std::string cell;
  std::string data = "auto";
  std::int32_t image_size = 0;
  std::optional<std::size_t> images;
  std::uint64_t split_seed = 0;
  std::int32_t width = 128;
  std::int32_t stacks = 3;
  std::int32_t cells_per_stack = 3;
  train::Recipe recipe;
  std::string optimizer = "rmsprop";
  bool no_flip = false;
  std::string device = "cpu";
  unsigned threads = 0;

  std::string output;
  bool resume = false;
  double checkpoint_s = 60;
  double pue = 1;
  std::optional<std::string> zone;
  std::optional<double> intensity_g_per_kwh;
  bool shared_machine = false;
  bool json = false;
  bool quiet = false;

  bool proxies = false;
  unsigned max_vertices = 0;  ///< proxies of all cells of at most so many; 0: of `cell`

  void add_to(CLI::App& app);
};

/// What can be checked before any image is read: a task whose skeleton knows no images yet.
/// @throws Error{invalid_argument}, Error{missing_dependency} for the device
[[nodiscard]] train::Task beginning_of(const Arguments& arguments);

/// The images that the arguments name, and who learns from which.
struct Data {
  train::ImageSet images;
  train::Split split;
};
[[nodiscard]] Data read_data(const Arguments& arguments);

/// The task of a cell on these images. @throws Error{invalid_argument}, Error{invalid_data}
[[nodiscard]] train::Task task_of(train::Task beginning, const space::Cell& cell,
                                  const train::ImageSet& images);

/// `ecnas-train CELL`: trains it. @return the exit status
[[nodiscard]] int run_training(const Arguments& arguments);

/// `ecnas-train --proxies`: writes a CSV of them.
void run_proxies(const Arguments& arguments);

}  // namespace ecnas::app
