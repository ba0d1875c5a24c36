#include "ecnas/surrogate/boosted_trees.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "ecnas/core/error.hpp"
#include "surrogate/kernels.hpp"

namespace ecnas::surrogate {
namespace {

/// A code that no feature exceeds: everything goes left.
constexpr std::uint16_t kAlwaysLeft = std::numeric_limits<std::int16_t>::max();

constexpr std::size_t splits_of(unsigned depth) {
  return (std::size_t{1} << depth) - 1;
}

[[noreturn]] void reject(const char* what) {
  fail(ErrorCode::invalid_data, "boosted trees: {}; fit the model again", what);
}

/// Levels of splits below a node; children stand behind their parents, so this ends.
unsigned depth_of(const BoostedTrees::Tree& tree, std::uint32_t at, unsigned above = 0) {
  if (above > kMaxTreeDepth) reject("a tree has more than 8 levels");
  const BoostedTrees::Node& node = tree[at];
  if (node.left == 0) return 0;
  if (node.left <= at || node.right <= at || node.left >= tree.size() || node.right >= tree.size())
    reject("a child of a tree's node is out of range");
  return 1 + std::max(depth_of(tree, node.left, above + 1), depth_of(tree, node.right, above + 1));
}

}  // namespace

struct BoostedTrees::Impl {
  unsigned depth = 1;
  float base = 0;
  std::size_t trees = 0;
  std::vector<float> thresholds;
  std::vector<std::uint32_t> threshold_offsets;
  std::vector<std::uint16_t> split_features;
  std::vector<std::uint16_t> split_codes;
  std::vector<float> leaves;
  std::vector<std::uint32_t> used_features;  // those with thresholds
  std::vector<TreeSplit> splits;             // features by their place among those

  void collect_thresholds(std::span<const Tree> all, std::size_t features);
  void fill(const Tree& tree, std::uint32_t at, std::size_t index, std::size_t node);
  void check() const;
  void prepare();
  void encode(std::span<const float> rows, std::int16_t* codes) const;
};

void BoostedTrees::Impl::collect_thresholds(std::span<const Tree> all, std::size_t features) {
  std::vector<std::vector<float>> by_feature(features);
  for (const Tree& tree : all) {
    for (const Node& node : tree) {
      if (!std::isfinite(node.value)) reject("a tree holds a number that is not finite");
      if (node.left == 0) continue;
      if (node.feature >= features) reject("a split names a feature out of range");
      by_feature[node.feature].push_back(node.value);
    }
  }
  threshold_offsets = {0};
  for (std::vector<float>& values : by_feature) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    thresholds.insert(thresholds.end(), values.begin(), values.end());
    threshold_offsets.push_back(static_cast<std::uint32_t>(thresholds.size()));
  }
}

/// Lays the subtree at `at` out below `node` of the perfect tree; a leaf repeats to the bottom.
void BoostedTrees::Impl::fill(const Tree& tree, std::uint32_t at, std::size_t index,
                              std::size_t node) {
  const std::size_t inner = splits_of(depth);
  const Node& from = tree[at];
  if (node >= inner) {
    leaves[index * (inner + 1) + node - inner] = from.value;
    return;
  }
  const std::size_t place = index * inner + node;
  const bool is_leaf = from.left == 0;
  if (!is_leaf) {
    const auto first = thresholds.begin() + threshold_offsets[from.feature];
    const auto last = thresholds.begin() + threshold_offsets[from.feature + 1];
    split_features[place] = static_cast<std::uint16_t>(from.feature);
    split_codes[place] =
        static_cast<std::uint16_t>(std::lower_bound(first, last, from.value) - first);
  }
  fill(tree, is_leaf ? at : from.left, index, 2 * node + 1);
  fill(tree, is_leaf ? at : from.right, index, 2 * node + 2);
}

void BoostedTrees::Impl::check() const {
  if (threshold_offsets.size() < 2 || threshold_offsets.size() > 32'768 ||
      threshold_offsets.front() != 0 || threshold_offsets.back() != thresholds.size())
    reject("thresholds and their offsets disagree");
  for (std::size_t f = 0; f + 1 < threshold_offsets.size(); ++f) {
    const std::uint32_t first = threshold_offsets[f];
    const std::uint32_t last = threshold_offsets[f + 1];
    if (last < first || last > thresholds.size() || last - first >= kAlwaysLeft)
      reject("offsets of thresholds do not ascend");
    if (std::adjacent_find(thresholds.begin() + first, thresholds.begin() + last,
                           std::greater_equal<>()) != thresholds.begin() + last)
      reject("thresholds do not ascend");
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(thresholds.begin(), thresholds.end(), finite) ||
      !std::all_of(leaves.begin(), leaves.end(), finite) || !std::isfinite(base))
    reject("a number is not finite");
  for (std::size_t i = 0; i < split_features.size(); ++i) {
    if (split_features[i] + std::size_t{1} >= threshold_offsets.size())
      reject("a split names a feature out of range");
    const std::uint32_t first = threshold_offsets[split_features[i]];
    const std::uint32_t last = threshold_offsets[split_features[i] + std::size_t{1}];
    if (split_codes[i] != kAlwaysLeft && split_codes[i] >= last - first)
      reject("a split names a threshold out of range");
  }
}

void BoostedTrees::Impl::prepare() {
  std::vector<std::uint16_t> place(threshold_offsets.size());
  for (std::uint32_t f = 0; f + 1 < threshold_offsets.size(); ++f) {
    if (threshold_offsets[f] == threshold_offsets[f + 1]) continue;
    place[f] = static_cast<std::uint16_t>(used_features.size());
    used_features.push_back(f);
  }
  splits.resize(split_features.size());
  for (std::size_t i = 0; i < splits.size(); ++i)
    splits[i] = {place[split_features[i]], static_cast<std::int16_t>(split_codes[i])};
}

