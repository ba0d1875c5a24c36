#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include <array>

#include "ecnas/core/error.hpp"
#include "ecnas/core/printable.hpp"
#include "train/picture.hpp"

namespace ecnas::train {
namespace {

constexpr int kMaxScans = 200;  // a progressive picture has about ten

/// libjpeg reports errors by a call that must not return: ours jumps back into `read_header` or
/// `read_rows`, which have no objects that would need destruction.
struct Decoder {
  jpeg_decompress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf failed;
  std::array<char, JMSG_LENGTH_MAX> message;
};

Decoder& decoder_of(j_common_ptr jpeg) {
  return *static_cast<Decoder*>(jpeg->client_data);
}

[[noreturn]] void stop(j_common_ptr jpeg) {
  Decoder& decoder = decoder_of(jpeg);
  jpeg->err->format_message(jpeg, decoder.message.data());
  std::longjmp(decoder.failed, 1);
}

/// Warnings mean that data are damaged and pixels made up: as bad as an error.
void refuse_warnings(j_common_ptr jpeg, int level) {
  if (level < 0) stop(jpeg);
}

void refuse_many_scans(j_common_ptr jpeg) {
  Decoder& decoder = decoder_of(jpeg);
  if (decoder.jpeg.input_scan_number <= kMaxScans) return;
  std::snprintf(decoder.message.data(), decoder.message.size(), "more than %d scans", kMaxScans);
  std::longjmp(decoder.failed, 1);
}

bool read_header(Decoder& decoder, Bytes file) {
  if (setjmp(decoder.failed) != 0) return false;
  jpeg_create_decompress(&decoder.jpeg);
  decoder.jpeg.client_data = &decoder;
  decoder.jpeg.progress = &decoder.progress;
  jpeg_mem_src(&decoder.jpeg, file.data(), file.size());
  jpeg_read_header(&decoder.jpeg, TRUE);
  return true;
}

/// @param pixels  (height, width, channels)
bool read_rows(Decoder& decoder, std::uint8_t* pixels) {
  if (setjmp(decoder.failed) != 0) return false;
  jpeg_decompress_struct& jpeg = decoder.jpeg;
  jpeg.out_color_space = jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg.dct_method = JDCT_ISLOW;  // the same on every processor
  jpeg_start_decompress(&jpeg);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = pixels + std::size_t{jpeg.output_scanline} * jpeg.output_width *
                                static_cast<std::size_t>(jpeg.output_components);
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

/// Frees what libjpeg holds, however the decoding ends.
struct Release {
  jpeg_decompress_struct& jpeg;
  explicit Release(jpeg_decompress_struct& owned) : jpeg(owned) {}
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;
  ~Release() { jpeg_destroy_decompress(&jpeg); }
};

[[noreturn]] void fail_damaged(const Decoder& decoder, const std::string& name) {
  fail(ErrorCode::invalid_data, "{}: damaged JPEG: {}; get it again or remove it", name,
       printable(decoder.message.data()));
}

}  // namespace

bool is_jpeg(Bytes file) {
  return file.size() >= 3 && file[0] == 0xff && file[1] == 0xd8 && file[2] == 0xff;
}

Picture decode_jpeg(Bytes file, const std::string& name) {
  Decoder decoder{};
  const Release release(decoder.jpeg);
  decoder.jpeg.err = jpeg_std_error(&decoder.errors);
  decoder.jpeg.client_data = &decoder;
  decoder.errors.error_exit = stop;
  decoder.errors.emit_message = refuse_warnings;
  decoder.progress.progress_monitor = refuse_many_scans;
  if (!read_header(decoder, file)) fail_damaged(decoder, name);
  check_dimensions(decoder.jpeg.image_width, decoder.jpeg.image_height, name);
  const int channels = decoder.jpeg.num_components;
  if (channels != 1 && channels != 3) {
    fail(ErrorCode::invalid_data,
         "{}: a JPEG of {} colour components; expected 1 (grey) or 3; convert it to RGB", name,
         channels);
  }
  const auto height = static_cast<std::int32_t>(decoder.jpeg.image_height);
  const auto width = static_cast<std::int32_t>(decoder.jpeg.image_width);
  std::vector<std::uint8_t> rows(static_cast<std::size_t>(height) *
                                 static_cast<std::size_t>(width) *
                                 static_cast<std::size_t>(channels));
  if (!read_rows(decoder, rows.data())) fail_damaged(decoder, name);
  return picture_of_rows(channels, height, width, std::move(rows));
}

}  // namespace ecnas::train
