#include <array>

#include "ecnas/core/error.hpp"
#include "ecnas/space/edit.hpp"

namespace ecnas::space {
namespace {

Operation random_operation(Rng& rng) {
  return static_cast<Operation>(rng.below(kOperationCount));
}

}  // namespace

const Cell& sample_uniform(const Space& space, Rng& rng) {
  return space.cell(static_cast<Rank>(rng.below(space.size())));
}

Specification sample_published(unsigned max_vertices, Rng& rng) {
  if (max_vertices < 2 || max_vertices > kMaxVertices) {
    fail(ErrorCode::invalid_argument, "sample_published: max_vertices is {}; expected 2 to {}",
         max_vertices, kMaxVertices);
  }
  Specification drawn;
  drawn.vertices = static_cast<std::uint8_t>(rng.chance(0.5) ? 2 : max_vertices);
  const std::uint64_t edges = 1 + rng.below(max_vertices * (max_vertices - 1) / 2);
  for (unsigned source = 0; source < drawn.vertices; ++source) {
    for (unsigned target = source + 1; target < drawn.vertices; ++target) {
      if (rng.chance(0.5) && drawn.edges() < edges) drawn.flip_edge(source, target);
    }
  }
  for (unsigned v = 1; v + 1U < drawn.vertices; ++v)
    drawn.set_operation(v, random_operation(rng));
  return drawn;
}

Specification embedded(const Cell& cell, unsigned vertices, Rng& rng) {
  if (vertices < cell.vertices() || vertices > kMaxVertices) {
    fail(ErrorCode::invalid_argument, "embedded: a cell of {} vertices on {}; expected {} to {}",
         cell.vertices(), vertices, cell.vertices(), kMaxVertices);
  }
  Specification canvas;
  canvas.vertices = static_cast<std::uint8_t>(vertices);
  std::array<unsigned, kMaxVertices> slot{};  // where each vertex of the cell goes
  slot[cell.vertices() - 1] = vertices - 1;
  unsigned to_place = cell.vertices() - 2;
  unsigned placed = 0;
  // Selection sampling (Knuth, TAOCP 3.4.2 S): every choice of slots is equally likely.
  for (unsigned v = 1; v + 1 < vertices; ++v) {
    if (rng.below(vertices - 1 - v) < to_place) {
      --to_place;
      slot[++placed] = v;
      canvas.set_operation(v, cell.operation(placed));
    } else {
      canvas.set_operation(v, random_operation(rng));
    }
  }
  for (unsigned target = 1; target < cell.vertices(); ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if (cell.has_edge(source, target)) canvas.flip_edge(slot[source], slot[target]);
    }
  }
  return canvas;
}

}  // namespace ecnas::space
