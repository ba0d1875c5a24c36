#include <algorithm>
#include <array>

#include "ecnas/core/error.hpp"
#include "ecnas/stats/summary.hpp"
#include "ecnas/surrogate/graph_network.hpp"
#include "surrogate/families.hpp"
#include "surrogate/graph_passes.hpp"

namespace ecnas::surrogate {
namespace {

constexpr std::size_t kDefaultMembers = 7;

/// The mean of several networks that differ in their seed.
class GraphNetworks final : public Regressor {
 public:
  explicit GraphNetworks(std::vector<GraphNetwork> members) : members_(std::move(members)) {}

  Family family() const override { return Family::graph; }
  std::size_t outputs() const override { return members_.front().shape().outputs; }

  void predict(std::span<const space::Cell> cells, std::span<float> out,
               unsigned threads) const override {
    std::fill(out.begin(), out.end(), 0.0F);
    std::vector<float> one(out.size());
    for (const GraphNetwork& member : members_) {
      member.predict(cells, one, threads);
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] += one[i];
    }
    for (float& value : out)
      value /= static_cast<float>(members_.size());
  }

  void save(ModelTensors& tensors, const std::string& prefix) const override {
    const GraphNetworkShape& shape = members_.front().shape();
    const std::array<std::uint32_t, 5> numbers = {static_cast<std::uint32_t>(members_.size()),
                                                  shape.width, shape.layers, shape.head_width,
                                                  shape.outputs};
    tensors.put(prefix + "shape", {numbers.size()}, std::span(numbers));
    for (std::size_t i = 0; i < members_.size(); ++i) {
      for (const GraphNetworkTensor& tensor : members_[i].tensors()) {
        tensors.put(prefix + std::to_string(i) + "." + tensor.name, {tensor.rows, tensor.columns},
                    members_[i].parameters().subspan(tensor.offset, tensor.rows * tensor.columns));
      }
    }
  }

 private:
  std::vector<GraphNetwork> members_;
};

/// Ranking leaves the outputs' scale open: makes them mean 0 and deviation 1 over these cells, by
/// the output layer's weights, so that members can be averaged.
void standardise_outputs(GraphNetwork& network, std::span<const space::Cell> cells,
                         unsigned threads) {
  const std::size_t outputs = network.shape().outputs;
  std::vector<float> predicted(cells.size() * outputs);
  network.predict(cells, predicted, threads);
  const auto find = [&](std::string_view name) {
    const auto found = std::ranges::find(network.tensors(), name, &GraphNetworkTensor::name);
    return network.parameters().subspan(found->offset, found->rows * found->columns);
  };
  const std::span<float> weights = find("output");
  const std::span<float> bias = find("output_bias");
  for (std::size_t output = 0; output < outputs; ++output) {
    std::vector<double> column;
    for (std::size_t i = 0; i < cells.size(); ++i)
      column.push_back(static_cast<double>(predicted[i * outputs + output]));
    const double mean = stats::mean(column);
    const double deviation = std::max(stats::standard_deviation(column).value_or(1), 1e-6);
    for (std::size_t at = output; at < weights.size(); at += bias.size())
      weights[at] = static_cast<float>(static_cast<double>(weights[at]) / deviation);
    bias[output] = static_cast<float>((static_cast<double>(bias[output]) - mean) / deviation);
  }
}

RegressorPointer fit(const TrainingData& data, const RegressorOptions& options) {
  const std::size_t count = options.members > 0 ? options.members : kDefaultMembers;
  GraphNetworkOptions network_options;
  network_options.shape.outputs = static_cast<std::uint32_t>(data.outputs);
  network_options.threads = options.threads;
  if (options.epochs > 0) network_options.epochs = options.epochs;
  std::vector<GraphNetwork> members;
  for (std::size_t i = 0; i < count; ++i) {
    network_options.seed = options.seed * 1000 + i;
    members.push_back(fit_graph_network(
        data.cells, data.values, data.weights, network_options,
        [&](std::size_t epoch, const GraphNetwork&) {
          if (!options.progress) return;
          const double done = static_cast<double>(epoch) / double(network_options.epochs);
          options.progress((static_cast<double>(i) + done) / static_cast<double>(count));
        }));
    standardise_outputs(members.back(), data.cells, options.threads);
  }
  return std::make_unique<GraphNetworks>(std::move(members));
}

RegressorPointer load(const ModelTensors& tensors, const std::string& prefix) {
  constexpr std::array<std::size_t, 1> kNumbers = {5};
  const std::vector<std::uint32_t> numbers = tensors.integers(prefix + "shape", kNumbers);
  if (numbers[0] == 0 || numbers[0] > 256) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}shape' says {} networks, expected 1 to 256",
         tensors.file_name(), prefix, numbers[0]);
  }
  const GraphNetworkShape shape{
      .width = numbers[1], .layers = numbers[2], .head_width = numbers[3], .outputs = numbers[4]};
  try {
    validate(shape);
  } catch (const Error& error) {
    fail(ErrorCode::invalid_data, "{}: tensor '{}shape': {}", tensors.file_name(), prefix,
         error.what());
  }
  const GraphLayout layout = graph_layout(shape);
  std::vector<GraphNetwork> members;
  for (std::uint32_t i = 0; i < numbers[0]; ++i) {
    // Read before a network is made, so that no more is allocated than the file holds.
    std::vector<float> parameters;
    for (const GraphNetworkTensor& tensor : layout.tensors) {
      const std::array<std::size_t, 2> expected = {tensor.rows, tensor.columns};
      const std::vector<float> values =
          tensors.floats(prefix + std::to_string(i) + "." + tensor.name, expected);
      parameters.insert(parameters.end(), values.begin(), values.end());
    }
    members.emplace_back(shape);
    std::ranges::copy(parameters, members.back().parameters().begin());
  }
  return std::make_unique<GraphNetworks>(std::move(members));
}

}  // namespace

FamilyEntry graph_family() {
  return {Family::graph, "graph", fit, load};
}

}  // namespace ecnas::surrogate
