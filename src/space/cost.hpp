#pragma once
/// What a cell costs in a network, taken apart so that all cells of one shape share the work: the
/// channels, and with them every cost, depend on the operations vertex by vertex.

#include <array>
#include <cstdint>
#include <span>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::space {

/// What is counted; see `trainable_parameters` and `flops`.
enum class Count { trainable_parameters, flops };

/// Cost of the whole network around any cell of one labelled graph.
struct GraphCost {
  std::int64_t fixed = 0;  ///< stem, projections, dense layer
  /// Interior vertex v computes operation o: [v − 1][o].
  std::array<std::array<std::int64_t, kOperationCount>, kMaxInterior> vertex{};

  [[nodiscard]] std::int64_t of(const Cell& cell) const;
};

/// @param graph  its operations are not looked at
/// @pre the skeleton is valid
[[nodiscard]] GraphCost graph_cost(const Cell& graph, const Skeleton& skeleton, Count count);

}  // namespace ecnas::space
