#include "surrogate/graph_passes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "surrogate/kernels.hpp"
#include "surrogate/products.hpp"

namespace ecnas::surrogate {
namespace {

/// Rows of the neighbours named by `bits`, summed to `to`; or a row added to all of them.
void gather(std::size_t width, unsigned bits, const float* from, std::size_t stride, float* to) {
  std::fill_n(to, width, 0.0F);
  for (; bits != 0; bits &= bits - 1) {
    const float* row = from + static_cast<std::size_t>(std::countr_zero(bits)) * stride;
    for (std::size_t i = 0; i < width; ++i)
      to[i] += row[i];
  }
}

void scatter(std::size_t width, unsigned bits, const float* row, float* to) {
  for (; bits != 0; bits &= bits - 1) {
    float* target = to + static_cast<std::size_t>(std::countr_zero(bits)) * width;
    for (std::size_t i = 0; i < width; ++i)
      target[i] += row[i];
  }
}

/// The pattern of one layer's dropout: 16 random bits an element.
class DropoutPattern {
 public:
  DropoutPattern(const Dropout& dropout, std::size_t layer)
      : rng_(Rng::stream(dropout.seed, dropout.stream * 64 + layer)),
        threshold_(static_cast<unsigned>(dropout.rate * 65536)),
        scale_(static_cast<float>(1 / (1 - dropout.rate))) {}

  /// Multiplies an element by 0 or by the scale that keeps the mean.
  void apply(std::span<float> values) {
    if (threshold_ == 0) return;
    for (std::size_t i = 0; i < values.size(); i += 4) {
      const std::uint64_t bits = rng_.next();
      for (std::size_t j = 0; j < 4; ++j) {
        const bool drop = (bits >> (16 * j) & 0xFFFF) < threshold_;
        values[i + j] *= drop ? 0.0F : scale_;
      }
    }
  }
  [[nodiscard]] float scale() const { return threshold_ == 0 ? 1.0F : scale_; }

