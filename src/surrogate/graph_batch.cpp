#include "surrogate/graph_batch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "ecnas/space/canonical.hpp"
#include "ecnas/space/skeleton.hpp"

namespace ecnas::surrogate {
namespace {

using space::kMaxVertices;

/// What paths say of each vertex.
struct PathCounts {
  std::array<float, kMaxVertices> longest{};   ///< vertices before it on the longest path
  std::array<float, kMaxVertices> shortest{};  ///< on the shortest
  std::array<float, kMaxVertices> number{};    ///< of paths
};

/// From the input along `sources`; from the output with the roles exchanged.
PathCounts count_paths(std::span<const std::uint8_t> sources, bool from_input) {
  const std::size_t vertices = sources.size();
  PathCounts counts;
  for (std::size_t i = 0; i < vertices; ++i) {
    const std::size_t v = from_input ? i : vertices - 1 - i;
    if (i == 0) {
      counts.number[v] = 1;
      continue;
    }
    counts.shortest[v] = kMaxVertices;
    for (unsigned rest = sources[v]; rest != 0; rest &= rest - 1) {
      const auto u = static_cast<std::size_t>(std::countr_zero(rest));
      counts.longest[v] = std::max(counts.longest[v], counts.longest[u] + 1);
      counts.shortest[v] = std::min(counts.shortest[v], counts.shortest[u] + 1);
      counts.number[v] += counts.number[u];
    }
  }
  return counts;
}

/// A vertex' channels as a share of the cell's output: the output's are split evenly over the
/// vertices that feed it, any other has the most of those it feeds.
std::array<float, kMaxVertices> relative_widths(std::span<const std::uint8_t> sources,
                                                std::span<const std::uint8_t> targets) {
  const std::size_t output = sources.size() - 1;
  const int feeding = std::popcount(static_cast<unsigned>(sources[output]) & ~1U);
  std::array<float, kMaxVertices> widths{};
  widths[output] = 1;
  for (std::size_t v = output; v-- > 1;) {
    for (unsigned rest = targets[v]; rest != 0; rest &= rest - 1) {
      const auto w = static_cast<std::size_t>(std::countr_zero(rest));
      const float width = w == output ? 1.0F / static_cast<float>(feeding) : widths[w];
      widths[v] = std::max(widths[v], width);
    }
  }
  widths[0] = 1;
  return widths;
}

void append_vertex_inputs(GraphBatch& batch, std::size_t first, std::size_t vertices) {
  const auto labels = std::span(batch.labels).subspan(first, vertices);
  const auto sources = std::span<const std::uint8_t>(batch.sources).subspan(first, vertices);
  const auto targets = std::span<const std::uint8_t>(batch.targets).subspan(first, vertices);
  const PathCounts before = count_paths(sources, true);
  const PathCounts after = count_paths(targets, false);
  const std::array<float, kMaxVertices> widths = relative_widths(sources, targets);
  const float paths = before.number[vertices - 1];
  for (std::size_t v = 0; v < vertices; ++v) {
    std::array<float, kVertexInputs> inputs{};
    inputs[labels[v]] = 1;
    float* next = inputs.data() + kLabels;
    *next++ = widths[v];
    *next++ = std::log2(widths[v]) / 2;
    *next++ = before.longest[v] / 3;
    *next++ = after.longest[v] / 3;
    *next++ = before.shortest[v] / 3;
    *next++ = after.shortest[v] / 3;
    *next++ = before.number[v] * after.number[v] / paths;
    *next++ = std::log2(before.number[v]) / 2;
    *next++ = std::log2(after.number[v]) / 2;
    *next++ = static_cast<float>(std::popcount(sources[v])) / 3;
    *next++ = static_cast<float>(std::popcount(targets[v])) / 3;
    *next++ = static_cast<float>(sources[v] & 1);
    *next++ = static_cast<float>(targets[v] >> (vertices - 1) & 1);
    batch.vertex_inputs.insert(batch.vertex_inputs.end(), inputs.begin(), inputs.end());
  }
}

void append_cell_inputs(GraphBatch& batch, const space::Cell& cell) {
  std::array<float, kCellInputs> inputs{};
  std::array<float, space::kOperationCount> counts{};
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v)
    ++counts[static_cast<std::size_t>(cell.operation(v))];
  float* next = inputs.data();
  *next++ = (static_cast<float>(cell.vertices()) - 5) / 2;
  *next++ = (static_cast<float>(cell.edges()) - 6) / 3;
  *next++ = static_cast<float>(std::log10(double(space::trainable_parameters(cell))) - 6.7);
  *next++ = static_cast<float>(std::log10(double(space::flops(cell))) - 9.0);
  for (const float count : counts)
    *next++ = count / 3;
  *next++ = cell.has_edge(0, cell.vertices() - 1) ? 1.0F : 0.0F;
  batch.cell_inputs.insert(batch.cell_inputs.end(), inputs.begin(), inputs.end());
}

}  // namespace

void append(GraphBatch& batch, const space::Cell& any_labelling) {
  const space::Cell cell = space::canonical(any_labelling);
  const unsigned vertices = cell.vertices();
  const std::size_t first = batch.vertices;
  if (batch.first.empty()) batch.first.push_back(0);
  for (unsigned v = 0; v < vertices; ++v) {
    unsigned sources = 0;
    unsigned targets = 0;
    for (unsigned u = 0; u < v; ++u)
      sources |= static_cast<unsigned>(cell.has_edge(u, v)) << u;
    for (unsigned w = v + 1; w < vertices; ++w)
      targets |= static_cast<unsigned>(cell.has_edge(v, w)) << w;
    batch.sources.push_back(static_cast<std::uint8_t>(sources));
    batch.targets.push_back(static_cast<std::uint8_t>(targets));
    const bool inner = v != 0 && v + 1 != vertices;
    batch.labels.push_back(inner    ? static_cast<std::uint8_t>(2 + unsigned(cell.operation(v)))
                           : v == 0 ? std::uint8_t{0}
                                    : std::uint8_t{1});
  }
  append_vertex_inputs(batch, first, vertices);
  append_cell_inputs(batch, cell);
  batch.vertices += vertices;
  ++batch.cells;
  batch.first.push_back(static_cast<std::uint32_t>(batch.vertices));
}

GraphBatch graph_batch(std::span<const space::Cell> cells) {
  GraphBatch batch;
  for (const space::Cell& cell : cells)
    append(batch, cell);
  return batch;
}

}  // namespace ecnas::surrogate
