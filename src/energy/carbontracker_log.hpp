#pragma once

#include <optional>
#include <string_view>

#include "ecnas/energy/measurement.hpp"
#include "energy/log_messages.hpp"

namespace ecnas::energy {

enum class CarbontrackerLog {
  standard,  ///< epochs with durations and powers: NAME_carbontracker.log
  output,    ///< what was used and predicted: NAME_carbontracker_output.log
};

/// Which of carbontracker's logs it is, by its first line; absent for neither.
[[nodiscard]] std::optional<CarbontrackerLog> carbontracker_log(std::string_view text);

/// One training, of versions 1 and 2. With the standard log: components by device and epochs as
/// spans, their energy average power × duration, without PUE. With the output log alone: one
/// component of the whole.
/// @param errors  what NAME_carbontracker_err.log holds; it tells modelled processors
/// @pre a standard log, an output log or both
/// @throws Error{invalid_data} with the line
[[nodiscard]] Measurement read_carbontracker(const std::optional<LogText>& standard,
                                             const std::optional<LogText>& output,
                                             std::string_view errors);

}  // namespace ecnas::energy
