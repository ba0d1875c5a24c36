#include <algorithm>
#include <cmath>
#include <numeric>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/surrogate/graph_network.hpp"
#include "surrogate/adam.hpp"
#include "surrogate/dense_kernel.hpp"
#include "surrogate/graph_passes.hpp"
#include "surrogate/ranking_loss.hpp"

namespace ecnas::surrogate {
namespace {

/// A batch is cut into parts of this many cells, whatever the number of threads, and the parts'
/// gradients are added in order.
constexpr std::size_t kPartCells = 64;

/// Normal with deviation √(2/rows); what is added to a state starts small; gates at 1, biases at 0.
void initialise(GraphNetwork& network, Rng& rng) {
  const auto ends_with = [](const std::string& name, std::string_view end) {
    return name.ends_with(end);
  };
  const double layers = network.shape().layers;
  for (const GraphNetworkTensor& tensor : network.tensors()) {
    const auto part = network.parameters().subspan(tensor.offset, tensor.rows * tensor.columns);
    if (ends_with(tensor.name, "bias")) continue;
    if (ends_with(tensor.name, "gate")) {
      std::fill(part.begin(), part.end(), 1.0F);
      continue;
    }
    double deviation = std::sqrt(2.0 / static_cast<double>(tensor.rows));
    if (ends_with(tensor.name, "update")) deviation /= std::sqrt(layers);
    if (ends_with(tensor.name, "embedding")) deviation = 0.5;
    if (tensor.name == "output") deviation *= 0.1;
    for (float& value : part)
      value = static_cast<float>(deviation * rng.normal());
  }
}

/// Which parameters decay: matrices, neither biases nor gates.
std::vector<std::uint8_t> decaying(const GraphNetwork& network) {
  std::vector<std::uint8_t> decays(network.parameters().size());
  for (const GraphNetworkTensor& tensor : network.tensors()) {
    if (tensor.name.ends_with("bias") || tensor.name.ends_with("gate")) continue;
    std::fill_n(decays.begin() + static_cast<std::ptrdiff_t>(tensor.offset),
                tensor.rows * tensor.columns, std::uint8_t{1});
  }
  return decays;
}

/// One part of a batch: its graphs, what the passes leave, and its gradient.
struct Part {
  GraphBatch batch;
  GraphWorkspace workspace;
  std::vector<float> gradient;
};

class Fit {
 public:
  Fit(std::span<const space::Cell> cells, std::span<const float> values,
      std::span<const float> weights, const GraphNetworkOptions& options)
      : cells_(cells),
        values_(values),
        weights_(weights),
        options_(options),
        network_(options.shape),
        layout_(graph_layout(options.shape)),
        decays_(decaying(network_)),
        optimiser_(network_.parameters().size()),
        parts_((options.batch + kPartCells - 1) / kPartCells) {}

  GraphNetwork run(const GraphNetworkObserver& observer) {
    Rng rng(options_.seed);
    initialise(network_, rng);
    std::vector<std::uint32_t> order(cells_.size());
    std::iota(order.begin(), order.end(), 0U);
    const std::size_t steps = std::max<std::size_t>(1, cells_.size() / options_.batch);
    for (std::size_t epoch = 0; epoch < options_.epochs; ++epoch) {
      rng.shuffle(std::span(order));
      for (std::size_t step = 0; step < steps; ++step) {
        const double progress =
            (static_cast<double>(epoch) + static_cast<double>(step) / static_cast<double>(steps)) /
            static_cast<double>(options_.epochs);
        const std::size_t first = step * cells_.size() / steps;
        const std::size_t last = (step + 1) * cells_.size() / steps;
        descend(std::span(order).subspan(first, std::min(last - first, options_.batch)),
                one_cycle_rate(progress, options_.learning_rate));
      }
      if (observer) observer(epoch + 1, network_);
    }
    return std::move(network_);
  }

