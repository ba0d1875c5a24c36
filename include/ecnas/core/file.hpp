#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ecnas {

/// A file mapped read-only into memory. Move-only; the bytes live as long as it does, also when the
/// file is replaced meanwhile (we replace by rename).
class MappedFile {
 public:
  /// @throws Error{not_found} if there is no such file, Error{io_failure} if it cannot be mapped
  /// (a directory, no permission). An empty file maps to no bytes.
  [[nodiscard]] static MappedFile open(const std::filesystem::path& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Tells the system that these mapped bytes are about to be read from end to end, so that it
/// fetches them in one go. A hint: nothing fails.
void expect_reading(std::span<const std::byte> mapped) noexcept;

/// Gives back the memory behind these bytes of a `MappedFile`; who reads them again reads the file
/// again. A hint: nothing fails. @pre mapped, not merely in memory
void forget_mapped(std::span<const std::byte> mapped) noexcept;

/// The whole content of a file.
/// @throws Error{not_found}, Error{io_failure}; Error{invalid_data} if it is larger than
/// `max_bytes`.
[[nodiscard]] std::string read_file(const std::filesystem::path& path,
                                    std::size_t max_bytes = std::size_t{1} << 32);

/// Writes a file beside its target and renames it into place on `commit`: readers see the old
/// content or the new, never a part, and a kill at any moment leaves the old. A target that is not
/// a regular file (`/dev/stdout`, a pipe) is written directly. Without `commit` nothing remains.
class OutputFile {
 public:
  /// @throws Error{io_failure} if the file cannot be created.
  explicit OutputFile(std::filesystem::path target);
  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) noexcept;
  ~OutputFile();

  /// @throws Error{io_failure}, for instance on a full disk.
  void write(std::string_view text);
  void write(std::span<const std::byte> bytes);

  /// Flushes to the device and renames into place. @throws Error{io_failure}
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// `OutputFile` in one call.
void write_file(const std::filesystem::path& target, std::string_view content);

/// Creates a directory and its parents. @throws Error{io_failure}
void make_directory(const std::filesystem::path& path);

}  // namespace ecnas
