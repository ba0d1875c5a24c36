#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ecnas::net {

/// A published table and where it lies.
struct PublishedFile {
  std::string_view name;  ///< what people call it by
  std::string_view base;  ///< address of the folder, with a slash at its end
  std::string_view path;  ///< below `base`
  std::optional<std::uint64_t> bytes;
  std::optional<std::string_view> sha256;  ///< 64 lower-case hexadecimal digits
  std::string_view licence;
  std::string_view contents;  ///< one line

  /// `path` without its folders.
  [[nodiscard]] std::string_view file_name() const;

  /// Its address, or that below `mirror` in place of `base`.
  /// @throws Error{invalid_argument} for a mirror that is no http or https address to append to
  [[nodiscard]] std::string address(const std::optional<std::string>& mirror = {}) const;
};

/// All of them: EC-NAS's, then NAS-Bench-101's.
[[nodiscard]] std::span<const PublishedFile> catalogue();

/// By name, path or file name.
/// @throws Error{not_found} with the nearest name
[[nodiscard]] const PublishedFile& find_published(std::string_view name);

}  // namespace ecnas::net
