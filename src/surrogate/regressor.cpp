#include "ecnas/surrogate/regressor.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "surrogate/families.hpp"

namespace ecnas::surrogate {
namespace {

const std::array<FamilyEntry, kFamilies>& families() {
  static const std::array<FamilyEntry, kFamilies> all = {
      ridge_family(), trees_family(), gaussian_process_family(),
      mlp_family(),   graph_family(), reference_family()};
  return all;
}

const FamilyEntry& entry(Family family) {
  return families()[static_cast<std::size_t>(family)];
}

void validate(const TrainingData& data) {
  const std::size_t expected = data.cells.size() * data.outputs;
  if (data.outputs == 0 || data.values.size() != expected || data.weights.size() != expected) {
    fail(ErrorCode::invalid_argument,
         "fitting: {} values and {} weights for {} cells × {} outputs; there must be one each",
         data.values.size(), data.weights.size(), data.cells.size(), data.outputs);
  }
  for (std::size_t output = 0; output < data.outputs; ++output) {
    if (observed_rows(data, output).rows.size() < 2)
      fail(ErrorCode::invalid_argument, "fitting: output {} has fewer than 2 values", output);
  }
}

}  // namespace

std::string_view name(Family family) {
  return entry(family).name;
}

std::optional<Family> parse_family(std::string_view text) {
  for (const FamilyEntry& candidate : families()) {
    if (candidate.name == text) return candidate.family;
  }
  return std::nullopt;
}

std::unique_ptr<Regressor> fit_regressor(Family family, const TrainingData& data,
                                         const RegressorOptions& options) {
  validate(data);
  return entry(family).fit(data, options);
}

std::unique_ptr<Regressor> load_regressor(Family family, const ModelTensors& tensors,
                                          const std::string& prefix) {
  return entry(family).load(tensors, prefix);
}

void for_each_block(std::size_t cells, unsigned threads,
                    const std::function<void(std::size_t, std::size_t)>& body) {
  const std::size_t blocks = (cells + kCellsAtOnce - 1) / kCellsAtOnce;
  parallel_for(blocks, threads, [&](std::size_t block) {
    const std::size_t first = block * kCellsAtOnce;
    body(first, std::min(kCellsAtOnce, cells - first));
  });
}

ObservedRows observed_rows(const TrainingData& data, std::size_t output) {
  ObservedRows observed;
  for (std::size_t i = 0; i < data.cells.size(); ++i) {
    const std::size_t at = i * data.outputs + output;
    if (std::isnan(data.values[at])) continue;
    observed.rows.push_back(static_cast<std::uint32_t>(i));
    observed.values.push_back(data.values[at]);
    observed.weights.push_back(data.weights[at]);
  }
  return observed;
}

}  // namespace ecnas::surrogate
