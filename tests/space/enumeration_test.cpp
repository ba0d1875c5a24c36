// The space as a whole: counts, order, ranks, canonical forms. Facts come from docs/numbers.md.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/edit.hpp"
#include "ecnas/space/space.hpp"
#include "oracles/space_graph.hpp"
#include "oracles/space_hash.hpp"
#include "space/shapes.hpp"
#include "support/numbers.hpp"

namespace ecnas::space {
namespace {

using testing::published_number;

TEST(Space, CountsAreThePublishedOnes) {
  const Space& space = Space::shared();
  std::array<std::int64_t, kMaxVertices + 1> by_vertices{};
  std::array<std::int64_t, kMaxEdges + 1> by_edges{};
  for (const Cell& cell : space.cells()) {
    ++by_vertices[cell.vertices()];
    ++by_edges[cell.edges()];
  }
  for (unsigned vertices = 2; vertices <= kMaxVertices; ++vertices) {
    EXPECT_EQ(by_vertices[vertices],
              published_number(fmt::format("cells of exactly {} vertices", vertices)));
    EXPECT_EQ(static_cast<std::int64_t>(Space::shared(vertices).size()),
              published_number(fmt::format("cells of at most {} vertices", vertices)));
  }
  for (unsigned edges = 1; edges <= kMaxEdges; ++edges) {
    EXPECT_EQ(by_edges[edges],
              published_number(fmt::format("cells of {} edge{}", edges, edges == 1 ? "" : "s")));
  }
}

TEST(Space, LabelledFullGraphsAreAsManyAsPublished) {
  const auto graphs = ShapeTable::get().graph_counts();
  std::int64_t labelled = 0;
  std::int64_t labellings = 1;
  for (unsigned vertices = 2; vertices <= kMaxVertices; ++vertices, labellings *= 3)
    labelled += static_cast<std::int64_t>(graphs[vertices]) * labellings;
  EXPECT_EQ(labelled, published_number("labelled full graphs"));
  EXPECT_EQ(static_cast<std::int64_t>(ShapeTable::get().shapes().size()),
            published_number("unlabelled shapes"));
}

TEST(Space, LimitsOutOfRangeAreRefused) {
  for (const SpaceLimits& limits : {SpaceLimits{.max_vertices = 1}, SpaceLimits{.max_vertices = 8},
                                    SpaceLimits{.max_edges = 0}, SpaceLimits{.max_edges = 10}}) {
    try {
      const Space space(limits);
      FAIL() << limits.max_vertices << " vertices, " << limits.max_edges << " edges";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    }
  }
  EXPECT_THROW(static_cast<void>(Space::shared(1)), Error);
  EXPECT_THROW(static_cast<void>(Space::shared(8)), Error);
}

TEST(Space, EveryPairOfLimitsSelectsFromTheWholeSpaceInItsOrder) {
  const Space& whole = Space::shared();
  for (unsigned vertices = 2; vertices <= kMaxVertices; ++vertices) {
    for (unsigned edges = 1; edges <= kMaxEdges; ++edges) {
      const Space space(SpaceLimits{.max_vertices = vertices, .max_edges = edges});
      std::vector<Cell> expected;
      for (const Cell& cell : whole.cells()) {
        if (cell.vertices() <= vertices && cell.edges() <= edges) expected.push_back(cell);
      }
      ASSERT_TRUE(std::ranges::equal(space.cells(), expected)) << vertices << ", " << edges;
    }
  }
}

TEST(Space, ASmallerSpaceIsAPrefix) {
  const auto whole = Space::shared().cells();
  for (unsigned vertices = 2; vertices < kMaxVertices; ++vertices) {
    const auto cells = Space::shared(vertices).cells();
    EXPECT_TRUE(std::ranges::equal(cells, whole.first(cells.size())));
  }
}

TEST(Space, CellsBeyondTheLimitsHaveNoRank) {
  const Space space(SpaceLimits{.max_vertices = 5, .max_edges = 6});
  std::size_t inside = 0;
  for (const Cell& cell : Space::shared().cells()) {
    const auto rank = space.rank(cell);
    ASSERT_EQ(rank.has_value(), cell.vertices() <= 5 && cell.edges() <= 6);
    if (!rank) continue;
    ASSERT_EQ(space.cell(*rank), cell);
    ++inside;
  }
  EXPECT_EQ(inside, space.size());
}

TEST(Space, RanksAndCellsAreInverseForAllCells) {
  const Space& space = Space::shared();
  for (Rank rank = 0; rank < space.size(); ++rank)
    ASSERT_EQ(space.rank(space.cell(rank)), rank);
}

TEST(Space, RanksAndHashesAreInverseForAllCells) {
  const Space& space = Space::shared();
  const auto hashes = space.hashes();
  ASSERT_EQ(hashes.size(), space.size());
  for (Rank rank = 0; rank < space.size(); ++rank)
    ASSERT_EQ(space.rank(hashes[rank]), rank);
}

TEST(Space, AHashOfNoCellHasNoRank) {
  EXPECT_EQ(Space::shared().rank(Hash{}), std::nullopt);
  Hash hash = Space::shared().hashes()[1234];
  EXPECT_EQ(Space::shared(4).rank(hash), std::nullopt);
  hash.bytes[15] ^= 1;
  EXPECT_EQ(Space::shared().rank(hash), std::nullopt);
}

TEST(Space, RepresentativesAreTheFirstMetInTheEnumerationUpTo5Vertices) {
  std::map<std::string, oracle::Graph> first_by_hash;
  std::vector<oracle::Graph> met;
  for (unsigned vertices = 2; vertices <= 5; ++vertices) {
    for (const oracle::Graph& graph : oracle::enumerate_full_graphs(vertices, kMaxEdges)) {
      if (first_by_hash.emplace(oracle::hash_of(graph), graph).second) met.push_back(graph);
    }
  }
  const auto cells = Space::shared(5).cells();
  ASSERT_EQ(met.size(), cells.size());
  for (std::size_t rank = 0; rank < met.size(); ++rank)
    ASSERT_EQ(oracle::graph_of(cells[rank]), met[rank]) << rank;
}

/// Every labelling of a cell has its rank, its hash and its canonical form.
void expect_relabelling_changes_nothing(const Space& space, Rank rank, const Cell& labelling) {
  ASSERT_EQ(canonical(labelling), space.cell(rank)) << to_text(labelling);
  ASSERT_EQ(space.rank(labelling), rank);
  ASSERT_EQ(hash_of(labelling), space.hashes()[rank]);
  ASSERT_TRUE(isomorphic(labelling, space.cell(rank)));
}

TEST(Canonical, RelabellingChangesNothingForAllCellsOfAtMost5Vertices) {
  const Space& space = Space::shared(5);
  std::size_t labellings = 0;
  for (Rank rank = 0; rank < space.size(); ++rank) {
    std::set<Cell> distinct;
    for (const Cell& labelling : oracle::relabellings(space.cell(rank))) {
      expect_relabelling_changes_nothing(space, rank, labelling);
      distinct.insert(labelling);
    }
    labellings += distinct.size();
  }
  // All full labelled graphs are met: 1 + 2·3 + 10·9 + 121·27.
  EXPECT_EQ(labellings, 1U + 2 * 3 + 10 * 9 + 121 * 27);
}

TEST(Canonical, RelabellingChangesNothingForRandomCellsOf6And7Vertices) {
  const Space& space = Space::shared();
  const auto first = static_cast<Rank>(Space::shared(5).size());
  Rng rng(5);
  for (int i = 0; i < 1'000; ++i) {
    const auto rank = static_cast<Rank>(first + rng.below(space.size() - first));
    for (const Cell& labelling : oracle::relabellings(space.cell(rank)))
      expect_relabelling_changes_nothing(space, rank, labelling);
  }
}

TEST(Canonical, IsItselfForEveryRepresentative) {
  for (const Cell& cell : Space::shared().cells())
    ASSERT_EQ(canonical(cell), cell);
}

TEST(Canonical, IsomorphicEqualsTryingAllPermutations) {
  Rng rng(6);
  const auto cells = Space::shared(5).cells();
  for (int i = 0; i < 3'000; ++i) {
    // Neighbouring ranks share a shape more often than not, so both answers occur.
    const std::size_t a = rng.below(cells.size() - 3);
    const std::vector<Cell> labellings = oracle::relabellings(cells[a + rng.below(3)]);
    const Cell b = labellings[rng.below(labellings.size())];
    ASSERT_EQ(isomorphic(cells[a], b),
              oracle::isomorphic(oracle::graph_of(cells[a]), oracle::graph_of(b)));
  }
}

TEST(Space, PrefixesSelectHashesInTheirOrder) {
  const Space& space = Space::shared(5);
  std::vector<std::pair<std::string, Rank>> sorted;
  for (Rank rank = 0; rank < space.size(); ++rank)
    sorted.emplace_back(to_text(space.hashes()[rank]), rank);
  std::ranges::sort(sorted);
  for (const std::string_view prefix :
       {"0", "f", "00", "7a", "A3", "123", sorted[77].first.c_str()}) {
    std::string lower(prefix);
    std::ranges::transform(lower, lower.begin(), [](char c) { return c == 'A' ? 'a' : c; });
    std::vector<Rank> expected;
    for (const auto& [text, rank] : sorted) {
      if (text.starts_with(lower)) expected.push_back(rank);
    }
    EXPECT_EQ(space.ranks_by_prefix(prefix), expected) << prefix;
  }
}

TEST(Space, PrefixesThatAreNoneAreRefused) {
  const std::string long_one(33, '0');
  for (const std::string_view prefix : {"", "x", "0 ", "1234g", long_one.c_str()}) {
    try {
      static_cast<void>(Space::shared(4).ranks_by_prefix(prefix));
      FAIL() << prefix;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    }
  }
}

TEST(Space, MayBeAskedByManyThreadsAtOnce) {
  const Space space(SpaceLimits{.max_vertices = 5});
  std::array<std::size_t, 4> found{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t& count : found) {
      threads.emplace_back([&space, &count] {
        for (Rank rank = 0; rank < space.size(); ++rank) {
          const bool same = space.rank(space.hashes()[rank]) == rank &&
                            Space::shared(5).rank(space.cell(rank)) == rank;
          count += same ? 1 : 0;
        }
      });
    }
  }
  for (const std::size_t count : found)
    EXPECT_EQ(count, space.size());
}

TEST(Space, MovesKeepItsContent) {
  Space first(SpaceLimits{.max_vertices = 4});
  const Hash hash = first.hashes()[50];
  Space second(SpaceLimits{.max_vertices = 2});
  second = std::move(first);
  EXPECT_EQ(second.size(), 91U);
  EXPECT_EQ(second.rank(hash), Rank{50});
  EXPECT_EQ(second.limits(), (SpaceLimits{.max_vertices = 4}));
}

}  // namespace
}  // namespace ecnas::space
