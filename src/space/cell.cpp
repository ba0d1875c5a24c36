#include "ecnas/space/cell.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"
#include "space/shapes.hpp"

namespace ecnas::space {
namespace {

struct OperationNames {
  std::string_view name;
  std::string_view short_name;
};
constexpr std::array<OperationNames, kOperationCount> kOperationNames{{
    {"conv3x3-bn-relu", "conv3x3"},
    {"conv1x1-bn-relu", "conv1x1"},
    {"maxpool3x3", "maxpool3x3"},
}};

constexpr std::uint32_t edges_of_canvas(unsigned vertices) {
  return (1U << Specification::edge_bit(0, vertices)) - 1;
}

/// Whether a packed operation is 3, which is none.
constexpr bool has_unknown_operation(const Specification& specification) {
  const unsigned used = (1U << (2 * (specification.vertices - 2U))) - 1;
  return (specification.operations & specification.operations >> 1 & 0x5555U & used) != 0;
}

/// Bit set of the vertices on a path from input to output; empty if there is none.
std::uint32_t vertices_on_paths(std::uint32_t adjacency, unsigned vertices) {
  std::uint32_t from_input = 1;
  for (unsigned v = 1; v < vertices; ++v) {
    if ((in_mask(adjacency, v) & from_input) != 0) from_input |= 1U << v;
  }
  const unsigned output = vertices - 1;
  if ((from_input >> output & 1) == 0) return 0;
  std::uint32_t to_output = 1U << output;
  for (unsigned v = output; v > 0; --v) {
    if ((to_output >> v & 1) != 0) to_output |= in_mask(adjacency, v);
  }
  return from_input & to_output;
}

/// The bits of `mask` at the places of `kept`, moved together.
std::uint32_t compressed(std::uint32_t mask, std::uint32_t kept) {
  std::uint32_t result = 0;
  for (unsigned place = 0; kept != 0; kept &= kept - 1, ++place) {
    result |= (mask >> std::countr_zero(kept) & 1) << place;
  }
  return result;
}

/// The subgraph on the vertices `kept`, renumbered in order.
Specification induced(const Specification& whole, std::uint32_t kept) {
  Specification part;
  part.vertices = static_cast<std::uint8_t>(std::popcount(kept));
  unsigned target = 0;
  for (unsigned v = 1; v < whole.vertices; ++v) {
    if ((kept >> v & 1) == 0) continue;
    ++target;
    part.adjacency |= compressed(in_mask(whole.adjacency, v), kept)
                      << Specification::edge_bit(0, target);
    if (target + 1U < part.vertices) part.set_operation(target, whole.operation(v));
  }
  return part;
}

/// A matrix of any size as the published API takes it, and what can be said about it.
class Matrix {
 public:
  Matrix(std::span<const std::uint8_t> entries, std::size_t size)
      : entries_(entries), size_(size) {}

  [[nodiscard]] bool has_edge(std::size_t source, std::size_t target) const {
    return entries_[source * size_ + target] != 0;
  }

  [[nodiscard]] bool is_upper_triangular() const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i] > 1 || (entries_[i] == 1 && i / size_ >= i % size_)) return false;
    }
    return true;
  }

  /// The vertices on a path from input to output, ascending; empty if there is none.
  [[nodiscard]] std::vector<std::size_t> vertices_on_paths() const {
    std::vector<bool> from_input(size_);
    std::vector<bool> to_output(size_);
    from_input.front() = to_output.back() = true;
    for (std::size_t v = 1; v < size_; ++v) {
      for (std::size_t source = 0; source < v && !from_input[v]; ++source)
        from_input[v] = from_input[source] && has_edge(source, v);
    }
    for (std::size_t v = size_ - 1; v-- > 0;) {
      for (std::size_t target = v + 1; target < size_ && !to_output[v]; ++target)
        to_output[v] = to_output[target] && has_edge(v, target);
    }
    std::vector<std::size_t> kept;
    if (!from_input.back()) return kept;
    for (std::size_t v = 0; v < size_; ++v) {
      if (from_input[v] && to_output[v]) kept.push_back(v);
    }
    return kept;
  }

 private:
  std::span<const std::uint8_t> entries_;
  std::size_t size_;
};

