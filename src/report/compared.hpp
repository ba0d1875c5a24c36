#pragma once
/// What figures of many algorithms share.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ecnas::report {

/// Lines that are there for comparison.
inline constexpr std::string_view kOtherLine = "#A8A8A8";

/// @throws Error{invalid_argument} unless there are `least` … kMaxCompared names that differ
/// @param title  of the figure
void check_compared(std::span<const std::string> names, std::string_view title, std::size_t least);

}  // namespace ecnas::report
