#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::surrogate {

/// A multilayer perceptron: dense layers with GELU between them and none after the last. In single
/// precision, the same bits on every machine. @source [HenGim16] for the activation
class Mlp {
 public:
  /// All parameters 0.
  /// @param widths  of the input, each hidden layer, the output
  /// @throws Error{invalid_argument} unless there are 2 to 16 widths, each 1 to 4096
  explicit Mlp(std::vector<std::size_t> widths);

  [[nodiscard]] std::span<const std::size_t> widths() const { return widths_; }
  [[nodiscard]] std::size_t layers() const { return widths_.size() - 1; }

  /// A layer's weights: (widths[layer], columns) where columns is widths[layer + 1] rounded up to a
  /// multiple of 16, zeros beyond; its bias (columns). @{
  [[nodiscard]] std::span<float> weights(std::size_t layer);
  [[nodiscard]] std::span<const float> weights(std::size_t layer) const;
  [[nodiscard]] std::span<float> bias(std::size_t layer);
  [[nodiscard]] std::span<const float> bias(std::size_t layer) const;
  /// @}
  [[nodiscard]] std::span<float> parameters() { return parameters_; }  ///< all, padding included
  [[nodiscard]] std::span<const float> parameters() const { return parameters_; }

  /// @param rows  (n, widths.front()) row-major
  /// @param out   (n, widths.back()) row-major, written
  /// @complexity for the published shape about 0.5 µs a row with 64-byte vectors
  void predict(std::span<const float> rows, std::span<float> out) const;

 private:
  std::vector<std::size_t> widths_;
  std::vector<std::size_t> offsets_;  // (layers + 1): where each layer's weights begin
  std::vector<float> parameters_;
};

/// The published surrogate's shape: 36 inputs, hidden 128, 64, 32, 32, one output.
[[nodiscard]] std::vector<std::size_t> published_mlp_widths();

/// The published surrogate's inputs: upper triangle of the 7×7 adjacency with its diagonal, row by
/// row; seven operation codes (0 none, 1 input, 2 conv1×1, 3 conv3×3, 4 max-pool, 5 output);
/// trainable parameters in millions. Of the cell's representative, so no relabelling changes them.
inline constexpr std::size_t kPublishedInputs = 36;
void published_inputs(const space::Cell& any_labelling, std::span<float> inputs);

struct MlpOptions {
  std::size_t epochs = 100;
  std::size_t batch = 32;
  double learning_rate = 3e-3;  ///< at its highest; one cycle as for the graph network
  double weight_decay = 1e-3;   ///< decoupled, of weights
  std::uint64_t seed = 1;
};

/// Fits by Adam to squared error.
/// @param widths  as the constructor's; the first is the number of features, the last of outputs
/// @param rows    (n, widths.front()) row-major; about mean 0 and deviation 1
/// @param values  (n, widths.back()) row-major; likewise
/// @throws Error{invalid_argument} for sizes that disagree or options out of range
/// @complexity 3,017 rows × 100 epochs of the published shape: under a second
[[nodiscard]] Mlp fit_mlp(std::vector<std::size_t> widths, std::span<const float> rows,
                          std::span<const float> values, const MlpOptions& options);

}  // namespace ecnas::surrogate
