#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "surrogate/cell_counts.hpp"
#include "surrogate/count_process.hpp"
#include "surrogate/families.hpp"

namespace ecnas::surrogate {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr std::size_t kCounts = 7;  // of CellCounts
constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

template <std::size_t Size>
void save_scale(ModelTensors& tensors, const std::string& name, const Scale<Size>& scale) {
  tensors.put(name + ".mean", {Size}, std::span(scale.mean));
  tensors.put(name + ".inverse_deviation", {Size}, std::span(scale.inverse_deviation));
}

template <std::size_t Size>
Scale<Size> load_scale(const ModelTensors& tensors, const std::string& name) {
  constexpr std::array<std::size_t, 1> kShape = {Size};
  Scale<Size> scale;
  std::ranges::copy(tensors.floats(name + ".mean", kShape), scale.mean.begin());
  std::ranges::copy(tensors.floats(name + ".inverse_deviation", kShape),
                    scale.inverse_deviation.begin());
  return scale;
}

std::vector<float> floats_of(const VectorXd& values) {
  std::vector<float> floats(static_cast<std::size_t>(values.size()));
  Eigen::VectorXf::Map(floats.data(), values.size()) = values.cast<float>();
  return floats;
}

VectorXd doubles_of(const std::vector<float>& floats) {
  return Eigen::VectorXf::Map(floats.data(), static_cast<Index>(floats.size())).cast<double>();
}

/// Duals have twice a float's digits and are stored as the sum of two.
void save_process(ModelTensors& tensors, const std::string& at, const CountProcess& saved) {
  std::vector<std::uint16_t> counts;
  for (const std::uint32_t key : saved.keys) {
    const CellCounts c = counts_of(key);
    counts.insert(counts.end(), {c.conv3x3, c.conv1x1, c.maxpool3x3, c.projections,
                                 c.input_to_output, c.feeding_output, c.additions});
  }
  const std::size_t groups = saved.keys.size();
  const std::vector<float> parameters = floats_of(saved.process.parameters().joined());
  const std::vector<float> duals = floats_of(saved.process.duals());
  const std::vector<float> remainder = floats_of(saved.process.duals() - doubles_of(duals));
  const std::vector<float> noise = floats_of(saved.process.noise());
  tensors.put(at + "counts", {groups, kCounts}, std::span(counts));
  save_scale(tensors, at + "smooth", saved.inputs.smooth_scale);
  save_scale(tensors, at + "linear", saved.inputs.linear_scale);
  tensors.put(at + "parameters", {parameters.size()}, std::span(parameters));
  tensors.put(at + "duals", {groups}, std::span(duals));
  tensors.put(at + "duals_remainder", {groups}, std::span(remainder));
  tensors.put(at + "noise", {groups}, std::span(noise));
}

std::vector<std::uint32_t> load_keys(const ModelTensors& tensors, const std::string& name) {
  const std::vector<std::size_t>& shape = tensors.shape(name);
  const std::size_t groups = shape.empty() ? 0 : shape.front();
  const std::array<std::size_t, 2> expected = {groups, kCounts};
  const std::vector<std::uint16_t> counts = tensors.words(name, expected);
  std::vector<std::uint32_t> keys;
  for (std::size_t group = 0; group < groups; ++group) {
    const auto word = [&](std::size_t i) { return counts[group * kCounts + i]; };
    const auto byte = [&](std::size_t i) {
      return static_cast<std::uint8_t>(std::min<std::uint16_t>(word(i), 255));
    };
    const CellCounts c{byte(0), byte(1), byte(2), byte(3), byte(4), byte(5), byte(6)};
    const std::uint32_t key = key_of(c);
    if (key >= kCountKeys || counts_of(key) != c || (!keys.empty() && keys.back() >= key)) {
      fail(
          ErrorCode::invalid_data,
          "{}: tensor '{}' holds no counts of a cell in row {}, or not in ascending order; fit the "
          "model again",
          tensors.file_name(), name, group);
    }
    keys.push_back(key);
  }
  if (keys.empty())
    fail(ErrorCode::invalid_data, "{}: tensor '{}' is empty", tensors.file_name(), name);
  return keys;
}

Hyperparameters load_parameters(const ModelTensors& tensors, const std::string& name) {
  constexpr std::array<std::size_t, 1> kShape = {kSmoothInputs + 3};
  constexpr float kLargest = 50;  // a logarithm
  const std::vector<float> parameters = tensors.floats(name, kShape);
  for (const float parameter : parameters) {
    if (std::abs(parameter) > kLargest) {
      fail(ErrorCode::invalid_data, "{}: tensor '{}' holds {}, expected logarithms within ±{}",
           tensors.file_name(), name, parameter, kLargest);
    }
  }
  return Hyperparameters::split(doubles_of(parameters));
}

CountProcess load_process(const ModelTensors& tensors, const std::string& at) {
  std::vector<std::uint32_t> keys = load_keys(tensors, at + "counts");
  const CountInputs inputs{load_scale<kSmoothInputs>(tensors, at + "smooth"),
                           load_scale<kLinearInputs>(tensors, at + "linear")};
  const std::array<std::size_t, 1> shape = {keys.size()};
  const VectorXd duals = doubles_of(tensors.floats(at + "duals", shape)) +
                         doubles_of(tensors.floats(at + "duals_remainder", shape));
  const VectorXd noise = doubles_of(tensors.floats(at + "noise", shape));
  if (noise.minCoeff() <= 0) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}noise' holds {}, expected positive variances",
         tensors.file_name(), at, noise.minCoeff());
  }
  const Hyperparameters parameters = load_parameters(tensors, at + "parameters");
  GaussianProcess process(inputs.of(keys), parameters, duals, noise);
  return {std::move(keys), inputs, std::move(process)};
}

