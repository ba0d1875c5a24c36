#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/train/images.hpp"

namespace ecnas::train {

/// Which files hold a set of images. A part is
///   cifar   files of records, in order;
///   idx     images, then labels;
///   folder  the one folder that holds class folders.
struct ImageFiles {
  ImageLayout layout = ImageLayout::cifar;
  std::vector<std::filesystem::path> train;
  std::vector<std::filesystem::path> test;  ///< empty where no test part is published
  std::vector<std::string> class_names;     ///< of CIFAR's batches.meta.txt; empty without
};

/// What lies at `path`, by content; only of layout `wanted`, if one is given. A file that is
/// nothing by content, but named as CIFAR's or IDX files are, counts as what its name says, so that
/// its damage is found when it is read.
/// @throws Error{not_found}, Error{io_failure}, Error{invalid_data} if it is no set of images
[[nodiscard]] ImageFiles find_image_files(const std::filesystem::path& path,
                                          std::optional<ImageLayout> wanted = {});

/// Entries of a folder that are not hidden, sorted by name.
/// @throws Error{io_failure} if it cannot be read
[[nodiscard]] std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

/// What is at `path`, links followed; `not_found` where nothing is.
/// @throws Error{io_failure} if that cannot be known
[[nodiscard]] std::filesystem::file_type type_of(const std::filesystem::path& path);

/// @throws Error{invalid_data}, Error{io_failure} as `read_images` does
[[nodiscard]] ImageSet read_cifar_files(const ImageFiles& files);
[[nodiscard]] ImageSet read_idx_files(const ImageFiles& files);

}  // namespace ecnas::train
