#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "table/archive.hpp"
#include "table/import_context.hpp"

namespace ecnas::table {

/// Raw results.json files, as docs/formats/results.md describes them, from an archive (positioned
/// on its first member), a folder tree, or one file alone (its path says which cell it is of).
/// @throws Error{invalid_data} naming archive member or file and key @{
void import_results_archive(ArchiveReader archive, std::string_view name, ImportContext& context);
void import_results_folder(const std::filesystem::path& folder, ImportContext& context);
void import_results_file(std::string_view text, const std::filesystem::path& path,
                         ImportContext& context);
/// @}

}  // namespace ecnas::table
