#pragma once

#include <string>
#include <string_view>

namespace ecnas::energy {

/// A text of somebody else's file for a record of ours: printable ASCII characters, at most 200;
/// a question mark stands for any other.
[[nodiscard]] inline std::string foreign_text(std::string_view text) {
  constexpr std::size_t kMaxText = 200;
  std::string result(text.substr(0, kMaxText));
  for (char& c : result) {
    if (c < ' ' || c > '~') c = '?';
  }
  return result;
}

}  // namespace ecnas::energy
