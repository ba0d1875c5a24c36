#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ecnas/train/images.hpp"
#include "train/bytes.hpp"

namespace ecnas::train {

inline constexpr std::int32_t kCifarSide = 32;
inline constexpr std::int32_t kCifarChannels = 3;
inline constexpr std::int32_t kCifarClasses = 10;
inline constexpr std::size_t kCifarRecord = 3073;  // a label, 3 × 32 × 32 bytes

/// Whether a file of `size` bytes with this beginning can be a CIFAR file: whole records, and in
/// those that `beginning` holds, labels below `classes`.
[[nodiscard]] bool is_cifar(Bytes beginning, std::uint64_t size, std::int32_t classes);

/// Adds a file's records to labels and pixels. @pre `images` has a CIFAR file's shape and classes
/// @throws Error{invalid_data} if it is empty, not whole records, or a label has no class
void append_cifar(Bytes file, const std::string& name, ImageSet& images);

/// The names of classes, one a line (`batches.meta.txt`).
/// @throws Error{invalid_data} if there are fewer than 2 or more than 256 (labels are bytes)
[[nodiscard]] std::vector<std::string> parse_class_names(std::string_view text,
                                                         const std::string& name);

}  // namespace ecnas::train
