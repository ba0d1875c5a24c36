#pragma once
/// The features of a cell the slow, obvious way: plain matrices, every path enumerated, and the
/// network built kernel by kernel as NAS-Bench-101 builds it; each feature read off these lists
/// under its name.
/// @source [Ying19], model_builder.build_module

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ecnas/space/skeleton.hpp"
#include "oracles/space_graph.hpp"

namespace ecnas::surrogate::oracle {

using space::oracle::Graph;
using Features = std::map<std::string, double>;

inline const std::array<std::string, 3> kNames{"conv3x3", "conv1x1", "maxpool3x3"};

/// One kernel of the network: what it is, where, and what it costs.
struct Kernel {
  std::string kind;  ///< one of the kinds of features, or "normalisation" or "surroundings"
  int stage;         ///< from 1; 0 outside the cells
  double parameters;
  double flops;
  double read;  ///< activations
  double written;
  int launches;
};

/// A network as a list, and what is no kernel.
struct Network {
  std::vector<Kernel> kernels;
  int truncations = 0;
  double peak_activations = 0;

  void convolution(const std::string& kind, int stage, int kernel, double in, double out,
                   double pixels) {
    const double weights = kernel * kernel * in * out;
    const std::string normalisation = stage == 0 ? kind : "normalisation";
    kernels.push_back({kind, stage, weights, weights * pixels, in * pixels, out * pixels, 1});
    // Batch norm: mean and variance, then the normalised values; then ReLU.
    kernels.push_back({normalisation, stage, 0, 0, out * pixels, 0, 0});
    kernels.push_back({normalisation, stage, 0, 0, out * pixels, out * pixels, 1});
    kernels.push_back({normalisation, stage, 0, 0, out * pixels, out * pixels, 1});
    kernels[kernels.size() - 4].parameters += 2 * out;
  }

