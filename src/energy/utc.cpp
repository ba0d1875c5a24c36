#include "energy/utc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace ecnas::energy {
namespace {

using std::chrono::sys_days;

constexpr int kSecondsPerMinute = 60;
constexpr int kSecondsPerHour = 3600;
constexpr double kSecondsPerDay = 86'400;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes a text apart from its beginning. Once something did not fit, nothing does.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  /// Exactly this many digits.
  int number(std::size_t digits) {
    const std::string_view text = left_.substr(0, digits);
    if (text.size() < digits || !std::ranges::all_of(text, is_digit)) {
      is_good_ = false;
      return 0;
    }
    int value = 0;
    for (const char c : text)
      value = value * 10 + (c - '0');
    left_.remove_prefix(digits);
    return value;
  }

  /// One of these characters.
  void one_of(std::string_view allowed) { expect(take(allowed)); }

  /// The same if it is there.
  bool take(std::string_view allowed) {
    if (left_.empty() || allowed.find(left_.front()) == std::string_view::npos) return false;
    left_.remove_prefix(1);
    return true;
  }

  /// The digits after a decimal point.
  double fraction() {
    double value = 0;
    double unit = 1;
    expect(!left_.empty() && is_digit(left_.front()));
    for (; !left_.empty() && is_digit(left_.front()); left_.remove_prefix(1))
      value += (unit /= 10) * (left_.front() - '0');
    return value;
  }

  void expect(bool condition) { is_good_ &= condition; }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] bool is_at_end() const { return left_.empty(); }

 private:
  std::string_view left_;
  bool is_good_ = true;
};

/// Seconds that the clock there is ahead of UTC; absent if the text does not say.
std::optional<int> scan_offset(Scanner& scanner) {
  if (scanner.take("Zz")) return 0;
  const bool is_ahead = scanner.take("+");
  if (!is_ahead && !scanner.take("-")) return std::nullopt;
  const int hours = scanner.number(2);
  scanner.take(":");
  const int minutes = scanner.number(2);
  const int seconds = hours * kSecondsPerHour + minutes * kSecondsPerMinute;
  scanner.expect(hours <= 23 && minutes <= 59);
  return is_ahead ? seconds : -seconds;
}

}  // namespace

std::optional<double> parse_time(std::string_view text, bool is_utc_understood) {
  Scanner scanner(text);
  const std::chrono::year year(scanner.number(4));
  scanner.one_of("-");
  const std::chrono::month month(static_cast<unsigned>(scanner.number(2)));
  scanner.one_of("-");
  const std::chrono::day day(static_cast<unsigned>(scanner.number(2)));
  scanner.one_of("Tt ");
  const int hour = scanner.number(2);
  scanner.one_of(":");
  const int minute = scanner.number(2);
  double second = 0;
  if (scanner.take(":")) {
    second = scanner.number(2);
    if (scanner.take(".")) second += scanner.fraction();
  }
  const std::optional<int> offset = scan_offset(scanner);
  const std::chrono::year_month_day date = year / month / day;
  if (!scanner.is_good() || !scanner.is_at_end() || !date.ok() || hour > 23 || minute > 59 ||
      second >= 61 || (!offset && !is_utc_understood)) {
    return std::nullopt;
  }
  const auto days = static_cast<double>(sys_days(date).time_since_epoch().count());
  return days * kSecondsPerDay + hour * kSecondsPerHour + minute * kSecondsPerMinute + second -
         offset.value_or(0);
}

std::string utc_text(double unix_s) {
  const double days = std::floor(unix_s / kSecondsPerDay);
  const auto seconds = static_cast<int>(unix_s - days * kSecondsPerDay);
  const std::chrono::year_month_day date(
      sys_days(std::chrono::days(static_cast<std::chrono::days::rep>(days))));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     seconds / kSecondsPerHour, seconds % kSecondsPerHour / kSecondsPerMinute,
                     seconds % kSecondsPerMinute);
}

}  // namespace ecnas::energy
