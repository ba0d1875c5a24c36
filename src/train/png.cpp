#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include "ecnas/core/error.hpp"
#include "ecnas/core/printable.hpp"
#include "train/picture.hpp"

namespace ecnas::train {
namespace {

constexpr std::size_t kSignatureBytes = 8;
constexpr std::size_t kMaxMessage = 200;

/// libpng reports errors by a call that must not return: ours jumps back into `read_header` or
/// `read_rows`, which have no objects that would need destruction.
struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  Bytes left;
  std::array<char, kMaxMessage> message{};

  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void stop(png_structp png, png_const_charp message) {
  auto& decoder = *static_cast<Decoder*>(png_get_error_ptr(png));
  std::snprintf(decoder.message.data(), decoder.message.size(), "%s", message);
  png_longjmp(png, 1);
}

void ignore_warnings(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep target, std::size_t count) {
  auto& decoder = *static_cast<Decoder*>(png_get_io_ptr(png));
  if (count > decoder.left.size()) png_error(png, "it is cut short");
  std::memcpy(target, decoder.left.data(), count);
  decoder.left = decoder.left.subspan(count);
}

bool read_header(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_set_read_fn(decoder.png, &decoder, read_bytes);
  png_set_user_limits(decoder.png, kMaxSide, kMaxSide);
  png_read_info(decoder.png, decoder.info);
  return true;
}

/// Asks for 8 bits a channel, one or three channels; what that makes of a row is in `info` then.
bool choose_form(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_set_palette_to_rgb(decoder.png);
  png_set_expand_gray_1_2_4_to_8(decoder.png);
  png_set_scale_16(decoder.png);
  png_set_strip_alpha(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  return true;
}

bool read_rows(Decoder& decoder, png_bytepp rows) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_read_image(decoder.png, rows);
  png_read_end(decoder.png, nullptr);
  return true;
}

[[noreturn]] void fail_damaged(const Decoder& decoder, const std::string& name) {
  fail(ErrorCode::invalid_data, "{}: damaged PNG: {}; get it again or remove it", name,
       printable(decoder.message.data()));
}

}  // namespace

bool is_png(Bytes file) {
  return file.size() >= kSignatureBytes && png_sig_cmp(file.data(), 0, kSignatureBytes) == 0;
}

Picture decode_png(Bytes file, const std::string& name) {
  Decoder decoder;
  decoder.left = file;
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, stop, ignore_warnings);
  if (decoder.png == nullptr) throw std::bad_alloc();
  decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) throw std::bad_alloc();
  if (!read_header(decoder)) fail_damaged(decoder, name);
  check_dimensions(png_get_image_width(decoder.png, decoder.info),
                   png_get_image_height(decoder.png, decoder.info), name);
  if (!choose_form(decoder)) fail_damaged(decoder, name);
  const std::size_t height = png_get_image_height(decoder.png, decoder.info);
  const std::size_t width = png_get_image_width(decoder.png, decoder.info);
  const std::size_t channels = png_get_channels(decoder.png, decoder.info);
  ECNAS_ASSERT(channels == 1 || channels == 3);
  ECNAS_ASSERT(png_get_rowbytes(decoder.png, decoder.info) == width * channels);
  std::vector<std::uint8_t> pixels(height * width * channels);
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y)
    rows[y] = pixels.data() + y * width * channels;
  if (!read_rows(decoder, rows.data())) fail_damaged(decoder, name);
  return picture_of_rows(static_cast<std::int32_t>(channels), static_cast<std::int32_t>(height),
                         static_cast<std::int32_t>(width), std::move(pixels));
}

}  // namespace ecnas::train
