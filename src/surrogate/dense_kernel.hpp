#pragma once
/// Matrix products and row-wise functions of the networks, compiled several times for different
/// processors. Only plain types here: the sources that include it are compiled for processors that
/// may not be the one that runs the program, so nothing in them may be an inline function that the
/// linker could choose for all.
///
/// Every compilation gives the same bits: each sum runs in an order that does not depend on the
/// vector's width, products are rounded before they are added, and there is no library call.

#include <cstddef>

namespace ecnas::surrogate {

/// Widths of matrices that the kernels write are padded to a multiple of this.
inline constexpr std::size_t kDenseGroup = 16;

[[nodiscard]] constexpr std::size_t padded(std::size_t width) {
  return (width + kDenseGroup - 1) / kDenseGroup * kDenseGroup;
}

/// A (rows, depth) matrix as the left operand of a product, possibly a transposed view.
struct DenseLeft {
  const float* data = nullptr;
  std::size_t row_stride = 0;
  std::size_t column_stride = 1;
};

/// One compilation of the kernels.
struct DenseKernel {
  const char* name = nullptr;

  /// c = a · b, or c += a · b.
  /// @param a  (rows, depth)
  /// @param b  (depth, columns), rows `b_stride` apart
  /// @param c  (rows, columns), rows `c_stride` apart, written
  /// @pre columns is a multiple of kDenseGroup
  void (*multiply)(std::size_t rows, std::size_t columns, std::size_t depth, DenseLeft a,
                   const float* b, std::size_t b_stride, float* c, std::size_t c_stride,
                   bool accumulate) = nullptr;

  /// Each row minus its mean over its standard deviation.
  /// @param x, y     (rows, columns); y written  @param inverse_deviation  (rows), written
  /// @pre columns is a multiple of kDenseGroup
  void (*normalise)(std::size_t rows, std::size_t columns, const float* x, float* y,
                    float* inverse_deviation) = nullptr;

  /// dx += the gradient of `normalise`.
  /// @param y, dy  (rows, columns): its result, the gradient with respect to it
  void (*normalise_backward)(std::size_t rows, std::size_t columns, const float* y,
                             const float* inverse_deviation, const float* dy, float* dx) = nullptr;

  /// y = x · Φ(x) with the normal distribution function Φ, and its derivative where `slope` is not
  /// null. @param x, y, slope  (count)  @pre count is a multiple of kDenseGroup
  void (*gelu)(std::size_t count, const float* x, float* y, float* slope) = nullptr;
};

extern const DenseKernel kDenseKernelBaseline;
#ifdef ECNAS_X86_KERNELS
extern const DenseKernel kDenseKernelAvx2;
extern const DenseKernel kDenseKernelAvx512;
#endif

}  // namespace ecnas::surrogate
