#pragma once
/// Counts of operations in sequence: edges, walks of two edges, whole paths.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "surrogate/features_graph.hpp"

namespace ecnas::surrogate {

/// The group of operation pairs.
class PairFeatures {
 public:
  /// Adds the group's columns to `list`.
  explicit PairFeatures(FeatureList& list);

  struct Edge {
    std::uint8_t source;
    std::uint8_t target;
  };
  struct Walk {
    std::uint8_t source;
    std::uint8_t middle;
    std::uint8_t target;
  };
  /// The edges and walks of a graph.
  struct Plan {
    explicit Plan(const FeatureGraph& graph);
    unsigned output;
    std::vector<Edge> edges;
    std::vector<Walk> walks;
  };

  void write(const Plan& plan, const CellOperations& operations, std::span<float> features) const;

 private:
  std::size_t first_edge_ = 0;
  std::size_t first_walk_ = 0;
};

/// The group of paths: how many paths have each sequence of at most five operations.
/// @source White, Neiswanger, Savani 2021 (BANANAS): the path encoding, there with 0 and 1 for
/// these counts; see docs/algorithms/features.md
class PathFeatures {
 public:
  /// Adds the group's columns to `list`.
  explicit PathFeatures(FeatureList& list);

  void write(std::span<const Path> paths, const CellOperations& operations,
             std::span<float> features) const;

 private:
  std::size_t first_ = 0;
};

}  // namespace ecnas::surrogate
