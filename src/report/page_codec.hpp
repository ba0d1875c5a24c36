#pragma once
/// Bytes of a page's data: planes, deflate, base64, JSON that can stand in HTML.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/layers.hpp"

namespace ecnas::report {

/// Numbers as bytes, least significant bytes of all first, then the next: what deflate likes.
/// @{
[[nodiscard]] std::vector<std::uint8_t> planes(std::span<const std::uint16_t> words);
[[nodiscard]] std::vector<std::uint8_t> planes(std::span<const std::uint32_t> words);
/// @}

/// A zlib stream (RFC 1950). The same bytes give the same stream with the same zlib.
[[nodiscard]] std::string deflated(std::span<const std::uint8_t> bytes);

/// With padding (RFC 4648).
[[nodiscard]] std::string base64(std::string_view bytes);

/// The document on one line, in ASCII, without '<': nothing in it can end the element around it.
/// Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_in_html(const Json& document);

/// `text` for HTML, between tags or in a quoted attribute; cleaned as figures clean theirs.
[[nodiscard]] std::string html(std::string_view text);

}  // namespace ecnas::report
