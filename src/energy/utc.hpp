#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ecnas::energy {

/// Unix seconds of a time as RFC 3339 has it, "2024-03-01T12:00:00.5+01:00"; a space may stand for
/// the T, and seconds may be left out. One without an offset is refused unless UTC is understood.
[[nodiscard]] std::optional<double> parse_time(std::string_view text,
                                               bool is_utc_understood = false);

/// "2024-03-01T11:00:00Z"; whole seconds, rounded down. @pre a year from 0 to 9999
[[nodiscard]] std::string utc_text(double unix_s);

}  // namespace ecnas::energy
