#pragma once
/// Evaluation of many trees on many cells, compiled several times for different processors. Only
/// plain types here, for the reason that `dense_kernel.hpp` gives. Every compilation gives the same
/// bits.

#include <cstddef>
#include <cstdint>

namespace ecnas::surrogate {

/// Cells that a kernel takes at once.
inline constexpr std::size_t kTreeGroup = 64;
inline constexpr unsigned kMaxTreeDepth = 8;

/// A split: to the right where the feature's code exceeds `code`.
struct TreeSplit {
  std::uint16_t feature = 0;
  std::int16_t code = 0;
};

/// Perfect binary trees of one depth; a tree that is not perfect has splits that decide nothing.
struct TreeView {
  unsigned depth = 0;  ///< 1 … kMaxTreeDepth
  std::size_t trees = 0;
  const TreeSplit* splits = nullptr;  ///< (trees, 2^depth − 1): node i has children 2i + 1, 2i + 2
  const float* leaves = nullptr;      ///< (trees, 2^depth), from left to right
};

/// One compilation of the kernel.
struct TreeKernel {
  const char* name = nullptr;
  /// Adds each tree's leaf to each cell's sum, tree after tree.
  /// @param codes  (features, kTreeGroup): of every feature that a split names
  /// @param sums   (kTreeGroup), added to
  void (*add)(const TreeView& view, const std::int16_t* codes, float* sums) = nullptr;
};

extern const TreeKernel kTreeKernelBaseline;
#ifdef ECNAS_X86_KERNELS
extern const TreeKernel kTreeKernelAvx2;
extern const TreeKernel kTreeKernelAvx512;
#endif

}  // namespace ecnas::surrogate
