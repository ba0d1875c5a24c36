#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ecnas/sweep/lease.hpp"
#include "ecnas/sweep/store.hpp"

namespace ecnas::sweep {

/// Where a worker writes a file of its own, or a mark of a run, before renaming it into place.
[[nodiscard]] inline std::filesystem::path part_of(const std::filesystem::path& worker_file) {
  return std::filesystem::path(worker_file) += ".part";
}

/// The small files of a sweep as text, a line `KEY VALUE` each (docs/formats/sweep.md). What is
/// damaged is absent; of a failure, its kind is "unknown". @{
[[nodiscard]] std::string to_text(const Failure& failure);
[[nodiscard]] Failure parse_failure(std::string_view text);
[[nodiscard]] std::string to_text(const DoneRecord& record);
[[nodiscard]] std::optional<DoneRecord> parse_done_record(std::string_view text);
[[nodiscard]] std::string to_text(const WorkerIdentity& identity);
[[nodiscard]] std::optional<WorkerIdentity> parse_identity(std::string_view text);
/// @}

}  // namespace ecnas::sweep
