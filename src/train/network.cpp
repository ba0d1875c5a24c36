#include "ecnas/train/network.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "train/layers.hpp"

namespace ecnas::train {
namespace {

using space::Cell;
using space::Operation;
using torch::Tensor;

/// Fills a tensor in the order of its indices, whatever its memory format.
template <typename Draw>
Tensor drawn(const std::vector<std::int64_t>& shape, const Draw& draw) {
  Tensor values = torch::empty(shape);
  float* const numbers = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i)
    numbers[i] = static_cast<float>(draw());
  return values;
}

/// Normal within two standard deviations, then widened to a variance of 1/inputs: TensorFlow's
/// variance scaling. @source [HeZha15] for scaling by fan-in
Tensor variance_scaled(const std::vector<std::int64_t>& shape, Rng& rng) {
  constexpr double kDeviationOfTruncated = 0.87962566103423978;
  const double inputs = static_cast<double>(shape[1] * shape[2] * shape[3]);
  const double deviation = 1 / std::sqrt(inputs) / kDeviationOfTruncated;
  return drawn(shape, [&] {
    double value = rng.normal();
    while (std::abs(value) > 2)
      value = rng.normal();
    return value * deviation;
  });
}

/// Uniform with variance 2/(inputs + outputs). @source [GloBen10]
Tensor glorot_uniform(std::int64_t outputs, std::int64_t inputs, Rng& rng) {
  const double limit = std::sqrt(6.0 / static_cast<double>(inputs + outputs));
  return drawn({outputs, inputs}, [&] { return (2 * rng.uniform() - 1) * limit; });
}

/// One of the network's cells: at its vertices, operations; at edges from its input, projections.
struct CellLayers {
  std::array<std::int32_t, space::kMaxVertices> channels{};
  std::array<std::optional<Convolution>, space::kMaxVertices> projections;
  std::array<std::optional<Convolution>, space::kMaxVertices> operations;  // absent: max pool
};

struct Stack {
  std::vector<CellLayers> cells;
};

}  // namespace

struct Network::Impl {
  Cell cell;
  NetworkOptions options;
  Convolution stem;
  std::vector<Stack> stacks;
  Tensor dense_weight;
  Tensor dense_bias;

  /// What stands at a convolution: with batch norm, or without.
  template <typename Convolve>
  Tensor forward(const Tensor& images, const Convolve& convolve) {
    Tensor x = convolve(stem, images.contiguous(at::MemoryFormat::ChannelsLast));
    for (std::size_t s = 0; s < stacks.size(); ++s) {
      if (s > 0) x = halve(x);
      for (CellLayers& layers : stacks[s].cells)
        x = through(layers, x, convolve);
    }
    return at::linear(x.mean({2, 3}), dense_weight, dense_bias);
  }

  /// @source [Ying19], model_builder.build_module: what an interior vertex takes in is added up,
  /// each part cut to its channels; what the output takes in is concatenated, and the input's
  /// projection added.
  template <typename Convolve>
  Tensor through(CellLayers& layers, const Tensor& input, const Convolve& convolve) {
    const unsigned output = cell.vertices() - 1;
    std::array<Tensor, space::kMaxVertices> values;
    std::vector<Tensor> feeding;
    for (unsigned v = 1; v < output; ++v) {
      Tensor sum;
      const auto add = [&sum](const Tensor& part) { sum = sum.defined() ? sum + part : part; };
      for (unsigned u = 1; u < v; ++u) {
        if (cell.has_edge(u, v)) add(values[u].narrow(1, 0, layers.channels[v]));
      }
      if (cell.has_edge(0, v)) add(convolve(*layers.projections[v], input));
      values[v] = layers.operations[v] ? convolve(*layers.operations[v], sum) : max_pool_3x3(sum);
      if (cell.has_edge(v, output)) feeding.push_back(values[v]);
    }
    if (feeding.empty()) return convolve(*layers.projections[output], input);
    Tensor result = feeding.size() == 1 ? feeding.front() : torch::cat(feeding, 1);
    if (cell.has_edge(0, output)) result = result + convolve(*layers.projections[output], input);
    return result;
  }
};

namespace {

/// Makes a network's tensors, in the order of NAS-Bench-101's layers, and registers them.
class Builder {
 public:
  Builder(torch::nn::Module& owner, const space::Skeleton& skeleton, std::uint64_t seed)
      : owner_(owner), rng_(seed), image_size_(skeleton.image_size) {}

