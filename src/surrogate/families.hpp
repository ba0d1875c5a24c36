#pragma once
/// The families of regressors, one source each.

#include <memory>
#include <string>

#include "ecnas/surrogate/regressor.hpp"
#include "surrogate/model_tensors.hpp"

namespace ecnas::surrogate {

using RegressorPointer = std::unique_ptr<Regressor>;

/// One family: how it is fitted and how it is loaded.
struct FamilyEntry {
  Family family;
  std::string_view name;
  RegressorPointer (*fit)(const TrainingData& data, const RegressorOptions& options);
  RegressorPointer (*load)(const ModelTensors& tensors, const std::string& prefix);
};

[[nodiscard]] FamilyEntry ridge_family();
[[nodiscard]] FamilyEntry trees_family();
[[nodiscard]] FamilyEntry gaussian_process_family();
[[nodiscard]] FamilyEntry mlp_family();
[[nodiscard]] FamilyEntry graph_family();
[[nodiscard]] FamilyEntry reference_family();

/// Cells that are predicted at once: enough of each graph for the features' shared work, few enough
/// for the cache.
inline constexpr std::size_t kCellsAtOnce = 2048;

/// Calls body(first, count) for blocks of kCellsAtOnce of `cells`, on several threads.
void for_each_block(std::size_t cells, unsigned threads,
                    const std::function<void(std::size_t, std::size_t)>& body);

/// The rows whose value of `output` was observed, for families that fit one output at a time.
struct ObservedRows {
  std::vector<std::uint32_t> rows;
  std::vector<float> values;
  std::vector<float> weights;
};
[[nodiscard]] ObservedRows observed_rows(const TrainingData& data, std::size_t output);

}  // namespace ecnas::surrogate
