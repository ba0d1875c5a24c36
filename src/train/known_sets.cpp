#include "train/known_sets.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace ecnas::train {
namespace {

constexpr std::size_t kClasses = 10;
using Counts = std::array<std::size_t, kClasses>;
using Names = std::array<std::string_view, kClasses>;

constexpr std::string_view kFashionMnistChecksum = "38bb8521856da9646ddd9f63146ac697";
constexpr Names kFashionMnistNames = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

constexpr Names kMnistNames = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
constexpr Counts kMnistTrain = {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
constexpr Counts kMnistTest = {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009};

constexpr Names kCifar10Names = {"airplane", "automobile", "bird",  "cat",  "deer",
                                 "dog",      "frog",       "horse", "ship", "truck"};
constexpr Counts kCifar10Train = {5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000};
constexpr Counts kCifar10Test = {1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000};

bool has_shape(const ImageSet& images, std::int32_t channels, std::int32_t side) {
  return images.channels == channels && images.height == side && images.width == side &&
         images.classes == std::int32_t{kClasses};
}

Counts class_counts(std::span<const std::uint16_t> labels) {
  Counts counts{};
  for (const std::uint16_t label : labels)
    ++counts[label];
  return counts;
}

/// @pre 10 classes
bool has_counts(const ImageSet& images, const Counts& train, const Counts& test) {
  const std::span labels(images.labels);
  return class_counts(labels.first(images.test_begin)) == train &&
         class_counts(labels.subspan(images.test_begin)) == test;
}

void set_name(ImageSet& images, std::string_view name, const Names& classes) {
  images.name = name;
  images.class_names.assign(classes.begin(), classes.end());
}

}  // namespace

void name_known_set(ImageSet& images) {
  constexpr std::int32_t kIdxSide = 28;
  constexpr std::int32_t kCifarSide = 32;
  if (images.checksum == kFashionMnistChecksum) {
    set_name(images, kFashionMnist, kFashionMnistNames);
  } else if (has_shape(images, 1, kIdxSide) && has_counts(images, kMnistTrain, kMnistTest)) {
    set_name(images, kMnist, kMnistNames);
  } else if (has_shape(images, 3, kCifarSide) && has_counts(images, kCifar10Train, kCifar10Test) &&
             std::ranges::equal(images.class_names, kCifar10Names)) {
    set_name(images, kCifar10, kCifar10Names);
  }
}

}  // namespace ecnas::train
