#pragma once
/// train: networks of cells, image data and the training loop. What this header and `split.hpp`
/// declare needs no LibTorch (`ecnas::train_data`).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::train {

/// How labelled images lie in files; docs/formats/images.md.
enum class ImageLayout {
  cifar,   ///< records of a label and 3 × 32 × 32 bytes, as CIFAR-10's binary version
  idx,     ///< pairs of IDX files, gzip or not, as MNIST and Fashion-MNIST
  folder,  ///< a folder of JPEG, PNG, PPM or PGM files a class
};

/// "cifar", "idx", "folder", and back; absent for any other name.
[[nodiscard]] std::string_view layout_name(ImageLayout layout);
[[nodiscard]] std::optional<ImageLayout> layout_by_name(std::string_view name);

/// Labelled images of one size, as bytes. First come those to train and validate with, then the
/// published test part, if there is one, each in the order of the files.
///
/// Invariants of what `read_images` returns: size() is at least 1; every label is below `classes`;
/// `pixels` has size() × image_bytes() bytes; `class_names` has `classes` entries or none.
struct ImageSet {
  std::string name;  ///< "CIFAR-10", "Fashion-MNIST", "MNIST" if it is that; else the path's name
  ImageLayout layout = ImageLayout::cifar;
  std::int32_t channels = 0;  ///< 3 (red, green, blue) or 1 (grey)
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::int32_t classes = 0;
  std::vector<std::string> class_names;  ///< printable; empty where nothing tells them
  std::vector<std::uint8_t> pixels;      ///< (n, channels, height, width)
  std::vector<std::uint16_t> labels;     ///< (n)
  std::size_t test_begin = 0;  ///< index of the published test part's first image; n without one
  std::string checksum;        ///< of shape, classes, pixels and labels: see `image_checksum`

  [[nodiscard]] std::size_t size() const noexcept { return labels.size(); }
  [[nodiscard]] std::size_t image_bytes() const noexcept {
    return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(width);
  }
  [[nodiscard]] bool has_published_test() const noexcept { return test_begin < size(); }
  /// (channels, height, width) of image `i`. @pre i < size()
  [[nodiscard]] std::span<const std::uint8_t> image(std::size_t i) const {
    return std::span(pixels).subspan(i * image_bytes(), image_bytes());
  }
};

struct ReadImagesOptions {
  /// Side in pixels that every image is brought to: cut to its central square, then averaged over
  /// areas. 0: as they are; then those of a folder must all be squares of one size.
  std::int32_t image_size = 0;
  /// That decode a folder's pictures, 0: one a core; the result is the same for any number.
  unsigned threads = 1;
  /// Only this one is looked for, where a folder could be read as several. Absent: any.
  std::optional<ImageLayout> layout;
};

/// Reads a CIFAR file or folder, a folder of IDX pairs or a folder of class folders (or of `train`
/// and `test` with class folders in them). Which of them it is, the content says.
/// @throws Error{not_found} if there is nothing at `path`; Error{io_failure} if it cannot be read;
/// Error{invalid_data} with file, found, expected and remedy if it is none of these, empty,
/// damaged, too short or too long, if counts of images and labels differ, or a label has no class;
/// Error{invalid_argument} for an impossible `image_size`
[[nodiscard]] ImageSet read_images(const std::filesystem::path& path,
                                   const ReadImagesOptions& options = {});

/// What a set of images is, whatever format and order its files have: 32 hexadecimal digits of
/// XXH3-128 over shape, classes and the sorted hashes of (label, pixels) of every image.
[[nodiscard]] std::string image_checksum(const ImageSet& images);

/// Where a known set of images lies.
struct ImageSource {
  std::filesystem::path path;  ///< for `read_images`
  ImageLayout layout = ImageLayout::cifar;
  std::string name;  ///< what its folder's name says it is; `read_images` finds out
};

/// Known sets of images in these directories, the preferred first: CIFAR-10, Fashion-MNIST, MNIST,
/// flowers in CIFAR's format; of one set, in the order of `places`. Looks at names and first bytes
/// only. Places that are not there, or cannot be read, hold nothing.
[[nodiscard]] std::vector<ImageSource> find_image_data(
    std::span<const std::filesystem::path> places);

/// Of values 0 … 1 (byte / 255), one entry a channel. A channel of one value throughout has
/// deviation 1, so that one may divide by it.
struct ChannelStatistics {
  std::vector<double> mean;
  std::vector<double> standard_deviation;  ///< of the population
};

/// Mean and standard deviation over the pixels of the images in `indices` (the training part).
/// Exact sums: the same for any order. @pre indices below size(). @throws Error{invalid_argument}
/// if there are none
[[nodiscard]] ChannelStatistics channel_statistics(const ImageSet& images,
                                                   std::span<const std::uint32_t> indices);

}  // namespace ecnas::train
