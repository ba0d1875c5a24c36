#pragma once
/// A table as one page.

#include <string>

#include "document.hpp"
#include "ecnas/report/page.hpp"
#include "table_sections.hpp"

namespace ecnas::app {

/// Everything that can be told of the table.
[[nodiscard]] Document table_document(const Subject& subject);

/// What the head of a page says of the table.
[[nodiscard]] report::TableProvenance provenance_of(const table::Table& table);

/// The page of a table. @param document  of it  @param command  what made the page
[[nodiscard]] report::Page table_page(const Subject& subject, const Document& document,
                                      const std::string& command);

/// "ecnas 0.1.0"
[[nodiscard]] std::string program_version();

}  // namespace ecnas::app
