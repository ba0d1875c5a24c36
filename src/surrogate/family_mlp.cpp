#include <algorithm>
#include <array>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/surrogate/mlp.hpp"
#include "surrogate/dense_kernel.hpp"
#include "surrogate/families.hpp"

namespace ecnas::surrogate {
namespace {

std::vector<std::size_t> widths_for(std::size_t outputs) {
  std::vector<std::size_t> widths = published_mlp_widths();
  widths.back() = outputs;
  return widths;
}

/// The published surrogate's inputs, less their mean, over their deviation.
struct Standardisation {
  std::vector<float> mean = std::vector<float>(kPublishedInputs);
  std::vector<float> scale = std::vector<float>(kPublishedInputs, 1.0F);

  void rows(std::span<const space::Cell> cells, std::vector<float>& out) const {
    out.resize(cells.size() * kPublishedInputs);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto row = std::span(out).subspan(i * kPublishedInputs, kPublishedInputs);
      published_inputs(cells[i], row);
      for (std::size_t k = 0; k < kPublishedInputs; ++k)
        row[k] = (row[k] - mean[k]) * scale[k];
    }
  }
};

Standardisation standardise(std::span<const space::Cell> cells) {
  Standardisation result;
  std::vector<float> rows;
  result.rows(cells, rows);
  const auto count = static_cast<double>(cells.size());
  for (std::size_t k = 0; k < kPublishedInputs; ++k) {
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto value = static_cast<double>(rows[i * kPublishedInputs + k]);
      sum += value;
      squares += value * value;
    }
    const double variance = squares / count - sum / count * (sum / count);
    result.mean[k] = static_cast<float>(sum / count);
    result.scale[k] = variance > 1e-12 ? static_cast<float>(1 / std::sqrt(variance)) : 0.0F;
  }
  return result;
}

class MlpRegressor final : public Regressor {
 public:
  MlpRegressor(Standardisation standardisation, Mlp mlp)
      : standardisation_(std::move(standardisation)), mlp_(std::move(mlp)) {}

  Family family() const override { return Family::mlp; }
  std::size_t outputs() const override { return mlp_.widths().back(); }

  void predict(std::span<const space::Cell> cells, std::span<float> out,
               unsigned threads) const override {
    ECNAS_ASSERT(out.size() == cells.size() * outputs());
    for_each_block(cells.size(), threads, [&](std::size_t first, std::size_t count) {
      std::vector<float> rows;
      standardisation_.rows(cells.subspan(first, count), rows);
      mlp_.predict(rows, out.subspan(first * outputs(), count * outputs()));
    });
  }

  void save(ModelTensors& tensors, const std::string& prefix) const override {
    tensors.put(prefix + "mean", {kPublishedInputs}, std::span(standardisation_.mean));
    tensors.put(prefix + "scale", {kPublishedInputs}, std::span(standardisation_.scale));
    const auto count = static_cast<std::uint32_t>(outputs());
    tensors.put(prefix + "outputs", {1}, std::span(&count, 1));
    for (std::size_t layer = 0; layer < mlp_.layers(); ++layer) {
      const std::string at = prefix + "layer" + std::to_string(layer);
      const std::size_t columns = padded(mlp_.widths()[layer + 1]);
      tensors.put(at + ".weight", {mlp_.widths()[layer], columns}, mlp_.weights(layer));
      tensors.put(at + ".bias", {columns}, mlp_.bias(layer));
    }
  }

 private:
  Standardisation standardisation_;
  Mlp mlp_;
};

RegressorPointer fit(const TrainingData& data, const RegressorOptions& options) {
  // A perceptron has no way to leave an output out: it learns from cells that have them all.
  std::vector<space::Cell> cells;
  std::vector<float> values;
  for (std::size_t i = 0; i < data.cells.size(); ++i) {
    const auto row = data.values.subspan(i * data.outputs, data.outputs);
    bool complete = true;
    for (const float value : row)
      complete = complete && !std::isnan(value);
    if (!complete) continue;
    cells.push_back(data.cells[i]);
    values.insert(values.end(), row.begin(), row.end());
  }
  if (cells.empty())
    fail(ErrorCode::invalid_argument, "fitting a perceptron: no cell has a value of every output");
  Standardisation standardisation = standardise(cells);
  std::vector<float> rows;
  standardisation.rows(cells, rows);
  MlpOptions mlp_options{.seed = options.seed};
  if (options.epochs > 0) mlp_options.epochs = options.epochs;
  Mlp mlp = fit_mlp(widths_for(data.outputs), rows, values, mlp_options);
  if (options.progress) options.progress(1);
  return std::make_unique<MlpRegressor>(std::move(standardisation), std::move(mlp));
}

RegressorPointer load(const ModelTensors& tensors, const std::string& prefix) {
  constexpr std::array<std::size_t, 1> kInputs = {kPublishedInputs};
  Standardisation standardisation{tensors.floats(prefix + "mean", kInputs),
                                  tensors.floats(prefix + "scale", kInputs)};
  // The width of the last layer is padded in the file: the number of outputs stands beside it.
  constexpr std::array<std::size_t, 1> kOne = {1};
  const std::uint32_t outputs = tensors.integers(prefix + "outputs", kOne).front();
  if (outputs == 0 || outputs > 128) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}outputs' holds {}, expected 1 to 128",
         tensors.file_name(), prefix, outputs);
  }
  Mlp mlp(widths_for(outputs));
  for (std::size_t layer = 0; layer < mlp.layers(); ++layer) {
    const std::string at = prefix + "layer" + std::to_string(layer);
    const std::size_t columns = padded(mlp.widths()[layer + 1]);
    const std::array<std::size_t, 2> weight_shape = {mlp.widths()[layer], columns};
    const std::array<std::size_t, 1> bias_shape = {columns};
    std::ranges::copy(tensors.floats(at + ".weight", weight_shape), mlp.weights(layer).begin());
    std::ranges::copy(tensors.floats(at + ".bias", bias_shape), mlp.bias(layer).begin());
  }
  return std::make_unique<MlpRegressor>(std::move(standardisation), std::move(mlp));
}

}  // namespace

FamilyEntry mlp_family() {
  return {Family::mlp, "mlp", fit, load};
}

}  // namespace ecnas::surrogate
