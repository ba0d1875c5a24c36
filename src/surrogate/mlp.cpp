#include "ecnas/surrogate/mlp.hpp"

#include <algorithm>
#include <array>

#include "ecnas/core/error.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/skeleton.hpp"
#include "surrogate/kernels.hpp"
#include "surrogate/mlp_passes.hpp"
#include "surrogate/products.hpp"

namespace ecnas::surrogate {
namespace {

constexpr std::size_t kRowsAtOnce = 192;  // whose values stay in the first-level cache

}  // namespace

Mlp::Mlp(std::vector<std::size_t> widths) : widths_(std::move(widths)) {
  const auto is_width = [](std::size_t width) { return width >= 1 && width <= 4096; };
  if (widths_.size() < 2 || widths_.size() > 16 ||
      !std::all_of(widths_.begin(), widths_.end(), is_width)) {
    fail(ErrorCode::invalid_argument,
         "perceptron: there must be 2 to 16 widths, each from 1 to 4096");
  }
  std::size_t size = 0;
  for (std::size_t layer = 0; layer < layers(); ++layer) {
    offsets_.push_back(size);
    size += (widths_[layer] + 1) * padded(widths_[layer + 1]);
  }
  offsets_.push_back(size);
  parameters_.resize(size);
}

std::span<float> Mlp::weights(std::size_t layer) {
  return std::span(parameters_)
      .subspan(offsets_[layer], widths_[layer] * padded(widths_[layer + 1]));
}

std::span<const float> Mlp::weights(std::size_t layer) const {
  return std::span(parameters_)
      .subspan(offsets_[layer], widths_[layer] * padded(widths_[layer + 1]));
}

std::span<float> Mlp::bias(std::size_t layer) {
  const std::size_t columns = padded(widths_[layer + 1]);
  return std::span(parameters_).subspan(offsets_[layer + 1] - columns, columns);
}

std::span<const float> Mlp::bias(std::size_t layer) const {
  const std::size_t columns = padded(widths_[layer + 1]);
  return std::span(parameters_).subspan(offsets_[layer + 1] - columns, columns);
}

void Mlp::predict(std::span<const float> rows, std::span<float> out) const {
  const std::size_t inputs = widths_.front();
  const std::size_t outputs = widths_.back();
  const std::size_t count = out.size() / outputs;
  ECNAS_ASSERT(out.size() % outputs == 0 && rows.size() == count * inputs);
  MlpWorkspace workspace;
  for (std::size_t first = 0; first < count; first += kRowsAtOnce) {
    const std::size_t some = std::min(kRowsAtOnce, count - first);
    const std::span<const float> sums =
        forward(*this, rows.subspan(first * inputs, some * inputs), false, workspace);
    for (std::size_t i = 0; i < some; ++i)
      std::copy_n(sums.data() + i * padded(outputs), outputs, out.data() + (first + i) * outputs);
  }
}

std::span<const float> forward(const Mlp& mlp, std::span<const float> rows, bool with_slopes,
                               MlpWorkspace& workspace) {
  const std::size_t count = rows.size() / mlp.widths().front();
  workspace.layers.resize(mlp.layers());
  const float* inputs = rows.data();
  std::size_t stride = mlp.widths().front();
  for (std::size_t i = 0; i < mlp.layers(); ++i) {
    MlpWorkspace::Layer& layer = workspace.layers[i];
    const std::size_t columns = padded(mlp.widths()[i + 1]);
    layer.sums.resize(count * columns);
    for (std::size_t row = 0; row < count; ++row)
      std::copy_n(mlp.bias(i).data(), columns, layer.sums.data() + row * columns);
    dense_kernel().multiply(count, columns, mlp.widths()[i], {inputs, stride, 1},
                            mlp.weights(i).data(), columns, layer.sums.data(), columns, true);
    if (i + 1 == mlp.layers()) break;
    layer.values.resize(count * columns);
    layer.slopes.resize(with_slopes ? count * columns : 0);
    dense_kernel().gelu(layer.sums.size(), layer.sums.data(), layer.values.data(),
                        with_slopes ? layer.slopes.data() : nullptr);
    inputs = layer.values.data();
    stride = columns;
  }
  return workspace.layers.back().sums;
}

std::vector<std::size_t> published_mlp_widths() {
  return {kPublishedInputs, 128, 64, 32, 32, 1};
}

void published_inputs(const space::Cell& any_labelling, std::span<float> inputs) {
  ECNAS_ASSERT(inputs.size() == kPublishedInputs);
  const space::Cell cell = space::canonical(any_labelling);
  const unsigned vertices = cell.vertices();
  constexpr std::array<float, space::kOperationCount> kCodes = {3, 2, 4};
  float* next = inputs.data();
  for (unsigned source = 0; source < space::kMaxVertices; ++source) {
    for (unsigned target = source; target < space::kMaxVertices; ++target) {
      const bool edge = source < target && target < vertices && cell.has_edge(source, target);
      *next++ = edge ? 1.0F : 0.0F;
    }
  }
  for (unsigned v = 0; v < space::kMaxVertices; ++v) {
    const bool inner = v > 0 && v + 1 < vertices;
    *next++ = v == 0              ? 1.0F
              : inner             ? kCodes[static_cast<std::size_t>(cell.operation(v))]
              : v + 1 == vertices ? 5.0F
                                  : 0.0F;
  }
  *next = static_cast<float>(static_cast<double>(space::trainable_parameters(cell)) / 1e6);
}

}  // namespace ecnas::surrogate
