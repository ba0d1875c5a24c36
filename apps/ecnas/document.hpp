#pragma once
/// What is told about a table or a paper: sections of text, figures and tables, made once and then
/// laid out as a page and written as single files.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "command.hpp"
#include "ecnas/report/page.hpp"
#include "ecnas/space/cell.hpp"

namespace ecnas::app {

/// An entry of a table: as people read it, and as programs do.
struct Field {
  std::string text;
  std::string exact;                ///< empty: the text
  std::optional<space::Cell> cell;  ///< whose card the entry leads to
};

/// A number with a proper minus sign, for people.
[[nodiscard]] std::string with_minus(std::string text);

/// `value` to so many significant digits, last zeros of fractions included, thousands separated;
/// nine digits for programs.
[[nodiscard]] Field number_field(double value, int digits);
/// A fraction as percent with so many decimals; for programs the fraction.
[[nodiscard]] Field percent_field(double fraction, int decimals);
[[nodiscard]] Field count_field(std::size_t count);
/// The first digits of the hash, all of them for programs.
[[nodiscard]] Field hash_field(const space::Cell& cell);

struct DocumentTable {
  struct Column {
    std::string name;  ///< for programs: "energy_kwh"
    std::string title;
    std::string unit;
    bool is_number = false;
  };
  std::string name;  ///< of its file
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<Field>> rows;
  bool is_folded = false;
};

struct DocumentFigure {
  std::string name;           ///< of its files
  std::string specification;  ///< Vega-Lite
  std::string caption;
  std::string alternative_text;
  bool is_on_page = true;  ///< or only a file, as the page shows the same otherwise
};

using DocumentBlock = std::variant<std::string, DocumentFigure, DocumentTable, report::PageExplorer,
                                   report::PageCells>;

using DocumentBlocks = std::vector<DocumentBlock>;

struct DocumentSection {
  std::string heading;
  DocumentBlocks blocks;
};

struct Document {
  std::vector<DocumentSection> sections;
  std::optional<report::CellCloud> cells;  ///< of its explorer
  std::vector<std::string> left_out;       ///< what could not be told, and why

  /// Does what may lack something (Error{not_found}), which is then noted as left out.
  /// @param subject  what it is about  @return the reason, or nothing if all was there
  std::optional<std::string> try_to(const std::string& subject,
                                    const std::function<void()>& action);

  /// Adds a section of what `make` returns, or one that says what it lacks.
  void add(const std::string& heading, const std::function<DocumentBlocks()>& make);
};

/// The sections as a page has them.
[[nodiscard]] std::vector<report::PageSection> page_sections(const Document& document);

/// Writes every table of the document to DIRECTORY/NAME.csv. @return the files
std::vector<std::filesystem::path> write_tables(const Document& document,
                                                const std::filesystem::path& directory);

/// Draws every figure of the document as DIRECTORY/NAME.svg, .pdf and .png. @return the files
std::vector<std::filesystem::path> draw_figures(const Document& document,
                                                const std::filesystem::path& directory,
                                                const Global& global);

/// The document as Markdown (GitHub's), with figures as `figures/NAME.svg`; explorers are left out.
[[nodiscard]] std::string markdown_text(const std::string& title, const std::string& lead,
                                        const Document& document);

/// A table as CSV (RFC 4180), with the names of its columns on the first line.
[[nodiscard]] std::string csv_text(const DocumentTable& table);

}  // namespace ecnas::app
