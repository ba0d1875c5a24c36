#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "table/archive.hpp"
#include "table/import_source.hpp"

namespace ecnas::table {

/// Raw results.json files, as docs/formats/results.md describes them, from an archive (positioned
/// on its first member), a folder tree, or one file alone (its path says which cell it is of).
/// @throws Error{invalid_data} naming archive member or file and key @{
SourceFacts import_results_archive(ArchiveReader archive, std::string_view name,
                                   const ImportOptions& options, TableBuilder& builder,
                                   ImportSummary& summary);
SourceFacts import_results_folder(const std::filesystem::path& folder, const ImportOptions& options,
                                  TableBuilder& builder, ImportSummary& summary);
SourceFacts import_results_file(std::string_view text, const std::filesystem::path& path,
                                const ImportOptions& options, TableBuilder& builder,
                                ImportSummary& summary);
/// @}

}  // namespace ecnas::table
