// Any text either is a cell, whose own text then reads back as the same cell, or is refused as an
// invalid argument in one printable line.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/space/hash.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ecnas;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const space::Cell cell = space::parse_cell(text);
    ECNAS_ASSERT(space::parse_cell(space::to_text(cell)) == cell);
    ECNAS_ASSERT(space::hash_of(space::canonical(cell)) == space::hash_of(cell));
  } catch (const Error& error) {
    ECNAS_ASSERT(error.code() == ErrorCode::invalid_argument);
    for (const char c : std::string_view(error.what()))
      ECNAS_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  }
  return 0;
}
