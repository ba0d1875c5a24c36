#include "surrogate/cell_counts.hpp"

#include <bit>
#include <cmath>

#include "ecnas/core/error.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::surrogate {
namespace {

// Logarithms are taken of the sum with these, well below the least of a cell that has any.
constexpr double kFewFlops = 3e4;
constexpr double kFewActivations = 3e5;

constexpr unsigned kMostFeeding = 5;
constexpr unsigned kMostConvolutionSteps = 9;  // numbers of convolutions told apart: 2 … 9

/// What one image's forward pass through the cells costs if the output's channels are split
/// evenly, by kind: multiply-adds, and activations read and written.
struct Costs {
  double conv3x3_flops = 0;
  double conv1x1_flops = 0;
  double projection_flops = 0;
  double vertex = 0;   ///< activations of one vertex in all cells
  double traffic = 0;  ///< activations moved by everything
};

Costs costs_of(const CellCounts& counts) {
  const space::Skeleton skeleton;
  Costs costs;
  double outputs = 0;  // activations of the outputs of all cells
  double in = skeleton.stem_width;
  for (std::int32_t stack = 0; stack < skeleton.stacks; ++stack) {
    const double out = skeleton.stem_width << stack;
    const double width = out / counts.feeding_output;
    const double pixels = std::pow(skeleton.image_size >> stack, 2);
    for (std::int32_t cell = 0; cell < skeleton.cells_per_stack; ++cell) {
      costs.conv3x3_flops += counts.conv3x3 * 9 * pixels * width * width;
      costs.conv1x1_flops += counts.conv1x1 * pixels * width * width;
      costs.projection_flops +=
          (counts.projections * width + counts.input_to_output * out) * pixels * in;
      costs.vertex += pixels * width;
      outputs += pixels * out;
      in = out;
    }
  }
  const int convolutions = counts.conv3x3 + counts.conv1x1 + counts.projections;
  const int movements = 4 * convolutions + 2 * counts.maxpool3x3 + 3 * counts.additions;
  costs.traffic = costs.vertex * movements + outputs * (4 * counts.input_to_output) +
                  outputs * (counts.feeding_output > 1 ? 2 : 0);
  return costs;
}

float logarithm(double quantity, double few) {
  return static_cast<float>(std::log(quantity + few));
}

}  // namespace

CellCounts count(const space::Cell& cell) {
  const unsigned output = cell.vertices() - 1;
  if (output == 1) return {.projections = 1};
  std::array<std::uint8_t, space::kOperationCount> operations{};
  CellCounts counts;
  for (unsigned v = 1; v < output; ++v) {
    ++operations[static_cast<std::size_t>(cell.operation(v))];
    if (cell.has_edge(0, v)) ++counts.projections;
  }
  counts.conv3x3 = operations[0];
  counts.conv1x1 = operations[1];
  counts.maxpool3x3 = operations[2];
  counts.input_to_output = cell.has_edge(0, output) ? 1 : 0;
  const std::uint32_t column =
      cell.specification().adjacency >> space::Specification::edge_bit(0, output);
  counts.feeding_output = static_cast<std::uint8_t>(std::popcount(column) - counts.input_to_output);
  // Of the edges that do not lead from an interior vertex to the output, each interior vertex needs
  // one; the others are added to it, or to the output.
  counts.additions = static_cast<std::uint8_t>(cell.edges() - counts.feeding_output - (output - 1));
  return counts;
}

std::uint32_t key_of(const CellCounts& counts) {
  std::uint32_t key = counts.conv3x3;
  key = key * 6 + counts.conv1x1;
  key = key * 6 + counts.maxpool3x3;
  key = key * 6 + counts.projections;
  key = key * 2 + counts.input_to_output;
  key = key * 5 + counts.feeding_output - 1;
  return key * 8 + counts.additions;
}

CellCounts counts_of(std::uint32_t key) {
  ECNAS_ASSERT(key < kCountKeys);
  const auto digit = [&](std::uint32_t base) {
    const auto value = static_cast<std::uint8_t>(key % base);
    key /= base;
    return value;
  };
  CellCounts counts;
  counts.additions = digit(8);
  counts.feeding_output = static_cast<std::uint8_t>(digit(5) + 1);
  counts.input_to_output = digit(2);
  counts.projections = digit(6);
  counts.maxpool3x3 = digit(6);
  counts.conv1x1 = digit(6);
  counts.conv3x3 = digit(6);
  return counts;
}

std::array<float, kSmoothInputs> smooth_inputs(const CellCounts& counts) {
  const Costs costs = costs_of(counts);
  const double flops = costs.conv3x3_flops + costs.conv1x1_flops + costs.projection_flops;
  return {static_cast<float>(counts.conv3x3),
          static_cast<float>(counts.conv1x1),
          static_cast<float>(counts.maxpool3x3),
          static_cast<float>(counts.projections),
          static_cast<float>(counts.input_to_output),
          static_cast<float>(counts.feeding_output),
          static_cast<float>(counts.additions),
          static_cast<float>(counts.convolutions()),
          logarithm(flops, kFewFlops),
          logarithm(costs.traffic, kFewActivations)};
}

std::array<float, kLinearInputs> linear_inputs(const CellCounts& counts) {
  const Costs costs = costs_of(counts);
  const double flops = costs.conv3x3_flops + costs.conv1x1_flops + costs.projection_flops;
  const int convolutions = counts.conv3x3 + counts.conv1x1 + counts.projections;
  std::array<float, kLinearInputs> inputs = {logarithm(flops, kFewFlops),
                                             logarithm(costs.conv3x3_flops, kFewFlops),
                                             logarithm(costs.conv1x1_flops, kFewFlops),
                                             logarithm(costs.projection_flops, kFewFlops),
                                             logarithm(costs.traffic, kFewActivations),
                                             logarithm(costs.vertex * counts.maxpool3x3, kFewFlops),
                                             logarithm(costs.vertex * counts.additions, kFewFlops),
                                             logarithm(costs.vertex * convolutions, kFewFlops),
                                             static_cast<float>(counts.conv3x3),
                                             static_cast<float>(counts.conv1x1),
                                             static_cast<float>(counts.maxpool3x3),
                                             static_cast<float>(counts.projections),
                                             static_cast<float>(counts.input_to_output),
                                             static_cast<float>(counts.additions)};
  std::size_t next = 14;
  for (unsigned feeding = 2; feeding <= kMostFeeding; ++feeding)
    inputs[next++] = counts.feeding_output == feeding ? 1.0F : 0.0F;
  for (unsigned reached = 2; reached <= kMostConvolutionSteps; ++reached)
    inputs[next++] = counts.convolutions() >= reached ? 1.0F : 0.0F;
  ECNAS_ASSERT(next == kLinearInputs);
  return inputs;
}

}  // namespace ecnas::surrogate
