#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ecnas/table/table.hpp"

namespace ecnas::table {

struct BuiltinTable {
  std::string_view name;         ///< `space-7v`
  std::string_view description;  ///< one line: what it holds and what it does not
};

/// Tables that need no file. `space-4v`, `space-5v`, `space-7v`: every cell with its exact
/// parameters and no metric at all: objectives are those of the architecture alone. `fashion-4v`:
/// all cells of at most 4 vertices, trained by this project (docs/fashion-4v.md).
[[nodiscard]] std::span<const BuiltinTable> builtin_tables();

/// @return absent if no built-in table has this name.
[[nodiscard]] std::optional<Table> builtin_table(std::string_view name);

}  // namespace ecnas::table