 private:
  /// One step of gradient descent on the chosen cells.
  void descend(std::span<const std::uint32_t> chosen, double rate) {
    const std::size_t parts = (chosen.size() + kPartCells - 1) / kPartCells;
    const std::size_t outputs = options_.shape.outputs;
    std::vector<float> predicted(chosen.size() * outputs);
    const auto slice = [&](std::size_t part) {
      return chosen.subspan(part * kPartCells,
                            std::min(kPartCells, chosen.size() - part * kPartCells));
    };
    const auto dropout = [&](std::size_t part) {
      return Dropout{options_.dropout, options_.seed, step_ * 64 + part};
    };
    parallel_for(parts, options_.threads, [&](std::size_t i) {
      Part& part = parts_[i];
      part.batch = GraphBatch{};
      for (const std::uint32_t cell : slice(i))
        append(part.batch, cells_[cell]);
      forward(options_.shape, layout_, network_.parameters(), part.batch, dropout(i),
              part.workspace);
      for (std::size_t c = 0; c < part.batch.cells; ++c) {
        std::copy_n(part.workspace.outputs.data() + c * kDenseGroup, outputs,
                    predicted.data() + (i * kPartCells + c) * outputs);
      }
    });
    const std::vector<float> d_predicted = loss_gradient(chosen, predicted);
    parallel_for(parts, options_.threads, [&](std::size_t i) {
      Part& part = parts_[i];
      std::vector<float> d_outputs(part.batch.cells * kDenseGroup);
      for (std::size_t c = 0; c < part.batch.cells; ++c) {
        std::copy_n(d_predicted.data() + (i * kPartCells + c) * outputs, outputs,
                    d_outputs.data() + c * kDenseGroup);
      }
      part.gradient.assign(network_.parameters().size(), 0.0F);
      backward(options_.shape, layout_, network_.parameters(), part.batch, dropout(i),
               part.workspace, d_outputs, part.gradient);
    });
    std::vector<float>& gradient = parts_.front().gradient;
    for (std::size_t i = 1; i < parts; ++i) {
      for (std::size_t p = 0; p < gradient.size(); ++p)
        gradient[p] += parts_[i].gradient[p];
    }
    optimiser_.step(network_.parameters(), gradient, decays_,
                    {.rate = rate, .weight_decay = options_.weight_decay});
    ++step_;
  }

  std::vector<float> loss_gradient(std::span<const std::uint32_t> chosen,
                                   const std::vector<float>& predicted) const {
    const std::size_t outputs = options_.shape.outputs;
    std::vector<float> gradient(predicted.size());
    std::vector<float> column(chosen.size());
    std::vector<float> target(chosen.size());
    std::vector<float> weight(chosen.size());
    std::vector<float> d_column(chosen.size());
    for (std::size_t output = 0; output < outputs; ++output) {
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        column[i] = predicted[i * outputs + output];
        target[i] = values_[chosen[i] * outputs + output];
        weight[i] = std::isnan(target[i]) ? 0.0F : weights_[chosen[i] * outputs + output];
      }
      mixed_loss_gradient(column, target, weight, options_.ranking_share, d_column);
      for (std::size_t i = 0; i < chosen.size(); ++i)
        gradient[i * outputs + output] = d_column[i] / static_cast<float>(outputs);
    }
    return gradient;
  }

  std::span<const space::Cell> cells_;
  std::span<const float> values_;
  std::span<const float> weights_;
  const GraphNetworkOptions& options_;
  GraphNetwork network_;
  GraphLayout layout_;
  std::vector<std::uint8_t> decays_;
  Adam optimiser_;
  std::vector<Part> parts_;
  std::uint64_t step_ = 0;
};

void validate(std::size_t cells, std::size_t values, std::size_t weights,
              const GraphNetworkOptions& options) {
  const auto expect = [](bool condition, const char* what) {
    if (!condition) fail(ErrorCode::invalid_argument, "fitting a graph network: {}", what);
  };
  expect(cells >= 2, "at least two cells are needed");
  expect(values == cells * options.shape.outputs && weights == values,
         "there must be one value and one weight a cell and output");
  expect(options.batch >= 2 && options.batch <= 4096, "a batch has 2 to 4096 cells");
  expect(options.epochs >= 1, "there must be an epoch at least");
  expect(options.dropout >= 0 && options.dropout < 1, "dropout is a share from 0 to below 1");
  expect(options.ranking_share >= 0 && options.ranking_share <= 1, "a share is from 0 to 1");
  expect(options.learning_rate > 0, "the learning rate must be positive");
}

}  // namespace

GraphNetwork fit_graph_network(std::span<const space::Cell> cells, std::span<const float> values,
                               std::span<const float> weights, const GraphNetworkOptions& options,
                               const GraphNetworkObserver& observer) {
  validate(cells.size(), values.size(), weights.size(), options);
  return Fit(cells, values, weights, options).run(observer);
}

}  // namespace ecnas::surrogate
