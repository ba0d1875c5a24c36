#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ecnas/sweep/lease.hpp"
#include "ecnas/sweep/store.hpp"

namespace ecnas::sweep {

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
