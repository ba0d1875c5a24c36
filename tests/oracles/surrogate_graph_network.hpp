#pragma once
/// The graph network one cell, one vertex and one number at a time, in double precision; what it is
/// given of a vertex comes from all paths written out.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/space/canonical.hpp"
#include "ecnas/space/skeleton.hpp"
#include "ecnas/surrogate/graph_network.hpp"
#include "oracles/surrogate_dense.hpp"

namespace ecnas::surrogate::oracle {

using Row = std::vector<double>;

/// Numbers of edges of all paths between two vertices.
inline std::vector<unsigned> path_lengths(const space::Cell& cell, unsigned from, unsigned to) {
  if (from == to) return {0};
  std::vector<unsigned> lengths;
  for (unsigned next = from + 1; next <= to; ++next) {
    if (!cell.has_edge(from, next)) continue;
    for (const unsigned rest : path_lengths(cell, next, to))
      lengths.push_back(rest + 1);
  }
  return lengths;
}

/// 0: input, 1: output, 2 …: the operations.
inline std::size_t label_of(const space::Cell& cell, unsigned vertex) {
  if (vertex == 0) return 0;
  if (vertex + 1 == cell.vertices()) return 1;
  return 2 + static_cast<std::size_t>(cell.operation(vertex));
}

/// Channels of a vertex as a share of the output's.
inline double width_of(const space::Cell& cell, unsigned vertex) {
  const unsigned output = cell.vertices() - 1;
  if (vertex == 0 || vertex == output) return 1;
  double feeding = 0;
  for (unsigned v = 1; v < output; ++v)
    feeding += cell.has_edge(v, output) ? 1 : 0;
  double width = 0;
  for (unsigned target = vertex + 1; target <= output; ++target) {
    if (!cell.has_edge(vertex, target)) continue;
    width = std::max(width, target == output ? 1 / feeding : width_of(cell, target));
  }
  return width;
}

inline Row vertex_inputs(const space::Cell& cell, unsigned vertex) {
  const unsigned output = cell.vertices() - 1;
  const std::vector<unsigned> before = path_lengths(cell, 0, vertex);
  const std::vector<unsigned> after = path_lengths(cell, vertex, output);
  const auto count = [](const std::vector<unsigned>& paths) {
    return static_cast<double>(paths.size());
  };
  double sources = 0;
  double targets = 0;
  for (unsigned v = 0; v <= output; ++v) {
    sources += v < vertex && cell.has_edge(v, vertex) ? 1 : 0;
    targets += v > vertex && cell.has_edge(vertex, v) ? 1 : 0;
  }
  Row inputs(5);
  inputs[label_of(cell, vertex)] = 1;
  const double width = width_of(cell, vertex);
  for (const double number :
       {width, std::log2(width) / 2, *std::ranges::max_element(before) / 3.0,
        *std::ranges::max_element(after) / 3.0, *std::ranges::min_element(before) / 3.0,
        *std::ranges::min_element(after) / 3.0,
        count(before) * count(after) / count(path_lengths(cell, 0, output)),
        std::log2(count(before)) / 2, std::log2(count(after)) / 2, sources / 3, targets / 3,
        vertex > 0 && cell.has_edge(0, vertex) ? 1.0 : 0.0,
        vertex < output && cell.has_edge(vertex, output) ? 1.0 : 0.0})
    inputs.push_back(number);
  inputs.resize(32);
  return inputs;
}

inline Row cell_inputs(const space::Cell& cell) {
  Row counts(space::kOperationCount);
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v)
    counts[static_cast<std::size_t>(cell.operation(v))] += 1;
  Row inputs = {(cell.vertices() - 5.0) / 2, (cell.edges() - 6.0) / 3,
                std::log10(static_cast<double>(space::trainable_parameters(cell))) - 6.7,
                std::log10(static_cast<double>(space::flops(cell))) - 9};
  for (const double number : counts)
    inputs.push_back(number / 3);
  inputs.push_back(cell.has_edge(0, cell.vertices() - 1) ? 1 : 0);
  inputs.resize(16);
  return inputs;
}

