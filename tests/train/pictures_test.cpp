#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "made_up_images.hpp"
#include "support/expect_error.hpp"
#include "train/area_scaling.hpp"
#include "train/picture.hpp"

namespace ecnas::train {
namespace {

using ecnas::testing::expect_error;
using namespace testing;

Picture decode(const std::string& file) {
  return decode_picture(bytes_of(file), "it");
}

void expect_same(const Picture& found, const Picture& expected) {
  EXPECT_EQ(found.channels, expected.channels);
  EXPECT_EQ(found.height, expected.height);
  EXPECT_EQ(found.width, expected.width);
  EXPECT_EQ(found.pixels, expected.pixels);
}

int largest_difference(const Picture& a, const Picture& b) {
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  int largest = 0;
  for (std::size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i)
    largest = std::max(largest, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
  return largest;
}

/// Colours that change so slowly that JPEG hardly loses any.
Picture gradient(std::int32_t channels, std::int32_t height, std::int32_t width) {
  Picture picture{.channels = channels, .height = height, .width = width, .pixels = {}};
  for (std::int32_t c = 0; c < channels; ++c) {
    for (std::int32_t y = 0; y < height; ++y) {
      for (std::int32_t x = 0; x < width; ++x)
        picture.pixels.push_back(static_cast<std::uint8_t>(40 + 60 * c + 2 * y + x));
    }
  }
  return picture;
}

TEST(Pictures, OfPngAndPixmapsComeBackAsTheyWere) {
  for (const std::int32_t channels : {1, 3}) {
    const Picture picture = noise(channels, 5, 7, 1);
    expect_same(decode(png_of(picture)), picture);
    expect_same(decode(ppm_of(picture)), picture);
  }
}

TEST(Pictures, OfJpegComeBackNearly) {
  for (const std::int32_t channels : {1, 3}) {
    for (const bool progressive : {false, true}) {
      const Picture picture = gradient(channels, 24, 40);
      const Picture found = decode(jpeg_of(picture, progressive));
      EXPECT_EQ(found.channels, channels);
      EXPECT_EQ(found.height, 24);
      EXPECT_EQ(found.width, 40);
      EXPECT_LE(largest_difference(found, picture), 4);  // two roundings of YCbCr, halved chroma
    }
  }
}

TEST(Pictures, OfPngLoseTransparencyPalettesAndSixteenBits) {
  std::vector<std::uint8_t> rgba;
  std::vector<std::uint8_t> rgb;
  for (int i = 0; i < 6; ++i) {
    for (const int value : {i, 10 * i, 250 - i}) {
      rgba.push_back(static_cast<std::uint8_t>(value));
      rgb.push_back(static_cast<std::uint8_t>(value));
    }
    rgba.push_back(static_cast<std::uint8_t>(40 * i));
  }
  const std::vector<std::uint8_t> expected = picture_of_rows(3, 2, 3, rgb).pixels;
  EXPECT_EQ(decode(png_of_rows(PNG_FORMAT_RGBA, 2, 3, rgba)).pixels, expected);

  png_image image{};  // two of three colours of a palette, one half transparent
  image.version = PNG_IMAGE_VERSION;
  image.format = PNG_FORMAT_RGBA_COLORMAP;
  image.width = 2;
  image.height = 1;
  image.colormap_entries = 3;
  const std::vector<std::uint8_t> palette = {1, 2, 3, 255, 4, 5, 6, 128, 7, 8, 9, 255};
  const std::vector<std::uint8_t> indices = {1, 2};
  std::string file(1000, '\0');
  png_alloc_size_t size = file.size();
  ASSERT_NE(
      png_image_write_to_memory(&image, file.data(), &size, 0, indices.data(), 0, palette.data()),
      0);
  file.resize(size);
  EXPECT_EQ(decode(file).pixels, (std::vector<std::uint8_t>{4, 7, 5, 8, 6, 9}));

  const std::vector<std::uint16_t> deep = {0, 65535, 257 * 100};  // linear light, stored as it is
  png_image sixteen{};
  sixteen.version = PNG_IMAGE_VERSION;
  sixteen.format = PNG_FORMAT_LINEAR_Y;
  sixteen.width = 3;
  sixteen.height = 1;
  file.assign(1000, '\0');
  size = file.size();
  ASSERT_NE(png_image_write_to_memory(&sixteen, file.data(), &size, 0, deep.data(), 0, nullptr), 0);
  file.resize(size);
  EXPECT_EQ(decode(file).pixels, (std::vector<std::uint8_t>{0, 255, 100}));
}

TEST(Pictures, OfPixmapsAreStretchedToTheirLargestValue) {
  EXPECT_EQ(decode("P5 4 1 3\n" + std::string("\0\1\2\3", 4)).pixels,
            (std::vector<std::uint8_t>{0, 85, 170, 255}));
}

TEST(Pictures, OfNoKnownFormatAreRefused) {
  const auto expect_refusal = [](const std::string& file, const std::string& part) {
    expect_error(ErrorCode::invalid_data, part, [&] { std::ignore = decode(file); });
  };
  expect_refusal("", "it: is empty; expected a JPEG, PNG, PPM or PGM picture");
  expect_refusal("GIF89a", "is no picture of a known format");
  expect_refusal("P5 x", "expected a number in its header");
  expect_refusal("P5 1 1 255", "ends within its header");
  expect_refusal("P5 1 1 65535\nxx", "its largest value is 65535; expected 1 to 255");
  expect_refusal("P5 1 1 7\nx", "a value 120 beyond its largest, 7");
  expect_refusal("P5 2 1 255\nx", "1 bytes of pixels; expected 2 × 1 × 1");
  expect_refusal("P5 2 1 255\nxxx", "3 bytes of pixels; expected 2 × 1 × 1");
  expect_refusal("P6 0 1 255\n", "0 × 1 pixels");
  expect_refusal("P6 99999999999999999999 1 255\n", "1000000 × 1 pixels; expected sides from 1");
  expect_refusal("P6 16384 16384 255\n", "at most 67108864 pixels in all");
  expect_refusal(jpeg_of_rows(std::vector<std::uint8_t>(64), 4, 4, {.space = JCS_CMYK}),
                 "a JPEG of 4 colour components; expected 1 (grey) or 3; convert it to RGB");
}

/// The header is true to its checksum: what is refused is the size.
TEST(Pictures, OfAbsurdSizeAreRefusedBeforeTheyAreDecoded) {
  std::string png = png_of(noise(3, 4, 4, 1));
  const auto with_size = [&](std::uint32_t width, std::uint32_t height) {
    std::string changed = png;
    changed.replace(16, 8, big_endian(width) + big_endian(height));
    const auto* chunk = reinterpret_cast<const Bytef*>(changed.data()) + 12;
    return changed.replace(29, 4, big_endian(static_cast<std::uint32_t>(crc32(0, chunk, 17))));
  };
  expect_same(decode(with_size(4, 4)), noise(3, 4, 4, 1));
  for (const auto& file : {with_size(0x7fffffff, 1), with_size(16384, 16384), with_size(0, 4)}) {
    expect_error(ErrorCode::invalid_data, "it: ", [&] { std::ignore = decode(file); });
  }
  std::string jpeg = jpeg_of(noise(1, 8, 8, 1));
  const std::size_t frame = jpeg.find("\xff\xc0");  // marker, length 2, precision 1, height, width
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xff\xdc\xff\xdc");
  expect_error(ErrorCode::invalid_data, "65500 × 65500 pixels",
               [&] { std::ignore = decode(jpeg); });
}

// --- scaling -------------------------------------------------------------------------------------

/// Every pixel of the source repeated side × side times, then blocks of source × source averaged.
Picture slow_square_of(const Picture& picture, std::int32_t side) {
  const std::int32_t source = std::min(picture.height, picture.width);
  const std::int32_t top = (picture.height - source) / 2;
  const std::int32_t left = (picture.width - source) / 2;
  Picture result{.channels = picture.channels, .height = side, .width = side, .pixels = {}};
  for (std::int32_t c = 0; c < picture.channels; ++c) {
    const auto fine = [&](std::int32_t y, std::int32_t x) {
      const std::int32_t row = c * picture.height + top + y / side;
      return int{picture.pixels[static_cast<std::size_t>(row * picture.width + left + x / side)]};
    };
    for (std::int32_t i = 0; i < side * side; ++i) {
      std::int64_t sum = 0;
      for (std::int32_t y = i / side * source; y < (i / side + 1) * source; ++y) {
        for (std::int32_t x = i % side * source; x < (i % side + 1) * source; ++x)
          sum += fine(y, x);
      }
      const std::int64_t area = std::int64_t{source} * source;
      result.pixels.push_back(static_cast<std::uint8_t>((2 * sum + area) / (2 * area)));
    }
  }
  return result;
}

TEST(AreaScaling, EqualsTheMeanOfFinePixels) {
  for (const auto& [height, width] : {std::pair{7, 7}, {5, 9}, {10, 3}, {1, 1}, {12, 13}}) {
    const Picture picture = noise(3, height, width, 7);
    for (const std::int32_t side : {1, 2, 3, 5, 7, 12, 16})
      expect_same(square_of(picture, side), slow_square_of(picture, side));
  }
}

TEST(AreaScaling, KeepsASquareOfItsOwnSize) {
  const Picture picture = noise(3, 6, 6, 1);
  expect_same(square_of(picture, 6), picture);
}

}  // namespace
}  // namespace ecnas::train
