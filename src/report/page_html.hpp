#pragma once
/// The parts of a page as HTML. Every text goes through `html`.

#include <cstddef>
#include <string>

#include "ecnas/report/page.hpp"

namespace ecnas::report {

/// Title, lead, and what the tables are.
[[nodiscard]] std::string head_html(const Page& page);

/// Links to the sections; empty for fewer than three.
[[nodiscard]] std::string contents_html(const Page& page);

/// A section. @param number  from 0  @param first_figure  number of its first figure on the page
/// @param has_explorer  whether cells have a card that links can lead to
[[nodiscard]] std::string section_html(const PageSection& section, std::size_t number,
                                       std::size_t first_figure, bool has_explorer);

/// What made the page.
[[nodiscard]] std::string colophon_html(const Page& page);

}  // namespace ecnas::report
