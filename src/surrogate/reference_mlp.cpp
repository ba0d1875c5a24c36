#include "ecnas/surrogate/reference_mlp.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/surrogate/mlp.hpp"
#include "surrogate/families.hpp"
#include "surrogate/products.hpp"

namespace ecnas::surrogate {
namespace {

/// Scores are logarithms of kWh less this, so that their last digit is small: energies of some Wh
/// lie about 0, where a float is as precise as the perceptron is. A whole number, so that the curve
/// that adds it again adds no error.
constexpr double kMiddle = -5;

constexpr unsigned kFewestVertices = 4;  // that it was fitted on

/// A dense layer: weights (inputs, outputs), bias (outputs).
struct Layer {
  std::vector<float> weights;
  std::vector<float> bias;
};

/// Evaluated in single precision, as the published table was: where an output is a small difference
/// of large sums, its rounding is part of what was published (2·10⁻⁶ of the cell input → output).
/// Sums run over the inputs in order, each product added without being rounded first; that product
/// is exact in double precision, so every machine gives the same.
class ReferenceMlp final : public Regressor {
 public:
  explicit ReferenceMlp(std::vector<Layer> layers) : layers_(std::move(layers)) {}

  Family family() const override { return Family::reference; }
  std::size_t outputs() const override { return 1; }

  void predict(std::span<const space::Cell> cells, std::span<float> out,
               unsigned threads) const override {
    ECNAS_ASSERT(out.size() == cells.size());
    for_each_block(cells.size(), threads, [&](std::size_t first, std::size_t count) {
      for (std::size_t i = first; i < first + count; ++i)
        out[i] = score_of(energy_wh(cells[i]));
    });
  }

  void save(ModelTensors& /*tensors*/, const std::string& /*prefix*/) const override {
    fail(ErrorCode::invalid_argument,
         "{}: the published surrogate is for comparison only and enters no model file; leave it "
         "out",
         kReferenceModel);
  }

 private:
  static float score_of(float energy_wh) {
    const double size = std::max(std::abs(energy_wh), std::numeric_limits<float>::min());
    return static_cast<float>(std::log(size / 1000) - kMiddle);
  }

  [[nodiscard]] float energy_wh(const space::Cell& cell) const {
    std::vector<float> values(kPublishedInputs);
    published_inputs(cell, values);
    for (const Layer& layer : layers_) {
      if (&layer != &layers_.front()) {
        for (float& value : values)
          value = gelu(value);
      }
      values = sums_of(layer, values);
    }
    return values.front();
  }

  static std::vector<float> sums_of(const Layer& layer, std::span<const float> values) {
    std::vector<float> sums(layer.bias.size());
    const float* weight = layer.weights.data();
    for (const float value : values) {
      for (float& sum : sums)
        sum = static_cast<float>(static_cast<double>(*weight++) * value + sum);
    }
    for (std::size_t to = 0; to < sums.size(); ++to)
      sums[to] += layer.bias[to];
    return sums;
  }

  static float gelu(double x) {
    return static_cast<float>(x / 2 * (1 + std::erf(x / std::numbers::sqrt2)));
  }

  std::vector<Layer> layers_;
};

/// Layers as the file has them, output by input, turned into ours.
std::vector<Layer> read_layers(const ModelTensors& tensors) {
  const std::vector<std::size_t> widths = published_mlp_widths();
  std::vector<Layer> layers;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const std::string name = "fc" + std::to_string(i + 1);
    const std::array<std::size_t, 2> shape = {widths[i + 1], widths[i]};
    const std::array<std::size_t, 1> bias_shape = {widths[i + 1]};
    const std::vector<float> weights = tensors.floats(name + ".weight", shape);
    layers.push_back({transposed(weights.data(), widths[i + 1], widths[i]),
                      tensors.floats(name + ".bias", bias_shape)});
  }
  return layers;
}

/// Of the cells it was fitted on only the number of vertices is known.
FittedRange known_range() {
  FittedRange range = fitted_range(std::array{space::Cell::trivial()});
  std::ranges::fill(range.lowest, std::numeric_limits<float>::lowest());
  std::ranges::fill(range.highest, std::numeric_limits<float>::max());
  range.lowest.front() = static_cast<float>(kFewestVertices);
  return range;
}

RegressorPointer refuse_fit(const TrainingData& /*data*/, const RegressorOptions& /*options*/) {
  fail(ErrorCode::invalid_argument,
       "family reference: the published surrogate is as it is and cannot be fitted; choose mlp, "
       "which has its inputs and shape");
}

RegressorPointer refuse_load(const ModelTensors& tensors, const std::string& prefix) {
  fail(ErrorCode::invalid_data,
       "{}: '{}…' is of the published surrogate, which enters no model file; fit the model again",
       tensors.file_name(), prefix);
}

}  // namespace

bool is_reference_mlp(const ModelTensors& tensors) {
  return !tensors.metadata.contains("format") && tensors.metadata.contains("source") &&
         tensors.metadata.contains("input");
}

Surrogate read_reference_mlp(const ModelTensors& tensors) {
  constexpr double kUnknown = std::numeric_limits<double>::infinity();
  Output output;
  output.curve = {{0, 1}, {kMiddle, kMiddle + 1}};
  output.lower_width.fill(kUnknown);
  output.upper_width.fill(kUnknown);
  return {{.target = Target::energy_kwh,
           .name = std::string(kReferenceModel),
           .description = "the published surrogate of EC-NAS, for comparison only",
           .pue = 1.0,
           .devices = {"Quadro RTX 6000"},
           .epochs = {4, 12, 36, 108},
           .scaled_from = 4},
          {{std::make_shared<ReferenceMlp>(read_layers(tensors)), 1.0}},
          {output},
          known_range()};
}

FamilyEntry reference_family() {
  return {Family::reference, "reference", refuse_fit, refuse_load};
}

}  // namespace ecnas::surrogate
