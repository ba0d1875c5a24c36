#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace ecnas::table::tfrecord {

/// How a field of a protobuf message is stored. Groups (3 and 4) are obsolete and refused.
enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// Reads a protobuf message field by field, without building anything. Once something is wrong,
/// `next` returns false and `fault` says what. Save for groups it takes what protobuf's own reader
/// takes: tags and lengths of at most 5 bytes, numbers of at most 10, whose bits beyond 32 and 64
/// are lost.
class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> message)
      : at_(message.data()), end_(message.data() + message.size()) {}

  /// Reads the next field whole. @return false at the end of the message and on a fault
  bool next() {
    if (at_ == end_ || !fault_.empty()) return false;
    std::uint64_t varint = 0;
    if (!read_varint<kShortBytes>(varint)) return false;
    const auto tag = static_cast<std::uint32_t>(varint);
    field_ = tag >> 3U;
    if (field_ == 0) return fail("a field has the number 0");
    type_ = static_cast<WireType>(tag & 7U);
    switch (type_) {
      case WireType::varint:
        return read_varint<kLongBytes>(number_);
      case WireType::fixed64:
        return read_fixed(sizeof(std::uint64_t));
      case WireType::fixed32:
        return read_fixed(sizeof(std::uint32_t));
      case WireType::bytes:
        return read_bytes();
    }
    return fail("a field is of an unknown kind");
  }

  [[nodiscard]] std::uint32_t field() const { return field_; }
  [[nodiscard]] bool is(WireType type) const { return type_ == type; }

  /// The field's value. @pre `is` of the type that it stands for @{
  [[nodiscard]] std::uint64_t varint() const { return number_; }
  [[nodiscard]] double real() const { return std::bit_cast<double>(number_); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  /// @}

  [[nodiscard]] std::string_view fault() const { return fault_; }

 private:
  static constexpr unsigned kShortBytes = 5;
  static constexpr unsigned kLongBytes = 10;

  bool fail(std::string_view fault) {
    fault_ = fault;
    return false;
  }

  template <unsigned kMaxBytes>
  bool read_varint(std::uint64_t& number) {
    number = 0;
    for (unsigned place = 0; place < kMaxBytes; ++place) {
      if (at_ == end_) return fail("the message ends within a varint");
      const auto byte = std::to_integer<std::uint64_t>(*at_++);
      number |= (byte & 0x7FU) << (7 * place);
      if (byte < 0x80) return true;
    }
    return fail("a varint has too many bytes");
  }

  bool read_fixed(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) return fail("the message ends within a field");
    number_ = 0;
    std::memcpy(&number_, at_, size);
    at_ += size;
    return true;
  }

  bool read_bytes() {
    std::uint64_t size = 0;
    if (!read_varint<kShortBytes>(size)) return false;
    if (size > static_cast<std::uint64_t>(end_ - at_)) {
      return fail("a field is longer than its message");
    }
    bytes_ = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }

  const std::byte* at_;
  const std::byte* end_;
  std::uint32_t field_ = 0;
  WireType type_ = WireType::varint;
  std::uint64_t number_ = 0;
  std::span<const std::byte> bytes_;
  std::string_view fault_;
};

/// Writes a protobuf message field by field.
class WireWriter {
 public:
  void varint(std::uint32_t field, std::uint64_t value) {
    tag(field, WireType::varint);
    append_varint(value);
  }
  void real(std::uint32_t field, double value) {
    tag(field, WireType::fixed64);
    message_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void bytes(std::uint32_t field, std::string_view value) {
    tag(field, WireType::bytes);
    append_varint(value.size());
    message_ += value;
  }

  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  void tag(std::uint32_t field, WireType type) {
    append_varint(std::uint64_t{field} << 3U | static_cast<std::uint64_t>(type));
  }
  void append_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U)
      message_ += static_cast<char>(value | 0x80U);
    message_ += static_cast<char>(value);
  }

  std::string message_;
};

}  // namespace ecnas::table::tfrecord
