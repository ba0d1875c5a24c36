#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/table/builder.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::table {

enum class ImportFormat {
  csv,      ///< the CSV of docs/formats/csv.md, plain or compressed
  results,  ///< raw results.json: one file, a folder tree or an archive of it
  table,    ///< our own format
};
[[nodiscard]] std::string_view name(ImportFormat format);
[[nodiscard]] std::optional<ImportFormat> parse_import_format(std::string_view text);

struct ImportOptions {
  std::optional<ImportFormat> format;    ///< absent: recognised from the content
  std::optional<double> pue;             ///< PUE of the energies, where the source does not say
  std::optional<Provenance> provenance;  ///< of energies, times and emissions, where not known
};

/// What an import did, for people and for `--json`.
struct ImportSummary {
  ImportFormat format;             ///< of the last source
  std::size_t rows = 0;            ///< CSV rows or results files read
  std::size_t values = 0;          ///< stored
  std::size_t duplicates = 0;      ///< identical repetitions, ignored
  std::vector<std::string> notes;  ///< what was inferred (PUE, scaled values), skipped, or odd
};

struct Imported {
  Table table;
  ImportSummary summary;
};

/// Reads sources into one table. Formats are recognised by content, never by name; a compressed CSV
/// (gzip, xz, bzip2, zstd) and an archive of results (tar, zip) are read without unpacking to disk.
/// @throws Error{not_found}, Error{io_failure}; Error{invalid_data} with file and line (or member)
/// and both values for anything that contradicts the space, itself or another source;
/// Error{invalid_argument} when sources of different PUE are mixed.
[[nodiscard]] Imported import_tables(std::span<const std::filesystem::path> sources,
                                     const ImportOptions& options = {});

}  // namespace ecnas::table
