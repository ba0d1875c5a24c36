// Base64 and protobuf of TFRecord files: a message that is read is written and read again to the
// same bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ecnas/core/error.hpp"
#include "table/tfrecord/base64.hpp"
#include "table/tfrecord/message.hpp"

namespace {

using namespace ecnas::table::tfrecord;

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void check_message(std::span<const std::byte> bytes) {
  TrainingMessage training;
  if (!parse_message(bytes, training).empty()) return;
  const std::string written = encode_message(training, MessageKind::energy);
  TrainingMessage again;
  ECNAS_ASSERT(parse_message(std::as_bytes(std::span(written)), again).empty());
  ECNAS_ASSERT(encode_message(again, MessageKind::energy) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::byte> bytes;
  if (decode_base64(text, bytes).empty()) {
    check_message(bytes);
    const std::string written = encode_base64(text_of(bytes));
    std::vector<std::byte> same;
    ECNAS_ASSERT(decode_base64(written, same).empty() && same == bytes);
  }
  check_message(std::as_bytes(std::span(text)));
  return 0;
}
