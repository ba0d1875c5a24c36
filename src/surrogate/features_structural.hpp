#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ecnas/space/skeleton.hpp"
#include "surrogate/features_graph.hpp"

namespace ecnas::surrogate {

/// What the columns that are no sums need of a graph: for every set of interior vertices, how many
/// of them lie on a path and how many edges one of them has.
struct StructuralExtremes {
  explicit StructuralExtremes(const FeatureGraph& graph);

  std::array<std::uint8_t, kInteriorSets> most_on_path{};
  std::array<std::uint8_t, kInteriorSets> least_on_path{};
  std::array<std::uint8_t, kInteriorSets> most_in{};
  std::array<std::uint8_t, kInteriorSets> most_out{};
};

/// The structural group: counts, depths, widths and degrees.
class StructuralFeatures {
 public:
  /// Adds the group's columns to `list`.
  StructuralFeatures(const space::Skeleton& skeleton, FeatureList& list);

  /// Adds every column that is a sum.
  void add_sums(const FeatureGraph& graph, SummedColumns& sums) const;

  /// Sets the columns that are not.
  void finish(const StructuralExtremes& extremes, const CellOperations& operations,
              std::span<float> features) const;

 private:
  using ByOperation = std::array<std::size_t, space::kOperationCount>;

  void add_graph_columns(FeatureList& list);
  void add_path_columns(FeatureList& list);
  void add_vertex_columns(FeatureList& list);
  void add_graph_sums(const FeatureGraph& graph, std::span<double> row) const;

  double pixels_outside_;   ///< receptive field of a network whose cells only pass their input on
  double pixels_per_step_;  ///< what one 3×3 window in every cell adds

  std::size_t vertices_ = 0;
  std::size_t edges_ = 0;
  std::size_t path_count_ = 0;
  std::size_t longest_path_ = 0;
  std::size_t shortest_path_ = 0;
  std::size_t mean_path_ = 0;
  std::size_t widest_level_ = 0;
  std::size_t input_out_degree_ = 0;
  std::size_t output_in_degree_ = 0;
  std::size_t feeding_output_ = 0;
  std::size_t width_ = 0;
  ByOperation most_on_path_{};
  ByOperation least_on_path_{};
  ByOperation mean_on_path_{};
  std::size_t most_convolutions_on_path_ = 0;
  std::size_t least_convolutions_on_path_ = 0;
  std::size_t largest_receptive_field_ = 0;
  std::size_t smallest_receptive_field_ = 0;
  ByOperation count_{};
  ByOperation width_sum_{};
  ByOperation level_sum_{};
  ByOperation height_sum_{};
  ByOperation in_degree_sum_{};
  ByOperation out_degree_sum_{};
  ByOperation in_degree_max_{};
  ByOperation out_degree_max_{};
};

}  // namespace ecnas::surrogate
