#pragma once
/// What is told about one table: its cells, front, swaps, searches, and what accuracy costs.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "document.hpp"
#include "ecnas/analysis/proxies.hpp"
#include "ecnas/analysis/regions.hpp"
#include "ecnas/analysis/swaps.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::app {

/// The table and how it is read.
struct Subject {
  const table::Table* table = nullptr;
  table::Repeat repeat = table::Repeat::mean();
  std::int32_t epochs = 0;  ///< of what is told of one budget; 0: a table without budgets
  unsigned threads = 0;     ///< 0: one per core
  std::vector<analysis::Proxy> proxies;  ///< of its cells, if any are known

  [[nodiscard]] analysis::Reading reading() const;
  /// One metric of all cells. @throws as `analysis::read_values`
  [[nodiscard]] analysis::Values read(analysis::Metric metric) const;
  /// `epochs`, absent for 0.
  [[nodiscard]] std::optional<std::int32_t> budget() const;
  /// The table's name without directories.
  [[nodiscard]] std::string name() const;
  /// "ecnas-7v at 108 epochs"
  [[nodiscard]] std::string at_budget() const;
};

/// The two regions of EC-NAS's figure 1. @throws Error{not_found} for what the table lacks
[[nodiscard]] analysis::Regions regions_of(const Subject& subject);

/// All cells at one budget by energy and error, their front, and the regions: EC-NAS's figure 1.
[[nodiscard]] report::FrontFigure cells_figure(const Subject& subject,
                                               const analysis::Regions& regions);

/// All cells to explore, with the two regions of EC-NAS's figure 1. Sets `document.cells`; what the
/// table lacks for the regions is noted there.
[[nodiscard]] DocumentBlocks cell_blocks(const Subject& subject, Document& document);

/// The exact front over all budgets, its extremes and its knee.
[[nodiscard]] DocumentBlocks front_blocks(const Subject& subject);

/// Training time, energy, parameters and validation accuracy, as far as the table has them.
[[nodiscard]] std::vector<analysis::SwapMatrix> operator_swaps(const Subject& subject);
/// EC-NAS's figure 3.
[[nodiscard]] DocumentBlocks swaps_blocks(const Subject& subject,
                                          std::span<const analysis::SwapMatrix> matrices);

/// EC-NAS's figure 5: a trial of SEMOA, its extremes and knee, their cells, and what ten trials
/// attain.
[[nodiscard]] DocumentBlocks search_blocks(const Subject& subject);

/// What giving up accuracy saves; what is lost when another cost is optimised. Times count only
/// where they are of the device of the energies.
/// @param name  of the files of its tables, before "-tradeoff" and the like
[[nodiscard]] DocumentBlocks tradeoff_blocks(const Subject& subject, const std::string& name);

/// How alike metrics order the cells.
[[nodiscard]] DocumentBlocks correlations_blocks(const Subject& subject);

/// How far cells can be told apart before any training.
[[nodiscard]] DocumentBlocks proxies_blocks(const Subject& subject);

/// What each operation, depth and width costs.
[[nodiscard]] DocumentBlocks operations_blocks(const Subject& subject);

}  // namespace ecnas::app
