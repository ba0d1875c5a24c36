#pragma once
/// Cells as a graph network sees them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::surrogate {

/// What a vertex is: input, output, or one of the operations.
inline constexpr std::size_t kLabels = 2 + space::kOperationCount;

/// Numbers given for a vertex, and for a cell as a whole; padded with zeros.
inline constexpr std::size_t kVertexInputs = 32;
inline constexpr std::size_t kCellInputs = 16;

/// Cells with their vertices one after another, in the order of the canonical labelling.
struct GraphBatch {
  std::size_t cells = 0;
  std::size_t vertices = 0;
  std::vector<std::uint32_t> first;   ///< (cells + 1): a cell's first vertex
  std::vector<std::uint8_t> labels;   ///< (vertices)
  std::vector<std::uint8_t> sources;  ///< (vertices): bit s: an edge from the cell's s-th
  std::vector<std::uint8_t> targets;  ///< (vertices): bit t: an edge to the cell's t-th
  std::vector<float> vertex_inputs;   ///< (vertices, kVertexInputs)
  std::vector<float> cell_inputs;     ///< (cells, kCellInputs)
};

/// Appends one cell.
void append(GraphBatch& batch, const space::Cell& any_labelling);

/// The given cells.
[[nodiscard]] GraphBatch graph_batch(std::span<const space::Cell> cells);

}  // namespace ecnas::surrogate
