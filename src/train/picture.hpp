#pragma once

#include <string>
#include <vector>

#include "train/bytes.hpp"

namespace ecnas::train {

/// One decoded picture.
struct Picture {
  std::int32_t channels = 0;  ///< 3 (red, green, blue) or 1 (grey)
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::vector<std::uint8_t> pixels;  ///< (channels, height, width)
};

/// A JPEG, PNG, PPM or PGM file in memory, by its content. 16 bits become 8, transparency and
/// colour profiles are ignored, and so is the orientation that a camera notes.
/// @throws Error{invalid_data} if it is none of these, damaged, cut short, larger than 16,384
/// pixels a side or 2^26 in all, or of other colours (CMYK)
[[nodiscard]] Picture decode_picture(Bytes file, const std::string& name);

[[nodiscard]] bool is_jpeg(Bytes file);
[[nodiscard]] bool is_png(Bytes file);
[[nodiscard]] bool is_portable_pixmap(Bytes file);

[[nodiscard]] Picture decode_jpeg(Bytes file, const std::string& name);
[[nodiscard]] Picture decode_png(Bytes file, const std::string& name);
[[nodiscard]] Picture decode_portable_pixmap(Bytes file, const std::string& name);

/// Refuses dimensions before memory is taken for them. @throws Error{invalid_data}
void check_dimensions(std::int64_t width, std::int64_t height, const std::string& name);

/// Rows of pixels as decoders give them, (height, width, channels), to a picture's layout.
[[nodiscard]] Picture picture_of_rows(std::int32_t channels, std::int32_t height,
                                      std::int32_t width, std::vector<std::uint8_t> rows);

}  // namespace ecnas::train
