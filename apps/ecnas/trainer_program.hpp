#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ecnas::app {

/// A program of that name on PATH, absolute; absent if there is none that can be executed.
[[nodiscard]] std::optional<std::filesystem::path> program_on_path(std::string_view name);

/// This program's file.
[[nodiscard]] std::filesystem::path own_program();

/// `ecnas-train`: the given file, or the one beside this program, or the one on PATH; absolute.
/// @throws Error{missing_dependency} saying how to get it
[[nodiscard]] std::filesystem::path trainer_program(const std::optional<std::string>& given);

}  // namespace ecnas::app
