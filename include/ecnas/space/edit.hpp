#pragma once

#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::space {

/// Cells one edit away: one edge flipped or one interior operation changed, in any labelling of the
/// cell; results are pruned, invalid ones left out, isomorphic ones merged, the cell itself left
/// out. So they depend on the architecture only, and between cells of equally many vertices being
/// neighbours is mutual; to a cell that an edit pruned to fewer vertices no single edit leads back.
/// @param space  its limits apply to the results.
/// @return representatives, sorted by rank
[[nodiscard]] std::vector<Cell> neighbours(const Cell& cell, const Space& space);

/// How random cells are drawn.
enum class Sampling {
  uniform,  ///< every architecture of the space with equal probability
  published,  ///< EC-NAS's: vertices in {2, V}, edge count uniform in 1 … V(V−1)/2, each edge by a
              ///< coin, edges beyond the count dropped in row order, operations uniform; mostly
              ///< not a cell or the smallest one
};

/// A draw by `Sampling::uniform`.
[[nodiscard]] const Cell& sample_uniform(const Space& space, Rng& rng);

/// One draw by `Sampling::published`, which is often no cell: hence a specification.
/// @param max_vertices  2 … 7. @throws Error{invalid_argument} otherwise
/// @source EC-NAS's search space object; see docs/algorithms/sampling.md
[[nodiscard]] Specification sample_published(unsigned max_vertices, Rng& rng);

/// The cell on a canvas of `vertices` ≥ cell.vertices() vertices: its interior vertices in random
/// slots in order, the others dangling with random operations. What a mutation edits, so that cells
/// can grow.
/// @throws Error{invalid_argument} unless cell.vertices() ≤ vertices ≤ 7
[[nodiscard]] Specification embedded(const Cell& cell, unsigned vertices, Rng& rng);

}  // namespace ecnas::space
