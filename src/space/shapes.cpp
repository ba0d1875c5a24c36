#include "space/shapes.hpp"

#include <algorithm>
#include <bit>

#include "ecnas/core/error.hpp"

namespace ecnas::space {
namespace {

constexpr std::array<unsigned, kMaxInterior + 1> kPowersOf3{1, 3, 9, 27, 81, 243};

constexpr auto kPackedOperations = [] {
  std::array<std::uint16_t, kMaxCodes> packed{};
  for (unsigned code = 0; code < kMaxCodes; ++code) {
    for (unsigned i = 0; i < kMaxInterior; ++i) {
      const unsigned digit = code / kPowersOf3[kMaxInterior - 1 - i] % 3;
      packed[code] = static_cast<std::uint16_t>(packed[code] | digit << (2 * i));
    }
  }
  return packed;
}();

/// Two bits a vertex to one byte a vertex.
constexpr std::uint64_t spread(std::uint16_t operations) {
  const std::uint64_t packed = operations;
  const std::uint64_t pairs = (packed & 0xf) | (packed & 0xf0) << 12 | (packed & 0x300) << 24;
  return (pairs | pairs << 6) & 0x0303030303;
}

/// Σ operation · weight over the vertices: the byte of the product in which all pairs meet. No
/// byte below carries into it, since distinct powers of 3 times 2 add up to 242 at most.
constexpr unsigned weighted_sum(std::uint64_t operation_bytes, std::uint64_t weights) {
  return static_cast<unsigned>(operation_bytes * weights >> 32) & 0xff;
}

/// Calls `visit` with every full graph of `vertices` vertices in ascending order. The last vertex's
/// in-edges are the most significant bits, so columns are chosen from the last to the first.
template <typename Visit>
class FullGraphs {
 public:
  FullGraphs(unsigned vertices, Visit& visit) : vertices_(vertices), visit_(visit) {}

  void enumerate() { choose_column(vertices_ - 1, 0, 1U << (vertices_ - 1)); }

 private:
  /// @param sources  bit set of the vertices that have an out-edge (the output needs none)
  void choose_column(unsigned target, std::uint32_t adjacency, std::uint32_t sources) {
    if (target == 0) {
      if ((sources & 1) != 0) visit_(adjacency);
      return;
    }
    if ((sources >> target & 1) == 0) return;
    for (std::uint32_t mask = 1; mask < 1U << target; ++mask) {
      const std::uint32_t next = adjacency | mask << Specification::edge_bit(0, target);
      // Each of the target − 1 columns that are left needs an edge, too.
      if (static_cast<unsigned>(std::popcount(next)) + target - 1 > kMaxEdges) continue;
      choose_column(target - 1, next, sources | mask);
    }
  }

  unsigned vertices_;
  Visit& visit_;
};

/// New number of each vertex.
using Numbering = std::array<std::uint8_t, kMaxVertices>;

/// Calls `visit(adjacency, numbering)` for every renumbering of a graph that keeps its edges
/// running forward: its topological orders.
template <typename Visit>
class Renumberings {
 public:
  Renumberings(std::uint32_t adjacency, unsigned vertices, Visit& visit)
      : vertices_(vertices), visit_(visit) {
    for (unsigned v = 1; v < vertices; ++v)
      in_masks_[v] = in_mask(adjacency, v);
  }

  void enumerate() { place(1, 1, 0); }

 private:
  void place(unsigned number, std::uint32_t placed, std::uint32_t adjacency) {
    if (number == vertices_) {
      visit_(adjacency, numbering_);
      return;
    }
    const bool last = number == vertices_ - 1;
    for (unsigned v = last ? number : 1; v < vertices_ - (last ? 0 : 1); ++v) {
      if ((placed >> v & 1) != 0 || (in_masks_[v] & ~placed) != 0) continue;
      numbering_[v] = static_cast<std::uint8_t>(number);
      place(number + 1, placed | 1U << v,
            adjacency | renumbered(in_masks_[v]) << Specification::edge_bit(0, number));
    }
  }

  [[nodiscard]] std::uint32_t renumbered(std::uint32_t mask) const {
    std::uint32_t result = 0;
    for (; mask != 0; mask &= mask - 1)
      result |= 1U << numbering_[static_cast<unsigned>(std::countr_zero(mask))];
    return result;
  }