/// A network's parameters by name, in double precision.
class GraphParameters {
 public:
  GraphParameters(const GraphNetwork& network, std::span<const double> values)
      : tensors_(network.tensors()), values_(values) {}

  /// A row times a tensor.
  [[nodiscard]] Row times(const Row& row, const std::string& name) const {
    const GraphNetworkTensor& tensor = find(name);
    Row result(tensor.columns);
    for (std::size_t k = 0; k < tensor.rows; ++k) {
      for (std::size_t i = 0; i < tensor.columns; ++i)
        result[i] += row.at(k) * values_[tensor.offset + k * tensor.columns + i];
    }
    return result;
  }
  [[nodiscard]] double at(const std::string& name, std::size_t row, std::size_t column) const {
    const GraphNetworkTensor& tensor = find(name);
    return values_[tensor.offset + row * tensor.columns + column];
  }

 private:
  [[nodiscard]] const GraphNetworkTensor& find(const std::string& name) const {
    return *std::ranges::find(tensors_, name, &GraphNetworkTensor::name);
  }
  std::span<const GraphNetworkTensor> tensors_;
  std::span<const double> values_;
};

inline void add_to(Row& sum, const Row& row) {
  for (std::size_t i = 0; i < row.size(); ++i)
    sum[i] += row[i];
}

/// One layer: the states that it makes of `states`.
inline std::vector<Row> next_states(const space::Cell& cell, const std::vector<Row>& states,
                                    const GraphParameters& parameters, const std::string& layer) {
  std::vector<Row> heard;
  for (const Row& state : states)
    heard.push_back(normalised(state));
  std::vector<Row> next = states;
  for (unsigned v = 0; v < cell.vertices(); ++v) {
    Row sources(states[v].size());
    Row targets(states[v].size());
    for (unsigned u = 0; u < v; ++u) {
      if (cell.has_edge(u, v)) add_to(sources, heard[u]);
    }
    for (unsigned w = v + 1; w < cell.vertices(); ++w) {
      if (cell.has_edge(v, w)) add_to(targets, heard[w]);
    }
    Row inputs = heard[v];
    inputs.insert(inputs.end(), sources.begin(), sources.end());
    inputs.insert(inputs.end(), targets.begin(), targets.end());
    Row message = parameters.times(inputs, layer + "message");
    const std::size_t label = label_of(cell, v);
    for (std::size_t i = 0; i < message.size(); ++i) {
      message[i] = std::max(0.0, (message[i] + parameters.at(layer + "bias", label, i)) *
                                     parameters.at(layer + "gate", label, i));
    }
    add_to(next[v], parameters.times(message, layer + "update"));
  }
  return next;
}

/// A network's outputs for a cell.
/// @param values  laid out as `network.parameters()`
inline Row graph_outputs(const GraphNetwork& network, std::span<const double> values,
                         const space::Cell& any_labelling) {
  const GraphParameters parameters(network, values);
  const space::Cell cell = space::canonical(any_labelling);
  std::vector<Row> states;
  for (unsigned v = 0; v < cell.vertices(); ++v)
    states.push_back(parameters.times(vertex_inputs(cell, v), "embedding"));
  for (std::uint32_t layer = 0; layer < network.shape().layers; ++layer)
    states = next_states(cell, states, parameters, "layer" + std::to_string(layer) + ".");
  const std::size_t width = network.shape().width;
  Row pools(5 * width);
  for (unsigned v = 0; v < cell.vertices(); ++v) {
    const Row state = normalised(states[v]);
    for (std::size_t i = 0; i < width; ++i)
      pools[label_of(cell, v) * width + i] += state[i];
  }
  const Row whole = cell_inputs(cell);
  pools.insert(pools.end(), whole.begin(), whole.end());
  Row hidden = parameters.times(pools, "head");
  for (std::size_t i = 0; i < hidden.size(); ++i)
    hidden[i] = std::max(0.0, hidden[i] + parameters.at("head_bias", 0, i));
  Row outputs = parameters.times(hidden, "output");
  for (std::size_t i = 0; i < outputs.size(); ++i)
    outputs[i] += parameters.at("output_bias", 0, i);
  outputs.resize(network.shape().outputs);
  return outputs;
}

}  // namespace ecnas::surrogate::oracle