 private:
  Rng rng_;
  unsigned threshold_;
  float scale_;
};

/// own | sources | targets for every vertex.
void gather_messages(std::size_t width, const GraphBatch& batch, std::vector<float>& inputs) {
  const std::size_t stride = 3 * width;
  for (std::size_t cell = 0; cell < batch.cells; ++cell) {
    const std::size_t first = batch.first[cell];
    const float* states = inputs.data() + first * stride;
    for (std::size_t v = first; v < batch.first[cell + 1]; ++v) {
      float* row = inputs.data() + v * stride;
      gather(width, batch.sources[v], states, stride, row + width);
      gather(width, batch.targets[v], states, stride, row + 2 * width);
    }
  }
}

/// active = max(0, gate ⊙ (messages + bias)) by each vertex' label; messages get their bias.
void activate(std::size_t width, const GraphBatch& batch, const float* bias, const float* gate,
              std::vector<float>& messages, std::vector<float>& active) {
  for (std::size_t v = 0; v < batch.vertices; ++v) {
    const std::size_t label = batch.labels[v] * width;
    for (std::size_t i = 0; i < width; ++i) {
      float& message = messages[v * width + i];
      message += bias[label + i];
      active[v * width + i] = std::max(0.0F, message * gate[label + i]);
    }
  }
}

/// normalise() with rows of the result `stride` apart.
void normalise_into(std::size_t width, std::size_t rows, const std::vector<float>& state,
                    std::vector<float>& scratch, std::vector<float>& inverse_deviation,
                    std::vector<float>& inputs) {
  scratch.resize(rows * width);
  inverse_deviation.resize(rows);
  dense_kernel().normalise(rows, width, state.data(), scratch.data(), inverse_deviation.data());
  for (std::size_t row = 0; row < rows; ++row)
    std::copy_n(scratch.data() + row * width, width, inputs.data() + row * 3 * width);
}

void pool(std::size_t width, const GraphBatch& batch, const std::vector<float>& normalised,
          std::vector<float>& pools) {
  const std::size_t stride = kLabels * width + kCellInputs;
  pools.assign(batch.cells * stride, 0.0F);
  for (std::size_t cell = 0; cell < batch.cells; ++cell) {
    float* row = pools.data() + cell * stride;
    for (std::size_t v = batch.first[cell]; v < batch.first[cell + 1]; ++v) {
      float* part = row + batch.labels[v] * width;
      for (std::size_t i = 0; i < width; ++i)
        part[i] += normalised[v * width + i];
    }
    std::copy_n(batch.cell_inputs.data() + cell * kCellInputs, kCellInputs, row + kLabels * width);
  }
}

}  // namespace

GraphLayout graph_layout(const GraphNetworkShape& shape) {
  GraphLayout layout{};
  const std::size_t width = shape.width;
  const auto place = [&](std::string name, std::size_t rows, std::size_t columns) {
    const std::size_t offset = layout.size;
    layout.tensors.push_back({std::move(name), rows, columns, offset});
    layout.size += rows * columns;
    return offset;
  };
  layout.embedding = place("embedding", kVertexInputs, width);
  for (std::uint32_t i = 0; i < shape.layers; ++i) {
    GraphLayout::Layer layer{};
    layer.message = place(fmt::format("layer{}.message", i), 3 * width, width);
    layer.bias = place(fmt::format("layer{}.bias", i), kLabels, width);
    layer.gate = place(fmt::format("layer{}.gate", i), kLabels, width);
    layer.update = place(fmt::format("layer{}.update", i), width, width);
    layout.layers.push_back(layer);
  }
  layout.head = place("head", kLabels * width + kCellInputs, shape.head_width);
  layout.head_bias = place("head_bias", 1, shape.head_width);
  layout.output = place("output", shape.head_width, kDenseGroup);
  layout.output_bias = place("output_bias", 1, kDenseGroup);
  return layout;
}

void forward(const GraphNetworkShape& shape, const GraphLayout& layout,
             std::span<const float> parameters, const GraphBatch& batch, const Dropout& dropout,
             GraphWorkspace& workspace) {
  const std::size_t width = shape.width;
  const std::size_t rows = batch.vertices;
  const float* weights = parameters.data();
  std::vector<float>& state = workspace.state;
  state.resize(rows * width);
  product(rows, width, kVertexInputs, batch.vertex_inputs.data(), weights + layout.embedding,
          state.data());
  workspace.layers.resize(shape.layers);
  for (std::size_t l = 0; l < shape.layers; ++l) {
    GraphWorkspace::Layer& layer = workspace.layers[l];
    layer.inputs.resize(rows * 3 * width);
    layer.messages.resize(rows * width);
    layer.active.resize(rows * width);
    normalise_into(width, rows, state, layer.active, layer.inverse_deviation, layer.inputs);
    gather_messages(width, batch, layer.inputs);
    product(rows, width, 3 * width, layer.inputs.data(), weights + layout.layers[l].message,
            layer.messages.data());
    activate(width, batch, weights + layout.layers[l].bias, weights + layout.layers[l].gate,
             layer.messages, layer.active);
    DropoutPattern(dropout, l).apply(layer.active);
    product(rows, width, width, layer.active.data(), weights + layout.layers[l].update,
            state.data(), true);
  }
  workspace.normalised.resize(rows * width);
  workspace.inverse_deviation.resize(rows);
  dense_kernel().normalise(rows, width, state.data(), workspace.normalised.data(),
                           workspace.inverse_deviation.data());
  pool(width, batch, workspace.normalised, workspace.pools);

  workspace.hidden.resize(batch.cells * shape.head_width);
  product(batch.cells, shape.head_width, kLabels * width + kCellInputs, workspace.pools.data(),
          weights + layout.head, workspace.hidden.data());
  add_row(batch.cells, shape.head_width, weights + layout.head_bias, workspace.hidden.data());
  for (float& value : workspace.hidden)
    value = std::max(0.0F, value);
  DropoutPattern(dropout, shape.layers).apply(workspace.hidden);
  workspace.outputs.resize(batch.cells * kDenseGroup);
  product(batch.cells, kDenseGroup, shape.head_width, workspace.hidden.data(),
          weights + layout.output, workspace.outputs.data());
  add_row(batch.cells, kDenseGroup, weights + layout.output_bias, workspace.outputs.data());
}

namespace {

/// The gradient passes where the value was kept, scaled as the value was.
void pass_active(const std::vector<float>& active, float scale, std::vector<float>& gradient) {
  for (std::size_t i = 0; i < gradient.size(); ++i)
    gradient[i] = active[i] > 0 ? gradient[i] * scale : 0.0F;
}

/// From the gradient of the pools to that of the normalised last state.
std::vector<float> unpool(std::size_t width, const GraphBatch& batch,
                          const std::vector<float>& d_pools) {
  std::vector<float> d_normalised(batch.vertices * width);
  const std::size_t stride = kLabels * width + kCellInputs;
  for (std::size_t cell = 0; cell < batch.cells; ++cell) {
    for (std::size_t v = batch.first[cell]; v < batch.first[cell + 1]; ++v) {
      std::copy_n(d_pools.data() + cell * stride + batch.labels[v] * width, width,
                  d_normalised.data() + v * width);
    }
  }
  return d_normalised;
}

/// From the gradient of gate ⊙ messages to that of messages, gates and biases.
void ungate(std::size_t width, const GraphBatch& batch, const std::vector<float>& messages,
            const float* gate, std::vector<float>& d_messages, float* d_bias, float* d_gate) {
  for (std::size_t v = 0; v < batch.vertices; ++v) {
    const std::size_t label = batch.labels[v] * width;
    for (std::size_t i = 0; i < width; ++i) {
      float& d_message = d_messages[v * width + i];
      d_gate[label + i] += d_message * messages[v * width + i];
      d_message *= gate[label + i];
      d_bias[label + i] += d_message;
    }
  }
}

/// The gradient of own | sources | targets brought together at each vertex' own state.
std::vector<float> scatter_messages(std::size_t width, const GraphBatch& batch,
                                    const std::vector<float>& d_inputs) {
  std::vector<float> d_own(batch.vertices * width);
  for (std::size_t v = 0; v < batch.vertices; ++v)
    std::copy_n(d_inputs.data() + v * 3 * width, width, d_own.data() + v * width);
  for (std::size_t cell = 0; cell < batch.cells; ++cell) {
    const std::size_t first = batch.first[cell];
    for (std::size_t v = first; v < batch.first[cell + 1]; ++v) {
      const float* row = d_inputs.data() + v * 3 * width;
      scatter(width, batch.sources[v], row + width, d_own.data() + first * width);
      scatter(width, batch.targets[v], row + 2 * width, d_own.data() + first * width);
    }
  }
  return d_own;
}

}  // namespace

void backward(const GraphNetworkShape& shape, const GraphLayout& layout,
              std::span<const float> parameters, const GraphBatch& batch, const Dropout& dropout,
              const GraphWorkspace& workspace, std::span<const float> d_outputs,
              std::span<float> gradient) {
  const std::size_t width = shape.width;
  const std::size_t rows = batch.vertices;
  const std::size_t pooled = kLabels * width + kCellInputs;
  const float* weights = parameters.data();
  float* d_weights = gradient.data();
  const float scale = DropoutPattern(dropout, 0).scale();

  transposed_product(batch.cells, kDenseGroup, shape.head_width, workspace.hidden.data(),
                     d_outputs.data(), d_weights + layout.output);
  add_rows(batch.cells, kDenseGroup, d_outputs.data(), d_weights + layout.output_bias);
  std::vector<float> d_hidden(batch.cells * shape.head_width);
  product(batch.cells, shape.head_width, kDenseGroup, d_outputs.data(),
          transposed(weights + layout.output, shape.head_width, kDenseGroup).data(),
          d_hidden.data());
  pass_active(workspace.hidden, scale, d_hidden);
  transposed_product(batch.cells, shape.head_width, pooled, workspace.pools.data(), d_hidden.data(),
                     d_weights + layout.head);
  add_rows(batch.cells, shape.head_width, d_hidden.data(), d_weights + layout.head_bias);
  std::vector<float> d_pools(batch.cells * pooled);
  product(batch.cells, pooled, shape.head_width, d_hidden.data(),
          transposed(weights + layout.head, pooled, shape.head_width).data(), d_pools.data());

  const std::vector<float> d_normalised = unpool(width, batch, d_pools);
  std::vector<float> d_state(rows * width);
  dense_kernel().normalise_backward(rows, width, workspace.normalised.data(),
                                    workspace.inverse_deviation.data(), d_normalised.data(),
                                    d_state.data());
  std::vector<float> d_messages(rows * width);
  std::vector<float> d_inputs(rows * 3 * width);
  std::vector<float> own(rows * width);
  for (std::size_t l = shape.layers; l-- > 0;) {
    const GraphWorkspace::Layer& layer = workspace.layers[l];
    const GraphLayout::Layer& at = layout.layers[l];
    transposed_product(rows, width, width, layer.active.data(), d_state.data(),
                       d_weights + at.update);
    product(rows, width, width, d_state.data(),
            transposed(weights + at.update, width, width).data(), d_messages.data());
    pass_active(layer.active, scale, d_messages);
    ungate(width, batch, layer.messages, weights + at.gate, d_messages, d_weights + at.bias,
           d_weights + at.gate);
    transposed_product(rows, width, 3 * width, layer.inputs.data(), d_messages.data(),
                       d_weights + at.message);
    product(rows, 3 * width, width, d_messages.data(),
            transposed(weights + at.message, 3 * width, width).data(), d_inputs.data());
    const std::vector<float> d_own = scatter_messages(width, batch, d_inputs);
    for (std::size_t row = 0; row < rows; ++row)
      std::copy_n(layer.inputs.data() + row * 3 * width, width, own.data() + row * width);
    dense_kernel().normalise_backward(rows, width, own.data(), layer.inverse_deviation.data(),
                                      d_own.data(), d_state.data());
  }
  transposed_product(rows, width, kVertexInputs, batch.vertex_inputs.data(), d_state.data(),
                     d_weights + layout.embedding);
}

}  // namespace ecnas::surrogate
