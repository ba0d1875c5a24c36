#include "ecnas/train/split.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"

namespace ecnas::train {
namespace {

/// How many images each part has.
struct Sizes {
  std::size_t train = 0;
  std::size_t validation = 0;
  std::size_t test = 0;

  [[nodiscard]] bool has_all() const { return train > 0 && validation > 0 && test > 0; }
};

Sizes whole_sizes(const ImageSet& images) {
  constexpr std::size_t kTestShare = 6;        // 4 : 1 : 1
  constexpr std::size_t kValidationShare = 5;  // 4 : 1
  const std::size_t n = images.size();
  const std::size_t test = images.has_published_test() ? n - images.test_begin : n / kTestShare;
  const std::size_t validation = (n - test) / kValidationShare;
  return {.train = n - test - validation, .validation = validation, .test = test};
}

/// The shares of `count` images. No part shrinks when `count` grows: rounding down lets the test
/// part grow by one at most, hence the rest never shrinks, and so on within the rest.
Sizes share_sizes(const Sizes& whole, std::size_t count) {
  const std::size_t rest = whole.train + whole.validation;
  Sizes share;
  share.test = count * whole.test / (rest + whole.test);
  share.validation = (count - share.test) * whole.validation / rest;
  share.train = count - share.test - share.validation;
  return share;
}

Sizes limited_sizes(const Sizes& whole, std::size_t count) {
  const std::size_t n = whole.train + whole.validation + whole.test;
  if (count > n) {
    fail(ErrorCode::invalid_argument, "{} images asked for; the set has {}; ask for fewer", count,
         n);
  }
  const Sizes share = share_sizes(whole, count);
  if (share.has_all()) return share;
  std::size_t least = count;
  while (!share_sizes(whole, least).has_all())
    ++least;
  fail(ErrorCode::invalid_argument,
       "{} images leave {} to train, {} to validate and {} to test with; ask for at least {}",
       count, share.train, share.validation, share.test, least);
}

std::vector<std::uint32_t> shuffled(std::size_t begin, std::size_t end, Rng rng) {
  std::vector<std::uint32_t> indices(end - begin);
  std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(begin));
  rng.shuffle(std::span(indices));
  return indices;
}

std::vector<std::uint32_t> piece(const std::vector<std::uint32_t>& order, std::size_t begin,
                                 std::size_t count) {
  const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

Split split_images(const ImageSet& images, const SplitOptions& options) {
  const Sizes whole = whole_sizes(images);
  if (!whole.has_all()) {
    fail(ErrorCode::invalid_data,
         "{}: {} images and {} of a test part are too few to train, validate and test with",
         images.name, images.size(), images.size() - images.test_begin);
  }
  const Sizes used = options.images ? limited_sizes(whole, *options.images) : whole;
  const std::vector<std::uint32_t> order =
      shuffled(0, images.test_begin, Rng::stream(options.seed, 0));
  Split split;
  split.train = piece(order, 0, used.train);
  split.validation = piece(order, whole.train, used.validation);
  if (images.has_published_test()) {
    const auto test = shuffled(images.test_begin, images.size(), Rng::stream(options.seed, 1));
    split.test = piece(test, 0, used.test);
  } else {
    split.test = piece(order, whole.train + whole.validation, used.test);
  }
  return split;
}

}  // namespace ecnas::train
