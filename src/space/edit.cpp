#include "ecnas/space/edit.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ecnas/space/canonical.hpp"
#include "space/shapes.hpp"

namespace ecnas::space {
namespace {

/// Whether `target` can be reached from `source` along edges.
bool reaches(const Specification& graph, unsigned source, unsigned target) {
  std::uint32_t reached = 1U << source;
  for (unsigned v = source + 1; v <= target; ++v) {
    if ((in_mask(graph.adjacency, v) & reached) != 0) reached |= 1U << v;
  }
  return (reached >> target & 1) != 0;
}

/// New numbers in which `late` and what it reaches up to `early` stand behind the other vertices
/// between them; all edges keep running forward. @pre late < early, late does not reach early
std::array<unsigned, kMaxVertices> numbers_with_late_behind(const Specification& graph,
                                                            unsigned late, unsigned early) {
  std::array<unsigned, kMaxVertices> number{};
  for (unsigned v = 0; v < graph.vertices; ++v)
    number[v] = v;
  unsigned next = late;
  for (const bool behind : {false, true}) {
    for (unsigned v = late; v <= early; ++v) {
      if (reaches(graph, late, v) == behind) number[v] = next++;
    }
  }
  return number;
}

/// The graph with one more edge, which runs against the present numbering.
/// @pre late < early, late does not reach early
Specification with_backward_edge(const Specification& graph, unsigned early, unsigned late) {
  const auto number = numbers_with_late_behind(graph, late, early);
  Specification result{.vertices = graph.vertices};
  for (unsigned target = 1; target < graph.vertices; ++target) {
    for (unsigned source = 0; source < target; ++source) {
      if (graph.has_edge(source, target)) result.flip_edge(number[source], number[target]);
    }
    if (target + 1U < graph.vertices) result.set_operation(number[target], graph.operation(target));
  }
  result.flip_edge(number[early], number[late]);
  return result;
}

/// Collects what edits lead to.
class Neighbourhood {
 public:
  Neighbourhood(const Cell& centre, const Space& space) : centre_(centre), space_(space) {}

  void add(const Specification& edited) {
    const auto cell = Cell::from(edited);
    if (!cell || isomorphic(*cell, centre_)) return;
    if (const auto rank = space_.rank(*cell)) ranks_.push_back(*rank);
  }

  [[nodiscard]] std::vector<Cell> cells() && {
    std::sort(ranks_.begin(), ranks_.end());
    ranks_.erase(std::unique(ranks_.begin(), ranks_.end()), ranks_.end());
    std::vector<Cell> cells;
    cells.reserve(ranks_.size());
    for (const Rank rank : ranks_)
      cells.push_back(space_.cell(rank));
    return cells;
  }

 private:
  const Cell& centre_;
  const Space& space_;
  std::vector<Rank> ranks_;
};

void add_edge_flips(const Specification& graph, Neighbourhood& neighbourhood) {
  for (unsigned target = 1; target < graph.vertices; ++target) {
    for (unsigned source = 0; source < target; ++source) {
      Specification edited = graph;
      edited.flip_edge(source, target);
      neighbourhood.add(edited);
    }
  }
}

/// Edges from a higher to a lower vertex, where no path runs the other way: forward edges of the
/// same architecture in another labelling.
void add_backward_edges(const Specification& graph, Neighbourhood& neighbourhood) {
  for (unsigned early = 2; early + 1U < graph.vertices; ++early) {
    for (unsigned late = 1; late < early; ++late) {
      if (!reaches(graph, late, early)) neighbourhood.add(with_backward_edge(graph, early, late));
    }
  }
}

void add_operation_changes(const Specification& graph, Neighbourhood& neighbourhood) {
  for (unsigned v = 1; v + 1U < graph.vertices; ++v) {
    for (unsigned operation = 0; operation < kOperationCount; ++operation) {
      Specification edited = graph;
      edited.set_operation(v, static_cast<Operation>(operation));
      neighbourhood.add(edited);
    }
  }
}

}  // namespace

std::vector<Cell> neighbours(const Cell& cell, const Space& space) {
  const Cell centre = canonical(cell);
  Neighbourhood neighbourhood(centre, space);
  add_edge_flips(centre.specification(), neighbourhood);
  add_backward_edges(centre.specification(), neighbourhood);
  add_operation_changes(centre.specification(), neighbourhood);
  return std::move(neighbourhood).cells();
}

}  // namespace ecnas::space
