#pragma once
/// Self-contained pages: text, tables, figures, and all cells of a table to explore, in one HTML
/// file that needs no network. Whoever composes a page computes what it says; here it is laid out.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ecnas/report/figure.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::report {

/// How many values of a metric a table has, by provenance.
struct MetricShare {
  std::string name;  ///< "energy_kwh"
  std::string unit;  ///< "kWh"; empty for a pure number
  ProvenanceCounts counts;
};

/// What a table on the page is, and where its values come from. Empty and absent fields are left
/// out.
struct TableProvenance {
  std::string table;
  std::string checksum;
  std::size_t cells = 0;
  std::vector<std::int32_t> epochs;
  std::vector<std::string> devices;
  std::optional<double> pue;
  std::optional<double> carbon_intensity_g_per_kwh;
  std::string energy_quality;  ///< "counter", "integrated", "modelled"
  std::string data_set;
  std::string source;
  std::string citation;
  std::vector<MetricShare> metrics;
};

struct PageFigure {
  std::string specification;     ///< Vega-Lite, a JSON document with its data inside
  std::string caption;           ///< below the figure
  std::string alternative_text;  ///< what it shows, for those who do not see it
};

/// One entry of a table; with a cell it leads to the cell's card where the page has one.
struct PageEntry {
  std::string text;
  std::optional<space::Cell> cell;
};

struct PageTable {
  struct Column {
    std::string title;
    std::string unit;        ///< below the title; may be empty
    bool is_number = false;  ///< set flush right
  };
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<PageEntry>> rows;  ///< one entry a column
  bool is_folded = false;                    ///< only the caption is seen until it is opened
};

/// Cells drawn as graphs side by side, by their representatives; each leads to its card where the
/// page has an explorer. Without JavaScript their texts stand there.
struct PageCells {
  struct Drawing {
    space::Cell cell;
    std::string caption;  ///< below the drawing
  };
  std::vector<Drawing> cells;
  std::string caption;  ///< of all; may be empty
};

/// The place of the interactive figure of all cells; at most one on a page that has `cells`.
struct PageExplorer {
  std::string caption;
};

/// A paragraph is a string.
using PageBlock = std::variant<std::string, PageFigure, PageTable, PageCells, PageExplorer>;

struct PageSection {
  std::string heading;
  std::vector<PageBlock> blocks;
};

/// The cells of a table for the reader to explore. Budgets, values, intervals, provenance and
/// out-of-range flags come from the table; parameters, FLOPs, hashes, drawings and neighbours are
/// computed in the page.
struct CellCloud {
  const table::Table* table = nullptr;           ///< must outlive the call of `write_page`
  table::Repeat repeat = table::Repeat::mean();  ///< which values are read
  /// Outlined while training energy (kWh, at the table's PUE) stands against validation accuracy (a
  /// fraction) at this budget. At most kMaxRegions.
  std::vector<OutlinedRegion> regions;
  std::int32_t region_epochs = 0;
};

/// All texts are plain UTF-8, never markup: whatever is in them is shown as it stands.
struct Page {
  std::string title;
  std::string lead;  ///< one paragraph below the title; may be empty
  std::vector<TableProvenance> tables;
  std::string command;  ///< what made the page
  std::string version;  ///< of the program that did
  std::vector<PageSection> sections;
  std::optional<CellCloud> cells;
  /// Served beside live queries: the page may ask its own server, and does so for `cells/HASH`
  /// (relative to its address; docs/formats/json.md) when a card is opened.
  bool live = false;
};

/// Above this many cells a page keeps rounded values.
inline constexpr std::size_t kMaxExactCells = 20'000;

/// Writes the page; the file appears whole or not at all.
///
/// Up to 20,000 cells keep their values as 32-bit numbers; a cost that is proportional to epochs to
/// within a millionth is kept at one budget. Beyond, an accuracy is kept to within 0.0025
/// percentage points, a cost to within 0.0125 %, or a 131,068th of its range on a logarithmic scale
/// where that is more (on a linear one where a cost is 0); docs/formats/page.md. All 423,624 cells
/// with four metrics at four budgets take some 7 MB.
///
/// @param page_directory  holds page.html, the template that the build made
/// @throws Error{missing_dependency} if the template is not there or of another version;
///         Error{io_failure} if `output` cannot be written; Error{invalid_argument} if a figure's
///         specification is no JSON, a table's row has another number of entries than there are
///         columns, an explorer stands on a page without cells or beside another, or there are more
///         than kMaxRegions regions;
///         Error{invalid_data} if a row of the cells' table holds no cell.
/// @complexity about 2 s and 0.3 GB for all cells; the same page gives the same bytes
void write_page(const Page& page, const std::filesystem::path& output,
                const std::filesystem::path& page_directory);

/// The same in memory. @throws as `write_page`, save io_failure
[[nodiscard]] std::string page_text(const Page& page, const std::filesystem::path& page_directory);

/// For what takes long before it makes a page: whether the template is there.
/// @throws Error{missing_dependency} as `write_page`
void expect_page_template(const std::filesystem::path& page_directory);

/// For what takes long before it writes: whether the template is there and `output` can be written.
/// Leaves no file. @throws as `write_page`, for these reasons alone
void expect_page_writable(const std::filesystem::path& output,
                          const std::filesystem::path& page_directory);

}  // namespace ecnas::report
