#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ecnas::sweep {

/// Writes a file beside its place and renames it there: whole or not at all, also when many do so
/// at once. Not flushed to the device: for what can be found out again.
/// @param beside  where it is written first, on the same file system, if not beside its place: so
/// that
///                what a kill leaves is found by the writer's name
/// @throws Error{io_failure}
void put_file(const std::filesystem::path& target, std::string_view text,
              std::filesystem::path beside = {});

/// Makes an empty file if it is not there. @throws Error{io_failure}
void touch(const std::filesystem::path& target);

/// A small file's text; absent if it is not there or cannot be read.
[[nodiscard]] std::optional<std::string> small_file(const std::filesystem::path& file);

/// Whether something of that name is there. @throws Error{io_failure} if that cannot be told
[[nodiscard]] bool is_there(const std::filesystem::path& path);

/// Removes it if it is there. @throws Error{io_failure}
void remove_file(const std::filesystem::path& file);

/// Why the last call of the system's failed, as an error about a path.
[[noreturn]] void fail_io(const std::filesystem::path& path, std::string_view what, int error);

}  // namespace ecnas::sweep
