#include "energy/log_messages.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::energy {
namespace {

constexpr std::string_view kTimePattern = "dddd-dd-dd dd:dd:dd - ";
static_assert(kTimePattern.size() == kTimeSize);

constexpr double kMaxDurationS = 1e9;

}  // namespace

bool has_time(std::string_view line) {
  if (line.size() < kTimePattern.size()) return false;
  for (std::size_t i = 0; i < kTimePattern.size(); ++i) {
    const bool is_digit = line[i] >= '0' && line[i] <= '9';
    if (kTimePattern[i] == 'd' ? !is_digit : line[i] != kTimePattern[i]) return false;
  }
  return true;
}

void wrong(const LogText& log, std::size_t line, std::string_view text) {
  fail(ErrorCode::invalid_data, "{}:{}: {}", log.name, line, text);
}

std::vector<LogMessage> messages_of(const LogText& log) {
  constexpr std::size_t kMaxMessage = 1 << 16;
  constexpr std::size_t kDash = 3;  // " - "
  if (log.text.empty()) wrong(log, 1, "empty");
  std::vector<LogMessage> messages;
  std::size_t number = 0;
  for (std::string_view left = log.text; !left.empty();) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    std::string_view line = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (has_time(line)) {
      messages.push_back({.line = number,
                          .time = line.substr(0, kTimePattern.size() - kDash),
                          .text = std::string(line.substr(kTimePattern.size()))});
    } else if (messages.empty()) {
      wrong(log, number, "it begins with no time");
    } else {
      messages.back().text += '\n';
      messages.back().text += line;
    }
    if (messages.back().text.size() > kMaxMessage) wrong(log, number, "a message beyond 64 KiB");
  }
  return messages;
}

std::optional<std::string_view> after(std::string_view text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return std::nullopt;
  return text.substr(beginning.size());
}

std::string_view up_to(std::string_view text, std::string_view stops) {
  return text.substr(0, text.find_first_of(stops));
}

std::optional<double> parse_duration(std::string_view text) {
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  const auto parts = split(text, ':');
  if (parts.size() != 3 || text.find('-') != std::string_view::npos) return std::nullopt;
  const auto hours = parse_integer(parts[0]);
  const auto minutes = parse_integer(parts[1]);
  const auto seconds = parse_real(parts[2]);
  if (!hours || !minutes || !seconds || *minutes > 59 || !(*seconds >= 0 && *seconds < 61)) {
    return std::nullopt;
  }
  const double duration =
      static_cast<double>(*hours) * kHour + static_cast<double>(*minutes) * kMinute + *seconds;
  return duration <= kMaxDurationS ? std::optional(duration) : std::nullopt;
}

std::optional<double> parse_within(std::string_view text, double greatest) {
  const std::optional<double> value = parse_real(text);
  return value && *value >= 0 && *value <= greatest ? value : std::nullopt;
}

}  // namespace ecnas::energy
