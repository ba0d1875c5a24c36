#pragma once

#include <string>
#include <string_view>

namespace ecnas {

/// A text of a file or a device as a terminal and JSON may have it: whatever is no printable ASCII
/// is a '?', byte by byte.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace ecnas
