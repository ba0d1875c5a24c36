#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ecnas::app {

/// What a file was like when it was first downloaded.
struct PinnedDigest {
  std::string sha256;
  std::uint64_t bytes = 0;
};

/// The file that keeps them: pinned-digests.json in the user's data directory (XDG base directory
/// specification). @throws Error{invalid_data} in every function, if it is not what we write
class PinnedDigests {
 public:
  /// @throws Error{io_failure} if the user has no data directory and none can be made
  PinnedDigests();

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] std::optional<PinnedDigest> find(std::string_view name) const;

  /// In place of what may be pinned under this name. @throws Error{io_failure}
  void pin(const std::string& name, const PinnedDigest& digest) const;

 private:
  std::filesystem::path file_;
};

}  // namespace ecnas::app
