#include "surrogate/features_physical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace ecnas::surrogate {
namespace {

constexpr double kBytes = 4;  // of a float32 activation

constexpr std::string_view kParametersUnit = "parameters";
constexpr std::string_view kFlopsUnit = "multiply-adds";
constexpr std::string_view kTrafficUnit = "bytes";
constexpr std::string_view kCountUnit = "1";

constexpr std::array<std::string_view, 7> kKernelNames{
    "conv3x3",  "conv1x1",       "projection",     "maxpool3x3",
    "addition", "concatenation", "output_addition"};
constexpr std::array<std::string_view, 7> kKernelDescriptions{
    "the 3×3 convolutions of vertices",
    "the 1×1 convolutions of vertices",
    "the 1×1 projections of a cell's input to what it feeds",
    "the 3×3 max poolings",
    "the additions where a vertex has several inputs",
    "the concatenations of several vertices at a cell's output",
    "the additions of the projected input to a cell's output"};

std::string staged(std::string_view name, std::size_t stage) {
  return fmt::format("{}_stage{}", name, stage + 1);
}

/// Channels that are live while a vertex is computed: its own, and those of every earlier vertex
/// that it or a later one reads; the most over the vertices in the representative's order.
double most_live(const space::Cell& cell, std::span<const std::int32_t> channels) {
  std::int64_t most = 0;
  for (unsigned now = 1; now < cell.vertices(); ++now) {
    std::int64_t live = channels[now];
    for (unsigned source = 0; source < now; ++source) {
      bool read = false;
      for (unsigned target = now; target < cell.vertices(); ++target)
        read = read || cell.has_edge(source, target);
      if (read) live += channels[source];
    }
    most = std::max(most, live);
  }
  return static_cast<double>(most);
}

}  // namespace

PhysicalFeatures::PhysicalFeatures(const space::Skeleton& skeleton, FeatureList& list)
    : skeleton_(skeleton) {
  add_parameter_columns(list);
  add_flop_columns(list);
  add_traffic_columns(list);
  add_launch_columns(list);
  intensity_ = list.add(FeatureGroup::physical, "arithmetic_intensity", "multiply-adds/byte",
                        "flops divided by traffic_bytes");
}

void PhysicalFeatures::add_parameter_columns(FeatureList& list) {
  const auto add = [&](std::string name, std::string description) {
    return list.add(FeatureGroup::physical, std::move(name), kParametersUnit,
                    std::move(description));
  };
  parameters_ = add("parameters", "trainable parameters of the whole network");
  for (std::size_t kind = 0; kind < kConvolutions; ++kind) {
    parameters_of_[kind] =
        add(fmt::format("{}_parameters", kKernelNames[kind]),
            fmt::format("of {}, their batch norm included", kKernelDescriptions[kind]));
  }
  for (std::size_t stage = 0; stage < static_cast<std::size_t>(skeleton_.stacks); ++stage) {
    parameters_in_.push_back(
        add(staged("parameters", stage), fmt::format("of the cells of stack {}", stage + 1)));
  }
}

void PhysicalFeatures::add_flop_columns(FeatureList& list) {
  const auto add = [&](std::string name, std::string description) {
    return list.add(FeatureGroup::physical, std::move(name), kFlopsUnit, std::move(description));
  };
  const auto stacks = static_cast<std::size_t>(skeleton_.stacks);
  flops_ = add("flops", "multiply-adds of the whole network");
  for (std::size_t stage = 0; stage < stacks; ++stage) {
    flops_in_.push_back(
        add(staged("flops", stage), fmt::format("of the cells of stack {}", stage + 1)));
  }
  for (std::size_t kind = 0; kind < kConvolutions; ++kind) {
    const std::string name = fmt::format("{}_flops", kKernelNames[kind]);
    flops_of_[kind] = add(name, fmt::format("of {}", kKernelDescriptions[kind]));
    for (std::size_t stage = 0; stage < stacks; ++stage) {
      flops_of_in_[kind].push_back(
          add(staged(name, stage),
              fmt::format("of {}, in stack {}", kKernelDescriptions[kind], stage + 1)));
    }
  }
}

