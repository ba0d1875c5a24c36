#pragma once
/// Cells as plain matrices and labels, and the slow, obvious way to judge, prune, compare, relabel
/// and enumerate them.

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ecnas/space/cell.hpp"

namespace ecnas::space::oracle {

struct Graph {
  std::vector<std::vector<int>> matrix;
  std::vector<int> labels;  ///< -1 input, -2 output, else the operation's index

  [[nodiscard]] std::size_t size() const { return labels.size(); }
  friend bool operator==(const Graph&, const Graph&) = default;
  friend auto operator<=>(const Graph&, const Graph&) = default;
};

inline Graph graph_of(const Specification& specification) {
  const unsigned size = specification.vertices;
  Graph graph{std::vector(size, std::vector<int>(size, 0)), std::vector<int>(size, 0)};
  for (unsigned source = 0; source < size; ++source) {
    for (unsigned target = source + 1; target < size; ++target)
      graph.matrix[source][target] = specification.has_edge(source, target) ? 1 : 0;
  }
  for (unsigned v = 1; v + 1 < size; ++v)
    graph.labels[v] = static_cast<int>(specification.operation(v));
  graph.labels.front() = -1;
  graph.labels.back() = -2;
  return graph;
}

inline Graph graph_of(const Cell& cell) {
  return graph_of(cell.specification());
}

/// @pre at most 7 vertices, edges forward
inline Specification specification_of(const Graph& graph) {
  Specification specification;
  specification.vertices = static_cast<std::uint8_t>(graph.size());
  for (unsigned source = 0; source < graph.size(); ++source) {
    for (unsigned target = source + 1; target < graph.size(); ++target) {
      if (graph.matrix[source][target] != 0) specification.flip_edge(source, target);
    }
  }
  for (unsigned v = 1; v + 1 < graph.size(); ++v)
    specification.set_operation(v, static_cast<Operation>(graph.labels[v]));
  return specification;
}

/// Every path from vertex `from` to the output, by depth-first search, as the sets of vertices.
inline void walk_paths(const Graph& graph, std::size_t from, std::vector<std::size_t>& path,
                       std::set<std::size_t>& on_paths) {
  path.push_back(from);
  if (from + 1 == graph.size()) on_paths.insert(path.begin(), path.end());
  for (std::size_t target = 0; target < graph.size(); ++target) {
    if (graph.matrix[from][target] != 0) walk_paths(graph, target, path, on_paths);
  }
  path.pop_back();
}

/// The graph on the vertices that lie on a path; absent if there is no path.
inline std::optional<Graph> pruned(const Graph& graph) {
  std::set<std::size_t> kept;
  std::vector<std::size_t> path;
  walk_paths(graph, 0, path, kept);
  if (kept.empty()) return std::nullopt;
  Graph result;
  for (const std::size_t v : kept) {
    std::vector<int> row;
    for (const std::size_t w : kept)
      row.push_back(graph.matrix[v][w]);
    result.matrix.push_back(row);
    result.labels.push_back(graph.labels[v]);
  }
  return result;
}

inline std::size_t edge_count(const Graph& graph) {
  std::size_t edges = 0;
  for (const auto& row : graph.matrix)
    edges += static_cast<std::size_t>(std::accumulate(row.begin(), row.end(), 0));
  return edges;
}

inline bool runs_forward(const Graph& graph) {
  for (std::size_t source = 0; source < graph.size(); ++source) {
    for (std::size_t target = 0; target <= source; ++target) {
      if (graph.matrix[source][target] != 0) return false;
    }
  }
  return true;
}

/// Vertex v of the result is vertex order[v] of `graph`.
inline Graph relabelled(const Graph& graph, const std::vector<std::size_t>& order) {
  Graph result = graph;
  for (std::size_t v = 0; v < graph.size(); ++v) {
    result.labels[v] = graph.labels[order[v]];
    for (std::size_t w = 0; w < graph.size(); ++w)
      result.matrix[v][w] = graph.matrix[order[v]][order[w]];
  }
  return result;
}

/// Calls `visit(relabelled graph)` for every order of the interior vertices.
template <typename Visit>
void for_each_relabelling(const Graph& graph, Visit visit) {
  std::vector<std::size_t> order(graph.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    visit(relabelled(graph, order));
  } while (std::next_permutation(order.begin() + 1, order.end() - 1));
}

/// All labellings of a cell that are cells: those whose edges run forward.
inline std::vector<Cell> relabellings(const Cell& cell) {
  std::vector<Cell> cells;
  for_each_relabelling(graph_of(cell), [&](const Graph& graph) {
    if (runs_forward(graph)) cells.push_back(*Cell::from(specification_of(graph)));
  });
  return cells;
}

inline bool isomorphic(const Graph& a, const Graph& b) {
  bool found = false;
  if (a.size() != b.size()) return false;
  for_each_relabelling(a, [&](const Graph& graph) { found = found || graph == b; });
  return found;
}

/// Labelled graphs in NAS-Bench-101's order: adjacency bits ascending, then labels with vertex 1
/// the most significant. @return the full ones (nothing dangles) of at most `max_edges` edges
inline std::vector<Graph> enumerate_full_graphs(unsigned vertices, std::size_t max_edges) {
  std::vector<Graph> graphs;
  unsigned labellings = 1;
  for (unsigned v = 2; v < vertices; ++v)
    labellings *= 3;
  for (std::uint32_t bits = 0; bits < 1U << (vertices * (vertices - 1) / 2); ++bits) {
    Specification specification{.vertices = static_cast<std::uint8_t>(vertices), .adjacency = bits};
    const Graph graph = graph_of(specification);
    if (edge_count(graph) > max_edges || pruned(graph) != graph) continue;
    for (unsigned labelling = 0; labelling < labellings; ++labelling) {
      Graph labelled = graph;
      unsigned rest = labelling;
      for (unsigned v = vertices - 2; v > 0; --v, rest /= 3)
        labelled.labels[v] = static_cast<int>(rest % 3);
      graphs.push_back(labelled);
    }
  }
  return graphs;
}

/// Whether edges close no circle, by removing vertices without in-edges until none is left.
inline std::optional<std::vector<std::size_t>> topological_order(const Graph& graph) {
  std::vector<std::size_t> order;
  std::set<std::size_t> left;
  for (std::size_t v = 0; v < graph.size(); ++v)
    left.insert(v);
  while (!left.empty()) {
    const auto free = std::find_if(left.begin(), left.end(), [&](std::size_t v) {
      return std::none_of(left.begin(), left.end(),
                          [&](std::size_t source) { return graph.matrix[source][v] != 0; });
    });
    if (free == left.end()) return std::nullopt;
    order.push_back(*free);
    left.erase(free);
  }
  return order;
}

/// What one edit leads to: any ordered pair of vertices connected or disconnected, as long as no
/// circle closes and the output stays last, or any operation set; pruned, valid ones only.
inline std::vector<Graph> edits(const Graph& graph, std::size_t max_edges) {
  std::vector<Graph> results;
  const auto add = [&](const Graph& edited) {
    const auto order = topological_order(edited);
    if (!order || order->front() != 0 || order->back() + 1 != graph.size()) return;
    const auto cell = pruned(relabelled(edited, *order));
    if (cell && edge_count(*cell) <= max_edges) results.push_back(*cell);
  };
  for (std::size_t source = 0; source < graph.size(); ++source) {
    for (std::size_t target = 0; target < graph.size(); ++target) {
      if (source == target) continue;
      Graph edited = graph;
      edited.matrix[source][target] ^= 1;
      add(edited);
    }
  }
  for (std::size_t v = 1; v + 1 < graph.size(); ++v) {
    for (int label = 0; label < 3; ++label) {
      Graph edited = graph;
      edited.labels[v] = label;
      add(edited);
    }
  }
  return results;
}

}  // namespace ecnas::space::oracle
