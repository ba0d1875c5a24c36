#include "ecnas/space/skeleton.hpp"

#include <algorithm>
#include <string_view>

#include "ecnas/core/error.hpp"
#include "ecnas/space/canonical.hpp"
#include "space/cost.hpp"
#include "space/shapes.hpp"

namespace ecnas::space {
namespace {

using Channels = std::array<std::int32_t, kMaxVertices>;

/// @source [Ying19], model_builder.compute_vertex_channels
Channels split_channels(const Cell& cell, std::int32_t input_channels,
                        std::int32_t output_channels) {
  const unsigned output = cell.vertices() - 1;
  Channels channels{};
  channels[0] = input_channels;
  channels[output] = output_channels;
  const std::uint32_t feeding = in_mask(cell.specification().adjacency, output) & ~1U;
  if (feeding == 0) return channels;

  const std::int32_t share = output_channels / std::popcount(feeding);
  std::int32_t remainder = output_channels % std::popcount(feeding);
  for (unsigned v = 1; v < output; ++v) {
    if ((feeding >> v & 1) != 0) channels[v] = share + (remainder-- > 0 ? 1 : 0);
  }
  for (unsigned v = output - 1; v > 0; --v) {
    if ((feeding >> v & 1) != 0) continue;
    for (unsigned target = v + 1; target < output; ++target) {
      if (cell.has_edge(v, target)) channels[v] = std::max(channels[v], channels[target]);
    }
  }
  return channels;
}

/// Adds up the layers of a network for one kind of count.
class Accountant {
 public:
  Accountant(const Cell& graph, Count count) : graph_(graph), count_(count) {}

  void add_convolution(std::int64_t kernel, std::int64_t in, std::int64_t out, std::int64_t size) {
    cost_.fixed += convolution(kernel, in, out, size);
  }

  void add_dense(std::int64_t in, std::int64_t out) {
    cost_.fixed += in * out + (count_ == Count::trainable_parameters ? out : 0);
  }

  /// `copies` equal cells on images of `size` × `size` pixels.
  /// @source [Ying19], model_builder.build_module
  void add_cells(std::int64_t copies, std::int32_t in, std::int32_t out, std::int64_t size) {
    const Channels channels = split_channels(graph_, in, out);
    for (unsigned v = 1; v < graph_.vertices(); ++v) {
      if (graph_.has_edge(0, v)) cost_.fixed += copies * convolution(1, in, channels[v], size);
    }
    for (unsigned v = 1; v + 1 < graph_.vertices(); ++v) {
      auto& vertex = cost_.vertex[v - 1];
      const std::int64_t width = channels[v];
      vertex[static_cast<std::size_t>(Operation::conv3x3)] +=
          copies * convolution(3, width, width, size);
      vertex[static_cast<std::size_t>(Operation::conv1x1)] +=
          copies * convolution(1, width, width, size);
    }
  }

  [[nodiscard]] const GraphCost& cost() const { return cost_; }

 private:
  /// A convolution without bias and the batch norm after it.
  [[nodiscard]] std::int64_t convolution(std::int64_t kernel, std::int64_t in, std::int64_t out,
                                         std::int64_t size) const {
    const std::int64_t weights = kernel * kernel * in * out;
    return count_ == Count::flops ? weights * size * size : weights + 2 * out;
  }

  const Cell& graph_;
  Count count_;
  GraphCost cost_;
};

void expect_at_least(std::string_view field, std::int32_t value, std::int32_t least) {
  if (value >= least) return;
  fail(ErrorCode::invalid_argument, "skeleton: {} is {}; expected at least {}", field, value,
       least);
}

std::int64_t count_of(const Cell& cell, const Skeleton& skeleton, Count count) {
  validate(skeleton);
  const Cell representative = canonical(cell);
  return graph_cost(representative, skeleton, count).of(representative);
}

}  // namespace

void validate(const Skeleton& skeleton) {
  constexpr std::int32_t kInterior = kMaxInterior;
  expect_at_least("stem_width", skeleton.stem_width, kInterior);
  expect_at_least("stacks", skeleton.stacks, 1);
  expect_at_least("cells_per_stack", skeleton.cells_per_stack, 1);
  expect_at_least("classes", skeleton.classes, 1);
  expect_at_least("image_size", skeleton.image_size, 1);
  expect_at_least("image_channels", skeleton.image_channels, 1);
  constexpr std::int32_t kMaxStacks = 24;  // 5 · 2²⁴ channels and 2²³ pixels are beyond any network
  if (skeleton.stacks > kMaxStacks || skeleton.image_size >> (skeleton.stacks - 1) < 1) {
    fail(ErrorCode::invalid_argument,
         "skeleton: an image_size of {} halved between {} stacks leaves no pixel; expected fewer "
         "stacks or a larger image",
         skeleton.image_size, skeleton.stacks);
  }
  // Bounds every count from above: a cell has at most 5 convolutions 3×3 and 6 projections, none
  // wider than the last stack, on images no larger than the first.
  const double width = static_cast<double>(skeleton.stem_width) * (1 << (skeleton.stacks - 1));
  const double pixels = static_cast<double>(skeleton.image_size) * skeleton.image_size;
  const double cells = static_cast<double>(skeleton.stacks) * skeleton.cells_per_stack;
  const double bound = pixels * width * (64.0 * width * cells + 9.0 * skeleton.image_channels) +
                       (width + 1) * skeleton.classes;
  if (width > 0x1p30 || bound > 0x1p62) {
    fail(ErrorCode::invalid_argument,
         "skeleton: a stem_width of {} with {} stacks of {} cells on {}×{} images is too large to "
         "count in 64 bits; expected a smaller network",
         skeleton.stem_width, skeleton.stacks, skeleton.cells_per_stack, skeleton.image_size,
         skeleton.image_size);
  }
}

std::array<std::int32_t, kMaxVertices> vertex_channels(const Cell& cell,
                                                       std::int32_t input_channels,
                                                       std::int32_t output_channels) {
  constexpr std::int32_t kInterior = kMaxInterior;
  if (input_channels < 1 || output_channels < kInterior) {
    fail(ErrorCode::invalid_argument,
         "vertex_channels: {} channels in and {} out; expected at least 1 in and {} out",
         input_channels, output_channels, kInterior);
  }
  return split_channels(cell, input_channels, output_channels);
}

GraphCost graph_cost(const Cell& graph, const Skeleton& skeleton, Count count) {
  Accountant accountant(graph, count);
  accountant.add_convolution(3, skeleton.image_channels, skeleton.stem_width, skeleton.image_size);
  std::int32_t channels = skeleton.stem_width;
  for (std::int32_t stack = 0; stack < skeleton.stacks; ++stack) {
    const std::int32_t width = skeleton.stem_width << stack;
    const std::int32_t size = skeleton.image_size >> stack;
    accountant.add_cells(1, channels, width, size);
    accountant.add_cells(skeleton.cells_per_stack - 1, width, width, size);
    channels = width;
  }
  accountant.add_dense(channels, skeleton.classes);
  return accountant.cost();
}

std::int64_t GraphCost::of(const Cell& cell) const {
  std::int64_t sum = fixed;
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v)
    sum += vertex[v - 1][static_cast<std::size_t>(cell.operation(v))];
  return sum;
}

std::int64_t trainable_parameters(const Cell& cell, const Skeleton& skeleton) {
  return count_of(cell, skeleton, Count::trainable_parameters);
}

std::int64_t flops(const Cell& cell, const Skeleton& skeleton) {
  return count_of(cell, skeleton, Count::flops);
}

}  // namespace ecnas::space
