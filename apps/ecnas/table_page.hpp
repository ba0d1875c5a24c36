#pragma once
/// A table as one page.

#include <cstdint>
#include <optional>
#include <string>

#include "document.hpp"
#include "ecnas/report/page.hpp"
#include "table_sections.hpp"

namespace ecnas::app {

/// Options of the commands that tell of one table.
struct SubjectArguments {
  std::string table{kDefaultTable};
  std::optional<std::int32_t> epochs;
  ReadingOptions reading;  ///< only its repeat

  void add_to(CLI::App& command);
  /// @throws Error{not_found} for a budget or repeat that the table lacks
  [[nodiscard]] Subject subject(const table::Table& opened, const Global& global) const;
  /// What was given, as it stands on a command line: "4v.ecnas --epochs 36".
  [[nodiscard]] std::string text() const;
};

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
