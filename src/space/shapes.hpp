#pragma once
/// The shapes of the cell space: unlabelled DAGs up to isomorphism, and for every labelled graph
/// the way to its shape. One immutable table of about 0.7 MB, built in about 4 ms on first
/// use, on which canonical forms, ranks and enumeration stand. See docs/algorithms/enumeration.md.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::space {

/// Builds cells from graphs that are known to be full: every vertex on a path from input to output.
class CellFactory {
 public:
  [[nodiscard]] static Cell make(const Specification& full) { return Cell(full); }
};

/// Vertices with an edge into `target`, as a bit set.
[[nodiscard]] constexpr std::uint32_t in_mask(std::uint32_t adjacency, unsigned target) {
  return adjacency >> Specification::edge_bit(0, target) & ((1U << target) - 1);
}

/// Labels of interior vertices as one number to base 3, vertex 1 the most significant digit: the
/// order of the codes is NAS-Bench-101's order of labellings.
inline constexpr unsigned kMaxCodes = 243;
using LabelCode = std::uint8_t;

/// A graph that is its own canonical form, and the cells that have it.
struct Shape {
  std::uint32_t adjacency = 0;  ///< as in `Specification`
  std::uint8_t vertices = 0;
  std::uint8_t edges = 0;
  std::uint32_t first_code = 0;  ///< of its 3^(vertices − 2) codes in the table's list
  std::uint32_t first_cell = 0;  ///< of its representatives in the table's list
  std::uint32_t cells = 0;       ///< number of its representatives
};

/// Where an architecture stands: its shape, and which of the shape's representatives it is.
struct Position {
  std::uint16_t shape = 0;
  std::uint8_t cell = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

/// All shapes of at most 7 vertices and 9 edges in NAS-Bench-101's enumeration order. Thread safe.
class ShapeTable {
 public:
  /// The one table, built on first use.
  [[nodiscard]] static const ShapeTable& get();

  [[nodiscard]] std::span<const Shape> shapes() const { return shapes_; }

  /// @complexity one probe of a hash table, one multiplication, one look-up
  [[nodiscard]] Position locate(const Cell& cell) const;

  /// @pre position.cell < shapes()[position.shape].cells
  [[nodiscard]] Cell representative(Position position) const;

  /// Label codes of the representatives of a shape, ascending.
  [[nodiscard]] std::span<const LabelCode> representative_codes(const Shape& shape) const {
    return std::span(representatives_).subspan(shape.first_cell, shape.cells);
  }

  /// Number of full graphs, labelled by their vertices' numbers, without operations: by vertices.
  [[nodiscard]] std::array<std::size_t, kMaxVertices + 1> graph_counts() const {
    return graph_counts_;
  }

 private:
  ShapeTable();

  /// A labelled graph: which shape it has, and how its operations become the shape's label code.
  struct Graph {
    std::uint32_t adjacency = 0;  ///< 0: a free slot
    std::uint16_t shape = 0;
    /// Byte 4 − i: the weight 3^j that vertex i + 1 has in the shape's code.
    std::uint64_t weights = 0;
  };
  static constexpr unsigned kSlotBits = 14;

  class Builder;

  [[nodiscard]] const Graph& find(std::uint32_t adjacency) const;

  std::vector<Shape> shapes_;
  std::vector<Graph> slots_;                // open addressing
  std::vector<std::uint8_t> cell_of_code_;  // per shape and code: index of the representative
  std::vector<LabelCode> representatives_;  // per shape, ascending
  std::array<std::size_t, kMaxVertices + 1> graph_counts_{};
};

/// The operations, packed as in `Specification`, of a label code on `interior` vertices.
[[nodiscard]] std::uint16_t operations_of_code(LabelCode code, unsigned interior);

}  // namespace ecnas::space
