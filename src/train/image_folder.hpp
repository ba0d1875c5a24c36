#pragma once

#include "ecnas/train/images.hpp"
#include "train/image_files.hpp"

namespace ecnas::train {

/// Pictures in class folders, sorted by class and file name, brought to one size. They become grey
/// if all of them are, else red, green and blue.
/// @param files  of layout `folder`; both parts must have the same class folders
/// @throws Error{invalid_data}, Error{io_failure} as `read_images` does
[[nodiscard]] ImageSet read_image_folder(const ImageFiles& files, const ReadImagesOptions& options);

}  // namespace ecnas::train
