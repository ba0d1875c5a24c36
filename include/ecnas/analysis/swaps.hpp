#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ecnas/analysis/estimate.hpp"
#include "ecnas/analysis/metric.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::analysis {

/// What is averaged when operation A is replaced by B. `published` is EC-NAS's; each other one
/// departs from it in one thing. docs/algorithms/swaps.md has the formulas.
enum class SwapDefinition : std::uint8_t {
  /// All vertices of A become B; 100 · (new − old) / old, mean over all cells, 0 where A is
  /// absent; then antisymmetrised, (M − Mᵀ) / 2.
  published,
  one_sided,         ///< not antisymmetrised
  containing,        ///< mean over cells that contain A only
  single_vertex,     ///< one vertex of A at a time, mean over them
  relative_to_mean,  ///< 100 · (new − old) / mean of all cells
  absolute,  ///< new − old, in the metric's unit: of accuracies always, save the one above
};

[[nodiscard]] std::span<const SwapDefinition> swap_definitions();
/// "published", "one-sided", "containing", "single-vertex", "relative-to-mean", "absolute"
[[nodiscard]] std::string_view name(SwapDefinition definition);
[[nodiscard]] std::optional<SwapDefinition> parse_swap_definition(std::string_view text);

struct SwapOptions {
  /// Absent: `published` for costs and `absolute` for accuracies, as in the paper.
  std::optional<SwapDefinition> definition;
  Reading reading;
  IntervalOptions intervals;
};

/// By operation replaced, then by what replaces it, in the order of `space::Operation`.
template <typename T>
using OperationMatrix = std::array<std::array<T, space::kOperationCount>, space::kOperationCount>;

/// What a metric does when an operation is replaced by another in every cell.
struct SwapMatrix {
  Metric metric = Metric::energy;
  SwapDefinition definition = SwapDefinition::published;
  std::int32_t epochs = 0;
  bool absolute = false;  ///< in the metric's unit; otherwise in percent
  /// [A][B]: A is replaced by B. 0 on the diagonal; absent where no cell says.
  OperationMatrix<std::optional<double>> change{};
  OperationMatrix<std::optional<Interval>> interval{};
  /// Cells that contain A and whose swap has a value; on the diagonal those that contain A.
  OperationMatrix<std::size_t> cells{};
  std::array<std::size_t, 4> provenance{};  ///< of the values, as of `Values`
};

/// Swaps over all cells of a table that have a value. The cell that a swap makes is looked up by
/// rank; if the table has no value of it the cell does not count in that entry, neither above nor
/// below the line. Parameters and FLOPs are computed, of cells outside the table too.
///
/// Intervals are of a bootstrap over cells (`IntervalOptions`): they say how much the entry depends
/// on which cells happen to be there, and nothing about errors of the values.
///
/// @param epochs  absent: the table's largest budget
/// @throws Error{not_found} if the table lacks the metric or budget; Error{invalid_argument} for
/// intervals that make no sense
/// @complexity O(N) ranks, 6 a cell (4 · vertices for single ones)  @source [Bakhtiarifard24]
[[nodiscard]] SwapMatrix swap_matrix(const table::Table& table, Metric metric,
                                     std::optional<std::int32_t> epochs,
                                     const SwapOptions& options = {});

/// The same for several metrics, with one look-up a swap for all.
[[nodiscard]] std::vector<SwapMatrix> swap_matrices(const table::Table& table,
                                                    std::span<const Metric> metrics,
                                                    std::optional<std::int32_t> epochs,
                                                    const SwapOptions& options = {});

}  // namespace ecnas::analysis
