#pragma once
/// The network around a cell as a list of its layers, built the way NAS-Bench-101 builds it tensor
/// by tensor, and counts read off the list.
/// @source [Ying19], model_builder.build_model, build_module, compute_vertex_channels

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ecnas/space/skeleton.hpp"
#include "oracles/space_graph.hpp"

namespace ecnas::space::oracle {

struct Layer {
  enum class Kind { convolution, dense } kind;
  std::int64_t kernel;
  std::int64_t in;
  std::int64_t out;
  std::int64_t pixels;
};

inline std::vector<int> compute_vertex_channels(int input_channels, int output_channels,
                                                const Graph& graph) {
  const std::size_t last = graph.size() - 1;
  std::vector<int> channels(graph.size(), 0);
  channels.at(0) = input_channels;
  channels.at(last) = output_channels;
  if (graph.size() == 2) return channels;
  int in_degree = 0;
  for (std::size_t v = 1; v < last; ++v)
    in_degree += graph.matrix[v][last];
  int correction = output_channels % in_degree;
  for (std::size_t v = 1; v < last; ++v) {
    if (graph.matrix[v][last] == 0) continue;
    channels[v] = output_channels / in_degree;
    if (correction > 0) {
      ++channels[v];
      --correction;
    }
  }
  for (std::size_t v = last - 1; v > 0; --v) {
    if (graph.matrix[v][last] != 0) continue;
    for (std::size_t target = v + 1; target < last; ++target) {
      if (graph.matrix[v][target] != 0) channels[v] = std::max(channels[v], channels[target]);
    }
  }
  return channels;
}

inline void add_cell(std::vector<Layer>& layers, const Graph& graph, int in, int out, int size) {
  const std::vector<int> channels = compute_vertex_channels(in, out, graph);
  const std::int64_t pixels = std::int64_t{size} * size;
  for (std::size_t v = 1; v < graph.size(); ++v) {
    if (graph.matrix[0][v] != 0)  // a projection of the cell's input to the vertex
      layers.push_back({Layer::Kind::convolution, 1, in, channels[v], pixels});
    if (graph.labels[v] == 0)
      layers.push_back({Layer::Kind::convolution, 3, channels[v], channels[v], pixels});
    if (graph.labels[v] == 1)
      layers.push_back({Layer::Kind::convolution, 1, channels[v], channels[v], pixels});
  }
}

inline std::vector<Layer> layers_of(const Graph& graph, const Skeleton& skeleton) {
  std::vector<Layer> layers;
  int size = skeleton.image_size;
  int channels = skeleton.stem_width;
  layers.push_back(
      {Layer::Kind::convolution, 3, skeleton.image_channels, channels, std::int64_t{size} * size});
  int in = channels;
  for (int stack = 0; stack < skeleton.stacks; ++stack) {
    if (stack > 0) {
      size /= 2;
      channels *= 2;
    }
    for (int cell = 0; cell < skeleton.cells_per_stack; ++cell) {
      add_cell(layers, graph, in, channels, size);
      in = channels;
    }
  }
  layers.push_back({Layer::Kind::dense, 1, channels, skeleton.classes, 1});
  return layers;
}

inline std::int64_t trainable_parameters(const Graph& graph, const Skeleton& skeleton) {
  std::int64_t sum = 0;
  for (const Layer& layer : layers_of(graph, skeleton)) {
    sum += layer.kernel * layer.kernel * layer.in * layer.out;
    sum += layer.kind == Layer::Kind::dense ? layer.out : 2 * layer.out;  // bias, or γ and β
  }
  return sum;
}

inline std::int64_t flops(const Graph& graph, const Skeleton& skeleton) {
  std::int64_t sum = 0;
  for (const Layer& layer : layers_of(graph, skeleton))
    sum += layer.kernel * layer.kernel * layer.in * layer.out * layer.pixels;
  return sum;
}

}  // namespace ecnas::space::oracle
