#pragma once
/// How the few things of a figure that are told apart look: by colour and by shape or dashes, so
/// that either is enough.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/layers.hpp"
#include "report/palette.hpp"

namespace ecnas::report {

struct Look {
  std::string_view colour;
  std::string_view shape;
  std::string_view dashes;  ///< lengths in pixels, as JSON
};

inline constexpr std::array<Look, 5> kLooks = {{{kBlue, "circle", "[1, 0]"},
                                                {kOrange, "diamond", "[7, 3]"},
                                                {kVermillion, "square", "[2, 2]"},
                                                {kGreen, "triangle-up", "[9, 3, 2, 3]"},
                                                {kPurple, "triangle-down", "[5, 2, 1, 2, 1, 2]"}}};

/// Their names in the legend: cleaned and cut.
[[nodiscard]] std::vector<std::string> legend_names(std::span<const std::string> labels);

/// @throws Error{invalid_argument} unless there are 1 … kLooks.size() labels that differ in the
///         legend
/// @param title  of the figure  @param what  "series", for the message
void check_looks(std::span<const std::string> names, std::string_view title, std::string_view what);

/// Encoding of a channel by which the named things differ, with their legend.
/// @param source  {"field": …} or {"datum": …}
/// @param trait   `&Look::colour`, `&Look::shape` or `&Look::dashes`
[[nodiscard]] Json look_encoding(Json source, std::span<const std::string> names,
                                 std::string_view Look::*trait);

}  // namespace ecnas::report
