#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::table::tfrecord {

/// Bytes of base64 text (RFC 4648) that may be broken into lines, appended to `bytes`.
/// @return what is wrong with the text; empty: nothing
[[nodiscard]] std::string_view decode_base64(std::string_view text, std::vector<std::byte>& bytes);

/// Base64 in lines of 76 characters, each ended by '\n', as Python's `base64.encodebytes` writes.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

}  // namespace ecnas::table::tfrecord
