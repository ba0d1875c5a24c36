#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/space/hash.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::space {

/// Position of an architecture in its space: NAS-Bench-101's enumeration order, so by vertices
/// first; a space of fewer vertices is a prefix.
using Rank = std::uint32_t;

struct SpaceLimits {
  unsigned max_vertices = kMaxVertices;  ///< 2 … 7
  unsigned max_edges = kMaxEdges;        ///< 1 … 9
  friend bool operator==(const SpaceLimits&, const SpaceLimits&) = default;
};

/// All architectures of at most `max_vertices` vertices and `max_edges` edges, each by its
/// representative, with constant-time ranking of any labelling. Immutable and thread safe.
class Space {
 public:
  /// @throws Error{invalid_argument} for limits out of range.
  /// @complexity about 3 ms and 4 MB for the whole space of 423,624 cells; the first in a process 4
  /// ms more.
  explicit Space(SpaceLimits limits = {});
  Space(Space&&) noexcept;
  Space& operator=(Space&&) noexcept;
  ~Space();

  /// One space per `max_vertices` (all with 9 edges), built on first use and kept.
  [[nodiscard]] static const Space& shared(unsigned max_vertices = kMaxVertices);

  [[nodiscard]] SpaceLimits limits() const;
  [[nodiscard]] std::size_t size() const { return cells().size(); }

  /// The representatives in rank order.
  [[nodiscard]] std::span<const Cell> cells() const;
  [[nodiscard]] const Cell& cell(Rank rank) const { return cells()[rank]; }

  /// Rank of any labelling; absent if the cell is outside the limits.
  /// @complexity one probe of a small table and two look-ups, about 10 ns; no MD5
  [[nodiscard]] std::optional<Rank> rank(const Cell& cell) const;

  /// Hashes in rank order. Computed on first use (about 0.3 s for the whole space, divided by the
  /// number of threads that the first caller allows; 0: one per core) and kept.
  [[nodiscard]] std::span<const Hash> hashes(unsigned threads = 1) const;

  /// Rank by hash; absent if no cell of the space has it. Builds `hashes()` and an index on first
  /// use.
  [[nodiscard]] std::optional<Rank> rank(const Hash& hash) const;

  /// Ranks of all cells whose hash begins with these hexadecimal digits, in order of their hashes.
  /// @throws Error{invalid_argument} unless 1 … 32 hexadecimal digits.
  [[nodiscard]] std::vector<Rank> ranks_by_prefix(std::string_view digits) const;

  /// Counts of all cells in rank order, faster than one by one. @{
  [[nodiscard]] std::vector<std::int64_t> trainable_parameters(const Skeleton& skeleton = {}) const;
  [[nodiscard]] std::vector<std::int64_t> flops(const Skeleton& skeleton = {}) const;
  /// @}

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ecnas::space
