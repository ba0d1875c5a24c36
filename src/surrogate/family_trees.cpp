#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/surrogate/boosted_trees.hpp"
#include "ecnas/surrogate/features.hpp"
#include "surrogate/families.hpp"

namespace ecnas::surrogate {
namespace {

constexpr FeatureGroups kGroups =
    FeatureGroup::physical | FeatureGroup::structural | FeatureGroup::operation_pairs;

/// Trees on what a ridge regression leaves: beyond the cells fitted on, where trees are constant,
/// the line goes on.
class Trees final : public Regressor {
 public:
  Trees(RegressorPointer base, std::vector<BoostedTrees> outputs)
      : base_(std::move(base)), extractor_(kGroups), outputs_(std::move(outputs)) {}

  Family family() const override { return Family::trees; }
  std::size_t outputs() const override { return outputs_.size(); }

  void predict(std::span<const space::Cell> cells, std::span<float> out,
               unsigned threads) const override {
    base_->predict(cells, out, threads);
    for_each_block(cells.size(), threads, [&](std::size_t first, std::size_t count) {
      std::vector<float> rows(count * extractor_.count());
      extractor_.extract(cells.subspan(first, count), rows);
      std::vector<float> sums(count);
      for (std::size_t output = 0; output < outputs(); ++output) {
        outputs_[output].predict(rows, sums);
        for (std::size_t i = 0; i < count; ++i)
          out[(first + i) * outputs() + output] += sums[i];
      }
    });
  }

  void save(ModelTensors& tensors, const std::string& prefix) const override {
    base_->save(tensors, prefix + "base.");
    const auto count = static_cast<std::uint32_t>(outputs());
    tensors.put(prefix + "outputs", {1}, std::span(&count, 1));
    for (std::size_t output = 0; output < outputs(); ++output) {
      const BoostedTrees& trees = outputs_[output];
      const std::string at = prefix + std::to_string(output) + ".";
      const std::size_t leaves = std::size_t{1} << trees.depth();
      const float base = trees.base();
      tensors.put(at + "base", {1}, std::span(&base, 1));
      tensors.put(at + "thresholds", {trees.thresholds().size()}, trees.thresholds());
      tensors.put(at + "threshold_offsets", {trees.threshold_offsets().size()},
                  trees.threshold_offsets());
      tensors.put(at + "split_features", {trees.trees(), leaves - 1}, trees.split_features());
      tensors.put(at + "split_codes", {trees.trees(), leaves - 1}, trees.split_codes());
      tensors.put(at + "leaves", {trees.trees(), leaves}, trees.leaves());
    }
  }

 private:
  RegressorPointer base_;
  FeatureExtractor extractor_;
  std::vector<BoostedTrees> outputs_;
};

RegressorPointer fit(const TrainingData& data, const RegressorOptions& options) {
  const FeatureExtractor extractor(kGroups);
  const std::size_t width = extractor.count();
  std::vector<float> rows(data.cells.size() * width);
  extractor.extract(data.cells, rows, options.threads);
  RegressorPointer base = ridge_family().fit(data, {});
  std::vector<float> explained(data.values.size());
  base->predict(data.cells, explained, options.threads);
  std::vector<BoostedTrees> outputs;
  for (std::size_t output = 0; output < data.outputs; ++output) {
    ObservedRows observed = observed_rows(data, output);
    std::vector<float> chosen;
    chosen.reserve(observed.rows.size() * width);
    for (std::size_t i = 0; i < observed.rows.size(); ++i) {
      const std::uint32_t row = observed.rows[i];
      observed.values[i] -= explained[row * data.outputs + output];
      const auto first = rows.begin() + static_cast<std::ptrdiff_t>(row * width);
      chosen.insert(chosen.end(), first, first + static_cast<std::ptrdiff_t>(width));
    }
    BoostedTreesOptions tree_options{.seed = options.seed};
    if (options.members > 0) tree_options.bags = options.members;
    outputs.push_back(fit_boosted_trees(chosen, observed.values, observed.weights, tree_options));
    if (options.progress)
      options.progress(static_cast<double>(output + 1) / static_cast<double>(data.outputs));
  }
  return std::make_unique<Trees>(std::move(base), std::move(outputs));
}

/// @param at  what the names of the tensors of one output begin with
BoostedTrees load_trees(const ModelTensors& tensors, const std::string& at, std::size_t features) {
  constexpr std::array<std::size_t, 1> kOne = {1};
  std::vector<float> leaves = tensors.floats(at + "leaves");
  const std::vector<std::size_t>& shape = tensors.shape(at + "leaves");
  if (shape.size() != 2 || shape[1] < 2) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}leaves' has shape [{}], expected (trees, leaves)",
         tensors.file_name(), at, fmt::join(shape, ", "));
  }
  const std::array<std::size_t, 1> offsets = {features + 1};
  const std::array<std::size_t, 2> splits = {shape[0], shape[1] - 1};
  try {
    return {tensors.floats(at + "thresholds"),
            tensors.integers(at + "threshold_offsets", offsets),
            tensors.words(at + "split_features", splits),
            tensors.words(at + "split_codes", splits),
            std::move(leaves),
            tensors.floats(at + "base", kOne).front()};
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with(tensors.file_name())) throw;
    fail(ErrorCode::invalid_data, "{}: tensors '{}…': {}", tensors.file_name(), at, error.what());
  }
}

RegressorPointer load(const ModelTensors& tensors, const std::string& prefix) {
  constexpr std::array<std::size_t, 1> kOne = {1};
  const std::uint32_t count = tensors.integers(prefix + "outputs", kOne).front();
  if (count == 0 || count > 128) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}outputs' holds {}, expected 1 to 128",
         tensors.file_name(), prefix, count);
  }
  const std::size_t features = FeatureExtractor(kGroups).count();
  std::vector<BoostedTrees> outputs;
  for (std::uint32_t output = 0; output < count; ++output)
    outputs.push_back(load_trees(tensors, prefix + std::to_string(output) + ".", features));
  RegressorPointer base = ridge_family().load(tensors, prefix + "base.");
  if (base->outputs() != outputs.size()) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}base.coefficients' has {} outputs, expected {}",
         tensors.file_name(), prefix, base->outputs(), outputs.size());
  }
  return std::make_unique<Trees>(std::move(base), std::move(outputs));
}

}  // namespace

FamilyEntry trees_family() {
  return {Family::trees, "trees", fit, load};
}

}  // namespace ecnas::surrogate
