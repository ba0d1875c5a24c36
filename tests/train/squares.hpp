#pragma once
/// A training that takes a second, and whose outcome is known: every image shows its class.

#include <cstddef>
#include <cstdint>

#include "ecnas/core/random.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/train/images.hpp"
#include "ecnas/train/trainer.hpp"

namespace ecnas::train::testing {

/// Images whose class one sees: a bright square at a place of its own.
inline ImageSet squares(std::size_t count, std::int32_t classes) {
  ImageSet images{.name = "squares", .channels = 1, .height = 12, .width = 12, .classes = classes};
  Rng rng(77);
  for (std::size_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::uint16_t>(i % static_cast<std::size_t>(classes));
    images.labels.push_back(label);
    for (std::int32_t y = 0; y < 12; ++y) {
      for (std::int32_t x = 0; x < 12; ++x) {
        const bool bright = x / 6 + 2 * (y / 6) == label;
        images.pixels.push_back(static_cast<std::uint8_t>(rng.below(100) + (bright ? 120U : 0U)));
      }
    }
  }
  images.test_begin = count;
  images.checksum = "squares";
  return images;
}

inline Task small_task(Recipe recipe = {}) {
  recipe.epochs = 4;
  recipe.batch_size = 16;
  recipe.batch_norm_momentum = 0.9;
  recipe.crop_padding = 1;
  recipe.flip = false;
  return {.cell = space::parse_cell("0110001000010000:conv3x3,maxpool3x3"),
          .skeleton = {.stem_width = 8,
                       .stacks = 2,
                       .cells_per_stack = 1,
                       .classes = 4,
                       .image_size = 12,
                       .image_channels = 1},
          .recipe = recipe};
}

}  // namespace ecnas::train::testing