/// What the labels alone say: the reason why they are wrong, if they are.
std::optional<InvalidCell> judge_labels(std::span<const std::string_view> labels) {
  const auto interior = labels.subspan(1, labels.size() - 2);
  const auto is_endpoint = [](std::string_view label) {
    return label == "input" || label == "output";
  };
  if (labels.front() != "input" || labels.back() != "output" ||
      std::any_of(interior.begin(), interior.end(), is_endpoint)) {
    return InvalidCell::wrong_endpoints;
  }
  const auto is_unknown = [](std::string_view label) { return !parse_operation(label); };
  if (std::any_of(interior.begin(), interior.end(), is_unknown)) {
    return InvalidCell::unknown_operation;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(Operation operation) {
  return kOperationNames[static_cast<std::size_t>(operation)].name;
}

std::string_view short_name(Operation operation) {
  return kOperationNames[static_cast<std::size_t>(operation)].short_name;
}

std::optional<Operation> parse_operation(std::string_view text) {
  for (std::size_t i = 0; i < kOperationCount; ++i) {
    if (text == kOperationNames[i].name || text == kOperationNames[i].short_name) {
      return static_cast<Operation>(i);
    }
  }
  return std::nullopt;
}

std::string_view describe(InvalidCell reason) {
  switch (reason) {
    case InvalidCell::wrong_size:
      return "the matrix must be square, with one label a vertex and at least 2 vertices";
    case InvalidCell::wrong_endpoints:
      return "the first label must be 'input', the last 'output', and no other either of them";
    case InvalidCell::unknown_operation:
      return "an operation must be conv3x3-bn-relu, conv1x1-bn-relu or maxpool3x3";
    case InvalidCell::not_upper_triangular:
      return "the matrix must hold 0 and 1 only, and 1 only above the diagonal";
    case InvalidCell::no_path:
      return "the edges must connect input to output";
    case InvalidCell::too_many_vertices:
      return "at most 7 vertices may lie on paths from input to output";
    case InvalidCell::too_many_edges:
      return "at most 9 edges may lie on paths from input to output";
  }
  ECNAS_ASSERT(!"a reason that is none");
  return {};
}

Result<Cell, InvalidCell> Cell::from(const Specification& specification) {
  const unsigned vertices = specification.vertices;
  if (vertices < 2 || vertices > kMaxVertices) return InvalidCell::wrong_size;
  if ((specification.adjacency & ~edges_of_canvas(vertices)) != 0) return InvalidCell::wrong_size;
  if (has_unknown_operation(specification)) return InvalidCell::unknown_operation;
  const std::uint32_t kept = vertices_on_paths(specification.adjacency, vertices);
  if (kept == 0) return InvalidCell::no_path;
  const Specification pruned = induced(specification, kept);
  if (pruned.edges() > kMaxEdges) return InvalidCell::too_many_edges;
  return Cell(pruned);
}

Result<Cell, InvalidCell> Cell::from(std::span<const std::uint8_t> matrix,
                                     std::span<const std::string_view> labels) {
  const std::size_t size = labels.size();
  if (size < 2 || matrix.size() / size != size || matrix.size() % size != 0) {
    return InvalidCell::wrong_size;
  }
  if (const auto reason = judge_labels(labels)) return *reason;
  const Matrix graph(matrix, size);
  if (!graph.is_upper_triangular()) return InvalidCell::not_upper_triangular;
  const std::vector<std::size_t> kept = graph.vertices_on_paths();
  if (kept.empty()) return InvalidCell::no_path;
  if (kept.size() > kMaxVertices) return InvalidCell::too_many_vertices;

  Specification specification;
  specification.vertices = static_cast<std::uint8_t>(kept.size());
  for (unsigned target = 1; target < kept.size(); ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if (graph.has_edge(kept[source], kept[target])) specification.flip_edge(source, target);
    }
    if (target + 1 < kept.size()) {
      specification.set_operation(target, *parse_operation(labels[kept[target]]));
    }
  }
  return from(specification);
}

Cell Cell::trivial() {
  return Cell(Specification{.vertices = 2, .adjacency = 1, .operations = 0});
}

}  // namespace ecnas::space
