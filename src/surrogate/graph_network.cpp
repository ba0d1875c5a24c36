#include "ecnas/surrogate/graph_network.hpp"

#include <algorithm>

#include "ecnas/core/error.hpp"
#include "ecnas/core/parallel.hpp"
#include "surrogate/dense_kernel.hpp"
#include "surrogate/graph_passes.hpp"

namespace ecnas::surrogate {
namespace {

/// Cells a forward pass takes at once: their states stay in the second-level cache.
constexpr std::size_t kPredictedAtOnce = 48;

void expect(bool condition, const char* what, std::uint32_t found) {
  if (!condition) fail(ErrorCode::invalid_argument, "graph network: {}, not {}", what, found);
}

}  // namespace

void validate(const GraphNetworkShape& shape) {
  const auto is_width = [](std::uint32_t width) {
    return width >= kDenseGroup && width <= 1024 && width % kDenseGroup == 0;
  };
  expect(is_width(shape.width), "the width must be a multiple of 16 up to 1024", shape.width);
  expect(is_width(shape.head_width), "the head's width must be a multiple of 16 up to 1024",
         shape.head_width);
  expect(shape.layers >= 1 && shape.layers <= 32, "there must be 1 to 32 layers", shape.layers);
  expect(shape.outputs >= 1 && shape.outputs <= kDenseGroup, "there must be 1 to 16 outputs",
         shape.outputs);
}

GraphNetwork::GraphNetwork(GraphNetworkShape shape) : shape_(shape) {
  validate(shape);
  GraphLayout layout = graph_layout(shape);
  tensors_ = std::move(layout.tensors);
  parameters_.resize(layout.size);
}

void GraphNetwork::predict(std::span<const space::Cell> cells, std::span<float> out,
                           unsigned threads) const {
  ECNAS_ASSERT(out.size() == cells.size() * shape_.outputs);
  const GraphLayout layout = graph_layout(shape_);
  const std::size_t chunk = kPredictedAtOnce * 64;  // work for one thread
  const std::size_t chunks = (cells.size() + chunk - 1) / chunk;
  parallel_for(chunks, threads, [&](std::size_t index) {
    GraphWorkspace workspace;
    const std::size_t last = std::min(cells.size(), (index + 1) * chunk);
    for (std::size_t first = index * chunk; first < last; first += kPredictedAtOnce) {
      const std::size_t count = std::min(kPredictedAtOnce, last - first);
      const GraphBatch batch = graph_batch(cells.subspan(first, count));
      forward(shape_, layout, parameters_, batch, Dropout{}, workspace);
      for (std::size_t i = 0; i < count; ++i) {
        std::copy_n(workspace.outputs.data() + i * kDenseGroup, shape_.outputs,
                    out.data() + (first + i) * shape_.outputs);
      }
    }
  });
}

}  // namespace ecnas::surrogate
