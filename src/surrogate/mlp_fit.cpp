#include <algorithm>
#include <cmath>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/surrogate/mlp.hpp"
#include "surrogate/adam.hpp"
#include "surrogate/kernels.hpp"
#include "surrogate/mlp_passes.hpp"
#include "surrogate/products.hpp"

namespace ecnas::surrogate {
namespace {

/// Normal with deviation √(2/inputs); biases 0.
void initialise(Mlp& mlp, Rng& rng) {
  for (std::size_t layer = 0; layer < mlp.layers(); ++layer) {
    const std::size_t columns = padded(mlp.widths()[layer + 1]);
    const double deviation = std::sqrt(2.0 / static_cast<double>(mlp.widths()[layer]));
    const std::span<float> weights = mlp.weights(layer);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (i % columns < mlp.widths()[layer + 1])
        weights[i] = static_cast<float>(deviation * rng.normal());
    }
  }
}

std::vector<std::uint8_t> decaying(Mlp& mlp) {
  std::vector<std::uint8_t> decays(mlp.parameters().size());
  for (std::size_t layer = 0; layer < mlp.layers(); ++layer) {
    const std::span<float> weights = mlp.weights(layer);
    std::fill_n(decays.begin() + (weights.data() - mlp.parameters().data()), weights.size(),
                std::uint8_t{1});
  }
  return decays;
}

void validate(const Mlp& mlp, std::size_t rows, std::size_t values, const MlpOptions& options) {
  const auto expect = [](bool condition, const char* what) {
    if (!condition) fail(ErrorCode::invalid_argument, "fitting a perceptron: {}", what);
  };
  const std::size_t count = values / mlp.widths().back();
  expect(count > 0 && values == count * mlp.widths().back() && rows == count * mlp.widths().front(),
         "there must be a row of features a row of values");
  expect(options.epochs >= 1 && options.batch >= 1, "there must be an epoch and a batch");
  expect(options.learning_rate > 0, "the learning rate must be positive");
}

/// The chosen rows side by side.
void gather_rows(std::span<const float> rows, std::size_t width,
                 std::span<const std::uint32_t> chosen, std::vector<float>& to) {
  to.resize(chosen.size() * width);
  for (std::size_t i = 0; i < chosen.size(); ++i)
    std::copy_n(rows.data() + chosen[i] * width, width, to.data() + i * width);
}

/// Gradient of the mean of squared errors / 2.
void squared_loss_gradient(std::span<const float> predicted, std::span<const float> values,
                           std::size_t outputs, std::vector<float>& gradient) {
  const std::size_t columns = padded(outputs);
  gradient.assign(predicted.size(), 0.0F);
  const float share = 1.0F / static_cast<float>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t at = i / outputs * columns + i % outputs;
    gradient[at] = (predicted[at] - values[i]) * share;
  }
}

}  // namespace

void backward(const Mlp& mlp, std::span<const float> rows, const MlpWorkspace& workspace,
              std::span<const float> d_outputs, std::span<float> gradient) {
  const std::size_t count = rows.size() / mlp.widths().front();
  std::vector<float> d_sums(d_outputs.begin(), d_outputs.end());
  for (std::size_t i = mlp.layers(); i-- > 0;) {
    const std::size_t neurons = padded(mlp.widths()[i + 1]);
    const std::size_t width = mlp.widths()[i];
    const std::size_t stride = i == 0 ? width : padded(width);
    const float* inputs = i == 0 ? rows.data() : workspace.layers[i - 1].values.data();
    float* d_weights = gradient.data() + (mlp.weights(i).data() - mlp.parameters().data());
    dense_kernel().multiply(width, neurons, count, {inputs, 1, stride}, d_sums.data(), neurons,
                            d_weights, neurons, true);
    add_rows(count, neurons, d_sums.data(), d_weights + width * neurons);
    if (i == 0) break;
    // The weights have `width` rows; the values of the layer before are padded with zeros.
    const std::span<const float> weights = mlp.weights(i);
    std::vector<float> back(neurons * stride);
    for (std::size_t row = 0; row < width; ++row) {
      for (std::size_t neuron = 0; neuron < neurons; ++neuron)
        back[neuron * stride + row] = weights[row * neurons + neuron];
    }
    std::vector<float> d_values(count * stride);
    product(count, stride, neurons, d_sums.data(), back.data(), d_values.data());
    const std::vector<float>& slopes = workspace.layers[i - 1].slopes;
    for (std::size_t k = 0; k < d_values.size(); ++k)
      d_values[k] *= slopes[k];
    d_sums = std::move(d_values);
  }
}

Mlp fit_mlp(std::vector<std::size_t> widths, std::span<const float> rows,
            std::span<const float> values, const MlpOptions& options) {
  Mlp mlp(std::move(widths));
  validate(mlp, rows.size(), values.size(), options);
  const std::size_t inputs = mlp.widths().front();
  const std::size_t outputs = mlp.widths().back();
  const std::size_t count = values.size() / outputs;
  Rng rng(options.seed);
  initialise(mlp, rng);
  const std::vector<std::uint8_t> decays = decaying(mlp);
  Adam optimiser(mlp.parameters().size());
  MlpWorkspace workspace;
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::vector<float> batch_rows;
  std::vector<float> batch_values;
  std::vector<float> d_outputs;
  std::vector<float> gradient(mlp.parameters().size());
  const std::size_t steps = (count + options.batch - 1) / options.batch;
  for (std::size_t step = 0; step < steps * options.epochs; ++step) {
    if (step % steps == 0) rng.shuffle(std::span(order));
    const std::size_t first = step % steps * options.batch;
    const auto chosen = std::span<const std::uint32_t>(order).subspan(
        first, std::min(options.batch, count - first));
    gather_rows(rows, inputs, chosen, batch_rows);
    gather_rows(values, outputs, chosen, batch_values);
    const std::span<const float> predicted = forward(mlp, batch_rows, true, workspace);
    squared_loss_gradient(predicted, batch_values, outputs, d_outputs);
    std::fill(gradient.begin(), gradient.end(), 0.0F);
    backward(mlp, batch_rows, workspace, d_outputs, gradient);
    const double progress = static_cast<double>(step) / static_cast<double>(steps * options.epochs);
    optimiser.step(mlp.parameters(), gradient, decays,
                   {.rate = one_cycle_rate(progress, options.learning_rate),
                    .weight_decay = options.weight_decay});
  }
  return mlp;
}

}  // namespace ecnas::surrogate
