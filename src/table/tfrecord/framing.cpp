#include "table/tfrecord/framing.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "ecnas/core/crc32c.hpp"

namespace ecnas::table::tfrecord {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t kMaskDelta = 0xA282EAD8;
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

template <typename Number>
Number number_at(std::span<const std::byte> bytes, std::size_t offset) {
  Number number{};
  std::memcpy(&number, bytes.data() + offset, sizeof(number));
  return number;
}

template <typename Number>
void append(std::string& buffer, Number number) {
  buffer.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

}  // namespace

std::uint32_t masked_crc(std::span<const std::byte> bytes) {
  return std::rotr(crc32c(bytes), 15) + kMaskDelta;
}

std::optional<Record> RecordWalk::stop(std::string what) {
  damage_ = Damage{number_, offset_, std::move(what)};
  return std::nullopt;
}

std::optional<Record> RecordWalk::next() {
  if (damage_ || offset_ == file_.size()) return std::nullopt;
  const std::size_t left = file_.size() - offset_;
  if (left < kHeaderBytes) {
    return stop(fmt::format("the file ends {} bytes into its header of {}", left, kHeaderBytes));
  }
  const auto length_bytes = file_.subspan(offset_, kLengthBytes);
  const auto length = number_at<std::uint64_t>(length_bytes, 0);
  const auto stored = number_at<std::uint32_t>(file_, offset_ + kLengthBytes);
  if (const std::uint32_t computed = masked_crc(length_bytes); computed != stored) {
    return stop(fmt::format("the checksum of its length is {:#010x} but that of {} is {:#010x}",
                            stored, length, computed));
  }
  if (length > left - kHeaderBytes || left - kHeaderBytes - length < kFooterBytes) {
    return stop(fmt::format("its length is {} but only {} bytes of the file follow", length,
                            left - kHeaderBytes));
  }
  const Record record{number_, offset_, file_.subspan(offset_ + kHeaderBytes, length),
                      number_at<std::uint32_t>(file_, offset_ + kHeaderBytes + length)};
  offset_ += kHeaderBytes + length + kFooterBytes;
  ++number_;
  return record;
}

bool looks_like_records(std::span<const std::byte> file) {
  if (file.size() < kHeaderBytes) return false;
  if (masked_crc(file.first(kLengthBytes)) == number_at<std::uint32_t>(file, kLengthBytes)) {
    return true;
  }
  return file.size() > kHeaderBytes + 1 && file[kHeaderBytes] == std::byte{'['} &&
         file[kHeaderBytes + 1] == std::byte{'"'};
}

void RecordWriter::write(std::string_view payload) {
  const std::uint64_t length = payload.size();
  append(buffer_, length);
  append(buffer_, masked_crc(std::as_bytes(std::span(&length, 1))));
  buffer_ += payload;
  append(buffer_, masked_crc(std::as_bytes(std::span(payload))));
  if (buffer_.size() < kWriteBytes) return;
  file_.write(buffer_);
  buffer_.clear();
}

void RecordWriter::commit() {
  file_.write(buffer_);
  file_.commit();
}

}  // namespace ecnas::table::tfrecord
