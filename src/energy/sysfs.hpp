#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ecnas/core/result.hpp"
#include "ecnas/energy/source.hpp"

namespace ecnas::energy {

/// What a system call's `errno` says of `file`: ENOENT, ENODEV and ENXIO are gone, EACCES and EPERM
/// denied, all others failed.
[[nodiscard]] ReadFailure failure_of(const std::filesystem::path& file, int error);

/// The whole number, of 64 bits with a sign, that a file of one line holds: digits, perhaps with a
/// minus before and a newline behind them, and nothing else. Opens, reads, closes; waits for
/// nothing, a pipe included.
[[nodiscard]] Result<std::int64_t, ReadFailure> read_integer(const std::filesystem::path& file);

/// The first line of a file in printable ASCII (all else is a '?'), without blanks at its ends.
/// Absent if the file cannot be read or is of more than 4,096 bytes.
[[nodiscard]] std::optional<std::string> read_line(const std::filesystem::path& file);

/// Whatever of a directory has names that begin with `prefix`, numbers in them by their value
/// ("hwmon2" before "hwmon10"). Empty if the directory cannot be read; the first 4,096 found if
/// there are more.
[[nodiscard]] std::vector<std::filesystem::path> entries(const std::filesystem::path& directory,
                                                         std::string_view prefix);

/// A file that is read again and again: stays open and is read from its beginning. It is opened
/// anew after a failure, and when its name has gone from its directory.
class NumberFile {
 public:
  explicit NumberFile(std::filesystem::path path) : path_(std::move(path)) {}
  NumberFile(NumberFile&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  NumberFile& operator=(NumberFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  NumberFile(const NumberFile&) = delete;
  NumberFile& operator=(const NumberFile&) = delete;
  ~NumberFile() { close(); }

  /// As `read_integer`.
  [[nodiscard]] Result<std::int64_t, ReadFailure> read();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void close();

  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace ecnas::energy
