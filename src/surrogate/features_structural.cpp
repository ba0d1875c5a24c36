#include "surrogate/features_structural.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>
#include <utility>

namespace ecnas::surrogate {
namespace {

constexpr auto kConv3x3 = static_cast<std::size_t>(space::Operation::conv3x3);
constexpr auto kConv1x1 = static_cast<std::size_t>(space::Operation::conv1x1);
constexpr auto kMaxpool3x3 = static_cast<std::size_t>(space::Operation::maxpool3x3);

std::size_t add(FeatureList& list, std::string name, std::string description) {
  return list.add(FeatureGroup::structural, std::move(name), "1", std::move(description));
}

/// Most interior vertices whose longest path from the input has the same length.
unsigned widest_level(const FeatureGraph& graph) {
  std::array<unsigned, space::kMaxVertices> on_level{};
  for (unsigned v = 1; v < graph.output(); ++v)
    ++on_level[graph.level(v)];
  return *std::ranges::max_element(on_level);
}

}  // namespace

StructuralExtremes::StructuralExtremes(const FeatureGraph& graph) {
  const std::size_t sets = std::size_t{1} << graph.interior();
  for (std::size_t set = 0; set < sets; ++set) {
    std::uint8_t most = 0;
    std::uint8_t least = space::kMaxInterior;
    for (const Path& path : graph.paths()) {
      const auto on_path = static_cast<std::uint8_t>(std::popcount(set & path.set));
      most = std::max(most, on_path);
      least = std::min(least, on_path);
    }
    most_on_path[set] = most;
    least_on_path[set] = least;
    for (unsigned v = 1; v < graph.output(); ++v) {
      if ((set >> (v - 1) & 1) == 0) continue;
      most_in[set] = std::max(most_in[set], static_cast<std::uint8_t>(graph.in_degree(v)));
      most_out[set] = std::max(most_out[set], static_cast<std::uint8_t>(graph.out_degree(v)));
    }
  }
}

StructuralFeatures::StructuralFeatures(const space::Skeleton& skeleton, FeatureList& list)
    : pixels_outside_(3), pixels_per_step_(0) {
  double stride = 1;  // image pixels between neighbours in a stack; twice that is a 3×3 window's
  for (std::int32_t stack = 0; stack < skeleton.stacks; ++stack, stride *= 2) {
    if (stack > 0) pixels_outside_ += stride / 2;
    pixels_per_step_ += 2 * stride * skeleton.cells_per_stack;
  }
  add_graph_columns(list);
  add_path_columns(list);
  add_vertex_columns(list);
}

void StructuralFeatures::add_graph_columns(FeatureList& list) {
  vertices_ = add(list, "vertices", "vertices, input and output included");
  edges_ = add(list, "edges", "edges");
  path_count_ = add(list, "path_count", "paths from input to output");
  longest_path_ = add(list, "longest_path", "edges of the longest path from input to output");
  shortest_path_ = add(list, "shortest_path", "edges of the shortest path from input to output");
  mean_path_ = add(list, "mean_path", "edges of a path from input to output, mean over the paths");
  widest_level_ = add(list, "widest_level",
                      "most interior vertices whose longest path from the input is equally long");
  input_out_degree_ = add(list, "input_out_degree", "edges from the input");
  output_in_degree_ = add(list, "output_in_degree", "edges into the output");
  feeding_output_ = add(list, "feeding_output", "interior vertices that feed the output");
  width_ = add(list, "relative_width",
               "channels of a vertex divided by the cell's: 1 / feeding_output, 0 without interior "
               "vertices; the rounding of channels left out");
}

void StructuralFeatures::add_path_columns(FeatureList& list) {
  for (const space::Operation operation : kOperations) {
    const auto o = static_cast<std::size_t>(operation);
    const std::string_view name = space::short_name(operation);
    most_on_path_[o] = add(list, fmt::format("{}_on_path_most", name),
                           fmt::format("{} vertices on the path that has most", name));
    least_on_path_[o] = add(list, fmt::format("{}_on_path_least", name),
                            fmt::format("{} vertices on the path that has least", name));
    mean_on_path_[o] = add(list, fmt::format("{}_on_path_mean", name),
                           fmt::format("{} vertices on a path, mean over the paths", name));
  }
  most_convolutions_on_path_ = add(list, "convolutions_on_path_most",
                                   "conv3x3 and conv1x1 vertices on the path that has most");
  least_convolutions_on_path_ = add(list, "convolutions_on_path_least",
                                    "conv3x3 and conv1x1 vertices on the path that has least");
  largest_receptive_field_ = list.add(
      FeatureGroup::structural, "receptive_field_largest", "pixels",
      "side of the image region that the last stack sees along the paths with most conv3x3 "
      "and maxpool3x3");
  smallest_receptive_field_ = list.add(FeatureGroup::structural, "receptive_field_smallest",
                                       "pixels", "the same along the paths with least of them");
}

void StructuralFeatures::add_vertex_columns(FeatureList& list) {
  for (const space::Operation operation : kOperations) {
    const auto o = static_cast<std::size_t>(operation);
    const std::string_view name = space::short_name(operation);
    const auto add_column = [&](std::string_view what, std::string_view description) {
      return add(list, fmt::format("{}_{}", name, what),
                 fmt::format("{} vertices: {}", name, description));
    };
    count_[o] = add_column("count", "their number");
    width_sum_[o] = add_column("width_sum", "sum of their relative widths");
    level_sum_[o] = add_column("level_sum", "sum of edges of the longest path from the input");
    height_sum_[o] = add_column("height_sum", "sum of edges of the longest path to the output");
    in_degree_sum_[o] = add_column("in_degree_sum", "edges into them");
    in_degree_max_[o] = add_column("in_degree_max", "most edges into one of them");
    out_degree_sum_[o] = add_column("out_degree_sum", "edges out of them");
    out_degree_max_[o] = add_column("out_degree_max", "most edges out of one of them");
  }
}

void StructuralFeatures::add_sums(const FeatureGraph& graph, SummedColumns& sums) const {
  add_graph_sums(graph, sums.graph());
  const auto paths = static_cast<double>(graph.paths().size());
  for (unsigned v = 1; v < graph.output(); ++v) {
    const auto through = static_cast<double>(std::ranges::count_if(
        graph.paths(), [&](const Path& path) { return (path.set >> (v - 1) & 1) != 0; }));
    for (std::size_t o = 0; o < space::kOperationCount; ++o) {
      const auto row = sums.vertex(v, o);
      row[count_[o]] += 1;
      row[width_sum_[o]] += 1.0 / graph.feeding_output();
      row[level_sum_[o]] += graph.level(v);
      row[height_sum_[o]] += graph.height(v);
      row[in_degree_sum_[o]] += graph.in_degree(v);
      row[out_degree_sum_[o]] += graph.out_degree(v);
      row[mean_on_path_[o]] += through / paths;
    }
  }
}

void StructuralFeatures::add_graph_sums(const FeatureGraph& graph, std::span<double> row) const {
  const auto length = [](const Path& path) { return path.length; };
  double edges_of_paths = 0;
  for (const Path& path : graph.paths())
    edges_of_paths += path.length + 1;
  row[vertices_] += graph.vertices();
  row[edges_] += graph.cell().edges();
  row[path_count_] += static_cast<double>(graph.paths().size());
  row[longest_path_] += graph.level(graph.output());
  row[shortest_path_] += std::ranges::min(graph.paths(), {}, length).length + 1;
  row[mean_path_] += edges_of_paths / static_cast<double>(graph.paths().size());
  row[widest_level_] += widest_level(graph);
  row[input_out_degree_] += graph.out_degree(0);
  row[output_in_degree_] += graph.in_degree(graph.output());
  row[feeding_output_] += graph.feeding_output();
  row[width_] += graph.feeding_output() > 0 ? 1.0 / graph.feeding_output() : 0.0;
}

void StructuralFeatures::finish(const StructuralExtremes& extremes,
                                const CellOperations& operations, std::span<float> features) const {
  for (std::size_t o = 0; o < space::kOperationCount; ++o) {
    const InteriorSet set = operations.vertices[o];
    features[most_on_path_[o]] = extremes.most_on_path[set];
    features[least_on_path_[o]] = extremes.least_on_path[set];
    features[in_degree_max_[o]] = extremes.most_in[set];
    features[out_degree_max_[o]] = extremes.most_out[set];
  }
  const std::size_t convolutions = operations.vertices[kConv3x3] | operations.vertices[kConv1x1];
  features[most_convolutions_on_path_] = extremes.most_on_path[convolutions];
  features[least_convolutions_on_path_] = extremes.least_on_path[convolutions];
  const std::size_t windows = operations.vertices[kConv3x3] | operations.vertices[kMaxpool3x3];
  const auto pixels = [&](std::uint8_t steps) {
    return static_cast<float>(pixels_outside_ + steps * pixels_per_step_);
  };
  features[largest_receptive_field_] = pixels(extremes.most_on_path[windows]);
  features[smallest_receptive_field_] = pixels(extremes.least_on_path[windows]);
}

}  // namespace ecnas::surrogate
