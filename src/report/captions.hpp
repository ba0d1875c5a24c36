#pragma once
/// The words in and around a figure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/report/figure.hpp"

namespace ecnas::report {

/// `text` as XML can hold it and on one line: control characters and noncharacters become spaces,
/// bytes that are not UTF-8 the replacement character.
[[nodiscard]] std::string clean(std::string_view text);

/// Estimated width in pixels of text in DejaVu Sans; errs to the wide side.
[[nodiscard]] double text_width(std::string_view text, double font_size);

/// `text` cleaned and broken at spaces into lines of at most `width` pixels; a longer word is
/// broken where it must. At most `max_lines`, the last then ending in "…".
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, double font_size,
                                               double width, std::size_t max_lines);

/// `text` cleaned and cut to one line of at most `width` pixels.
[[nodiscard]] std::string one_line(std::string_view text, double font_size, double width);

/// Three significant digits; whole numbers with thousands separated above 1,000.
[[nodiscard]] std::string readable(double value);
/// With the unit: "0.0459 kWh".
[[nodiscard]] std::string readable(double value, const Axis& axis);

/// "Training energy (kWh)".
[[nodiscard]] std::string axis_title(const Axis& axis);

/// "Least training energy".
[[nodiscard]] std::string extremum_title(const Axis& axis);

/// What stands below the title: the caller's line, counts and hypervolume, provenance.
[[nodiscard]] std::vector<std::string> subtitle_lines(const FrontFigure& figure);

}  // namespace ecnas::report