/// @param rows   (≤ kTreeGroup, features)
/// @param codes  (used features, kTreeGroup): how many thresholds are not above the value
void BoostedTrees::Impl::encode(std::span<const float> rows, std::int16_t* codes) const {
  const std::size_t features = threshold_offsets.size() - 1;
  const std::size_t count = rows.size() / features;
  for (std::size_t used = 0; used < used_features.size(); ++used) {
    const std::uint32_t feature = used_features[used];
    const float* first = thresholds.data() + threshold_offsets[feature];
    const std::size_t size = threshold_offsets[feature + 1] - threshold_offsets[feature];
    for (std::size_t i = 0; i < count; ++i) {
      const float value = rows[i * features + feature];
      const float* at = first;  // the branchless form of upper_bound
      std::size_t rest = size;
      while (rest > 1) {
        const std::size_t half = rest / 2;
        at += at[half - 1] <= value ? half : 0;
        rest -= half;
      }
      const std::ptrdiff_t below = at - first + (*at <= value ? 1 : 0);
      codes[used * kTreeGroup + i] = static_cast<std::int16_t>(below);
    }
  }
}

BoostedTrees::BoostedTrees(std::span<const Tree> trees, std::size_t features, float base)
    : impl_(std::make_unique<Impl>()) {
  if (features == 0 || features > 32'767) reject("there must be 1 to 32,767 features");
  Impl& impl = *impl_;
  impl.base = base;
  impl.trees = trees.size();
  for (const Tree& tree : trees) {
    if (tree.empty()) reject("a tree is empty");
    impl.depth = std::max(impl.depth, depth_of(tree, 0));
  }
  if (impl.depth > kMaxTreeDepth) reject("a tree has more than 8 levels");
  impl.collect_thresholds(trees, features);
  const std::size_t inner = splits_of(impl.depth);
  impl.split_features.resize(trees.size() * inner);
  impl.split_codes.resize(trees.size() * inner, kAlwaysLeft);
  impl.leaves.resize(trees.size() * (inner + 1));
  for (std::size_t i = 0; i < trees.size(); ++i)
    impl.fill(trees[i], 0, i, 0);
  impl.check();
  impl.prepare();
}

BoostedTrees::BoostedTrees(std::vector<float> thresholds,
                           std::vector<std::uint32_t> threshold_offsets,
                           std::vector<std::uint16_t> split_features,
                           std::vector<std::uint16_t> split_codes, std::vector<float> leaves,
                           float base)
    : impl_(std::make_unique<Impl>()) {
  Impl& impl = *impl_;
  impl.base = base;
  impl.trees = leaves.size() - std::min(leaves.size(), split_features.size());
  bool fits = false;
  for (unsigned depth = 1; depth <= kMaxTreeDepth; ++depth) {
    if (leaves.size() == impl.trees << depth &&
        split_features.size() == impl.trees * splits_of(depth)) {
      impl.depth = depth;
      fits = true;
      break;
    }
  }
  if (!fits || split_codes.size() != split_features.size())
    reject("the numbers of splits and leaves do not make perfect trees");
  impl.thresholds = std::move(thresholds);
  impl.threshold_offsets = std::move(threshold_offsets);
  impl.split_features = std::move(split_features);
  impl.split_codes = std::move(split_codes);
  impl.leaves = std::move(leaves);
  impl.check();
  impl.prepare();
}

BoostedTrees::BoostedTrees(BoostedTrees&&) noexcept = default;
BoostedTrees& BoostedTrees::operator=(BoostedTrees&&) noexcept = default;
BoostedTrees::~BoostedTrees() = default;

std::size_t BoostedTrees::features() const {
  return impl_->threshold_offsets.size() - 1;
}
std::size_t BoostedTrees::trees() const {
  return impl_->trees;
}
unsigned BoostedTrees::depth() const {
  return impl_->depth;
}
float BoostedTrees::base() const {
  return impl_->base;
}
std::span<const float> BoostedTrees::thresholds() const {
  return impl_->thresholds;
}
std::span<const std::uint32_t> BoostedTrees::threshold_offsets() const {
  return impl_->threshold_offsets;
}
std::span<const std::uint16_t> BoostedTrees::split_features() const {
  return impl_->split_features;
}
std::span<const std::uint16_t> BoostedTrees::split_codes() const {
  return impl_->split_codes;
}
std::span<const float> BoostedTrees::leaves() const {
  return impl_->leaves;
}

void BoostedTrees::predict(std::span<const float> rows, std::span<float> sums) const {
  ECNAS_ASSERT(rows.size() == sums.size() * features());
  const TreeView view{impl_->depth, impl_->trees, impl_->splits.data(), impl_->leaves.data()};
  std::vector<std::int16_t> codes(std::max<std::size_t>(1, impl_->used_features.size()) *
                                  kTreeGroup);
  for (std::size_t first = 0; first < sums.size(); first += kTreeGroup) {
    const std::size_t count = std::min(kTreeGroup, sums.size() - first);
    impl_->encode(rows.subspan(first * features(), count * features()), codes.data());
    std::array<float, kTreeGroup> group;
    group.fill(impl_->base);
    tree_kernel().add(view, codes.data(), group.data());
    std::copy_n(group.begin(), count, sums.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

}  // namespace ecnas::surrogate
