#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas {

/// The parts of `text` between separators; n separators give n + 1 parts, empty ones included.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// `text` without spaces and tabs at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The whole of `text` as a decimal number; absent if anything else is in it. `parse_real` accepts
/// "nan" and "inf"; callers decide whether they make sense.
[[nodiscard]] std::optional<double> parse_real(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// The shortest decimal text that reads back as the same number ("0.1", "1e-05", "nan").
[[nodiscard]] std::string shortest(double value);
[[nodiscard]] std::string shortest(float value);

/// 1234567 → "1,234,567".
[[nodiscard]] std::string with_thousands(std::int64_t value);

/// The candidate closest to `word` by edit distance, if any is close enough to be meant.
[[nodiscard]] std::optional<std::string_view> closest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

/// `text` cut to `limit` bytes for an error message, with control characters made visible.
[[nodiscard]] std::string quoted(std::string_view text, std::size_t limit = 60);

}  // namespace ecnas
