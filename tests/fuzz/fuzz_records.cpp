// Whole TFRecord files through the importer, strict and not: a table, or one clear error. The first
// byte says whether the checksums are made right, so that what is behind them is reached.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ecnas/core/error.hpp"
#include "table/import_context.hpp"
#include "table/tfrecord/framing.hpp"
#include "table/tfrecord/import.hpp"

namespace {

using namespace ecnas::table;
using ecnas::table::tfrecord::masked_crc;

constexpr std::size_t kMaxRecordBytes = 4096;

/// Makes the checksums of a file's records those of its bytes, as far as lengths make sense.
void mend_checksums(std::vector<std::byte>& file) {
  using ecnas::table::tfrecord::kFooterBytes;
  using ecnas::table::tfrecord::kHeaderBytes;
  for (std::size_t at = 0; at + kHeaderBytes + kFooterBytes <= file.size();) {
    const std::span<std::byte> left = std::span(file).subspan(at);
    std::uint64_t length = 0;
    std::memcpy(&length, left.data(), sizeof(length));
    length = std::min<std::uint64_t>(length % kMaxRecordBytes,
                                     left.size() - kHeaderBytes - kFooterBytes);
    std::memcpy(left.data(), &length, sizeof(length));
    const std::uint32_t length_crc = masked_crc(left.first(sizeof(length)));
    std::memcpy(left.data() + sizeof(length), &length_crc, sizeof(length_crc));
    const std::uint32_t crc = masked_crc(left.subspan(kHeaderBytes, length));
    std::memcpy(left.data() + kHeaderBytes + length, &crc, sizeof(crc));
    at += kHeaderBytes + length + kFooterBytes;
  }
}

void import(std::span<const std::byte> file, bool strict, bool keep_going) {
  ImportOptions options;
  options.strict = strict;
  options.keep_going = keep_going;
  options.threads = 1;
  TableBuilder builder{Metadata{}};
  ImportSummary summary{};
  Agreement agreement;
  ImportContext context{options, agreement, builder, summary};
  try {
    tfrecord::import_records(file, false, "fuzz", context);
    builder.metadata() = agreement.metadata();
    (void)builder.build("fuzz");
  } catch (const ecnas::Error&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<std::byte> file(size - 1);
  std::memcpy(file.data(), data + 1, file.size());
  if ((data[0] & 1U) != 0) mend_checksums(file);
  import(file, (data[0] & 2U) != 0, (data[0] & 4U) != 0);
  return 0;
}
