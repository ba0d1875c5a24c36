#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ecnas/train/images.hpp"

namespace ecnas::train {

/// Which images train, which choose among networks, which judge: indices into an `ImageSet`, in the
/// seeded order.
struct Split {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> validation;
  std::vector<std::uint32_t> test;
};

struct SplitOptions {
  std::uint64_t seed = 0;
  /// Use only so many images, of each part its share: of a smaller number every part is the
  /// beginning of that of a larger one. Absent: all.
  std::optional<std::size_t> images;
};

/// NAS-Bench-101's proportions, 4 : 1 : 1. The test part is the published one where there is one,
/// else a sixth of all; of the rest a fifth, rounded down, validates. CIFAR-10: 40,000 / 10,000 /
/// 10,000; Fashion-MNIST: 48,000 / 12,000 / 10,000. Parts are disjoint and, without `images`,
/// complete; which image goes where depends on the seed, the number of images and where the
/// published test part begins, on nothing else.
/// @throws Error{invalid_argument} if `images` is larger than the set or leaves a part empty;
/// Error{invalid_data} if the set itself is too small for three parts
/// @source [Ying19], Sec. 2.3 (the proportions)
[[nodiscard]] Split split_images(const ImageSet& images, const SplitOptions& options = {});

}  // namespace ecnas::train
