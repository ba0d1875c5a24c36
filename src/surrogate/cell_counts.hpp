#pragma once
/// What the network of a cell consists of, counted. All labellings of a cell count the same.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

#include "ecnas/space/cell.hpp"

namespace ecnas::surrogate {

/// One cell of the network as NAS-Bench-101 builds it. There are 2,566 different counts in the
/// whole space.
/// @source [Ying19], model_builder.build_module
struct CellCounts {
  std::uint8_t conv3x3 = 0;
  std::uint8_t conv1x1 = 0;
  std::uint8_t maxpool3x3 = 0;
  /// 1×1 convolutions of the cell's input to vertices of its own width: the edges input → interior.
  std::uint8_t projections = 0;
  /// 1 if the cell's input is projected to the whole width and added to the output.
  std::uint8_t input_to_output = 0;
  /// Vertices whose results are concatenated: each has this part of the width.
  std::uint8_t feeding_output = 1;
  /// Tensors that are added to another: all but the first input of each interior vertex, and the
  /// projected input of the output.
  std::uint8_t additions = 0;

  [[nodiscard]] unsigned convolutions() const {
    return 0U + conv3x3 + conv1x1 + projections + input_to_output;
  }
  friend auto operator<=>(const CellCounts&, const CellCounts&) = default;
};

/// The cell input → output, which projects its input and adds it to nothing, counts as one
/// projection that alone feeds the output.
[[nodiscard]] CellCounts count(const space::Cell& cell);

/// Counts as a number, and back. @{
inline constexpr std::size_t kCountKeys = 6UL * 6 * 6 * 6 * 2 * 5 * 8;  ///< above all keys
[[nodiscard]] std::uint32_t key_of(const CellCounts& counts);
[[nodiscard]] CellCounts counts_of(std::uint32_t key);  ///< @pre key < kCountKeys
/// @}

/// Where a smooth function of counts takes them: the seven, the convolutions, and the logarithms of
/// the network's multiply-adds and of the activations that it reads and writes.
inline constexpr std::size_t kSmoothInputs = 10;
[[nodiscard]] std::array<float, kSmoothInputs> smooth_inputs(const CellCounts& counts);

/// What a linear function of counts takes: logarithms of multiply-adds and activations, in total
/// and by kind; the counts; 0 or 1 for each number of vertices that feed the output, and for each
/// number of convolutions that is reached.
inline constexpr std::size_t kLinearInputs = 26;
[[nodiscard]] std::array<float, kLinearInputs> linear_inputs(const CellCounts& counts);

}  // namespace ecnas::surrogate
