#include "train/batches.hpp"

#include <algorithm>
#include <cstddef>

#include "ecnas/core/random.hpp"

namespace ecnas::train {
namespace {

constexpr std::size_t kByteValues = 256;
// Streams of random numbers under one seed: orders of epochs at even places, steps at odd ones.
constexpr std::uint64_t order_stream(std::uint64_t epoch) {
  return 2 * epoch;
}
constexpr std::uint64_t step_stream(std::uint64_t step) {
  return 2 * step + 1;
}

}  // namespace

/// Where an image comes to lie: shifted, and mirrored or not.
struct Batches::Placement {
  std::int32_t down = 0;   ///< pixels that its content moves down
  std::int32_t right = 0;  ///< … and to the right
  bool mirrored = false;
};

Batches::Batches(const ImageSet& images, std::span<const std::uint32_t> order, const Recipe& recipe)
    : images_(images),
      order_(order),
      batch_size_(recipe.batch_size),
      seed_(recipe.seed),
      crop_padding_(recipe.crop_padding),
      flip_(recipe.flip) {
  const ChannelStatistics statistics = channel_statistics(images, order);
  for (std::size_t c = 0; c < statistics.mean.size(); ++c) {
    for (std::size_t byte = 0; byte < kByteValues; ++byte) {
      const double value = static_cast<double>(byte) / 255;
      normalised_.push_back(
          static_cast<float>((value - statistics.mean[c]) / statistics.standard_deviation[c]));
    }
  }
}

std::vector<std::uint32_t> Batches::order_of_epoch(std::uint64_t epoch) const {
  std::vector<std::uint32_t> order(order_.begin(), order_.end());
  Rng rng = Rng::stream(seed_, order_stream(epoch));
  rng.shuffle(std::span(order));
  return order;
}

Batch Batches::empty_batch(std::size_t size) const {
  return {std::vector<float>(size * images_.image_bytes()), std::vector<std::int64_t>(size)};
}

Batch Batches::of_step(std::int64_t step) const {
  const auto size = static_cast<std::size_t>(batch_size_);
  Batch batch = empty_batch(size);
  Rng rng = Rng::stream(seed_, step_stream(static_cast<std::uint64_t>(step)));
  std::size_t epoch = static_cast<std::size_t>(step) * size / order_.size();
  std::size_t place = static_cast<std::size_t>(step) * size % order_.size();
  std::vector<std::uint32_t> order = order_of_epoch(epoch);
  for (std::size_t i = 0; i < size; ++i) {
    if (place == order.size()) {
      order = order_of_epoch(++epoch);
      place = 0;
    }
    Placement placement;
    if (crop_padding_ > 0) {
      const auto choices = 2 * static_cast<std::uint64_t>(crop_padding_) + 1;
      placement.down = static_cast<std::int32_t>(rng.below(choices)) - crop_padding_;
      placement.right = static_cast<std::int32_t>(rng.below(choices)) - crop_padding_;
    }
    if (flip_) placement.mirrored = rng.below(2) == 1;
    const std::uint32_t image = order[place++];
    write(image, placement, batch.pixels.data() + i * images_.image_bytes());
    batch.labels[i] = images_.labels[image];
  }
  return batch;
}

Batch Batches::plain(std::span<const std::uint32_t> chosen) const {
  Batch batch = empty_batch(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    write(chosen[i], {}, batch.pixels.data() + i * images_.image_bytes());
    batch.labels[i] = images_.labels[chosen[i]];
  }
  return batch;
}

/// Pixels that nothing moves to stay 0, which is the channel's mean.
void Batches::write(std::size_t image, const Placement& placement, float* target) const {
  const std::span<const std::uint8_t> bytes = images_.image(image);
  const std::int32_t height = images_.height;
  const std::int32_t width = images_.width;
  const std::int32_t channels = images_.channels;
  for (std::int32_t c = 0; c < channels; ++c) {
    const float* const normalised = normalised_.data() + static_cast<std::size_t>(c) * kByteValues;
    const std::uint8_t* const plane =
        bytes.data() + static_cast<std::ptrdiff_t>(c) * height * width;
    for (std::int32_t y = std::max(0, placement.down);
         y < std::min(height, height + placement.down); ++y) {
      const std::uint8_t* const row =
          plane + static_cast<std::ptrdiff_t>(y - placement.down) * width;
      float* const out = target + static_cast<std::ptrdiff_t>(y) * width * channels + c;
      for (std::int32_t x = std::max(0, placement.right);
           x < std::min(width, width + placement.right); ++x) {
        const std::int32_t from = x - placement.right;
        const std::int32_t source = placement.mirrored ? width - 1 - from : from;
        out[static_cast<std::ptrdiff_t>(x) * channels] = normalised[row[source]];
      }
    }
  }
}

}  // namespace ecnas::train
