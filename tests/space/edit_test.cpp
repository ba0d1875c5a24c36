#include "ecnas/space/edit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/space/canonical.hpp"
#include "oracles/space_graph.hpp"

namespace ecnas::space {
namespace {

/// Neighbours by trying every edit, compared by trying every relabelling for the least graph.
std::set<Cell> neighbours_by_trying(const Cell& cell, const SpaceLimits& limits) {
  const auto representative = [](const oracle::Graph& graph) {
    std::set<Cell> labellings;
    for (const Cell& labelling : oracle::relabellings(*Cell::from(oracle::specification_of(graph))))
      labellings.insert(labelling);
    // The representative's operations are the least read from vertex 1 on.
    return *std::min_element(
        labellings.begin(), labellings.end(), [](const Cell& a, const Cell& b) {
          const auto key = [](const Cell& c) {
            return std::pair(c.specification().adjacency, oracle::graph_of(c).labels);
          };
          return key(a) < key(b);
        });
  };
  std::set<Cell> found;
  for (const oracle::Graph& graph : oracle::edits(oracle::graph_of(cell), limits.max_edges)) {
    if (graph.size() <= limits.max_vertices) found.insert(representative(graph));
  }
  found.erase(representative(oracle::graph_of(cell)));
  return found;
}

std::set<Cell> as_set(const std::vector<Cell>& cells) {
  return {cells.begin(), cells.end()};
}

TEST(Neighbours, OfTheSmallestCellAreNone) {
  EXPECT_TRUE(neighbours(Cell::trivial(), Space::shared()).empty());
}

TEST(Neighbours, OfAnExampleAreThoseCountedByHand) {
  // input → conv3x3 → output. Flips: adding (0,2) gives one cell; removing an edge leaves no path.
  const Cell cell = parse_cell("010001000:conv3x3");
  EXPECT_EQ(as_set(neighbours(cell, Space::shared())),
            (std::set<Cell>{parse_cell("011001000:conv3x3"), parse_cell("010001000:conv1x1"),
                            parse_cell("010001000:maxpool3x3")}));
}

TEST(Neighbours, EqualTryingEveryEditForAllCellsOfAtMost4Vertices) {
  const Space& space = Space::shared(4);
  for (const Cell& cell : space.cells())
    ASSERT_EQ(as_set(neighbours(cell, space)), neighbours_by_trying(cell, space.limits()))
        << to_text(cell);
}

TEST(Neighbours, EqualTryingEveryEditForRandomCells) {
  Rng rng(13);
  const Space limited(SpaceLimits{.max_vertices = 7, .max_edges = 8});
  for (const Space* space : {&Space::shared(5), &Space::shared(), &limited}) {
    for (int i = 0; i < 60; ++i) {
      const Cell& cell = sample_uniform(*space, rng);
      ASSERT_EQ(as_set(neighbours(cell, *space)), neighbours_by_trying(cell, space->limits()))
          << to_text(cell);
    }
  }
}

TEST(Neighbours, AreSortedDistinctRepresentativesWithoutTheCellItself) {
  const Space& space = Space::shared();
  Rng rng(14);
  for (int i = 0; i < 500; ++i) {
    const Cell& cell = sample_uniform(space, rng);
    const std::vector<Cell> found = neighbours(cell, space);
    ASSERT_FALSE(found.empty());
    for (std::size_t j = 0; j < found.size(); ++j) {
      ASSERT_EQ(canonical(found[j]), found[j]);
      ASSERT_NE(found[j], cell);
      if (j > 0) {
        ASSERT_LT(*space.rank(found[j - 1]), *space.rank(found[j]));
      }
    }
  }
}

TEST(Neighbours, DependOnTheArchitectureOnly) {
  const Space& space = Space::shared();
  Rng rng(15);
  for (int i = 0; i < 100; ++i) {
    const Cell& cell = sample_uniform(space, rng);
    const std::vector<Cell> expected = neighbours(cell, space);
    for (const Cell& labelling : oracle::relabellings(cell))
      ASSERT_EQ(neighbours(labelling, space), expected);
  }
}

TEST(Neighbours, AreMutualAmongCellsOfEquallyManyVertices) {
  const Space& space = Space::shared(5);
  for (const Cell& cell : space.cells()) {
    for (const Cell& other : neighbours(cell, space)) {
      if (other.vertices() != cell.vertices()) continue;
      const std::vector<Cell> back = neighbours(other, space);
      ASSERT_TRUE(std::ranges::find(back, cell) != back.end())
          << to_text(cell) << " and " << to_text(other);
    }
  }
}

TEST(Embedded, PrunesBackToTheCell) {
  Rng rng(16);
  const Space& space = Space::shared();
  for (int i = 0; i < 3'000; ++i) {
    const Cell& cell = sample_uniform(Space::shared(2 + static_cast<unsigned>(rng.below(6))), rng);
    for (unsigned vertices = cell.vertices(); vertices <= kMaxVertices; ++vertices) {
      const Specification canvas = embedded(cell, vertices, rng);
      ASSERT_EQ(canvas.vertices, vertices);
      ASSERT_EQ(canvas.edges(), cell.edges());
      ASSERT_EQ(*Cell::from(canvas), cell);
    }
  }
  EXPECT_EQ(embedded(space.cell(99'999), 7, rng), space.cell(99'999).specification());
}

TEST(Embedded, EveryChoiceOfSlotsAndOperationsIsEquallyLikely) {
  // One interior vertex in 3 slots, the other two with any of 3 operations: 27 canvases.
  const Cell cell = parse_cell("010001000:conv1x1");
  Rng rng(17);
  std::map<Specification, int> counts;
  constexpr int kDraws = 27'000;
  for (int i = 0; i < kDraws; ++i)
    ++counts[embedded(cell, 5, rng)];
  ASSERT_EQ(counts.size(), 27U);
  double statistic = 0;
  for (const auto& [canvas, count] : counts)
    statistic += (count - 1'000.0) * (count - 1'000.0) / 1'000.0;
  EXPECT_LT(statistic, 54.05);  // the 99.9 % point of χ² with 26 degrees of freedom
}

TEST(Embedded, CanvasesThatAreTooSmallOrTooLargeAreRefused) {
  Rng rng(18);
  const Cell cell = parse_cell("010001000:conv1x1");
  EXPECT_THROW(static_cast<void>(embedded(cell, 2, rng)), Error);
  EXPECT_THROW(static_cast<void>(embedded(cell, 8, rng)), Error);
}

}  // namespace
}  // namespace ecnas::space
