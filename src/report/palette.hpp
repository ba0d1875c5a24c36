#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ecnas::report {

/// Colours that stay apart for colour-blind readers. @source Okabe and Ito 2008
/// @{
inline constexpr std::string_view kOrange = "#E69F00";
inline constexpr std::string_view kSkyBlue = "#56B4E9";
inline constexpr std::string_view kBlue = "#0072B2";
inline constexpr std::string_view kVermillion = "#D55E00";
inline constexpr std::string_view kGreen = "#009E73";
inline constexpr std::string_view kPurple = "#CC79A7";
/// @}
inline constexpr std::string_view kInk = "#222222";
inline constexpr std::string_view kFaintInk = "#595959";
inline constexpr std::string_view kGridLine = "#E8E8E8";
inline constexpr std::string_view kPaper = "#FFFFFF";

/// One colour a group, from light to dark blue, so that their order also shows in grey.
[[nodiscard]] std::vector<std::string> group_colours(std::size_t count);

}  // namespace ecnas::report
