#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/table/table.hpp"

namespace ecnas::table {

enum class ExportFormat {
  csv,
  jsonl,
  table,
  ecnas_tfrecord,       ///< what EC-NAS's published class reads
  nasbench101_tfrecord  ///< what NAS-Bench-101's published class reads
};
[[nodiscard]] std::string_view name(ExportFormat format);
[[nodiscard]] std::optional<ExportFormat> parse_export_format(std::string_view text);

/// Which part of a table. Empty lists and absent fields: everything.
struct Subset {
  std::optional<unsigned> max_vertices;
  std::vector<std::int32_t> epochs;
  std::vector<std::string> metrics;
};

/// Writes the subset: CSV and JSON Lines hold one row a (cell, budget, repeat) that has a value;
/// numbers are the shortest text that reads back as the stored float.
/// @throws Error{not_found} for an epoch or metric that the table lacks, or when nothing is left;
/// Error{io_failure}
/// @return what of the subset the format cannot hold, a sentence each
std::vector<std::string> export_table(const Table& table, ExportFormat format, const Subset& subset,
                                      const std::filesystem::path& path);

/// The subset as a table of its own.
[[nodiscard]] Table subset_of(const Table& table, const Subset& subset);

}  // namespace ecnas::table
