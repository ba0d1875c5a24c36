#include "surrogate/count_process.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "surrogate/families.hpp"

namespace ecnas::surrogate {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

/// @param inputs  of each observation
template <std::size_t Size>
Scale<Size> scale_of(const std::vector<std::array<float, Size>>& inputs) {
  constexpr double kConstant = 1e-6;
  Scale<Size> scale;
  const auto count = static_cast<double>(inputs.size());
  for (std::size_t i = 0; i < Size; ++i) {
    double sum = 0;
    double squares = 0;
    for (const auto& row : inputs)
      sum += static_cast<double>(row[i]);
    for (const auto& row : inputs)
      squares += std::pow(static_cast<double>(row[i]) - sum / count, 2);
    const double deviation = std::sqrt(squares / count);
    scale.mean[i] = static_cast<float>(sum / count);
    scale.inverse_deviation[i] = deviation > kConstant ? static_cast<float>(1 / deviation) : 1.0F;
  }
  return scale;
}

}  // namespace

VectorXd CountInputs::smooth(const CellCounts& counts) const {
  VectorXd row(kSmoothInputs);
  const auto inputs = smooth_inputs(counts);
  for (std::size_t i = 0; i < kSmoothInputs; ++i)
    row[static_cast<Index>(i)] = smooth_scale.apply(inputs, i);
  return row;
}

VectorXd CountInputs::linear(const CellCounts& counts) const {
  VectorXd row(kLinearInputs + 1);
  const auto inputs = linear_inputs(counts);
  for (std::size_t i = 0; i < kLinearInputs; ++i)
    row[static_cast<Index>(i)] = linear_scale.apply(inputs, i);
  row[kLinearInputs] = 1;  // the intercept
  return row;
}

ProcessInputs CountInputs::of(std::span<const std::uint32_t> keys) const {
  const auto rows = static_cast<Index>(keys.size());
  ProcessInputs inputs{Eigen::MatrixXd(rows, kSmoothInputs),
                       Eigen::MatrixXd(rows, kLinearInputs + 1)};
  for (Index row = 0; row < rows; ++row) {
    const CellCounts counts = counts_of(keys[static_cast<std::size_t>(row)]);
    inputs.smooth.row(row) = smooth(counts);
    inputs.linear.row(row) = linear(counts);
  }
  return inputs;
}

float CountProcess::mean(std::uint32_t key) const {
  const CellCounts counts = counts_of(key);
  return static_cast<float>(process.mean(inputs.smooth(counts), inputs.linear(counts)));
}

CountProcess fit_count_process(const TrainingData& data, std::size_t output,
                               const RegressorOptions& options) {
  const ObservedRows observed = observed_rows(data, output);
  std::vector<std::uint32_t> keys;
  std::vector<std::array<float, kSmoothInputs>> smooth;
  std::vector<std::array<float, kLinearInputs>> linear;
  for (const std::uint32_t row : observed.rows) {
    const CellCounts counts = count(data.cells[row]);
    keys.push_back(key_of(counts));
    smooth.push_back(smooth_inputs(counts));
    linear.push_back(linear_inputs(counts));
  }
  std::vector<std::uint32_t> distinct = keys;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());

  const CountInputs inputs{scale_of(smooth), scale_of(linear)};
  ProcessData process_data{inputs.of(distinct), {}, {}, {}};
  for (const std::uint32_t key : keys) {
    const auto place = std::lower_bound(distinct.begin(), distinct.end(), key) - distinct.begin();
    process_data.group.push_back(static_cast<std::uint32_t>(place));
  }
  const auto count_of_rows = static_cast<Index>(keys.size());
  process_data.values = Eigen::VectorXf::Map(observed.values.data(), count_of_rows).cast<double>();
  process_data.weights =
      Eigen::VectorXf::Map(observed.weights.data(), count_of_rows).cast<double>();
  return {std::move(distinct), inputs, fit_gaussian_process(process_data, {.seed = options.seed})};
}

}  // namespace ecnas::surrogate
