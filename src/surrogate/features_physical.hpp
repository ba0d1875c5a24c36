#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/space/skeleton.hpp"
#include "surrogate/features_graph.hpp"

namespace ecnas::surrogate {

/// The physical group: what one image's forward pass through the network costs.
class PhysicalFeatures {
 public:
  /// Adds the group's columns to `list`.
  PhysicalFeatures(const space::Skeleton& skeleton, FeatureList& list);

  /// Adds every column that is a sum.
  void add_sums(const FeatureGraph& graph, SummedColumns& sums) const;

  /// Sets the columns that are not, from the sums of a cell.
  void finish(std::span<const double> sums, std::span<float> features) const;

 private:
  enum Kernel : std::size_t {
    conv3x3,
    conv1x1,
    projection,
    maxpool3x3,
    addition,
    concatenation,
    output_addition
  };
  static constexpr std::size_t kConvolutions = 3;  ///< the first three kernels
  static constexpr std::size_t kKernels = 7;
  struct Stage {
    std::size_t index;
    double copies;  ///< cells that are equal
    double pixels;
  };
  using Row = std::span<double>;

  void add_parameter_columns(FeatureList& list);
  void add_flop_columns(FeatureList& list);
  void add_traffic_columns(FeatureList& list);
  void add_launch_columns(FeatureList& list);

  void add_surroundings(Row row) const;
  void add_cells(const FeatureGraph& graph, SummedColumns& sums, const Stage& stage,
                 std::int32_t in, std::int32_t out) const;
  void add_vertex(const FeatureGraph& graph, SummedColumns& sums, const Stage& stage,
                  unsigned vertex, double width) const;
  void add_output(const FeatureGraph& graph, Row row, const Stage& stage, double width) const;
  void add_convolution(Row row, const Stage& stage, Kernel kind, double in, double out) const;
  void add_movement(Row row, const Stage& stage, Kernel kind, double read, double written) const;
  void count_traffic(Row row, const Stage& stage, std::size_t column, double read,
                     double written) const;

  space::Skeleton skeleton_;
  std::size_t parameters_ = 0;
  std::array<std::size_t, kConvolutions> parameters_of_{};
  std::vector<std::size_t> parameters_in_;  // by stage, as below
  std::size_t flops_ = 0;
  std::array<std::size_t, kConvolutions> flops_of_{};
  std::vector<std::size_t> flops_in_;
  std::array<std::vector<std::size_t>, kConvolutions> flops_of_in_;
  std::size_t traffic_ = 0;
  std::array<std::size_t, kKernels> traffic_of_{};
  std::size_t normalisation_traffic_ = 0;
  std::vector<std::size_t> traffic_in_;
  std::size_t written_ = 0;
  std::size_t peak_ = 0;
  std::size_t launches_ = 0;
  std::array<std::size_t, kKernels> launches_of_{};
  std::size_t truncations_ = 0;
  std::size_t intensity_ = 0;
};

}  // namespace ecnas::surrogate
