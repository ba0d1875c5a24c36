#include "ecnas/space/skeleton.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/space/space.hpp"
#include "oracles/space_network.hpp"
#include "support/numbers.hpp"

namespace ecnas::space {
namespace {

using testing::published_number;

void expect_published_summary(const std::string& name, std::vector<std::int64_t> counts) {
  std::ranges::sort(counts);
  EXPECT_EQ(counts.front(), published_number(name + ", minimum"));
  EXPECT_EQ(counts[counts.size() / 2], published_number(name + ", median"));
  EXPECT_EQ(counts.back(), published_number(name + ", maximum"));
  EXPECT_EQ(std::reduce(counts.begin(), counts.end()), published_number(name + ", sum"));
}

TEST(Counts, SummariesAreThePublishedOnes) {
  expect_published_summary("trainable parameters", Space::shared().trainable_parameters());
  expect_published_summary("flops", Space::shared().flops());
  EXPECT_EQ(trainable_parameters(Cell::trivial()),
            published_number("trainable parameters of input → output"));
  EXPECT_EQ(flops(Cell::trivial()), published_number("flops of input → output"));
}

TEST(Counts, EqualTheLayerListForAllCells) {
  const Space& space = Space::shared();
  const std::vector<std::int64_t> all_parameters = space.trainable_parameters();
  const std::vector<std::int64_t> all_flops = space.flops();
  for (Rank rank = 0; rank < space.size(); ++rank) {
    const oracle::Graph graph = oracle::graph_of(space.cell(rank));
    ASSERT_EQ(all_parameters[rank], oracle::trainable_parameters(graph, {})) << rank;
    if (rank % 10 == 0) {
      ASSERT_EQ(all_flops[rank], oracle::flops(graph, {})) << rank;
    }
  }
}

TEST(Counts, OneByOneEqualsTogether) {
  const Space& space = Space::shared(6);
  const std::vector<std::int64_t> all_parameters = space.trainable_parameters();
  const std::vector<std::int64_t> all_flops = space.flops();
  for (Rank rank = 0; rank < space.size(); rank += 3) {
    ASSERT_EQ(trainable_parameters(space.cell(rank)), all_parameters[rank]);
    ASSERT_EQ(flops(space.cell(rank)), all_flops[rank]);
  }
}

TEST(Counts, RelabellingChangesNothingForAllCellsOfAtMost5Vertices) {
  for (const Cell& cell : Space::shared(5).cells()) {
    const std::int64_t parameters = trainable_parameters(cell);
    const std::int64_t operations = flops(cell);
    for (const Cell& labelling : oracle::relabellings(cell)) {
      ASSERT_EQ(trainable_parameters(labelling), parameters);
      ASSERT_EQ(flops(labelling), operations);
    }
  }
}

TEST(Counts, RelabellingChangesNothingForRandomCellsOf6And7Vertices) {
  const Space& space = Space::shared();
  Rng rng(10);
  for (int i = 0; i < 500; ++i) {
    const auto rank = static_cast<Rank>(2'532 + rng.below(space.size() - 2'532));
    const std::int64_t parameters = trainable_parameters(space.cell(rank));
    for (const Cell& labelling : oracle::relabellings(space.cell(rank)))
      ASSERT_EQ(trainable_parameters(labelling), parameters);
  }
}

TEST(Counts, EqualTheLayerListForOtherSkeletons) {
  const Space& space = Space::shared();
  Rng rng(11);
  for (int i = 0; i < 300; ++i) {
    Skeleton skeleton{.stem_width = static_cast<std::int32_t>(5 + rng.below(60)),
                      .stacks = static_cast<std::int32_t>(1 + rng.below(4)),
                      .cells_per_stack = static_cast<std::int32_t>(1 + rng.below(5)),
                      .classes = static_cast<std::int32_t>(1 + rng.below(1'000)),
                      .image_size = static_cast<std::int32_t>(8 + rng.below(60)),
                      .image_channels = static_cast<std::int32_t>(1 + rng.below(4))};
    for (int j = 0; j < 20; ++j) {
      const Cell& cell = space.cell(static_cast<Rank>(rng.below(space.size())));
      const oracle::Graph graph = oracle::graph_of(cell);
      ASSERT_EQ(trainable_parameters(cell, skeleton),
                oracle::trainable_parameters(graph, skeleton));
      ASSERT_EQ(flops(cell, skeleton), oracle::flops(graph, skeleton));
    }
  }
}

TEST(VertexChannels, SplitTheOutputWithTheRemainderFirst) {
  // input → 1, 2, 3 → output: 128 = 43 + 43 + 42.
  const Cell cell = parse_cell("0111000001000010000100000:conv3x3,conv3x3,conv3x3");
  const auto channels = vertex_channels(cell, 64, 128);
  EXPECT_EQ(channels, (std::array<std::int32_t, 7>{64, 43, 43, 42, 128, 0, 0}));
}

TEST(VertexChannels, OthersHaveTheMostOfThoseTheyFeed) {
  // 1 → 2 and 3; 2 and 3 → output, which takes 7 = 4 + 3.
  const Cell cell = parse_cell("0100000110000010000100000:conv3x3,conv3x3,conv3x3");
  const auto channels = vertex_channels(cell, 5, 7);
  EXPECT_EQ(channels, (std::array<std::int32_t, 7>{5, 4, 4, 3, 7, 0, 0}));
}

TEST(VertexChannels, EqualTheOracleForEveryShapeAndLabelling) {
  Rng rng(12);
  for (int i = 0; i < 3'000; ++i) {
    const Cell& cell = Space::shared().cell(static_cast<Rank>(rng.below(Space::shared().size())));
    const auto in = static_cast<std::int32_t>(1 + rng.below(300));
    const auto out = static_cast<std::int32_t>(5 + rng.below(300));
    const auto expected = oracle::compute_vertex_channels(in, out, oracle::graph_of(cell));
    const auto channels = vertex_channels(cell, in, out);
    ASSERT_TRUE(std::equal(expected.begin(), expected.end(), channels.begin()));
  }
}

TEST(VertexChannels, TooFewChannelsAreRefused) {
  EXPECT_THROW(static_cast<void>(vertex_channels(Cell::trivial(), 0, 5)), Error);
  EXPECT_THROW(static_cast<void>(vertex_channels(Cell::trivial(), 1, 4)), Error);
}

/// The message that a skeleton is refused with; empty if it is accepted.
std::string refusal(const Skeleton& skeleton) {
  try {
    validate(skeleton);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return {};
}

TEST(Skeleton, DefaultsAndTheSmallestAreValid) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({5, 1, 1, 1, 1, 1}), "");
  EXPECT_EQ(refusal({.stacks = 6}), "");
}

TEST(Skeleton, EveryFieldIsCheckedByName) {
  EXPECT_NE(refusal({.stem_width = 4}).find("stem_width"), std::string::npos);
  EXPECT_NE(refusal({.stacks = 0}).find("stacks"), std::string::npos);
  EXPECT_NE(refusal({.cells_per_stack = 0}).find("cells_per_stack"), std::string::npos);
  EXPECT_NE(refusal({.classes = 0}).find("classes"), std::string::npos);
  EXPECT_NE(refusal({.image_size = -1}).find("image_size"), std::string::npos);
  EXPECT_NE(refusal({.image_channels = 0}).find("image_channels"), std::string::npos);
  EXPECT_NE(refusal({.stacks = 7}).find("leaves no pixel"), std::string::npos);
  EXPECT_NE(refusal({.stacks = 100}).find("leaves no pixel"), std::string::npos);
}

TEST(Skeleton, CountsThatCouldOverflowAreRefused) {
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  EXPECT_NE(refusal({.stem_width = kMost}).find("too large"), std::string::npos);
  EXPECT_NE(refusal({.stem_width = kMost / 2}).find("too large"), std::string::npos);
  EXPECT_NE(refusal({.cells_per_stack = kMost, .image_size = kMost}).find("too large"),
            std::string::npos);
  EXPECT_NE(refusal({.image_size = kMost, .image_channels = kMost}).find("too large"),
            std::string::npos);
  EXPECT_THROW(static_cast<void>(Space::shared(3).flops({.image_size = kMost})), Error);
  EXPECT_THROW(static_cast<void>(trainable_parameters(Cell::trivial(), {.stacks = 0})), Error);
}

TEST(Skeleton, TheLargestAcceptedCountsAreStillExact) {
  const Skeleton large{.stem_width = 1 << 14,
                       .stacks = 3,
                       .cells_per_stack = 3,
                       .classes = 10,
                       .image_size = 1 << 10,
                       .image_channels = 3};
  ASSERT_EQ(refusal(large), "");
  const Cell& cell = Space::shared().cells().back();
  EXPECT_EQ(flops(cell, large), oracle::flops(oracle::graph_of(cell), large));
}

}  // namespace
}  // namespace ecnas::space
