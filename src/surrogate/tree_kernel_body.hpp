#pragma once
/// The tree kernel, included once by each source that compiles it, which defines
/// `ECNAS_TREE_VECTOR_BYTES`. All nodes of a tree are decided for a vector of cells at once, then
/// the leaf's number is chosen from the bottom up: no branch, no gather, and each node's threshold
/// is loaded once for all cells.

#include "surrogate/tree_kernel.hpp"

// NOLINTBEGIN(modernize-avoid-c-arrays, cppcoreguidelines-avoid-c-arrays)
namespace ecnas::surrogate {
namespace {

using Codes [[gnu::vector_size(ECNAS_TREE_VECTOR_BYTES)]] = std::int16_t;
constexpr unsigned kLanes = ECNAS_TREE_VECTOR_BYTES / 2;

[[gnu::always_inline]] inline Codes load(const std::int16_t* from) {
  Codes value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

/// For each lane the leaf that the subtree below `node` leads to; `leaf` is its leftmost.
template <unsigned kLevels>
[[gnu::always_inline]] inline Codes leaf_below(const TreeSplit* splits, unsigned node, int leaf,
                                               const std::int16_t* codes) {
  const TreeSplit split = splits[node];
  const Codes right =
      load(codes + std::size_t{split.feature} * kTreeGroup) > (Codes{} + split.code);  // −1 or 0
  if constexpr (kLevels == 1) {
    return (Codes{} + static_cast<std::int16_t>(leaf)) - right;
  } else {
    const Codes left_leaf = leaf_below<kLevels - 1>(splits, 2 * node + 1, leaf, codes);
    const Codes right_leaf =
        leaf_below<kLevels - 1>(splits, 2 * node + 2, leaf + (1 << (kLevels - 1)), codes);
    return (right & right_leaf) | (~right & left_leaf);
  }
}

template <unsigned kDepth>
void add_trees(const TreeView& view, const std::int16_t* codes, float* sums) {
  constexpr std::size_t kLeaves = std::size_t{1} << kDepth;
  for (std::size_t tree = 0; tree < view.trees; ++tree) {
    const TreeSplit* splits = view.splits + tree * (kLeaves - 1);
    const float* leaves = view.leaves + tree * kLeaves;
    std::int16_t chosen[kTreeGroup];
    for (unsigned lane = 0; lane < kTreeGroup; lane += kLanes) {
      const Codes leaf = leaf_below<kDepth>(splits, 0, 0, codes + lane);
      __builtin_memcpy(chosen + lane, &leaf, sizeof leaf);
    }
    for (unsigned i = 0; i < kTreeGroup; ++i)
      sums[i] += leaves[chosen[i]];
  }
}

void add(const TreeView& view, const std::int16_t* codes, float* sums) {
  switch (view.depth) {
    case 1:
      return add_trees<1>(view, codes, sums);
    case 2:
      return add_trees<2>(view, codes, sums);
    case 3:
      return add_trees<3>(view, codes, sums);
    case 4:
      return add_trees<4>(view, codes, sums);
    case 5:
      return add_trees<5>(view, codes, sums);
    case 6:
      return add_trees<6>(view, codes, sums);
    case 7:
      return add_trees<7>(view, codes, sums);
    default:
      return add_trees<8>(view, codes, sums);
  }
}

}  // namespace
}  // namespace ecnas::surrogate
// NOLINTEND(modernize-avoid-c-arrays, cppcoreguidelines-avoid-c-arrays)
