#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ecnas/core/file.hpp"

namespace ecnas::table::tfrecord {

// TFRecord: per record a length (u64), its masked CRC-32C, the payload, the payload's masked
// CRC-32C; all little-endian.
inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kFooterBytes = 4;

/// CRC-32C as TFRecord stores it: rotated and shifted, so that a checksum of checksums differs.
[[nodiscard]] std::uint32_t masked_crc(std::span<const std::byte> bytes);

/// A record as its frame says; the payload is not checked yet.
struct Record {
  std::size_t number;  ///< from 1
  std::size_t offset;  ///< of its first byte in the file
  std::span<const std::byte> payload;
  std::uint32_t crc;  ///< as stored

  [[nodiscard]] bool is_whole() const { return masked_crc(payload) == crc; }
};

/// Why the bytes at a place are no record.
struct Damage {
  std::size_t number;
  std::size_t offset;
  std::string what;  ///< "its length's checksum is …; expected …"
};

/// Walks over the records of a file: lengths and their checksums, not the payloads. A length is
/// believed only if its checksum is right and the file holds as much.
class RecordWalk {
 public:
  explicit RecordWalk(std::span<const std::byte> file) : file_(file) {}

  /// The next record; absent at the end of the file and where it is damaged.
  [[nodiscard]] std::optional<Record> next();

  /// What ended the walk before the end of the file.
  [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }

  [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
  std::optional<Record> stop(std::string what);

  std::span<const std::byte> file_;
  std::size_t offset_ = 0;
  std::size_t number_ = 1;
  std::optional<Damage> damage_;
};

/// Whether a file begins as TFRecord files of JSON rows do, a damaged first length included.
[[nodiscard]] bool looks_like_records(std::span<const std::byte> file);

/// Writes records into a file, in large pieces.
class RecordWriter {
 public:
  explicit RecordWriter(const std::filesystem::path& path) : file_(path) {}

  /// @throws Error{io_failure}
  void write(std::string_view payload);

  /// @throws Error{io_failure}
  void commit();

 private:
  OutputFile file_;
  std::string buffer_;
};

}  // namespace ecnas::table::tfrecord
