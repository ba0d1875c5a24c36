#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ecnas::table {

/// Walks an archive (tar, zip; gzip, bzip2, xz, lzma, zstd or nothing around it) member by member,
/// nothing unpacked to disk. Anything that is no archive is one member: the bytes themselves,
/// decompressed.
class ArchiveReader {
 public:
  /// @param bytes  outlive the reader
  /// @param name   stands in messages for the file's
  ArchiveReader(std::span<const std::byte> bytes, std::string_view name);
  ArchiveReader(ArchiveReader&&) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) noexcept;
  ~ArchiveReader();

  /// Moves to the next regular file. @return false at the end
  /// @throws Error{invalid_data} if the archive is damaged, or unpacks to more than 16 GiB
  bool next();

  /// Whether this is no archive but one file. @pre next() was called
  [[nodiscard]] bool is_plain() const;

  /// The member's path within the archive.
  [[nodiscard]] const std::string& path() const;

  /// The member's content. @throws Error{invalid_data} if damaged or larger than `max_bytes`
  [[nodiscard]] std::string read(std::size_t max_bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ecnas::table
