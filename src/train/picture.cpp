#include "train/picture.hpp"

#include "ecnas/core/error.hpp"

namespace ecnas::train {

Picture decode_picture(Bytes file, const std::string& name) {
  if (is_jpeg(file)) return decode_jpeg(file, name);
  if (is_png(file)) return decode_png(file, name);
  if (is_portable_pixmap(file)) return decode_portable_pixmap(file, name);
  fail(ErrorCode::invalid_data,
       "{}: {}; expected a JPEG, PNG, PPM or PGM picture; remove or convert it", name,
       file.empty() ? "is empty" : "is no picture of a known format");
}

void check_dimensions(std::int64_t width, std::int64_t height, const std::string& name) {
  if (width >= 1 && height >= 1 && width <= kMaxSide && height <= kMaxSide &&
      width * height <= kMaxPixels)
    return;
  fail(
      ErrorCode::invalid_data,
      "{}: {} × {} pixels; expected sides from 1 to {} and at most {} pixels in all; scale it down",
      name, width, height, kMaxSide, kMaxPixels);
}

Picture picture_of_rows(std::int32_t channels, std::int32_t height, std::int32_t width,
                        std::vector<std::uint8_t> rows) {
  Picture picture{.channels = channels, .height = height, .width = width, .pixels = {}};
  if (channels == 1) {
    picture.pixels = std::move(rows);
    return picture;
  }
  const auto step = static_cast<std::size_t>(channels);
  const std::size_t plane = rows.size() / step;
  picture.pixels.resize(rows.size());
  for (std::size_t c = 0; c < step; ++c) {
    for (std::size_t i = 0; i < plane; ++i)
      picture.pixels[c * plane + i] = rows[i * step + c];
  }
  return picture;
}

}  // namespace ecnas::train