void PhysicalFeatures::add_traffic_columns(FeatureList& list) {
  const auto add = [&](std::string name, std::string description) {
    return list.add(FeatureGroup::physical, std::move(name), kTrafficUnit, std::move(description));
  };
  traffic_ = add("traffic_bytes", "activations read and written by the whole network");
  for (std::size_t kind = 0; kind < kKernels; ++kind) {
    traffic_of_[kind] = add(fmt::format("{}_traffic_bytes", kKernelNames[kind]),
                            fmt::format("by {}", kKernelDescriptions[kind]));
  }
  normalisation_traffic_ = add("normalisation_traffic_bytes",
                               "by the batch norm and ReLU after the convolutions of the cells");
  for (std::size_t stage = 0; stage < static_cast<std::size_t>(skeleton_.stacks); ++stage) {
    traffic_in_.push_back(
        add(staged("traffic_bytes", stage), fmt::format("by the cells of stack {}", stage + 1)));
  }
  written_ = add("written_bytes", "activations written by the whole network");
  peak_ = add("peak_activation_bytes",
              "most outputs of a cell's vertices that are needed at one moment of the pass");
}

void PhysicalFeatures::add_launch_columns(FeatureList& list) {
  const auto add = [&](std::string name, std::string description) {
    return list.add(FeatureGroup::physical, std::move(name), kCountUnit, std::move(description));
  };
  launches_ = add("kernel_launches", "kernels started by the whole network");
  for (std::size_t kind = 0; kind < kKernels; ++kind) {
    launches_of_[kind] = add(fmt::format("{}_launches", kKernelNames[kind]),
                             fmt::format("number of {}", kKernelDescriptions[kind]));
  }
  truncations_ = add("truncations", "edges between vertices that drop channels, in all cells");
}

void PhysicalFeatures::add_sums(const FeatureGraph& graph, SummedColumns& sums) const {
  add_surroundings(sums.graph());
  std::int32_t in = skeleton_.stem_width;
  for (std::int32_t stack = 0; stack < skeleton_.stacks; ++stack) {
    const std::int32_t width = skeleton_.stem_width << stack;
    const double size = skeleton_.image_size >> stack;
    Stage stage{static_cast<std::size_t>(stack), 1, size * size};
    add_cells(graph, sums, stage, in, width);
    stage.copies = skeleton_.cells_per_stack - 1;
    if (stage.copies > 0) add_cells(graph, sums, stage, width, width);
    in = width;
  }
}

/// Stem, 2×2 poolings between the stacks, average over the image, dense layer.
void PhysicalFeatures::add_surroundings(Row row) const {
  const double stem = skeleton_.stem_width;
  const double size = skeleton_.image_size;
  const double pixels = size * size;
  row[parameters_] += 9 * skeleton_.image_channels * stem + 2 * stem;
  row[flops_] += 9 * skeleton_.image_channels * stem * pixels;
  double read = skeleton_.image_channels * pixels + 3 * stem * pixels;
  double written = 3 * stem * pixels;
  double width = stem;
  double image = pixels;
  for (std::int32_t stack = 1; stack < skeleton_.stacks; ++stack) {
    const double smaller = skeleton_.image_size >> stack;
    read += width * image;
    written += width * smaller * smaller;
    width *= 2;
    image = smaller * smaller;
  }
  read += width * image + width;
  written += width + skeleton_.classes;
  row[parameters_] += (width + 1) * skeleton_.classes;
  row[flops_] += width * skeleton_.classes;
  row[traffic_] += kBytes * (read + written);
  row[written_] += kBytes * written;
  row[launches_] += 3 + (skeleton_.stacks - 1) + 2;
}