  Convolution convolution(std::string name, std::int64_t inputs, std::int64_t outputs,
                          std::int64_t size) {
    // Names of LibTorch's parameters may hold no dot.
    const auto parameter = [&](const char* what, Tensor value) {
      return owner_.register_parameter(name + what, std::move(value));
    };
    const auto buffer = [&](const char* what, Tensor value) {
      return owner_.register_buffer(name + what, std::move(value));
    };
    Convolution made;
    made.weight = parameter("_weight", variance_scaled({outputs, inputs, size, size}, rng_)
                                           .contiguous(at::MemoryFormat::ChannelsLast));
    made.scale = parameter("_scale", torch::ones(outputs));
    made.shift = parameter("_shift", torch::zeros(outputs));
    made.running_mean = buffer("_running_mean", torch::zeros(outputs));
    made.running_variance = buffer("_running_variance", torch::ones(outputs));
    made.image_size = image_size_;
    return made;
  }

  CellLayers cell(const std::string& name, const Cell& cell, std::int32_t inputs,
                  std::int32_t outputs) {
    CellLayers layers;
    layers.channels = space::vertex_channels(cell, inputs, outputs);
    for (unsigned v = 1; v < cell.vertices(); ++v) {
      if (cell.has_edge(0, v))
        layers.projections[v] =
            convolution(fmt::format("{}_projection{}", name, v), inputs, layers.channels[v], 1);
    }
    for (unsigned v = 1; v + 1 < cell.vertices(); ++v) {
      if (cell.operation(v) == Operation::maxpool3x3) continue;
      const std::int64_t size = cell.operation(v) == Operation::conv3x3 ? 3 : 1;
      layers.operations[v] = convolution(fmt::format("{}_vertex{}", name, v), layers.channels[v],
                                         layers.channels[v], size);
    }
    return layers;
  }

  void halve_images() { image_size_ /= 2; }
  Rng& rng() { return rng_; }

 private:
  torch::nn::Module& owner_;
  Rng rng_;
  std::int64_t image_size_;
};

}  // namespace

Network::Network(const Cell& any_labelling, const space::Skeleton& skeleton, std::uint64_t seed,
                 const NetworkOptions& options)
    : impl_(
          std::make_unique<Impl>(Impl{space::canonical(any_labelling), options, {}, {}, {}, {}})) {
  space::validate(skeleton);
  Builder builder(*this, skeleton, seed);
  impl_->stem = builder.convolution("stem", skeleton.image_channels, skeleton.stem_width, 3);
  std::int32_t width = skeleton.stem_width;
  for (std::int32_t s = 0; s < skeleton.stacks; ++s) {
    if (s > 0) builder.halve_images();
    Stack& stack = impl_->stacks.emplace_back();
    for (std::int32_t c = 0; c < skeleton.cells_per_stack; ++c) {
      const std::int32_t inputs = width;
      if (s > 0 && c == 0) width *= 2;
      stack.cells.push_back(
          builder.cell(fmt::format("stack{}_cell{}", s + 1, c + 1), impl_->cell, inputs, width));
    }
  }
  impl_->dense_weight =
      register_parameter("dense_weight", glorot_uniform(skeleton.classes, width, builder.rng()));
  impl_->dense_bias = register_parameter("dense_bias", torch::zeros(skeleton.classes));
}

Network::~Network() = default;

Tensor Network::forward(const Tensor& images) {
  const NormOptions options{.training = is_training(),
                            .kept = impl_->options.batch_norm_momentum,
                            .epsilon = impl_->options.batch_norm_epsilon,
                            .mixed_precision = impl_->options.mixed_precision,
                            .fused = impl_->options.fused};
  return impl_->forward(images, [&](Convolution& layer, const Tensor& x) {
    return normed_convolution(layer, x, options);
  });
}

Tensor Network::forward_linear(const Tensor& images) {
  return impl_->forward(
      images, [](Convolution& layer, const Tensor& x) { return bare_convolution(layer, x); });
}

void Network::set_batch_norm_momentum(double momentum) {
  impl_->options.batch_norm_momentum = momentum;
}

std::int64_t Network::trainable_parameters() const {
  std::int64_t count = 0;
  for (const Tensor& parameter : parameters())
    count += parameter.numel();
  return count;
}

std::int64_t Network::flops() const {
  const auto of = [](const Convolution& layer) {
    return layer.weight.numel() * layer.image_size * layer.image_size;
  };
  std::int64_t count = of(impl_->stem) + impl_->dense_weight.numel();
  for (const Stack& stack : impl_->stacks) {
    for (const CellLayers& cell : stack.cells) {
      for (const auto* layers : {&cell.projections, &cell.operations}) {
        for (const auto& layer : *layers)
          count += layer ? of(*layer) : 0;
      }
    }
  }
  return count;
}

}  // namespace ecnas::train
