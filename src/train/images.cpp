#include "ecnas/train/images.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/printable.hpp"
#include "train/area_scaling.hpp"
#include "train/image_files.hpp"
#include "train/image_folder.hpp"
#include "train/known_sets.hpp"

namespace ecnas::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<ImageLayout, std::string_view>, 3> kLayouts = {
    {{ImageLayout::cifar, "cifar"}, {ImageLayout::idx, "idx"}, {ImageLayout::folder, "folder"}}};

/// The last name of a path, also of "." and of one that ends in a slash.
std::string name_of(const fs::path& path) {
  fs::path whole = fs::absolute(path).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  return printable(whole.filename().string());
}

ImageSet read_files(const ImageFiles& files, const ReadImagesOptions& options) {
  if (files.layout == ImageLayout::cifar) return read_cifar_files(files);
  if (files.layout == ImageLayout::idx) return read_idx_files(files);
  return read_image_folder(files, options);
}

void scale_all(ImageSet& images, std::int32_t side) {
  std::vector<std::uint8_t> pixels;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::span<const std::uint8_t> image = images.image(i);
    const Picture scaled = square_of({.channels = images.channels,
                                      .height = images.height,
                                      .width = images.width,
                                      .pixels = {image.begin(), image.end()}},
                                     side);
    pixels.insert(pixels.end(), scaled.pixels.begin(), scaled.pixels.end());
  }
  images.pixels = std::move(pixels);
  images.height = images.width = side;
}

}  // namespace

std::string_view layout_name(ImageLayout layout) {
  const auto found =
      std::ranges::find(kLayouts, layout, [](const auto& entry) { return entry.first; });
  ECNAS_ASSERT(found != kLayouts.end());
  return found->second;
}

std::optional<ImageLayout> layout_by_name(std::string_view name) {
  const auto found =
      std::ranges::find(kLayouts, name, [](const auto& entry) { return entry.second; });
  if (found == kLayouts.end()) return std::nullopt;
  return found->first;
}

ImageSet read_images(const fs::path& path, const ReadImagesOptions& options) {
  constexpr std::int32_t kMaxImageSize = 1024;
  if (options.image_size < 0 || options.image_size > kMaxImageSize) {
    fail(ErrorCode::invalid_argument, "image size {}; expected 1 to {}, or 0 for the images' own",
         options.image_size, kMaxImageSize);
  }
  ImageSet images = read_files(find_image_files(path, options.layout), options);
  if (images.size() > std::numeric_limits<std::uint32_t>::max())
    fail(ErrorCode::invalid_data, "{}: {} images; expected fewer than 2^32", path.string(),
         images.size());
  images.name = name_of(path);
  images.checksum = image_checksum(images);
  name_known_set(images);
  const std::int32_t side = options.image_size;
  if (side != 0 && (images.height != side || images.width != side)) {
    scale_all(images, side);
    images.checksum = image_checksum(images);
  }
  return images;
}

}  // namespace ecnas::train