void PhysicalFeatures::add_cells(const FeatureGraph& graph, SummedColumns& sums, const Stage& stage,
                                 std::int32_t in, std::int32_t out) const {
  const auto channels = space::vertex_channels(graph.cell(), in, out);
  const Row row = sums.graph();
  for (unsigned v = 1; v < graph.vertices(); ++v) {
    if (graph.cell().has_edge(0, v)) add_convolution(row, stage, projection, in, channels[v]);
  }
  for (unsigned v = 1; v < graph.output(); ++v) {
    add_vertex(graph, sums, stage, v, channels[v]);
    for (unsigned target = v + 1; target < graph.output(); ++target) {
      if (graph.cell().has_edge(v, target) && channels[v] > channels[target])
        row[truncations_] += stage.copies;
    }
  }
  add_output(graph, row, stage, out);
  row[peak_] = std::max(row[peak_], kBytes * stage.pixels * most_live(graph.cell(), channels));
}

/// The sum of the vertex's inputs, and each operation that it may have.
void PhysicalFeatures::add_vertex(const FeatureGraph& graph, SummedColumns& sums,
                                  const Stage& stage, unsigned vertex, double width) const {
  const unsigned inputs = graph.in_degree(vertex);
  if (inputs > 1) add_movement(sums.graph(), stage, addition, inputs * width, width);
  add_convolution(sums.vertex(vertex, 0), stage, conv3x3, width, width);
  add_convolution(sums.vertex(vertex, 1), stage, conv1x1, width, width);
  add_movement(sums.vertex(vertex, 2), stage, maxpool3x3, width, width);
}

void PhysicalFeatures::add_output(const FeatureGraph& graph, Row row, const Stage& stage,
                                  double width) const {
  if (graph.feeding_output() == 0) return;  // the projected input is the output
  if (graph.feeding_output() > 1) add_movement(row, stage, concatenation, width, width);
  if (graph.cell().has_edge(0, graph.output()))
    add_movement(row, stage, output_addition, 2 * width, width);
}

/// With the batch norm and ReLU behind it: the norm reads twice and writes, ReLU reads and writes.
void PhysicalFeatures::add_convolution(Row row, const Stage& stage, Kernel kind, double in,
                                       double out) const {
  const double weights = (kind == conv3x3 ? 9 : 1) * in * out;
  const double parameters = stage.copies * (weights + 2 * out);
  row[parameters_] += parameters;
  row[parameters_of_[kind]] += parameters;
  row[parameters_in_[stage.index]] += parameters;

  const double flops = stage.copies * weights * stage.pixels;
  row[flops_] += flops;
  row[flops_of_[kind]] += flops;
  row[flops_in_[stage.index]] += flops;
  row[flops_of_in_[kind][stage.index]] += flops;

  count_traffic(row, stage, traffic_of_[kind], in, out);
  count_traffic(row, stage, normalisation_traffic_, 3 * out, 2 * out);
  row[launches_of_[kind]] += stage.copies;
  row[launches_] += 3 * stage.copies;
}

/// A kernel that computes next to nothing.
void PhysicalFeatures::add_movement(Row row, const Stage& stage, Kernel kind, double read,
                                    double written) const {
  count_traffic(row, stage, traffic_of_[kind], read, written);
  row[launches_of_[kind]] += stage.copies;
  row[launches_] += stage.copies;
}

/// @param read, written  channels
void PhysicalFeatures::count_traffic(Row row, const Stage& stage, std::size_t column, double read,
                                     double written) const {
  const double scale = kBytes * stage.copies * stage.pixels;
  const double traffic = scale * (read + written);
  row[column] += traffic;
  row[traffic_] += traffic;
  row[traffic_in_[stage.index]] += traffic;
  row[written_] += scale * written;
}

void PhysicalFeatures::finish(std::span<const double> sums, std::span<float> features) const {
  features[intensity_] = static_cast<float>(sums[flops_] / sums[traffic_]);
}

}  // namespace ecnas::surrogate
