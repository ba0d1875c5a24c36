#pragma once
/// The MD5 of many cells at once, compiled several times for different processors. Only plain types
/// here: the sources that include it are compiled for processors that may not be the one that runs
/// the program, so nothing in them may be an inline function that the linker could choose for all.

#include <cstdint>

namespace ecnas::space {

inline constexpr unsigned kHashVertices = 7;
inline constexpr unsigned kHashInterior = kHashVertices - 2;
inline constexpr unsigned kHashGroup = 256;  ///< at least the 243 cells that a graph can have

/// A pruned graph as neighbour lists.
struct HashGraph {
  unsigned vertices = 0;
  unsigned in_count[kHashVertices] = {};
  unsigned out_count[kHashVertices] = {};
  std::uint8_t in[kHashVertices][kHashVertices] = {};
  std::uint8_t out[kHashVertices][kHashVertices] = {};
};

/// One compilation of the kernel.
struct HashKernel {
  const char* name = nullptr;
  /// Hashes up to `kHashGroup` cells of one graph, cells side by side.
  /// @param operations  (5, kHashGroup): of the interior vertices; below 3 also beyond `count`
  /// @param digests     (4, kHashGroup), written: MD5 words; beyond `count` unspecified
  void (*hash_group)(const HashGraph& graph, unsigned count, const std::uint32_t* operations,
                     std::uint32_t* digests) = nullptr;
  /// Hashes one cell, its vertices side by side.
  /// @param operations  (5)
  /// @param digest      (4), written
  void (*hash_one)(const HashGraph& graph, const std::uint32_t* operations,
                   std::uint32_t* digest) = nullptr;
};

extern const HashKernel kHashKernelBaseline;
#ifdef ECNAS_X86_HASH_KERNELS
extern const HashKernel kHashKernelAvx2;
extern const HashKernel kHashKernelAvx512;
#endif

}  // namespace ecnas::space
