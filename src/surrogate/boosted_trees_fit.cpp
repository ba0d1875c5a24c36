#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "ecnas/core/error.hpp"
#include "ecnas/surrogate/boosted_trees.hpp"

namespace ecnas::surrogate {
namespace {

/// XGBoost's C functions return 0 or leave a message.
void check(int status) {
  if (status != 0)
    fail(ErrorCode::invalid_argument, "fitting boosted trees: XGBoost says: {}", XGBGetLastError());
}

using Matrix = std::unique_ptr<void, int (*)(DMatrixHandle)>;
using Booster = std::unique_ptr<void, int (*)(BoosterHandle)>;

Matrix make_matrix(std::span<const float> rows, std::span<const float> values,
                   std::span<const float> weights) {
  DMatrixHandle handle = nullptr;
  check(XGDMatrixCreateFromMat(rows.data(), values.size(), rows.size() / values.size(),
                               std::numeric_limits<float>::quiet_NaN(), &handle));
  Matrix matrix(handle, XGDMatrixFree);
  check(XGDMatrixSetFloatInfo(handle, "label", values.data(), values.size()));
  if (!weights.empty())
    check(XGDMatrixSetFloatInfo(handle, "weight", weights.data(), weights.size()));
  return matrix;
}

Booster make_booster(const Matrix& matrix, const BoostedTreesOptions& options, std::uint64_t seed,
                     float base) {
  DMatrixHandle handle = matrix.get();
  BoosterHandle made = nullptr;
  check(XGBoosterCreate(&handle, 1, &made));
  Booster booster(made, XGBoosterFree);
  const auto set = [&](const char* name, const std::string& value) {
    check(XGBoosterSetParam(made, name, value.c_str()));
  };
  set("booster", "gbtree");
  set("objective", "reg:squarederror");
  set("tree_method", "hist");
  set("nthread", "1");
  set("verbosity", "0");
  set("base_score", fmt::format("{}", base));
  set("max_depth", fmt::format("{}", options.depth));
  set("eta", fmt::format("{}", options.learning_rate));
  set("min_child_weight", fmt::format("{}", options.minimum_child_weight));
  set("subsample", fmt::format("{}", options.row_share));
  set("colsample_bytree", fmt::format("{}", options.feature_share));
  set("lambda", fmt::format("{}", options.ridge));
  set("seed", fmt::format("{}", seed));
  return booster;
}

/// The trees of a fitted booster, leaves multiplied by `scale`.
std::vector<BoostedTrees::Tree> trees_of(const Booster& booster, float scale) {
  bst_ulong size = 0;
  const char* text = nullptr;
  check(XGBoosterSaveModelToBuffer(booster.get(), R"({"format": "json"})", &size, &text));
  const nlohmann::json model = nlohmann::json::parse(text, text + size);
  std::vector<BoostedTrees::Tree> trees;
  for (const nlohmann::json& from : model["learner"]["gradient_booster"]["model"]["trees"]) {
    const auto left = from["left_children"].get<std::vector<std::int64_t>>();
    const auto right = from["right_children"].get<std::vector<std::int64_t>>();
    const auto feature = from["split_indices"].get<std::vector<std::int64_t>>();
    const auto value = from["split_conditions"].get<std::vector<float>>();
    BoostedTrees::Tree& tree = trees.emplace_back(left.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
      const bool is_leaf = left[i] < 0;
      tree[i] = {.left = is_leaf ? 0 : static_cast<std::uint32_t>(left[i]),
                 .right = is_leaf ? 0 : static_cast<std::uint32_t>(right[i]),
                 .feature = is_leaf ? 0 : static_cast<std::uint32_t>(feature[i]),
                 .value = is_leaf ? value[i] * scale : value[i]};
    }
  }
  return trees;
}

void validate(std::size_t rows, std::size_t values, std::size_t weights,
              const BoostedTreesOptions& options) {
  const auto expect = [](bool condition, const char* what) {
    if (!condition) fail(ErrorCode::invalid_argument, "fitting boosted trees: {}", what);
  };
  expect(values > 0 && rows % values == 0 && rows > 0, "there must be a row of features a value");
  expect(weights == 0 || weights == values, "there must be a weight a value or none");
  expect(options.depth >= 1 && options.depth <= 8, "trees have 1 to 8 levels");
  expect(options.rounds >= 1 && options.bags >= 1, "there must be a tree at least");
  expect(options.row_share > 0 && options.row_share <= 1 && options.feature_share > 0 &&
             options.feature_share <= 1,
         "shares are above 0 and at most 1");
}

}  // namespace

BoostedTrees fit_boosted_trees(std::span<const float> rows, std::span<const float> values,
                               std::span<const float> weights, const BoostedTreesOptions& options) {
  validate(rows.size(), values.size(), weights.size(), options);
  const Matrix matrix = make_matrix(rows, values, weights);
  double sum = 0;
  for (const float value : values)
    sum += static_cast<double>(value);
  const auto base = static_cast<float>(sum / static_cast<double>(values.size()));
  std::vector<BoostedTrees::Tree> trees;
  for (std::size_t bag = 0; bag < options.bags; ++bag) {
    const Booster booster = make_booster(matrix, options, options.seed + bag, base);
    for (std::size_t round = 0; round < options.rounds; ++round)
      check(XGBoosterUpdateOneIter(booster.get(), static_cast<int>(round), matrix.get()));
    const auto bagged = trees_of(booster, 1.0F / static_cast<float>(options.bags));
    trees.insert(trees.end(), bagged.begin(), bagged.end());
  }
  return {trees, rows.size() / values.size(), base};
}

}  // namespace ecnas::surrogate
