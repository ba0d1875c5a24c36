#pragma once
/// Small image files of every kind, made by the libraries themselves.

#include <cstdio>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "train/picture.hpp"

namespace ecnas::train::testing {

inline Picture noise(std::int32_t channels, std::int32_t height, std::int32_t width,
                     std::uint64_t seed) {
  Picture picture{.channels = channels, .height = height, .width = width, .pixels = {}};
  Rng rng(seed);
  for (std::int32_t i = 0; i < channels * height * width; ++i)
    picture.pixels.push_back(static_cast<std::uint8_t>(rng.below(256)));
  return picture;
}

/// (height, width, channels), as the libraries have it.
inline std::vector<std::uint8_t> rows_of(const Picture& picture) {
  const std::size_t plane = picture.pixels.size() / static_cast<std::size_t>(picture.channels);
  std::vector<std::uint8_t> rows;
  for (std::size_t i = 0; i < plane; ++i) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(picture.channels); ++c)
      rows.push_back(picture.pixels[c * plane + i]);
  }
  return rows;
}

inline std::string text_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// @param format  PNG_FORMAT_RGB, PNG_FORMAT_GRAY, PNG_FORMAT_RGBA, …, as `rows` has it
inline std::string png_of_rows(std::uint32_t format, std::int32_t height, std::int32_t width,
                               const std::vector<std::uint8_t>& rows) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.format = format;
  image.height = static_cast<png_uint_32>(height);
  image.width = static_cast<png_uint_32>(width);
  png_alloc_size_t size = 0;
  ECNAS_ASSERT(png_image_write_to_memory(&image, nullptr, &size, 0, rows.data(), 0, nullptr) != 0);
  std::string file(size, '\0');
  ECNAS_ASSERT(png_image_write_to_memory(&image, file.data(), &size, 0, rows.data(), 0, nullptr) !=
               0);
  file.resize(size);
  return file;
}

inline std::string png_of(const Picture& picture) {
  return png_of_rows(picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB, picture.height,
                     picture.width, rows_of(picture));
}

struct JpegForm {
  J_COLOR_SPACE space = JCS_RGB;
  bool progressive = false;
  bool in_two_scans = false;  ///< progressive too, nothing refined: either may be repeated
};

/// At quality 100, so that what comes back is close to what went in.
inline std::string jpeg_of_rows(std::vector<std::uint8_t> rows, std::int32_t height,
                                std::int32_t width, const JpegForm& form = {}) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* target = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &target, &size);
  jpeg.image_width = static_cast<JDIMENSION>(width);
  jpeg.image_height = static_cast<JDIMENSION>(height);
  jpeg.in_color_space = form.space;
  jpeg.input_components = form.space == JCS_GRAYSCALE ? 1 : form.space == JCS_RGB ? 3 : 4;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 100, TRUE);
  if (form.progressive) jpeg_simple_progression(&jpeg);
  const jpeg_scan_info scans[] = {{1, {0}, 0, 0, 0, 0}, {1, {0}, 1, 63, 0, 0}};
  if (form.in_two_scans) {
    jpeg.scan_info = scans;
    jpeg.num_scans = 2;
  }
  jpeg_start_compress(&jpeg, TRUE);
  const std::size_t stride = rows.size() / static_cast<std::size_t>(height);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = rows.data() + jpeg.next_scanline * stride;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string file(reinterpret_cast<const char*>(target), size);
  jpeg_destroy_compress(&jpeg);
  std::free(target);
  return file;
}

inline std::string jpeg_of(const Picture& picture, bool progressive = false) {
  return jpeg_of_rows(
      rows_of(picture), picture.height, picture.width,
      {.space = picture.channels == 1 ? JCS_GRAYSCALE : JCS_RGB, .progressive = progressive});
}

inline std::string ppm_of(const Picture& picture) {
  return fmt::format("P{}\n# made up\n{} {}\n255\n", picture.channels == 1 ? 5 : 6, picture.width,
                     picture.height) +
         text_of(rows_of(picture));
}

inline std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift);
  return bytes;
}

inline std::string idx_labels(const std::string& labels) {
  return big_endian(0x0801) + big_endian(static_cast<std::uint32_t>(labels.size())) + labels;
}

/// @param pixels  (count, height, width)
inline std::string idx_images(std::uint32_t count, std::uint32_t height, std::uint32_t width,
                              const std::string& pixels) {
  return big_endian(0x0803) + big_endian(count) + big_endian(height) + big_endian(width) + pixels;
}

inline std::string gzipped(std::string content) {
  z_stream stream{};
  ECNAS_ASSERT(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 9,
                            Z_DEFAULT_STRATEGY) == Z_OK);
  std::string file(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(file.data());
  stream.avail_out = static_cast<uInt>(file.size());
  ECNAS_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  file.resize(stream.total_out);
  deflateEnd(&stream);
  return file;
}

/// @param picture  (3, 32, 32)
inline std::string cifar_record(int label, const Picture& picture) {
  return static_cast<char>(label) + text_of(picture.pixels);
}

}  // namespace ecnas::train::testing
