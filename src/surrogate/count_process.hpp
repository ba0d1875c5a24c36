#pragma once
/// The Gaussian process of one output over counts of cells (docs/algorithms/gaussian-process.md).

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecnas/surrogate/regressor.hpp"
#include "surrogate/cell_counts.hpp"
#include "surrogate/gaussian_process.hpp"

namespace ecnas::surrogate {

/// Inputs less their mean, over their deviation; those that are constant only less their mean.
/// @param Size  how many
template <std::size_t Size>
struct Scale {
  std::array<float, Size> mean{};
  std::array<float, Size> inverse_deviation{};

  [[nodiscard]] double apply(const std::array<float, Size>& inputs, std::size_t i) const {
    return (static_cast<double>(inputs[i]) - static_cast<double>(mean[i])) *
           static_cast<double>(inverse_deviation[i]);
  }
};

/// Counts of a cell as a process takes them.
struct CountInputs {
  Scale<kSmoothInputs> smooth_scale;
  Scale<kLinearInputs> linear_scale;

  [[nodiscard]] Eigen::VectorXd smooth(const CellCounts& counts) const;
  [[nodiscard]] Eigen::VectorXd linear(const CellCounts& counts) const;
  [[nodiscard]] ProcessInputs of(std::span<const std::uint32_t> keys) const;
};

/// The process of one output.
struct CountProcess {
  std::vector<std::uint32_t> keys;  // (g): counts that were observed
  CountInputs inputs;
  GaussianProcess process;

  [[nodiscard]] float mean(std::uint32_t key) const;
};

/// @throws as `fit_regressor`
[[nodiscard]] CountProcess fit_count_process(const TrainingData& data, std::size_t output,
                                             const RegressorOptions& options);

/// The process of a regressor's output; null unless the regressor is of that family. It lives as
/// long as the regressor.
[[nodiscard]] const CountProcess* count_process(const Regressor& regressor, std::size_t output);

}  // namespace ecnas::surrogate
