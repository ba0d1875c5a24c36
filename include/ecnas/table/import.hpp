#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/table/builder.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::table {

enum class ImportFormat {
  csv,       ///< the CSV of docs/formats/csv.md, plain or compressed
  results,   ///< raw results.json: one file, a folder tree or an archive of it
  table,     ///< our own format
  tfrecord,  ///< NAS-Bench-101's and EC-NAS's published files (docs/formats/tfrecord.md)
};
[[nodiscard]] std::string_view name(ImportFormat format);
[[nodiscard]] std::optional<ImportFormat> parse_import_format(std::string_view text);

struct ImportOptions {
  std::optional<ImportFormat> format;    ///< absent: recognised from the content
  std::optional<double> pue;             ///< PUE of the energies, where the source does not say
  std::optional<Provenance> provenance;  ///< of energies, times and emissions, where not known
  /// Tables or files whose accuracies, with all repeats, take the place of the sources' own.
  std::vector<std::filesystem::path> join;
  bool strict = false;      ///< findings are errors
  bool keep_going = false;  ///< damaged records are findings, and the end of a cut file is one
  /// With `keep_going`: called for a results.json that is left out, with the reason.
  std::function<void(const std::filesystem::path&, const std::string&)> damaged;
  unsigned threads = 0;                  ///< 0: one per core
  std::function<void(double)> progress;  ///< called with the share of a large source that is read
};

/// Something odd that was found in a source, by kind.
struct ImportFinding {
  std::string kind;         ///< "wrong_hash", for programs
  std::string description;  ///< "records have a hash that is not their graph's; left out"
  std::size_t count = 0;
  std::vector<std::string> examples;  ///< the first three, with record and values
};

/// What an import did, for people and for `--json`.
struct ImportSummary {
  ImportFormat format;             ///< of the last source
  std::size_t rows = 0;            ///< CSV rows or results files read
  std::size_t values = 0;          ///< stored
  std::size_t duplicates = 0;      ///< identical repetitions, ignored
  std::vector<std::string> notes;  ///< what was inferred (PUE, scaled values), skipped, or odd
  std::vector<ImportFinding> findings;
};

struct Imported {
  Table table;
  ImportSummary summary;
};

/// Reads sources into one table. Formats are recognised by content, never by name; a compressed CSV
/// (gzip, xz, bzip2, zstd) and an archive of results (tar, zip) are read without unpacking to disk.
/// Accuracies of `join` then take the place of the sources' own.
/// @throws Error{not_found}, Error{io_failure}; Error{invalid_data} with file and line (member,
/// record and byte) and both values for anything that contradicts the space, itself or another
/// source, save findings without `strict`, and for a `join` without a cell and budget in common;
/// Error{invalid_argument} when sources of different PUE are mixed.
[[nodiscard]] Imported import_tables(std::span<const std::filesystem::path> sources,
                                     const ImportOptions& options = {});

}  // namespace ecnas::table
