#pragma once
/// space: the NAS-Bench-101 cell space: cells, their hashes, enumeration, canonical forms,
/// parameters and FLOPs, edits and sampling. Start here, then `space.hpp`.

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/core/result.hpp"

namespace ecnas::space {

inline constexpr std::size_t kMaxVertices = 7;
inline constexpr std::size_t kMaxEdges = 9;
inline constexpr std::size_t kMaxInterior = kMaxVertices - 2;
inline constexpr std::size_t kOperationCount = 3;

/// What an interior vertex computes; the numbers are NAS-Bench-101's label indices.
enum class Operation : std::uint8_t { conv3x3 = 0, conv1x1 = 1, maxpool3x3 = 2 };

/// `conv3x3-bn-relu`, `conv1x1-bn-relu`, `maxpool3x3`: the names in every published table.
[[nodiscard]] std::string_view name(Operation operation);
/// `conv3x3`, `conv1x1`, `maxpool3x3`: the names on the command line and in figures.
[[nodiscard]] std::string_view short_name(Operation operation);
/// Accepts both.
[[nodiscard]] std::optional<Operation> parse_operation(std::string_view text);

/// A labelled graph of 2 to 7 vertices as a search edits it: vertex 0 is the input, the last the
/// output, edges run from lower to higher numbers. It need not be a cell: vertices may dangle, and
/// nothing may connect input to output. `Cell::from` prunes and judges it. A plain value.
struct Specification {
  std::uint8_t vertices = 2;     ///< 2 … 7
  std::uint32_t adjacency = 0;   ///< bit edge_bit(source, target)
  std::uint16_t operations = 0;  ///< two bits a vertex: vertex v at bit 2·(v − 1)

  /// Bit of an edge: column-major upper triangle, so that NAS-Bench-101's enumeration order is the
  /// order of the integers and a graph on fewer vertices has the same bits. @pre source < target
  [[nodiscard]] static constexpr unsigned edge_bit(unsigned source, unsigned target) {
    return target * (target - 1) / 2 + source;
  }
  [[nodiscard]] constexpr bool has_edge(unsigned source, unsigned target) const {
    return (adjacency >> edge_bit(source, target) & 1U) != 0;
  }
  constexpr void flip_edge(unsigned source, unsigned target) {
    adjacency ^= 1U << edge_bit(source, target);
  }
  /// @pre 1 ≤ vertex ≤ vertices − 2
  [[nodiscard]] constexpr Operation operation(unsigned vertex) const {
    return static_cast<Operation>(operations >> (2 * (vertex - 1)) & 3U);
  }
  constexpr void set_operation(unsigned vertex, Operation value) {
    const unsigned shift = 2 * (vertex - 1);
    operations = static_cast<std::uint16_t>((operations & ~(3U << shift)) |
                                            (static_cast<unsigned>(value) << shift));
  }
  [[nodiscard]] constexpr unsigned edges() const {
    return static_cast<unsigned>(std::popcount(adjacency));
  }
  friend constexpr auto operator<=>(const Specification&, const Specification&) = default;
};

/// Why a graph is no cell. Judged in this order.
enum class InvalidCell : std::uint8_t {
  wrong_size,            ///< matrix not square, labels not one a vertex, fewer than 2 vertices;
                         ///< a specification beyond 2 … 7 vertices or with edges beyond its own
  wrong_endpoints,       ///< first label not `input`, last not `output`, or either in between
  unknown_operation,     ///< a label that is no operation, also of a vertex that dangles
  not_upper_triangular,  ///< an edge that does not run forward, or an entry other than 0 and 1
  no_path,               ///< nothing connects input to output
  too_many_vertices,     ///< more than 7 after pruning
  too_many_edges,        ///< more than 9 after pruning
};

/// A sentence for people: what was expected.
[[nodiscard]] std::string_view describe(InvalidCell reason);

/// One architecture: a labelled DAG of at most 7 vertices and 9 edges in which every vertex lies on
/// a path from input to output. Valid and pruned by construction; a value of 8 bytes. Equality is
/// that of labelled graphs: two labellings of one architecture differ, have the same `hash_of`, and
/// the same `canonical` form.
class Cell {
 public:
  /// The cell that `specification` prunes to, or why there is none.
  /// @complexity a few dozen instructions
  [[nodiscard]] static Result<Cell, InvalidCell> from(const Specification& specification);

  /// From any square 0/1 matrix and one label a vertex, as the published API takes them; graphs of
  /// more than 7 vertices are cells too if they prune to one.
  /// @param matrix  (n, n) row-major
  /// @param labels  (n): `input`, operation names (long or short), `output`
  /// @complexity O(n²)
  [[nodiscard]] static Result<Cell, InvalidCell> from(std::span<const std::uint8_t> matrix,
                                                      std::span<const std::string_view> labels);

  /// The smallest cell: input → output.
  [[nodiscard]] static Cell trivial();

  [[nodiscard]] unsigned vertices() const { return specification_.vertices; }
  [[nodiscard]] unsigned edges() const { return specification_.edges(); }
  [[nodiscard]] bool has_edge(unsigned source, unsigned target) const {
    return specification_.has_edge(source, target);
  }
  /// @pre 1 ≤ vertex ≤ vertices() − 2
  [[nodiscard]] Operation operation(unsigned vertex) const {
    return specification_.operation(vertex);
  }
  [[nodiscard]] const Specification& specification() const { return specification_; }

  friend auto operator<=>(const Cell&, const Cell&) = default;

 private:
  friend class CellFactory;  // src/space: builds from graphs already known to be full
  explicit Cell(const Specification& specification) : specification_(specification) {}
  Specification specification_;
};
static_assert(sizeof(Cell) <= 16);

/// The cell as the command line writes it: `0110001000010000:conv3x3,maxpool3x3` (row-major V×V
/// digits, interior operations).
[[nodiscard]] std::string to_text(const Cell& cell);

/// V×V digits, row-major, as the published CSV and TFRecord files write a matrix.
[[nodiscard]] std::string adjacency_digits(const Cell& cell);

/// Reads `ADJACENCY:OPS`, V×V digits and one operation an interior vertex, long or short names,
/// separated by `,` or `;`; `input` and `output` may stand around them or not. The cell is what the
/// text prunes to.
/// @throws Error{invalid_argument} for text that is malformed or describes no valid cell
[[nodiscard]] Cell parse_cell(std::string_view text);

/// The upper triangle row-major, (0,1) (0,2) … (1,2) …, bit k the k-th pair: the order of the
/// table format's `adjacency` tensor. @{
[[nodiscard]] std::uint32_t to_row_major(const Specification& specification);
[[nodiscard]] std::uint32_t from_row_major(std::uint32_t bits, unsigned vertices);
/// @}

}  // namespace ecnas::space
