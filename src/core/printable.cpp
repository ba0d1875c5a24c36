#include "ecnas/core/printable.hpp"

#include <algorithm>

namespace ecnas {

std::string printable(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(
      result, [](char character) { return character < ' ' || character > '~'; }, '?');
  return result;
}

}  // namespace ecnas
