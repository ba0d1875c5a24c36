#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ecnas/train/network.hpp"
#include "ecnas/train/optimizer.hpp"
#include "ecnas/train/trainer.hpp"

namespace ecnas::train {

/// A training in the middle.
struct Standing {
  std::int64_t steps = 0;  ///< done
  std::vector<Evaluation> evaluations;
  Spent spent;
  double mean_loss = 0;
  double mean_accuracy = 0;
};

/// Writes network, optimizer and standing as a safetensors file, beside-then-rename; its metadata
/// say of which task and data it is, and hold a checksum of the tensors.
void write_checkpoint(const std::filesystem::path& file, const std::string& identity,
                      const Network& network, const Descent& descent, const Standing& standing);

/// Reads it back into network and optimizer.
/// @throws Error{invalid_data} if the file is damaged, or of another task or other data
[[nodiscard]] Standing read_checkpoint(const std::filesystem::path& file,
                                       const std::string& identity, Network& network,
                                       Descent& descent);

/// One line that tells a task and its data from any other.
[[nodiscard]] std::string identity_of(const Task& task, const ImageSet& images, const Split& split);

}  // namespace ecnas::train
