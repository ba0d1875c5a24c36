#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ecnas::surrogate {

/// A sum of regression trees over a row of features, as gradient boosting leaves it. Evaluated
/// without branches: features become ranks among the thresholds once, then all nodes of a tree are
/// decided for many rows at a time. Immutable and thread safe.
class BoostedTrees {
 public:
  /// A split of a tree: to the left where feature < threshold; a leaf where `left` is 0.
  struct Node {
    std::uint32_t left = 0;  ///< index of the left child within the tree; 0: a leaf
    std::uint32_t right = 0;
    std::uint32_t feature = 0;
    float value = 0;  ///< threshold of a split, value of a leaf
  };
  using Tree = std::vector<Node>;  ///< the root first

  /// @param base  added to every sum
  /// @throws Error{invalid_data} for a tree that is empty, has a child out of range or before its
  /// parent, more than 8 levels of splits, a feature out of range, or a number that is not finite
  BoostedTrees(std::span<const Tree> trees, std::size_t features, float base);

  /// From what `view…` of another gave.
  /// @throws Error{invalid_data} as above
  BoostedTrees(std::vector<float> thresholds, std::vector<std::uint32_t> threshold_offsets,
               std::vector<std::uint16_t> split_features, std::vector<std::uint16_t> split_codes,
               std::vector<float> leaves, float base);

  BoostedTrees(BoostedTrees&&) noexcept;
  BoostedTrees& operator=(BoostedTrees&&) noexcept;
  ~BoostedTrees();

  [[nodiscard]] std::size_t features() const;
  [[nodiscard]] std::size_t trees() const;
  [[nodiscard]] unsigned depth() const;  ///< of every tree, padded to the deepest
  [[nodiscard]] float base() const;

  /// The content, for a file. @{
  [[nodiscard]] std::span<const float> thresholds() const;  ///< by feature, ascending
  [[nodiscard]] std::span<const std::uint32_t> threshold_offsets() const;  ///< (features + 1)
  [[nodiscard]] std::span<const std::uint16_t> split_features() const;  ///< (trees, 2^depth − 1)
  [[nodiscard]] std::span<const std::uint16_t> split_codes() const;     ///< likewise
  [[nodiscard]] std::span<const float> leaves() const;                  ///< (trees, 2^depth)
  /// @}

  /// @param rows  (n, features()) row-major, finite
  /// @param sums  (n), written
  /// @complexity about half a nanosecond a row and tree with 64-byte vectors
  void predict(std::span<const float> rows, std::span<float> sums) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// How to fit them.
struct BoostedTreesOptions {
  std::size_t rounds = 600;  ///< trees a bag
  std::size_t bags = 2;      ///< boosted sums with different seeds, averaged
  unsigned depth = 6;        ///< 1 … 8
  double learning_rate = 0.06;
  double minimum_child_weight = 5;
  double row_share = 0.8;      ///< drawn for each tree
  double feature_share = 0.3;  ///< drawn for each tree
  double ridge = 1;            ///< L2 penalty of leaf values
  std::uint64_t seed = 1;
};

/// Fits by XGBoost, squared error, histogram splits, one thread: the same bytes on every machine.
/// @param rows     (n, features) row-major, finite
/// @param values   (n)
/// @param weights  (n), > 0; empty: all 1
/// @throws Error{invalid_argument} for sizes that disagree or options out of range
/// @source [CheGue16]
[[nodiscard]] BoostedTrees fit_boosted_trees(std::span<const float> rows,
                                             std::span<const float> values,
                                             std::span<const float> weights,
                                             const BoostedTreesOptions& options);

}  // namespace ecnas::surrogate
