#pragma once
/// What the features of all cells of one graph share, and how their columns are named and summed.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/surrogate/features.hpp"

namespace ecnas::surrogate {

inline constexpr std::array<space::Operation, space::kOperationCount> kOperations{
    space::Operation::conv3x3, space::Operation::conv1x1, space::Operation::maxpool3x3};

/// Interior vertices as a bit set: vertex v is bit v − 1.
using InteriorSet = std::uint8_t;
inline constexpr std::size_t kInteriorSets = std::size_t{1} << space::kMaxInterior;

/// The interior vertices of a path from input to output, in order.
struct Path {
  std::array<std::uint8_t, space::kMaxInterior> vertices{};
  std::uint8_t length = 0;
  InteriorSet set = 0;
};

/// A graph without its operations.
class FeatureGraph {
 public:
  /// @param cell  its operations are not looked at
  explicit FeatureGraph(const space::Cell& cell);

  [[nodiscard]] const space::Cell& cell() const { return cell_; }
  [[nodiscard]] unsigned vertices() const { return cell_.vertices(); }
  [[nodiscard]] unsigned output() const { return cell_.vertices() - 1; }
  [[nodiscard]] unsigned interior() const { return cell_.vertices() - 2; }

  [[nodiscard]] unsigned in_degree(unsigned vertex) const { return in_degree_[vertex]; }
  [[nodiscard]] unsigned out_degree(unsigned vertex) const { return out_degree_[vertex]; }
  /// Interior vertices that feed the output.
  [[nodiscard]] unsigned feeding_output() const {
    return in_degree_[output()] - (cell_.has_edge(0, output()) ? 1U : 0U);
  }
  /// Edges of the longest path from the input to the vertex, and from it to the output.
  [[nodiscard]] unsigned level(unsigned vertex) const { return level_[vertex]; }
  [[nodiscard]] unsigned height(unsigned vertex) const { return height_[vertex]; }
  [[nodiscard]] const std::vector<Path>& paths() const { return paths_; }

 private:
  void walk(unsigned from, Path path);

  space::Cell cell_;
  std::array<std::uint8_t, space::kMaxVertices> in_degree_{};
  std::array<std::uint8_t, space::kMaxVertices> out_degree_{};
  std::array<std::uint8_t, space::kMaxVertices> level_{};
  std::array<std::uint8_t, space::kMaxVertices> height_{};
  std::vector<Path> paths_;
};

/// A cell's operations in two forms.
struct CellOperations {
  explicit CellOperations(const space::Cell& cell);

  std::array<std::uint8_t, space::kMaxVertices> of{};          ///< by vertex; the endpoints 0
  std::array<InteriorSet, space::kOperationCount> vertices{};  ///< by operation
};

/// The columns, named as they are added.
class FeatureList {
 public:
  /// @return the column
  std::size_t add(FeatureGroup group, std::string name, std::string_view unit,
                  std::string description);
  [[nodiscard]] std::size_t size() const { return features_.size(); }
  [[nodiscard]] std::span<const FeatureInfo> features() const { return features_; }

 private:
  std::vector<FeatureInfo> features_;
};

/// Columns that are a sum over the cell: a part of the graph alone, and one of every interior
/// vertex by its operation.
class SummedColumns {
 public:
  explicit SummedColumns(std::size_t columns)
      : columns_(columns), values_((1 + space::kMaxInterior * space::kOperationCount) * columns) {}

  [[nodiscard]] std::size_t columns() const { return columns_; }
  void clear() { values_.assign(values_.size(), 0.0); }

  [[nodiscard]] std::span<double> graph() { return row(0); }
  [[nodiscard]] std::span<double> vertex(unsigned vertex, std::size_t operation) {
    return row(1 + (vertex - 1) * space::kOperationCount + operation);
  }

 private:
  [[nodiscard]] std::span<double> row(std::size_t index) {
    return std::span(values_).subspan(index * columns_, columns_);
  }

  std::size_t columns_;
  std::vector<double> values_;
};

}  // namespace ecnas::surrogate