  void movement(const std::string& kind, int stage, double read, double written) {
    kernels.push_back({kind, stage, 0, 0, read, written, 1});
  }
};

/// Output channels of a vertex of a cell: a share of the cell's, or the most of what it feeds.
inline double channels_of(const Graph& graph, std::size_t vertex, int in, int out) {
  const std::size_t last = graph.size() - 1;
  if (vertex == 0) return in;
  if (vertex == last) return out;
  int sharing = 0;
  int before = 0;  // vertices that share and come first
  for (std::size_t v = 1; v < last; ++v) {
    sharing += graph.matrix[v][last];
    if (v < vertex) before += graph.matrix[v][last];
  }
  if (graph.matrix[vertex][last] != 0) return out / sharing + (before < out % sharing ? 1 : 0);
  double most = 0;
  for (std::size_t target = vertex + 1; target < last; ++target) {
    if (graph.matrix[vertex][target] != 0)
      most = std::max(most, channels_of(graph, target, in, out));
  }
  return most;
}

/// The outputs alive while each vertex is computed, by going through all pairs.
inline double peak_channels(const Graph& graph, const std::vector<double>& channels) {
  double peak = 0;
  for (std::size_t now = 1; now < graph.size(); ++now) {
    double live = channels[now];
    for (std::size_t earlier = 0; earlier < now; ++earlier) {
      const auto& row = graph.matrix[earlier];
      if (std::any_of(row.begin() + static_cast<std::ptrdiff_t>(now), row.end(),
                      [](int edge) { return edge != 0; })) {
        live += channels[earlier];
      }
    }
    peak = std::max(peak, live);
  }
  return peak;
}

inline void add_cell(Network& network, const Graph& graph, int stage, int in, int out,
                     double pixels) {
  std::vector<double> channels;
  for (std::size_t v = 0; v < graph.size(); ++v)
    channels.push_back(channels_of(graph, v, in, out));
  const std::size_t last = graph.size() - 1;
  int concatenated = 0;
  for (std::size_t v = 1; v < last; ++v) {
    int inputs = 0;
    for (std::size_t source = 1; source < v; ++source) {
      if (graph.matrix[source][v] == 0) continue;
      ++inputs;
      if (channels[source] != channels[v]) ++network.truncations;
    }
    if (graph.matrix[0][v] != 0) {
      ++inputs;
      network.convolution("projection", stage, 1, in, channels[v], pixels);
    }
    const double values = channels[v] * pixels;
    if (inputs > 1) network.movement("addition", stage, inputs * values, values);
    const std::string operation = kNames.at(static_cast<std::size_t>(graph.labels[v]));
    if (graph.labels[v] == 2) {
      network.movement(operation, stage, values, values);
    } else {
      const int kernel = graph.labels[v] == 0 ? 3 : 1;
      network.convolution(operation, stage, kernel, channels[v], channels[v], pixels);
    }
    concatenated += graph.matrix[v][last];
  }
  const double values = out * pixels;
  if (concatenated > 1) network.movement("concatenation", stage, values, values);
  if (graph.matrix[0][last] != 0) {
    network.convolution("projection", stage, 1, in, out, pixels);
    if (concatenated > 0) network.movement("output_addition", stage, 2 * values, values);
  }
  network.peak_activations =
      std::max(network.peak_activations, pixels * peak_channels(graph, channels));
}

inline Network network_of(const Graph& graph, const space::Skeleton& skeleton) {
  Network network;
  int size = skeleton.image_size;
  int channels = skeleton.stem_width;
  int in = channels;
  const auto pixels = [&] { return static_cast<double>(size) * size; };
  network.convolution("surroundings", 0, 3, skeleton.image_channels, channels, pixels());
  for (int stack = 1; stack <= skeleton.stacks; ++stack) {
    if (stack > 1) {
      const double before = pixels();
      size /= 2;
      network.movement("surroundings", 0, in * before, in * pixels());
      channels *= 2;
    }
    for (int cell = 0; cell < skeleton.cells_per_stack; ++cell) {
      add_cell(network, graph, stack, in, channels, pixels());
      in = channels;
    }
  }
  network.movement("surroundings", 0, channels * pixels(), channels);  // average over the image
  network.movement("surroundings", 0, channels, skeleton.classes);     // dense layer
  network.kernels.back().parameters = (channels + 1.0) * skeleton.classes;
  network.kernels.back().flops = static_cast<double>(channels) * skeleton.classes;
  return network;
}

inline void add_physical(Features& features, const Graph& graph, const space::Skeleton& skeleton) {
  const std::vector<std::string> kinds{"conv3x3",    "conv1x1",       "projection",
                                       "maxpool3x3", "concatenation", "output_addition",
                                       "addition"};
  const Network network = network_of(graph, skeleton);
  const auto sum = [&](const std::string& kind, int stage, auto value) {
    double total = 0;
    for (const Kernel& kernel : network.kernels) {
      if ((kind.empty() || kernel.kind == kind) && (stage < 0 || kernel.stage == stage))
        total += static_cast<double>(value(kernel));
    }
    return total;
  };
  const auto parameters = [](const Kernel& kernel) { return kernel.parameters; };
  const auto flops = [](const Kernel& kernel) { return kernel.flops; };
  const auto traffic = [](const Kernel& kernel) { return 4 * (kernel.read + kernel.written); };
  const auto launches = [](const Kernel& kernel) { return kernel.launches; };

  features["parameters"] = sum("", -1, parameters);
  features["flops"] = sum("", -1, flops);
  features["traffic_bytes"] = sum("", -1, traffic);
  features["written_bytes"] = sum("", -1, [](const Kernel& kernel) { return 4 * kernel.written; });
  features["kernel_launches"] = sum("", -1, launches);
  features["normalisation_traffic_bytes"] = sum("normalisation", -1, traffic);
  for (const std::string& kind : kinds) {
    features[kind + "_traffic_bytes"] = sum(kind, -1, traffic);
    features[kind + "_launches"] = sum(kind, -1, launches);
  }
  for (int stage = 1; stage <= skeleton.stacks; ++stage) {
    const std::string suffix = "_stage" + std::to_string(stage);
    features["parameters" + suffix] = sum("", stage, parameters);
    features["flops" + suffix] = sum("", stage, flops);
    features["traffic_bytes" + suffix] = sum("", stage, traffic);
    for (std::size_t kind = 0; kind < 3; ++kind)
      features[kinds[kind] + "_flops" + suffix] = sum(kinds[kind], stage, flops);
  }
  for (std::size_t kind = 0; kind < 3; ++kind) {
    features[kinds[kind] + "_parameters"] = sum(kinds[kind], -1, parameters);
    features[kinds[kind] + "_flops"] = sum(kinds[kind], -1, flops);
  }
  features["truncations"] = network.truncations;
  features["peak_activation_bytes"] = 4 * network.peak_activations;
  features["arithmetic_intensity"] = features["flops"] / features["traffic_bytes"];
}

/// Every path between two vertices, both included, by depth-first search.
inline std::vector<std::vector<std::size_t>> paths_between(const Graph& graph, std::size_t from,
                                                           std::size_t to) {
  if (from == to) return {{from}};
  std::vector<std::vector<std::size_t>> paths;
  for (std::size_t next = 0; next < graph.size(); ++next) {
    if (graph.matrix[from][next] == 0) continue;
    for (std::vector<std::size_t> path : paths_between(graph, next, to)) {
      path.insert(path.begin(), from);
      paths.push_back(path);
    }
  }
  return paths;
}

inline double longest(const std::vector<std::vector<std::size_t>>& paths) {
  std::size_t vertices = 1;
  for (const auto& path : paths)
    vertices = std::max(vertices, path.size());
  return static_cast<double>(vertices - 1);
}

struct Spread {
  double most;
  double least;
  double mean;
};

/// Of a number for each path from input to output.
inline Spread spread_over_paths(
    const Graph& graph, const std::function<double(const std::vector<std::size_t>&)>& number) {
  std::vector<double> values;
  for (const auto& path : paths_between(graph, 0, graph.size() - 1))
    values.push_back(number(path));
  double total = 0;
  for (const double value : values)
    total += value;
  return {*std::max_element(values.begin(), values.end()),
          *std::min_element(values.begin(), values.end()),
          total / static_cast<double>(values.size())};
}

/// Side of the image that one pixel of the last cell's output sees through `windows` 3×3 windows a
/// cell, layer by layer from the last to the first.
inline double receptive_field(int windows, const space::Skeleton& skeleton) {
  double side = 1;
  for (int stack = skeleton.stacks; stack > 0; --stack) {
    side += 2.0 * windows * skeleton.cells_per_stack;
    if (stack > 1) side *= 2;  // a 2×2 pooling: twice the pixels
  }
  return side + 2;  // the stem
}

inline void add_structural(Features& features, const Graph& graph,
                           const space::Skeleton& skeleton) {
  const std::size_t last = graph.size() - 1;
  const auto in = [&](std::size_t v) {
    double edges = 0;
    for (const auto& row : graph.matrix)
      edges += row[v];
    return edges;
  };
  const auto out = [&](std::size_t v) {
    double edges = 0;
    for (const int edge : graph.matrix[v])
      edges += edge;
    return edges;
  };
  const auto with_label = [&](const std::vector<std::size_t>& path,
                              const std::vector<int>& labels) {
    return static_cast<double>(std::count_if(path.begin(), path.end(), [&](std::size_t v) {
      return std::find(labels.begin(), labels.end(), graph.labels[v]) != labels.end();
    }));
  };
  const Spread lengths = spread_over_paths(
      graph, [](const auto& path) { return static_cast<double>(path.size() - 1); });
  features["vertices"] = static_cast<double>(graph.size());
  features["edges"] = static_cast<double>(space::oracle::edge_count(graph));
  features["path_count"] = static_cast<double>(paths_between(graph, 0, last).size());
  features["longest_path"] = lengths.most;
  features["shortest_path"] = lengths.least;
  features["mean_path"] = lengths.mean;
  std::map<double, double> on_level;
  for (std::size_t v = 1; v < last; ++v)
    ++on_level[longest(paths_between(graph, 0, v))];
  features["widest_level"] = 0;
  for (const auto& [level, count] : on_level)
    features["widest_level"] = std::max(features["widest_level"], count);
  features["input_out_degree"] = out(0);
  features["output_in_degree"] = in(last);
  const double feeding = in(last)-graph.matrix[0][last];
  const double width = feeding == 0 ? 0 : 1 / feeding;
  features["feeding_output"] = feeding;
  features["relative_width"] = width;

  for (int label = 0; label < 3; ++label) {
    const std::string& name = kNames.at(static_cast<std::size_t>(label));
    const Spread spread =
        spread_over_paths(graph, [&](const auto& path) { return with_label(path, {label}); });
    features[name + "_on_path_most"] = spread.most;
    features[name + "_on_path_least"] = spread.least;
    features[name + "_on_path_mean"] = spread.mean;
    for (const char* what : {"_count", "_width_sum", "_level_sum", "_height_sum", "_in_degree_sum",
                             "_in_degree_max", "_out_degree_sum", "_out_degree_max"})
      features[name + what] = 0;
    for (std::size_t v = 1; v < last; ++v) {
      if (graph.labels[v] != label) continue;
      features[name + "_count"] += 1;
      features[name + "_width_sum"] += width;
      features[name + "_level_sum"] += longest(paths_between(graph, 0, v));
      features[name + "_height_sum"] += longest(paths_between(graph, v, last));
      features[name + "_in_degree_sum"] += in(v);
      features[name + "_out_degree_sum"] += out(v);
      double& most_in = features[name + "_in_degree_max"];
      most_in = std::max(most_in, in(v));
      double& most_out = features[name + "_out_degree_max"];
      most_out = std::max(most_out, out(v));
    }
  }
  const Spread convolutions = spread_over_paths(graph, [&](const auto& path) {
    return with_label(path, {0, 1});
  });
  features["convolutions_on_path_most"] = convolutions.most;
  features["convolutions_on_path_least"] = convolutions.least;
  const Spread windows = spread_over_paths(graph, [&](const auto& path) {
    return with_label(path, {0, 2});
  });
  features["receptive_field_largest"] = receptive_field(static_cast<int>(windows.most), skeleton);
  features["receptive_field_smallest"] = receptive_field(static_cast<int>(windows.least), skeleton);
}

inline std::string label_text(int label) {
  if (label == -1) return "input";
  return label == -2 ? "output" : kNames.at(static_cast<std::size_t>(label));
}

/// Counts that are not 0; all others of these groups are.
inline void add_sequences(Features& features, const Graph& graph) {
  const std::size_t size = graph.size();
  for (std::size_t a = 0; a < size; ++a) {
    for (std::size_t b = 0; b < size; ++b) {
      if (graph.matrix[a][b] == 0) continue;
      const std::string edge = label_text(graph.labels[a]) + "_" + label_text(graph.labels[b]);
      ++features["edges_" + edge];
      for (std::size_t c = 0; c < size; ++c) {
        if (graph.matrix[b][c] != 0)
          ++features["walks_" + edge + "_" + label_text(graph.labels[c])];
      }
    }
  }
  for (const auto& path : paths_between(graph, 0, size - 1)) {
    std::string text;
    for (std::size_t i = 1; i + 1 < path.size(); ++i)
      text += "_" + label_text(graph.labels[path[i]]);
    ++features["paths" + (text.empty() ? "_direct" : text)];
  }
}

/// All features of the labelled graph as it is; of the last two groups those that are not 0.
inline Features features_of(const Graph& graph, const space::Skeleton& skeleton) {
  Features features;
  add_physical(features, graph, skeleton);
  add_structural(features, graph, skeleton);
  add_sequences(features, graph);
  return features;
}

}  // namespace ecnas::surrogate::oracle
