#pragma once
/// Made-up tables and pages, for the tests of pages in C++ and in a browser.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "ecnas/report/page.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/space/space.hpp"
#include "ecnas/table/builder.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::testing {

/// Tries to become markup or script in every way we know; `ran` is set if it does. Ends in bytes
/// that are no UTF-8.
inline const std::string kHostileText =
    "<script>window.ran=1</script></script></style></title><img src=x onerror=\"window.ran=1\">"
    "<!--<script>'\"`&lt;&amp;${window.ran=1}{{constructor.constructor('window.ran=1')()}}"
    "javascript:window.ran=1 ]]><!--ecnas:data-->\xe2\x80\xa8|\x01|\xff\xfe";

/// Without what JSON cannot hold: metadata of tables are JSON.
inline const std::string kHostileMetadata = kHostileText.substr(0, kHostileText.size() - 2);

/// Values of one metric that follow from the rank of a cell: costs grow with it, accuracies
/// scatter.
struct MadeUp {
  std::string metric;
  table::Provenance provenance = table::Provenance::measured;
  std::size_t repeats = 1;
  bool is_scaled = false;   ///< values are those at one epoch times the epochs
  bool is_partial = false;  ///< every third cell and the second budget lack it

  [[nodiscard]] float value(std::size_t rank, std::int32_t epochs, std::size_t repeat) const {
    const double at = static_cast<double>(rank);
    const double scatter =
        std::sin(0.7 * at + 0.1 * static_cast<double>(repeat) + static_cast<double>(metric.size()));
    if (metric.ends_with("accuracy"))
      return static_cast<float>(0.9 - 0.4 / std::sqrt(epochs) + 0.05 * scatter);
    const double growth = is_scaled ? epochs : std::pow(epochs, 0.9);
    return static_cast<float>(0.002 * growth * (1 + 0.01 * at) * (1.2 + scatter));
  }
  [[nodiscard]] bool has(std::size_t rank, std::size_t budget) const {
    return !is_partial || (rank % 3 != 1 && budget != 1);
  }
};

/// The first `count` cells in order of rank, with these metrics at these budgets.
inline table::Table made_up_table(std::size_t count, const std::vector<std::int32_t>& budgets,
                                  const std::vector<MadeUp>& metrics, table::Metadata metadata = {},
                                  const std::string& name = "made-up") {
  table::TableBuilder builder(std::move(metadata));
  for (std::size_t rank = 0; rank < count; ++rank) {
    const space::Cell& cell = space::Space::shared().cell(static_cast<space::Rank>(rank));
    builder.add_cell(cell);
    for (std::size_t b = 0; b < budgets.size(); ++b) {
      for (const MadeUp& metric : metrics) {
        for (std::size_t repeat = 1; metric.has(rank, b) && repeat <= metric.repeats; ++repeat) {
          builder.add(cell, budgets[b], repeat, metric.metric,
                      metric.value(rank, budgets[b], repeat), metric.provenance, "made up");
        }
      }
    }
  }
  return builder.build(name);
}

/// Accuracies and energies of the 91 cells of at most four vertices.
inline table::Table small_table(table::Metadata metadata = {},
                                const std::string& name = "made-up") {
  return made_up_table(
      91, {4, 12, 36},
      {{"validation_accuracy"}, {"energy_kwh", table::Provenance::scaled, 1, true}},
      std::move(metadata), name);
}

/// All cells of the table to explore, and nothing else.
inline report::Page explorer_page(const table::Table& table) {
  report::Page page;
  page.title = table.name();
  page.sections = {{"All cells", {report::PageExplorer{"Every cell of the table."}}}};
  page.cells = report::CellCloud{&table, table::Repeat::mean(), {}, 0};
  return page;
}

/// A figure with a few points whose texts are these.
inline std::string point_figure(const std::string& quoted_text) {
  return R"({"data": {"values": [{"a": 1, "b": 2, "c": )" + quoted_text +
         R"(}, {"a": 3, "b": 1, "c": "other"}]}, "title": )" + quoted_text +
         R"(, "mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative", "title": )" +
         quoted_text +
         R"(}, "y": {"field": "b", "type": "quantitative"}, "color": {"field": "c", "type": "nominal"}}})";
}

}  // namespace ecnas::testing
