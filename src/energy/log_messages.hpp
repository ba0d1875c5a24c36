#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::energy {

struct LogText {
  std::string name;  ///< stands in messages for the file's
  std::string_view text;
};

/// "2024-03-01 12:00:00 - MESSAGE", and the lines after it that begin with no time.
struct LogMessage {
  std::size_t line = 0;   ///< from 1
  std::string_view time;  ///< "2024-03-01 12:00:00"
  std::string text;
};

/// How many characters a time and the dash after it take.
inline constexpr std::size_t kTimeSize = std::string_view("2024-03-01 12:00:00 - ").size();

/// Whether a line begins with a time and a dash.
[[nodiscard]] bool has_time(std::string_view line);

/// All messages of a log, at least one.
/// @throws Error{invalid_data} for a first line without a time, and for a message beyond 64 KiB
[[nodiscard]] std::vector<LogMessage> messages_of(const LogText& log);

/// What follows a beginning, if the text has it.
[[nodiscard]] std::optional<std::string_view> after(std::string_view text,
                                                    std::string_view beginning);

/// A text up to one of these characters, or all of it.
[[nodiscard]] std::string_view up_to(std::string_view text, std::string_view stops);

/// Seconds of "H:MM:SS" or "H:MM:SS.SS", up to 10⁹.
[[nodiscard]] std::optional<double> parse_duration(std::string_view text);

/// A number from 0 to `greatest`.
[[nodiscard]] std::optional<double> parse_within(std::string_view text, double greatest);

/// @throws Error{invalid_data}
[[noreturn]] void wrong(const LogText& log, std::size_t line, std::string_view text);

}  // namespace ecnas::energy
