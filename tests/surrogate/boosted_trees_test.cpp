#include "ecnas/surrogate/boosted_trees.hpp"

#include <gtest/gtest.h>
#include <xgboost/c_api.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "ecnas/core/random.hpp"
#include "oracles/surrogate_trees.hpp"
#include "support/expect_error.hpp"
#include "surrogate/kernels.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;
using testing::normal_floats;
using testing::same_bits;
using Tree = BoostedTrees::Tree;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kFeatures = 6;

// --- The kernels ---------------------------------------------------------------------------------

/// Perfect trees, some splits deciding nothing, and codes of 64 cells.
struct KernelInput {
  unsigned depth;
  std::vector<TreeSplit> splits = {};
  std::vector<float> leaves = {};
  std::vector<std::int16_t> codes = {};

  void fill(std::size_t trees, Rng& rng) {
    const std::size_t leaf_count = std::size_t{1} << depth;
    for (std::size_t i = 0; i < trees * (leaf_count - 1); ++i) {
      const bool decides = !rng.chance(0.1);
      splits.push_back({static_cast<std::uint16_t>(rng.below(kFeatures)),
                        static_cast<std::int16_t>(decides ? rng.below(12) : 32'767)});
    }
    leaves = normal_floats(trees * leaf_count, 1, rng);
    for (std::size_t i = 0; i < kFeatures * kTreeGroup; ++i)
      codes.push_back(static_cast<std::int16_t>(rng.below(14)));
  }
  [[nodiscard]] std::size_t trees() const { return leaves.size() >> depth; }

  [[nodiscard]] std::vector<float> sums_by(const TreeKernel& kernel) const {
    std::vector<float> sums(kTreeGroup, 0.5F);
    kernel.add({depth, trees(), splits.data(), leaves.data()}, codes.data(), sums.data());
    return sums;
  }

  [[nodiscard]] std::vector<float> sums_node_by_node() const {
    std::vector<float> sums(kTreeGroup, 0.5F);
    const std::size_t inner = (std::size_t{1} << depth) - 1;
    for (std::size_t tree = 0; tree < trees(); ++tree) {
      for (std::size_t cell = 0; cell < kTreeGroup; ++cell) {
        std::size_t node = 0;
        while (node < inner) {
          const TreeSplit split = splits[tree * inner + node];
          const bool right = codes[split.feature * kTreeGroup + cell] > split.code;
          node = 2 * node + (right ? 2 : 1);
        }
        sums[cell] += leaves[tree * (inner + 1) + node - inner];
      }
    }
    return sums;
  }
};

TEST(TreeKernel, EveryKernelGivesTheBitsOfWalkingNodeByNode) {
  Rng rng(1);
  for (unsigned depth = 1; depth <= kMaxTreeDepth; ++depth) {
    KernelInput input{depth};
    input.fill(7, rng);
    const std::vector<float> expected = input.sums_node_by_node();
    for (const TreeKernel& kernel : usable_tree_kernels())
      EXPECT_TRUE(same_bits(input.sums_by(kernel), expected)) << kernel.name << " depth " << depth;
  }
}

// --- Given trees ---------------------------------------------------------------------------------

/// A random tree with thresholds on quarters; nodes behind their parents.
void grow(Tree& tree, std::size_t at, unsigned levels, Rng& rng) {
  if (levels == 0 || rng.chance(0.2)) {
    tree[at].value = static_cast<float>(rng.normal());
    return;
  }
  const auto left = static_cast<std::uint32_t>(tree.size());
  tree.resize(tree.size() + 2);
  tree[at] = {left, left + 1, static_cast<std::uint32_t>(rng.below(kFeatures)),
              static_cast<float>(rng.below(9)) / 4 - 1};
  grow(tree, left, levels - 1, rng);
  grow(tree, left + 1, levels - 1, rng);
}

std::vector<Tree> random_trees(std::size_t count, unsigned levels, Rng& rng) {
  std::vector<Tree> trees(count, Tree(1));
  for (Tree& tree : trees)
    grow(tree, 0, levels, rng);
  return trees;
}

/// Values on the thresholds and between them.
std::vector<float> random_rows(std::size_t count, Rng& rng) {
  std::vector<float> rows;
  for (std::size_t i = 0; i < count * kFeatures; ++i)
    rows.push_back(static_cast<float>(rng.below(21)) / 8 - 1.25F);
  return rows;
}

std::vector<float> predicted(const BoostedTrees& trees, const std::vector<float>& rows) {
  std::vector<float> sums(rows.size() / trees.features(), kNaN);
  trees.predict(rows, sums);
  return sums;
}

/// Made again from what its accessors give.
BoostedTrees rebuilt(const BoostedTrees& from) {
  return {{from.thresholds().begin(), from.thresholds().end()},
          {from.threshold_offsets().begin(), from.threshold_offsets().end()},
          {from.split_features().begin(), from.split_features().end()},
          {from.split_codes().begin(), from.split_codes().end()},
          {from.leaves().begin(), from.leaves().end()},
          from.base()};
}

TEST(BoostedTrees, GivesTheBitsOfWalkingTheGivenTreesNodeByNode) {
  Rng rng(2);
  for (unsigned levels = 1; levels <= 8; ++levels) {
    const std::vector<Tree> given = random_trees(11, levels, rng);
    const BoostedTrees trees(given, kFeatures, 0.25F);
    EXPECT_EQ(trees.trees(), given.size());
    EXPECT_LE(trees.depth(), levels);
    for (const std::size_t count : {1U, 63U, 64U, 65U, 200U}) {
      const std::vector<float> rows = random_rows(count, rng);
      std::vector<float> expected;
      for (std::size_t i = 0; i < count; ++i) {
        expected.push_back(
            oracle::sum_of(given, 0.25F, std::span(rows).subspan(i * kFeatures, kFeatures)));
      }
      ASSERT_TRUE(same_bits(predicted(trees, rows), expected)) << levels << " levels, " << count;
    }
  }
}

TEST(BoostedTrees, WhatItsAccessorsGiveMakesTheSame) {
  Rng rng(3);
  const std::vector<float> rows = random_rows(100, rng);
  for (unsigned levels = 1; levels <= 8; ++levels) {
    const BoostedTrees trees(random_trees(5, levels, rng), kFeatures, -3);
    const BoostedTrees again = rebuilt(trees);
    EXPECT_EQ(again.depth(), trees.depth());
    EXPECT_EQ(again.trees(), trees.trees());
    EXPECT_EQ(again.features(), kFeatures);
    EXPECT_TRUE(same_bits(predicted(again, rows), predicted(trees, rows)));
  }
}

TEST(BoostedTrees, HandWorked) {
  // Below 2 to the left, where a second split is at 1; 2 itself goes to the right.
  const Tree tree = {{1, 2, 0, 2}, {3, 4, 1, 1}, {0, 0, 0, 30}, {0, 0, 0, 10}, {0, 0, 0, 20}};
  const BoostedTrees trees(std::array{tree, Tree{{0, 0, 0, 5}}}, 2, 100);
  EXPECT_EQ(trees.depth(), 2U);
  EXPECT_EQ(predicted(trees, {1.5F, 0.5F, 1.5F, 1, 2, 0, 9, 9}),
            (std::vector<float>{115, 125, 135, 135}));
  EXPECT_EQ(predicted(BoostedTrees({}, 2, 7), {1, 2}), std::vector<float>{7});
}

TEST(BoostedTrees, RefusesTreesThatAreNone) {
  const auto refuses = [](const std::string& what, const Tree& tree) {
    expect_error(ErrorCode::invalid_data, what,
                 [&] { (void)BoostedTrees(std::array{tree}, 2, 0); });
  };
  refuses("a tree is empty", {});
  refuses("child of a tree's node is out of range", {{1, 2, 0, 1}, {0, 0, 0, 1}});
  refuses("child of a tree's node is out of range", {{1, 0, 0, 1}, {0, 0, 0, 1}});
  // A child before its parent would go round in circles.
  refuses("child of a tree's node is out of range", {{1, 2, 0, 1}, {1, 2, 0, 1}, {0, 0, 0, 1}});
  refuses("feature out of range", {{1, 2, 2, 1}, {0, 0, 0, 1}, {0, 0, 0, 1}});
  refuses("not finite", {{1, 2, 0, kNaN}, {0, 0, 0, 1}, {0, 0, 0, 1}});
  refuses("not finite", {{0, 0, 0, std::numeric_limits<float>::infinity()}});
  refuses("not finite", {{0, 0, 0, 1}, {1, 1, 0, kNaN}});  // though nothing leads to it
  Tree deep;                                               // to the right, always
  for (std::uint32_t at = 0; at < 18; at += 2) {
    deep.push_back({at + 1, at + 2, 0, static_cast<float>(at)});
    deep.push_back({0, 0, 0, 1});
  }
  deep.push_back({0, 0, 0, 1});
  refuses("more than 8 levels", deep);
  expect_error(ErrorCode::invalid_data, "not finite", [] {
    (void)BoostedTrees(std::array{Tree{{0, 0, 0, 1}}}, 2, kNaN);
  });
  expect_error(ErrorCode::invalid_data, "1 to 32,767 features", [] {
    (void)BoostedTrees(std::array{Tree{{0, 0, 0, 1}}}, 0, 0);
  });
  expect_error(ErrorCode::invalid_data, "1 to 32,767 features", [] {
    (void)BoostedTrees(std::array{Tree{{0, 0, 0, 1}}}, 32'768, 0);
  });
}

/// The parts of one tree of two levels over two features.
struct Parts {
  std::vector<float> thresholds = {1, 2, 5};
  std::vector<std::uint32_t> offsets = {0, 2, 3};
  std::vector<std::uint16_t> features = {0, 1, 0};
  std::vector<std::uint16_t> codes = {0, 0, 1};
  std::vector<float> leaves = {1, 2, 3, 4};
  float base = 0;

  [[nodiscard]] BoostedTrees trees() const {
    return {thresholds, offsets, features, codes, leaves, base};
  }
};

TEST(BoostedTrees, RefusesPartsThatDoNotFit) {
  EXPECT_EQ(predicted(Parts().trees(), {0, 0, 0, 5, 1, 0, 2, 0}), (std::vector<float>{1, 2, 3, 4}));
  const auto refuses = [](const std::string& what, const std::function<void(Parts&)>& damage) {
    Parts parts;
    damage(parts);
    expect_error(ErrorCode::invalid_data, what, [&] { (void)parts.trees(); });
  };
  constexpr const char* kSizes = "do not make perfect trees";
  refuses(kSizes, [](Parts& parts) { parts.leaves.pop_back(); });
  refuses(kSizes, [](Parts& parts) { parts.leaves.push_back(0); });
  refuses(kSizes, [](Parts& parts) { parts.leaves.clear(); });
  refuses(kSizes, [](Parts& parts) { parts.codes.pop_back(); });
  refuses(kSizes, [](Parts& parts) { parts.features.clear(); });
  refuses("offsets disagree", [](Parts& parts) { parts.offsets.clear(); });
  refuses("offsets disagree", [](Parts& parts) { parts.offsets = {0}; });
  refuses("offsets disagree", [](Parts& parts) { parts.offsets.front() = 1; });
  refuses("offsets disagree", [](Parts& parts) { parts.offsets.back() = 4; });
  refuses("offsets disagree", [](Parts& parts) { parts.offsets.assign(40'000, 0); });
  refuses("do not ascend", [](Parts& parts) { parts.offsets = {0, 9, 3}; });
  refuses("thresholds do not ascend", [](Parts& parts) { parts.thresholds[1] = 1; });
  refuses("not finite", [](Parts& parts) { parts.thresholds[2] = kNaN; });
  refuses("not finite", [](Parts& parts) { parts.leaves[1] = kNaN; });
  refuses("not finite", [](Parts& parts) { parts.base = kNaN; });
  refuses("feature out of range", [](Parts& parts) { parts.features[2] = 2; });
  refuses("threshold out of range", [](Parts& parts) { parts.codes[0] = 2; });
  refuses("threshold out of range", [](Parts& parts) { parts.codes[0] = 40'000; });
}

// --- Fitting -------------------------------------------------------------------------------------

struct Lesson {
  std::vector<float> rows;
  std::vector<float> values;
};
Lesson lesson(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  Lesson lesson{normal_floats(count * kFeatures, 1, rng), {}};
  for (std::size_t i = 0; i < count; ++i) {
    const float* row = lesson.rows.data() + i * kFeatures;
    lesson.values.push_back(row[0] * row[1] + (row[2] > 0 ? 1.0F : 0.0F) +
                            static_cast<float>(0.1 * rng.normal()));
  }
  return lesson;
}

void check(int status) {
  ASSERT_EQ(status, 0) << XGBGetLastError();
}

/// What XGBoost's own predictor says after the fit that `options` describe, of one bag.
std::vector<float> xgboosts_own(const Lesson& lesson, const std::vector<float>& rows,
                                const BoostedTreesOptions& options, std::uint64_t seed) {
  const std::size_t count = lesson.values.size();
  double mean = 0;
  for (const float value : lesson.values)
    mean += static_cast<double>(value) / static_cast<double>(count);
  DMatrixHandle training = nullptr;
  DMatrixHandle asked = nullptr;
  BoosterHandle booster = nullptr;
  check(XGDMatrixCreateFromMat(lesson.rows.data(), count, kFeatures, kNaN, &training));
  check(XGDMatrixSetFloatInfo(training, "label", lesson.values.data(), count));
  check(XGBoosterCreate(&training, 1, &booster));
  const std::array<std::pair<const char*, std::string>, 11> parameters = {{
      {"objective", "reg:squarederror"},
      {"tree_method", "hist"},
      {"nthread", "1"},
      {"base_score", std::to_string(mean)},
      {"max_depth", std::to_string(options.depth)},
      {"eta", std::to_string(options.learning_rate)},
      {"min_child_weight", std::to_string(options.minimum_child_weight)},
      {"subsample", std::to_string(options.row_share)},
      {"colsample_bytree", std::to_string(options.feature_share)},
      {"lambda", std::to_string(options.ridge)},
      {"seed", std::to_string(seed)},
  }};
  for (const auto& [name, value] : parameters)
    check(XGBoosterSetParam(booster, name, value.c_str()));
  for (std::size_t round = 0; round < options.rounds; ++round)
    check(XGBoosterUpdateOneIter(booster, static_cast<int>(round), training));
  check(XGDMatrixCreateFromMat(rows.data(), rows.size() / kFeatures, kFeatures, kNaN, &asked));
  bst_ulong size = 0;
  const float* values = nullptr;
  check(XGBoosterPredict(booster, asked, 0, 0, 0, &size, &values));
  std::vector<float> result(values, values + size);
  check(XGDMatrixFree(asked));
  check(XGDMatrixFree(training));
  check(XGBoosterFree(booster));
  return result;
}

TEST(FitBoostedTrees, PredictsAsXgboostsOwnPredictorDoes) {
  const Lesson seen = lesson(400, 1);
  const std::vector<float> rows = lesson(150, 2).rows;
  for (const unsigned depth : {1U, 4U, 8U}) {
    const BoostedTreesOptions options{.rounds = 30, .bags = 2, .depth = depth, .seed = 4};
    const BoostedTrees trees = fit_boosted_trees(seen.rows, seen.values, {}, options);
    EXPECT_EQ(trees.trees(), 60U);
    const std::vector<float> mine = predicted(trees, rows);
    const std::vector<float> first = xgboosts_own(seen, rows, options, 4);
    const std::vector<float> second = xgboosts_own(seen, rows, options, 5);
    ASSERT_EQ(first.size(), mine.size());
    for (std::size_t i = 0; i < mine.size(); ++i) {
      // 60 additions of numbers below 1, and a base that was passed with 6 digits.
      EXPECT_NEAR(mine[i], (first[i] + second[i]) / 2, 1e-5F) << depth;
    }
  }
}

TEST(FitBoostedTrees, LearnsAndGivesTheSameBytesAgain) {
  const Lesson seen = lesson(1000, 3);
  const Lesson unseen = lesson(300, 4);
  const BoostedTreesOptions options{.rounds = 120, .bags = 1, .depth = 5, .feature_share = 1};
  const BoostedTrees trees = fit_boosted_trees(seen.rows, seen.values, {}, options);
  double error = 0;
  double spread = 0;
  const std::vector<float> guess = predicted(trees, unseen.rows);
  for (std::size_t i = 0; i < guess.size(); ++i) {
    error += std::pow(static_cast<double>(guess[i] - unseen.values[i]), 2);
    spread += std::pow(static_cast<double>(trees.base() - unseen.values[i]), 2);
  }
  EXPECT_LT(error, 0.25 * spread);
  const BoostedTrees again = fit_boosted_trees(seen.rows, seen.values, {}, options);
  EXPECT_TRUE(same_bits(again.leaves(), trees.leaves()));
  EXPECT_TRUE(same_bits(again.thresholds(), trees.thresholds()));
  EXPECT_TRUE(same_bits(again.split_codes(), trees.split_codes()));
}

TEST(FitBoostedTrees, AWeightOf9CountsNineTimes) {
  const std::vector<float> rows = {0, 0, 1, 1};
  const std::vector<float> values = {0, 1, 2, 3};
  const std::vector<float> weights = {9, 1, 1, 9};
  const BoostedTrees trees = fit_boosted_trees(rows, values, weights,
                                               {.rounds = 200,
                                                .bags = 1,
                                                .depth = 1,
                                                .minimum_child_weight = 0,
                                                .row_share = 1,
                                                .feature_share = 1,
                                                .ridge = 0});
  const std::vector<float> guess = predicted(trees, {0, 1});
  EXPECT_NEAR(guess[0], 0.1F, 0.01F);
  EXPECT_NEAR(guess[1], 2.9F, 0.01F);
}

TEST(FitBoostedTrees, RefusesSizesThatDisagreeAndOptionsOutOfRange) {
  const Lesson some = lesson(40, 5);
  const auto refuses = [&](const std::string& what, const BoostedTreesOptions& options) {
    expect_error(ErrorCode::invalid_argument, what,
                 [&] { (void)fit_boosted_trees(some.rows, some.values, {}, options); });
  };
  refuses("1 to 8 levels", {.depth = 0});
  refuses("1 to 8 levels", {.depth = 9});
  refuses("a tree at least", {.rounds = 0});
  refuses("a tree at least", {.bags = 0});
  refuses("shares are above 0", {.row_share = 0});
  refuses("shares are above 0", {.feature_share = 1.5});
  expect_error(ErrorCode::invalid_argument, "a weight a value", [&] {
    (void)fit_boosted_trees(some.rows, some.values, std::span(some.values).first(3), {});
  });
  expect_error(ErrorCode::invalid_argument, "a row of features a value", [&] {
    (void)fit_boosted_trees(std::span(some.rows).first(39), some.values, {}, {});
  });
  expect_error(ErrorCode::invalid_argument, "a row of features a value",
               [&] { (void)fit_boosted_trees({}, {}, {}, {}); });
  std::vector<float> unknown = some.values;
  unknown[3] = kNaN;
  expect_error(ErrorCode::invalid_argument, "XGBoost says",
               [&] { (void)fit_boosted_trees(some.rows, unknown, {}, {.rounds = 1}); });
}

}  // namespace
}  // namespace ecnas::surrogate