class GaussianProcessRegressor final : public Regressor {
 public:
  explicit GaussianProcessRegressor(std::vector<CountProcess> processes)
      : processes_(std::move(processes)) {}

  Family family() const override { return Family::gaussian_process; }
  std::size_t outputs() const override { return processes_.size(); }

  // Cells of equal counts are predicted once.
  void predict(std::span<const space::Cell> cells, std::span<float> out,
               unsigned threads) const override {
    ECNAS_ASSERT(out.size() == cells.size() * outputs());
    std::vector<std::uint32_t> keys(cells.size());
    for_each_block(cells.size(), threads, [&](std::size_t first, std::size_t count_of_block) {
      for (std::size_t i = first; i < first + count_of_block; ++i)
        keys[i] = key_of(count(cells[i]));
    });
    std::vector<std::uint32_t> place(kCountKeys, kNowhere);
    std::vector<std::uint32_t> distinct;
    for (const std::uint32_t key : keys) {
      if (place[key] != kNowhere) continue;
      place[key] = static_cast<std::uint32_t>(distinct.size());
      distinct.push_back(key);
    }
    std::vector<float> means(distinct.size() * outputs());
    parallel_for(distinct.size(), threads, [&](std::size_t i) {
      for (std::size_t output = 0; output < outputs(); ++output)
        means[i * outputs() + output] = processes_[output].mean(distinct[i]);
    });
    for (std::size_t i = 0; i < cells.size(); ++i)
      std::copy_n(means.data() + place[keys[i]] * outputs(), outputs(), out.data() + i * outputs());
  }

  void save(ModelTensors& tensors, const std::string& prefix) const override {
    const auto count_of_outputs = static_cast<std::uint32_t>(outputs());
    tensors.put(prefix + "outputs", {1}, std::span(&count_of_outputs, 1));
    for (std::size_t output = 0; output < outputs(); ++output)
      save_process(tensors, prefix + std::to_string(output) + ".", processes_[output]);
  }

  [[nodiscard]] const CountProcess& process(std::size_t output) const { return processes_[output]; }

 private:
  std::vector<CountProcess> processes_;
};

RegressorPointer fit(const TrainingData& data, const RegressorOptions& options) {
  std::vector<CountProcess> processes;
  for (std::size_t output = 0; output < data.outputs; ++output) {
    processes.push_back(fit_count_process(data, output, options));
    if (options.progress)
      options.progress(static_cast<double>(output + 1) / static_cast<double>(data.outputs));
  }
  return std::make_unique<GaussianProcessRegressor>(std::move(processes));
}

RegressorPointer load(const ModelTensors& tensors, const std::string& prefix) {
  constexpr std::array<std::size_t, 1> kOne = {1};
  const std::uint32_t outputs = tensors.integers(prefix + "outputs", kOne).front();
  if (outputs == 0 || outputs > 128) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}outputs' holds {}, expected 1 to 128",
         tensors.file_name(), prefix, outputs);
  }
  std::vector<CountProcess> processes;
  for (std::uint32_t output = 0; output < outputs; ++output)
    processes.push_back(load_process(tensors, prefix + std::to_string(output) + "."));
  return std::make_unique<GaussianProcessRegressor>(std::move(processes));
}

}  // namespace

const CountProcess* count_process(const Regressor& regressor, std::size_t output) {
  const auto* family = dynamic_cast<const GaussianProcessRegressor*>(&regressor);
  return family == nullptr ? nullptr : &family->process(output);
}

FamilyEntry gaussian_process_family() {
  return {Family::gaussian_process, "gaussian_process", fit, load};
}

}  // namespace ecnas::surrogate
