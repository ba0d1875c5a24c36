#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/cell.hpp"

namespace ecnas::search {

/// Where specifications of one canvas lie: a mixture, in equal parts, of a kernel about each of
/// them and of the uniform distribution. A kernel is a product over edges (there or not) and
/// operations: each stays with probability λ, else it is one of the others. Immutable and thread
/// safe.
/// @source [Ozaki20]; kernel: [AitAit76]
class CellDensity {
 public:
  /// @param centres   (n), all of `vertices` vertices; none: uniform
  /// @param stays     λ, above 0 and below 1
  CellDensity(std::vector<space::Specification> centres, unsigned vertices, double stays);

  /// Probability of a specification on the canvas. They sum to 1. @complexity O(n)
  [[nodiscard]] double operator()(const space::Specification& specification) const;

  [[nodiscard]] space::Specification draw(Rng& rng) const;

 private:
  [[nodiscard]] unsigned edges() const { return vertices_ * (vertices_ - 1) / 2; }
  [[nodiscard]] unsigned operations() const { return vertices_ - 2; }

  std::vector<space::Specification> centres_;
  unsigned vertices_;
  double stays_;
  std::vector<double> edge_kernel_;       // (edges + 1): by the number of edges that differ
  std::vector<double> operation_kernel_;  // (operations + 1): likewise
  double uniform_;
};

}  // namespace ecnas::search
