#include "report/page_codec.hpp"

#include <zlib.h>

#include <algorithm>

#include <array>

#include "ecnas/core/error.hpp"
#include "report/captions.hpp"

namespace ecnas::report {
namespace {

template <typename Word>
std::vector<std::uint8_t> planes_of(std::span<const Word> words) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(words.size() * sizeof(Word));
  for (std::size_t plane = 0; plane < sizeof(Word); ++plane) {
    for (const Word word : words)
      bytes.push_back(static_cast<std::uint8_t>(word >> (8 * plane) & 0xFFU));
  }
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> planes(std::span<const std::uint16_t> words) {
  return planes_of(words);
}

std::vector<std::uint8_t> planes(std::span<const std::uint32_t> words) {
  return planes_of(words);
}

std::string deflated(std::span<const std::uint8_t> bytes) {
  uLongf size = compressBound(bytes.size());
  std::string stream(size, '\0');
  const int status =
      compress2(reinterpret_cast<Bytef*>(stream.data()), &size, bytes.data(), bytes.size(), 9);
  ECNAS_ASSERT(status == Z_OK);  // the buffer is as large as zlib asks for
  stream.resize(size);
  return stream;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8 | (k < count ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= count ? kDigits[word >> (18 - 6 * k) & 63U] : '=';
  }
  return text;
}

std::string json_in_html(const Json& document) {
  const std::string text = document.dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    // Outside strings JSON has no '<'.
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string html(std::string_view text) {
  std::string safe;
  for (const char c : clean(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace ecnas::report
