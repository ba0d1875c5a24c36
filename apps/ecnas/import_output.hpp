#pragma once
/// What an import tells: shared by `ecnas import` and `ecnas fetch`.

#include <string>

#include "command.hpp"
#include "ecnas/table/import.hpp"

namespace ecnas::app {

/// @param output  the table's file
[[nodiscard]] Json import_json(const table::Imported& imported, const std::string& output);
void print_import(const table::Imported& imported, const std::string& output);

}  // namespace ecnas::app
