#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::surrogate {

/// The sizes of a graph network.
struct GraphNetworkShape {
  std::uint32_t width = 64;        ///< of a vertex' state; a multiple of 16
  std::uint32_t layers = 5;        ///< rounds of messages
  std::uint32_t head_width = 256;  ///< of the hidden layer behind the pools; a multiple of 16
  std::uint32_t outputs = 1;       ///< 1 … 16

  friend bool operator==(const GraphNetworkShape&, const GraphNetworkShape&) = default;
};

/// A part of a network's parameters: a (rows, columns) matrix.
struct GraphNetworkTensor {
  std::string name;  ///< "layer2.message"
  std::size_t rows;
  std::size_t columns;
  std::size_t offset;  ///< into `parameters()`
};

/// A directed graph network over cells. Every vertex has a state; in each layer it hears the sum of
/// its sources' states and that of its targets', gated by its own operation, and adds what it makes
/// of them. States are pooled by operation and a dense head reads the outputs.
/// docs/algorithms/graph-network.md. Immutable but through `parameters()`.
class GraphNetwork {
 public:
  /// All parameters 0. @throws Error{invalid_argument} for sizes out of range
  explicit GraphNetwork(GraphNetworkShape shape);

  [[nodiscard]] const GraphNetworkShape& shape() const { return shape_; }
  [[nodiscard]] std::span<const GraphNetworkTensor> tensors() const { return tensors_; }
  [[nodiscard]] std::span<float> parameters() { return parameters_; }
  [[nodiscard]] std::span<const float> parameters() const { return parameters_; }

  /// @param cells  (n), any labellings: isomorphic cells get the same bits
  /// @param out    (n, outputs), row-major, written
  /// @param threads  0: one per core; the result does not depend on it
  /// @complexity about 7·layers·8·width² floating-point operations a cell
  void predict(std::span<const space::Cell> cells, std::span<float> out,
               unsigned threads = 1) const;

 private:
  GraphNetworkShape shape_;
  std::vector<GraphNetworkTensor> tensors_;
  std::vector<float> parameters_;
};

/// How to fit one.
struct GraphNetworkOptions {
  GraphNetworkShape shape;
  std::size_t epochs = 50;
  std::size_t batch = 256;      ///< cells a step
  double learning_rate = 2e-3;  ///< at its highest; one cycle: linear rise, cosine to 0
  double weight_decay = 0.05;   ///< decoupled, of matrices
  double dropout = 0.2;         ///< of messages and of the head's hidden layer
  double ranking_share = 1.0;   ///< of the loss: pairwise ranking; the rest is squared error
  std::uint64_t seed = 1;
  unsigned threads = 1;  ///< 0: one per core; the result does not depend on it
};

/// Called after each epoch with the network as it then is.
using GraphNetworkObserver = std::function<void(std::size_t epoch, const GraphNetwork&)>;

/// Fits a network to standardised values (about mean 0, deviation 1).
/// @param cells    (n), any labellings, n ≥ 2
/// @param values   (n, outputs), row-major; NaN: not observed
/// @param weights  (n, outputs), of each value in the loss, ≥ 0
/// @throws Error{invalid_argument} for sizes that disagree or options out of range
[[nodiscard]] GraphNetwork fit_graph_network(std::span<const space::Cell> cells,
                                             std::span<const float> values,
                                             std::span<const float> weights,
                                             const GraphNetworkOptions& options,
                                             const GraphNetworkObserver& observer = {});

}  // namespace ecnas::surrogate
