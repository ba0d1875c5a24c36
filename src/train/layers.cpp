#include "train/layers.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <span>
#include <vector>

#include "train/fused_norm.hpp"

namespace ecnas::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const ForRange kOnTorchThreads = [](std::int64_t count, const auto& body) {
  at::parallel_for(0, count, 1, body);
};

std::span<float> numbers(const Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

/// Pixels after pixels, the channels of each together.
Tensor by_pixels(const Tensor& images) {
  return images.contiguous(at::MemoryFormat::ChannelsLast);
}

FusedNorm norm_over(const Tensor& images) {
  return {images.size(0) * images.size(2) * images.size(3),
          static_cast<std::int32_t>(images.size(1)), kOnTorchThreads};
}

/// What batch norm multiplies with and adds.
struct Affine {
  std::vector<float> scale;
  std::vector<float> shift;
  std::vector<double> inverse_deviation;
};

Affine affine_of(const ChannelMoments& moments, const Tensor& scale, const Tensor& shift,
                 double epsilon) {
  Affine result;
  for (std::size_t c = 0; c < moments.mean.size(); ++c) {
    const double inverse = 1 / std::sqrt(moments.variance[c] + epsilon);
    const double factor = static_cast<double>(numbers(scale)[c]) * inverse;
    result.inverse_deviation.push_back(inverse);
    result.scale.push_back(static_cast<float>(factor));
    result.shift.push_back(
        static_cast<float>(static_cast<double>(numbers(shift)[c]) - factor * moments.mean[c]));
  }
  return result;
}

void move_running_statistics(const Convolution& layer, const ChannelMoments& moments, double rows,
                             double kept) {
  const double unbiased = rows > 1 ? rows / (rows - 1) : 1;
  for (std::size_t c = 0; c < moments.mean.size(); ++c) {
    const auto move = [&](float& running, double now) {
      running = static_cast<float>(kept * static_cast<double>(running) + (1 - kept) * now);
    };
    move(numbers(layer.running_mean)[c], moments.mean[c]);
    move(numbers(layer.running_variance)[c], moments.variance[c] * unbiased);
  }
}

ChannelMoments running_moments(const Convolution& layer) {
  const auto widened = [](const Tensor& tensor) {
    const auto values = numbers(tensor);
    return std::vector<double>(values.begin(), values.end());
  };
  return {widened(layer.running_mean), widened(layer.running_variance)};
}

/// relu(batch norm) of a batch by `FusedNorm`, with its gradients.
class NormAndCut : public torch::autograd::Function<NormAndCut> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& any_input, const Tensor& scale,
                        const Tensor& shift, const Convolution* layer, const NormOptions& options) {
    const Tensor input = by_pixels(any_input);
    const FusedNorm norm = norm_over(input);
    const float* pixels = input.data_ptr<float>();
    const ChannelMoments moments = norm.moments(pixels);
    move_running_statistics(*layer, moments, static_cast<double>(input.numel() / input.size(1)),
                            options.kept);
    const Affine affine = affine_of(moments, scale, shift, options.epsilon);
    Tensor output = torch::empty_like(input);
    norm.forward(pixels, affine.scale, affine.shift, output.data_ptr<float>());
    context->save_for_backward({input});
    context->saved_data["scale"] = torch::tensor(affine.scale);
    context->saved_data["shift"] = torch::tensor(affine.shift);
    context->saved_data["mean"] = torch::tensor(moments.mean, torch::kFloat64);
    context->saved_data["inverse_deviation"] =
        torch::tensor(affine.inverse_deviation, torch::kFloat64);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Tensor input = context->get_saved_variables().front();
    const Tensor gradient = by_pixels(gradients.front());
    const auto saved = [&](const char* name) { return context->saved_data[name].toTensor(); };
    const Tensor scale = saved("scale");
    const Tensor shift = saved("shift");
    const Tensor mean = saved("mean");
    const Tensor inverse = saved("inverse_deviation");
    const auto doubles = [](const Tensor& tensor) {
      return std::span<const double>(tensor.data_ptr<double>(),
                                     static_cast<std::size_t>(tensor.numel()));
    };
    Tensor input_gradient = torch::empty_like(input);
    Tensor scale_gradient = torch::empty_like(scale);
    Tensor shift_gradient = torch::empty_like(shift);
    norm_over(input).backward(input.data_ptr<float>(), gradient.data_ptr<float>(),
                              {numbers(scale), numbers(shift), doubles(mean), doubles(inverse)},
                              input_gradient.data_ptr<float>(), numbers(scale_gradient),
                              numbers(shift_gradient));
    return {input_gradient, scale_gradient, shift_gradient, Tensor(), Tensor()};
  }
};

Tensor convolved(const Convolution& layer, const Tensor& images) {
  return at::conv2d(images, layer.weight, {}, 1, layer.weight.size(2) / 2);
}

/// In bfloat16 on the CPU, in half precision on CUDA; the result in 32 bits again.
Tensor convolved_in_low_precision(const Convolution& layer, const Tensor& images) {
  const auto low = images.is_cuda() ? torch::kHalf : torch::kBFloat16;
  return at::conv2d(images.to(low), layer.weight.to(low), {}, 1, layer.weight.size(2) / 2)
      .to(torch::kFloat);
}

/// Batch norm with running statistics, which is scaling and shifting.
Tensor fused_evaluation(const Convolution& layer, const Tensor& any_input,
                        const NormOptions& options) {
  const Tensor input = by_pixels(any_input);
  const Affine affine =
      affine_of(running_moments(layer), layer.scale, layer.shift, options.epsilon);
  Tensor output = torch::empty_like(input);
  norm_over(input).forward(input.data_ptr<float>(), affine.scale, affine.shift,
                           output.data_ptr<float>());
  return output;
}

}  // namespace

Tensor normed_convolution(Convolution& layer, const Tensor& images, const NormOptions& options) {
  const Tensor convolution = options.mixed_precision ? convolved_in_low_precision(layer, images)
                                                     : convolved(layer, images);
  if (options.fused && !convolution.is_cuda()) {
    if (options.training)
      return NormAndCut::apply(convolution, layer.scale, layer.shift, &layer, options);
    if (!torch::GradMode::is_enabled()) return fused_evaluation(layer, convolution, options);
  }
  return at::batch_norm(convolution, layer.scale, layer.shift, layer.running_mean,
                        layer.running_variance, options.training, 1 - options.kept, options.epsilon,
                        /*cudnn_enabled=*/true)
      .relu_();
}

Tensor bare_convolution(const Convolution& layer, const Tensor& images) {
  return torch::relu(convolved(layer, images));
}

Tensor max_pool_3x3(const Tensor& images) {
  return at::max_pool2d(images, {3, 3}, {1, 1}, {1, 1});
}

Tensor halve(const Tensor& images) {
  return at::max_pool2d(images, {2, 2}, {2, 2});
}

}  // namespace ecnas::train
