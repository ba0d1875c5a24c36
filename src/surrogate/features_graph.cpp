#include "surrogate/features_graph.hpp"

#include <algorithm>
#include <utility>

namespace ecnas::surrogate {

FeatureGraph::FeatureGraph(const space::Cell& cell) : cell_(cell) {
  for (unsigned target = 1; target < vertices(); ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if (!cell.has_edge(source, target)) continue;
      ++in_degree_[target];
      ++out_degree_[source];
      level_[target] = std::max(level_[target], static_cast<std::uint8_t>(level_[source] + 1));
    }
  }
  for (unsigned source = output(); source-- > 0;) {
    for (unsigned target = source + 1; target < vertices(); ++target) {
      if (!cell.has_edge(source, target)) continue;
      height_[source] = std::max(height_[source], static_cast<std::uint8_t>(height_[target] + 1));
    }
  }
  walk(0, {});
}

void FeatureGraph::walk(unsigned from, Path path) {
  for (unsigned target = from + 1; target < output(); ++target) {
    if (!cell_.has_edge(from, target)) continue;
    Path longer = path;
    longer.vertices[longer.length++] = static_cast<std::uint8_t>(target);
    longer.set = static_cast<InteriorSet>(longer.set | 1U << (target - 1));
    walk(target, longer);
  }
  if (cell_.has_edge(from, output())) paths_.push_back(path);
}

CellOperations::CellOperations(const space::Cell& cell) {
  for (unsigned v = 1; v + 1 < cell.vertices(); ++v) {
    of[v] = static_cast<std::uint8_t>(cell.operation(v));
    vertices[of[v]] = static_cast<InteriorSet>(vertices[of[v]] | 1U << (v - 1));
  }
}

std::size_t FeatureList::add(FeatureGroup group, std::string name, std::string_view unit,
                             std::string description) {
  features_.push_back({std::move(name), group, unit, std::move(description)});
  return features_.size() - 1;
}

}  // namespace ecnas::surrogate
