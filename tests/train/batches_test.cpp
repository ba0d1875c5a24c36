#include "train/batches.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "ecnas/core/random.hpp"
#include "train/batch_queue.hpp"

namespace ecnas::train {
namespace {

/// Images of `channels` × `size` × `size` random bytes; image i has label i.
ImageSet random_images(std::size_t count, std::int32_t channels, std::int32_t size) {
  ImageSet images{.name = "random", .channels = channels, .height = size, .width = size};
  images.classes = static_cast<std::int32_t>(count);
  Rng rng(5);
  for (std::size_t i = 0; i < count; ++i) {
    images.labels.push_back(static_cast<std::uint16_t>(i));
    for (std::size_t b = 0; b < images.image_bytes(); ++b)
      images.pixels.push_back(static_cast<std::uint8_t>(rng.below(256)));
  }
  images.test_begin = count;
  return images;
}

std::vector<std::uint32_t> all_of(const ImageSet& images) {
  std::vector<std::uint32_t> indices(images.size());
  std::iota(indices.begin(), indices.end(), 0U);
  return indices;
}

TEST(Batches, EveryEpochSeesEveryImageOnceThoughBatchesCrossItsEnd) {
  const ImageSet images = random_images(10, 1, 4);
  const auto order = all_of(images);
  const Batches batches(images, order, {.batch_size = 4, .seed = 3});
  std::vector<std::int64_t> seen;
  for (std::int64_t step = 0; step < 5; ++step) {  // 20 images: two epochs
    const Batch batch = batches.of_step(step);
    seen.insert(seen.end(), batch.labels.begin(), batch.labels.end());
  }
  const std::vector<std::int64_t> first(seen.begin(), seen.begin() + 10);
  for (const auto begin : {seen.begin(), seen.begin() + 10}) {
    std::vector<std::int64_t> epoch(begin, begin + 10);
    std::ranges::sort(epoch);
    for (std::int64_t i = 0; i < 10; ++i)
      EXPECT_EQ(epoch[static_cast<std::size_t>(i)], i);
  }
  EXPECT_FALSE(std::equal(first.begin(), first.end(), seen.begin() + 10));
}

TEST(Batches, PlainImagesAreNormalisedChannelByChannelAndLieByPixels) {
  const ImageSet images = random_images(3, 3, 4);
  const auto order = all_of(images);
  const Batch batch = Batches(images, order, {}).plain(order);
  const ChannelStatistics statistics = channel_statistics(images, order);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t p = 0; p < 16; ++p) {
        const double value = images.image(i)[c * 16 + p] / 255.0;
        EXPECT_NEAR(static_cast<double>(batch.pixels[(i * 16 + p) * 3 + c]),
                    (value - statistics.mean[c]) / statistics.standard_deviation[c], 1e-5);
      }
    }
  }
}

/// Where in a batch's image each pixel of the original went, by trying all places.
TEST(Batches, AnAugmentedImageIsTheOriginalShiftedAndPerhapsMirroredOverZeros) {
  const ImageSet images = random_images(8, 1, 6);
  const auto order = all_of(images);
  const Batches batches(images, order, {.batch_size = 8, .seed = 11, .crop_padding = 2});
  const Batch plain = batches.plain(order);
  std::map<std::array<int, 3>, int> placements;
  for (std::int64_t step = 0; step < 200; ++step) {
    const Batch batch = batches.of_step(step);
    for (std::size_t i = 0; i < 8; ++i) {
      const float* const original =
          plain.pixels.data() + static_cast<std::size_t>(batch.labels[i]) * 36;
      const float* const made = batch.pixels.data() + i * 36;
      int matches = 0;
      for (int down = -2; down <= 2; ++down) {
        for (int right = -2; right <= 2; ++right) {
          for (const int mirrored : {0, 1}) {
            bool equal = true;
            for (int y = 0; y < 6 && equal; ++y) {
              for (int x = 0; x < 6 && equal; ++x) {
                const int from_y = y - down;
                const int from_x = x - right;
                const bool inside = from_y >= 0 && from_y < 6 && from_x >= 0 && from_x < 6;
                const int source = mirrored != 0 ? 5 - from_x : from_x;
                equal = made[y * 6 + x] == (inside ? original[from_y * 6 + source] : 0.0F);
              }
            }
            if (equal) {
              ++matches;
              ++placements[{down, right, mirrored}];
            }
          }
        }
      }
      EXPECT_EQ(matches, 1);
    }
  }
  EXPECT_EQ(placements.size(), 50U);  // 5 × 5 places, mirrored or not, each of 1,600 images
  for (const auto& [placement, count] : placements)
    EXPECT_GT(count, 8);  // 32 expected; below 9 has probability 1e-6
}

TEST(Batches, AreAFunctionOfSeedAndStepAlone) {
  const ImageSet images = random_images(9, 1, 5);
  const auto order = all_of(images);
  const Recipe recipe{.batch_size = 4, .seed = 21};
  const Batches batches(images, order, recipe);
  const Batches again(images, order, recipe);
  Recipe other = recipe;
  other.seed = 22;
  static_cast<void>(again.of_step(0));
  EXPECT_EQ(batches.of_step(7).pixels, again.of_step(7).pixels);
  EXPECT_EQ(batches.of_step(7).labels, again.of_step(7).labels);
  EXPECT_NE(batches.of_step(7).pixels, Batches(images, order, other).of_step(7).pixels);
}

TEST(BatchQueue, GivesTheBatchesOfItsStepsInOrder) {
  const ImageSet images = random_images(9, 1, 5);
  const auto order = all_of(images);
  const Batches batches(images, order, {.batch_size = 4});
  BatchQueue queue(batches, 3, 40);
  for (std::int64_t step = 3; step < 40; ++step)
    ASSERT_EQ(queue.take().pixels, batches.of_step(step).pixels) << step;
}

TEST(BatchQueue, MayBeLeftInTheMiddle) {
  const ImageSet images = random_images(9, 1, 5);
  const auto order = all_of(images);
  const Batches batches(images, order, {.batch_size = 4});
  BatchQueue queue(batches, 0, 1'000'000);
  static_cast<void>(queue.take());
}

}  // namespace
}  // namespace ecnas::train
