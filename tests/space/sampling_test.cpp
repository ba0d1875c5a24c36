#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/space/edit.hpp"

namespace ecnas::space {
namespace {

TEST(SampleUniform, EveryCellIsEquallyLikely) {
  const Space& space = Space::shared(4);
  constexpr std::size_t kDrawsPerCell = 1'000;
  std::vector<double> counts(space.size(), 0);
  Rng rng(19);
  for (std::size_t i = 0; i < kDrawsPerCell * space.size(); ++i)
    ++counts[*space.rank(sample_uniform(space, rng))];
  double statistic = 0;
  for (const double count : counts)
    statistic += (count - kDrawsPerCell) * (count - kDrawsPerCell) / kDrawsPerCell;
  EXPECT_LT(statistic, 137.2);  // the 99.9 % point of χ² with 90 degrees of freedom
  EXPECT_GT(statistic, 51.0);   // and the 0.03 % point: it is random, too
}

TEST(SampleUniform, SameSeedSameCells) {
  const Space& space = Space::shared();
  Rng a(20);
  Rng b(20);
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(sample_uniform(space, a), sample_uniform(space, b));
  // Fixed, so that other machines and versions must draw the same.
  Rng fixed(20);
  EXPECT_EQ(space.rank(sample_uniform(space, fixed)), Rank{131'659});
}

struct Shares {
  double invalid = 0;
  double trivial = 0;
  double proper = 0;
};

Shares shares_of(unsigned max_vertices, std::uint64_t seed) {
  Rng rng(seed);
  Shares shares;
  constexpr int kDraws = 200'000;
  for (int i = 0; i < kDraws; ++i) {
    const auto cell = Cell::from(sample_published(max_vertices, rng));
    (!cell                   ? shares.invalid
     : cell->vertices() == 2 ? shares.trivial
                             : shares.proper) += 1.0 / kDraws;
  }
  return shares;
}

/// Exactly by its definition: all vertex counts, edge counts and coins, with equal weights.
Shares exact_shares(unsigned max_vertices) {
  Shares shares;
  const unsigned most_edges = max_vertices * (max_vertices - 1) / 2;
  for (const unsigned vertices : {2U, max_vertices}) {
    const unsigned pairs = vertices * (vertices - 1) / 2;
    for (std::uint32_t coins = 0; coins < 1U << pairs; ++coins) {
      for (unsigned count = 1; count <= most_edges; ++count) {
        std::uint32_t kept = 0;  // the first `count` heads, in row order
        for (unsigned pair = 0; pair < pairs; ++pair) {
          if ((coins >> pair & 1) != 0 && static_cast<unsigned>(std::popcount(kept)) < count)
            kept |= 1U << pair;
        }
        const auto cell = Cell::from(Specification{.vertices = static_cast<std::uint8_t>(vertices),
                                                   .adjacency = from_row_major(kept, vertices)});
        const double weight = 0.5 / (1U << pairs) / most_edges;
        (!cell ? shares.invalid : cell->vertices() == 2 ? shares.trivial : shares.proper) += weight;
      }
    }
  }
  return shares;
}

TEST(SamplePublished, SharesAreThoseOfItsDefinition) {
  for (const unsigned max_vertices : {4U, 5U, 6U}) {
    const Shares expected = exact_shares(max_vertices);
    const Shares found = shares_of(max_vertices, max_vertices);
    // Five standard deviations of 200,000 draws.
    EXPECT_NEAR(found.invalid, expected.invalid, 0.006) << max_vertices;
    EXPECT_NEAR(found.trivial, expected.trivial, 0.006) << max_vertices;
    EXPECT_NEAR(found.proper, expected.proper, 0.006) << max_vertices;
  }
}

TEST(SamplePublished, IsMostlyNoCellOrTheSmallest) {
  for (unsigned max_vertices = 4; max_vertices <= kMaxVertices; ++max_vertices) {
    const Shares found = shares_of(max_vertices, max_vertices);
    EXPECT_GT(found.invalid + found.trivial, 0.64) << max_vertices;
  }
}

TEST(SamplePublished, DrawsTwoOrAllVertices) {
  Rng rng(21);
  std::array<int, kMaxVertices + 1> counts{};
  for (int i = 0; i < 10'000; ++i)
    ++counts[sample_published(6, rng).vertices];
  EXPECT_EQ(counts[2] + counts[6], 10'000);
  EXPECT_NEAR(counts[2], 5'000, 250);
}

TEST(SamplePublished, VertexCountsOutOfRangeAreRefused) {
  Rng rng(22);
  EXPECT_THROW(static_cast<void>(sample_published(1, rng)), Error);
  EXPECT_THROW(static_cast<void>(sample_published(8, rng)), Error);
}

}  // namespace
}  // namespace ecnas::space
