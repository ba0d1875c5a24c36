// The JSON rows of TFRecord files: whatever is read is written and read again to the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "ecnas/core/error.hpp"
#include "table/tfrecord/row.hpp"

namespace {

using ecnas::table::tfrecord::JsonRow;
using ecnas::table::tfrecord::JsonRowParser;

bool is_plain(std::string_view text) {
  return text.find_first_of("\"\\") == std::string_view::npos &&
         text.find_first_of(std::string_view("\0\1\2\3\4\5\6\7\b\t\n\v\f\r\16\17\20\21\22\23\24\25"
                                             "\26\27\30\31\32\33\34\35\36\37",
                                             32)) == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  JsonRowParser parser;
  JsonRow row;
  if (!parser.parse({reinterpret_cast<const char*>(data), size}, row).empty()) return 0;
  if (!is_plain(row.hash) || !is_plain(row.adjacency) || !is_plain(row.operations) ||
      !is_plain(row.message)) {
    return 0;
  }
  const std::string written = encode_row(row);
  JsonRowParser again;
  JsonRow same;
  ECNAS_ASSERT(again.parse(written, same).empty());
  ECNAS_ASSERT(same.hash == row.hash && same.epochs == row.epochs &&
               same.adjacency == row.adjacency && same.operations == row.operations &&
               same.message == row.message);
  return 0;
}
