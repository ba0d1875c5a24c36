#pragma once
/// The published surrogate the slow, obvious way: one cell at a time, in double precision, from the
/// file's own layout.
/// @source [Bakhtiarifard24]

#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "ecnas/space/canonical.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::surrogate::oracle {

/// A dense layer as the file has it: weights (outputs, inputs).
struct DenseLayer {
  std::vector<float> weights;
  std::vector<float> bias;
};

inline std::vector<double> reference_inputs(const space::Cell& any_labelling) {
  const space::Cell cell = space::canonical(any_labelling);
  std::array<std::array<int, 7>, 7> matrix{};
  for (unsigned target = 1; target < cell.vertices(); ++target) {
    for (unsigned source = 0; source < target; ++source)
      matrix[source][target] = cell.has_edge(source, target) ? 1 : 0;
  }
  std::vector<double> inputs;
  for (std::size_t row = 0; row < 7; ++row) {
    for (std::size_t column = row; column < 7; ++column)
      inputs.push_back(matrix[row][column]);
  }
  inputs.push_back(1);
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v) {
    const std::string operation(space::short_name(cell.operation(v)));
    inputs.push_back(operation == "conv1x1" ? 2 : operation == "conv3x3" ? 3 : 4);
  }
  inputs.push_back(5);
  inputs.resize(35);
  inputs.push_back(static_cast<double>(space::trainable_parameters(cell)) / 1e6);
  return inputs;
}

/// Energy of 4 epochs, in kWh.
inline double reference_energy_kwh(const std::vector<DenseLayer>& layers, const space::Cell& cell) {
  std::vector<double> values = reference_inputs(cell);
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    std::vector<double> next;
    for (std::size_t to = 0; to < layers[layer].bias.size(); ++to) {
      double sum = layers[layer].bias[to];
      for (std::size_t from = 0; from < values.size(); ++from)
        sum += static_cast<double>(layers[layer].weights[to * values.size() + from]) * values[from];
      const bool last = layer + 1 == layers.size();
      next.push_back(last ? sum : sum / 2 * (1 + std::erf(sum / std::numbers::sqrt2)));
    }
    values = next;
  }
  return std::abs(values[0]) / 1000;
}

}  // namespace ecnas::surrogate::oracle
