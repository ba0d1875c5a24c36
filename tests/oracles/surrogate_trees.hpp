#pragma once
/// Boosted trees evaluated node by node.

#include <span>

#include "ecnas/surrogate/boosted_trees.hpp"

namespace ecnas::surrogate::oracle {

inline float leaf_of(const BoostedTrees::Tree& tree, std::span<const float> row) {
  std::size_t at = 0;
  while (tree[at].left != 0)
    at = row[tree[at].feature] < tree[at].value ? tree[at].left : tree[at].right;
  return tree[at].value;
}

/// Added tree after tree in single precision, as the kernels do.
inline float sum_of(std::span<const BoostedTrees::Tree> trees, float base,
                    std::span<const float> row) {
  float sum = base;
  for (const BoostedTrees::Tree& tree : trees)
    sum += leaf_of(tree, row);
  return sum;
}

}  // namespace ecnas::surrogate::oracle
