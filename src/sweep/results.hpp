#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ecnas/sweep/store.hpp"

namespace ecnas::sweep {

inline constexpr const char* kResultsName = "results.json";
inline constexpr const char* kCheckpointName = "checkpoint.safetensors";
inline constexpr const char* kFailureName = "failure.json";
inline constexpr const char* kLogName = "log.txt";

/// Why a folder's results cannot be the run's: not there, damaged, of another run; or nothing.
[[nodiscard]] std::optional<std::string> fault_of_results(const std::filesystem::path& directory,
                                                          const Run& run);

/// What the results in a folder say; absent if they are not sound results of this run.
[[nodiscard]] std::optional<DoneRecord> record_of_results(const std::filesystem::path& directory,
                                                          const Run& run);

/// What the trainer left as its reason; absent without one that can be read.
[[nodiscard]] std::optional<Failure> failure_in(const std::filesystem::path& directory);

/// The last line that a training said, for messages; empty if it said nothing.
[[nodiscard]] std::string last_words(const std::filesystem::path& directory);

}  // namespace ecnas::sweep
