#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/train/images.hpp"
#include "ecnas/train/recipe.hpp"

namespace ecnas::train {

/// Images as a network takes them: (n, channels, height, width) with the channels of a pixel
/// together in memory (NHWC), normalised channel by channel; and their labels.
struct Batch {
  std::vector<float> pixels;
  std::vector<std::int64_t> labels;
};

/// Makes batches of a set of images. What training step k takes is a function of the seed and k
/// alone: training that goes on after a stop sees what it would have seen. Thread safe.
class Batches {
 public:
  /// @param order  the images to train with; they and `images` outlive this
  Batches(const ImageSet& images, std::span<const std::uint32_t> order, const Recipe& recipe);

  /// The batch of step `step`, from 0: images of a stream that goes through all in a new order
  /// every epoch; each padded with the mean, cropped somewhere and flipped or not.
  [[nodiscard]] Batch of_step(std::int64_t step) const;

  /// Images as they are. @param chosen  indices into the set
  [[nodiscard]] Batch plain(std::span<const std::uint32_t> chosen) const;

  [[nodiscard]] std::int64_t training_images() const {
    return static_cast<std::int64_t>(order_.size());
  }

 private:
  struct Placement;
  void write(std::size_t image, const Placement& placement, float* target) const;
  [[nodiscard]] std::vector<std::uint32_t> order_of_epoch(std::uint64_t epoch) const;
  [[nodiscard]] Batch empty_batch(std::size_t size) const;

  const ImageSet& images_;
  std::span<const std::uint32_t> order_;
  std::int32_t batch_size_;
  std::uint64_t seed_;
  std::int32_t crop_padding_;
  bool flip_;
  std::vector<float> normalised_;  ///< (channels, 256): what a byte becomes
};

}  // namespace ecnas::train