  unsigned vertices_;
  Visit& visit_;
  std::array<std::uint32_t, kMaxVertices> in_masks_{};
  Numbering numbering_{};
};

/// Weights that give, from the operations of the renumbered graph, the code in the old numbering.
std::uint64_t code_weights(const Numbering& numbering, unsigned interior) {
  std::uint64_t weights = 0;
  for (unsigned v = 1; v <= interior; ++v) {
    const std::uint64_t weight = kPowersOf3[interior - v];
    weights |= weight << (8 * (kMaxInterior - numbering[v]));
  }
  return weights;
}

constexpr unsigned slot_of(std::uint32_t adjacency, unsigned bits) {
  return adjacency * 0x9e3779b1U >> (32 - bits);
}

}  // namespace

std::uint16_t operations_of_code(LabelCode code, unsigned interior) {
  return kPackedOperations[code * kPowersOf3[kMaxInterior - interior]];
}

/// Fills a table: every full graph in ascending order; one that is not yet known is the least of
/// its class, hence a new shape, and all its renumberings become known.
class ShapeTable::Builder {
 public:
  explicit Builder(ShapeTable& table) : table_(table) {}

  void build() {
    table_.slots_.resize(std::size_t{1} << kSlotBits);
    for (unsigned vertices = 2; vertices <= kMaxVertices; ++vertices) {
      auto visit = [&](std::uint32_t adjacency) {
        ++table_.graph_counts_[vertices];
        if (slot(adjacency).adjacency == 0) add_shape(adjacency, vertices);
      };
      FullGraphs(vertices, visit).enumerate();
    }
  }

 private:
  /// The slot that holds a graph, or the free one where it belongs.
  Graph& slot(std::uint32_t adjacency) {
    unsigned index = slot_of(adjacency, kSlotBits);
    while (table_.slots_[index].adjacency != 0 && table_.slots_[index].adjacency != adjacency)
      index = (index + 1) % (1U << kSlotBits);
    return table_.slots_[index];
  }

  void add_shape(std::uint32_t adjacency, unsigned vertices) {
    const auto index = static_cast<std::uint16_t>(table_.shapes_.size());
    std::vector<std::uint64_t> automorphisms;
    auto visit = [&](std::uint32_t renumbered, const Numbering& numbering) {
      const std::uint64_t weights = code_weights(numbering, vertices - 2);
      if (renumbered == adjacency) automorphisms.push_back(weights);
      Graph& graph = slot(renumbered);
      if (graph.adjacency == 0) graph = {renumbered, index, weights};
    };
    Renumberings(adjacency, vertices, visit).enumerate();
    table_.shapes_.push_back({.adjacency = adjacency,
                              .vertices = static_cast<std::uint8_t>(vertices),
                              .edges = static_cast<std::uint8_t>(std::popcount(adjacency))});
    add_representatives(table_.shapes_.back(), automorphisms);
  }

  /// A labelling represents its architecture if no automorphism gives a lesser one.
  void add_representatives(Shape& shape, std::span<const std::uint64_t> automorphisms) {
    const unsigned interior = shape.vertices - 2U;
    shape.first_code = static_cast<std::uint32_t>(table_.cell_of_code_.size());
    shape.first_cell = static_cast<std::uint32_t>(table_.representatives_.size());
    for (unsigned code = 0; code < kPowersOf3[interior]; ++code) {
      const auto label_code = static_cast<LabelCode>(code);
      const std::uint64_t bytes = spread(operations_of_code(label_code, interior));
      unsigned least = code;
      for (const std::uint64_t weights : automorphisms)
        least = std::min(least, weighted_sum(bytes, weights));
      if (least == code) {
        table_.representatives_.push_back(label_code);
        table_.cell_of_code_.push_back(static_cast<std::uint8_t>(shape.cells++));
      } else {
        table_.cell_of_code_.push_back(table_.cell_of_code_[shape.first_code + least]);
      }
    }
  }

  ShapeTable& table_;
};

ShapeTable::ShapeTable() {
  Builder(*this).build();
}

const ShapeTable& ShapeTable::get() {
  static const ShapeTable table;
  return table;
}

const ShapeTable::Graph& ShapeTable::find(std::uint32_t adjacency) const {
  unsigned index = slot_of(adjacency, kSlotBits);
  while (slots_[index].adjacency != adjacency) {
    ECNAS_ASSERT(slots_[index].adjacency != 0);
    index = (index + 1) % (1U << kSlotBits);
  }
  return slots_[index];
}

Position ShapeTable::locate(const Cell& cell) const {
  const Specification& specification = cell.specification();
  const Graph& graph = find(specification.adjacency);
  const unsigned code = weighted_sum(spread(specification.operations), graph.weights);
  return {graph.shape, cell_of_code_[shapes_[graph.shape].first_code + code]};
}

Cell ShapeTable::representative(Position position) const {
  const Shape& shape = shapes_[position.shape];
  const LabelCode code = representatives_[shape.first_cell + position.cell];
  return CellFactory::make({.vertices = shape.vertices,
                            .adjacency = shape.adjacency,
                            .operations = operations_of_code(code, shape.vertices - 2U)});
}

}  // namespace ecnas::space
