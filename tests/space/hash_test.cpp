#include "ecnas/space/hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/canonical.hpp"
#include "ecnas/space/space.hpp"
#include "oracles/space_hash.hpp"
#include "space/hash_dispatch.hpp"
#include "support/data.hpp"
#include "support/digest.hpp"
#include "support/numbers.hpp"

namespace ecnas::space {
namespace {

using testing::published_text;

/// SHA-256 of the lines in order, a newline after each.
std::string digest_of(std::vector<std::string> lines) {
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines)
    text += line + "\n";
  return testing::sha256(text);
}

std::vector<std::string> hash_lines(unsigned max_vertices) {
  std::vector<std::string> lines;
  for (const Hash& hash : Space::shared(max_vertices).hashes())
    lines.push_back(to_text(hash));
  return lines;
}

TEST(Hash, AllHashesHaveThePublishedDigest) {
  EXPECT_EQ(digest_of(hash_lines(4)), published_text("sha256 of the hashes, at most 4 vertices"));
  EXPECT_EQ(digest_of(hash_lines(5)), published_text("sha256 of the hashes, at most 5 vertices"));
  EXPECT_EQ(digest_of(hash_lines(7)), published_text("sha256 of the hashes, at most 7 vertices"));
}

TEST(Hash, AllHashesWithTheirParametersHaveThePublishedDigest) {
  std::vector<std::string> lines = hash_lines(7);
  const std::vector<std::int64_t> parameters = Space::shared().trainable_parameters();
  for (std::size_t rank = 0; rank < lines.size(); ++rank)
    lines[rank] += "," + std::to_string(parameters[rank]);
  EXPECT_EQ(digest_of(lines), published_text("sha256 of hash,parameters, at most 7 vertices"));
}

TEST(Hash, OfTheSmallestCellIsNasBench101s) {
  EXPECT_EQ(to_text(hash_of(Cell::trivial())), "043721b9c7fe8c5fad811d47d83132ec");
}

TEST(Hash, EqualsTheOracleForAllCellsOfAtMost5Vertices) {
  const Space& space = Space::shared(5);
  for (Rank rank = 0; rank < space.size(); ++rank) {
    const std::string expected = oracle::hash_of(oracle::graph_of(space.cell(rank)));
    ASSERT_EQ(to_text(space.hashes()[rank]), expected);
    ASSERT_EQ(to_text(hash_of(space.cell(rank))), expected);
  }
}

TEST(Hash, EqualsTheOracleForRandomCells) {
  const Space& space = Space::shared();
  Rng rng(7);
  for (int i = 0; i < 1'000; ++i) {
    const auto rank = static_cast<Rank>(rng.below(space.size()));
    const std::string expected = oracle::hash_of(oracle::graph_of(space.cell(rank)));
    ASSERT_EQ(to_text(hash_of(space.cell(rank))), expected);
    ASSERT_EQ(to_text(space.hashes()[rank]), expected);
  }
}

TEST(Hash, OneByOneEqualsTogetherForEvery7thCell) {
  const Space& space = Space::shared();
  for (Rank rank = 0; rank < space.size(); rank += 7)
    ASSERT_EQ(hash_of(space.cell(rank)), space.hashes()[rank]);
}

TEST(Hash, CellsMayComeInAnyOrderAndMoreThanOnce) {
  const Space& space = Space::shared(6);
  Rng rng(8);
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{3'000}}) {
    std::vector<Rank> ranks(count);
    std::vector<Cell> cells;
    for (Rank& rank : ranks) {
      rank = static_cast<Rank>(rng.below(space.size()));
      cells.push_back(space.cell(rank));
    }
    std::vector<Hash> hashes(count);
    hash_cells(cells, hashes);
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_EQ(hashes[i], space.hashes()[ranks[i]]);
  }
}

TEST(Hash, ManyCellsOfOneGraphAreHashedInParts) {
  const Cell cell = Space::shared().cell(400'000);
  const std::vector<Cell> cells(1'000, cell);
  std::vector<Hash> hashes(cells.size());
  hash_cells(cells, hashes);
  for (const Hash& hash : hashes)
    ASSERT_EQ(hash, Space::shared().hashes()[400'000]);
}

TEST(Hash, ThreadsDivideTheCellsAndChangeNoHash) {
  const std::span<const Cell> cells = Space::shared(6).cells();
  std::vector<Hash> alone(cells.size());
  hash_cells(cells, alone);
  for (const unsigned threads : {0U, 2U, 5U}) {
    std::vector<Hash> together(cells.size());
    hash_cells(cells, together, threads);
    EXPECT_EQ(together, alone) << threads;
  }
}

HashGraph hash_graph(const oracle::Graph& graph) {
  HashGraph result;
  result.vertices = static_cast<unsigned>(graph.size());
  for (std::size_t source = 0; source < graph.size(); ++source) {
    for (std::size_t target = 0; target < graph.size(); ++target) {
      if (graph.matrix[source][target] == 0) continue;
      result.in[target][result.in_count[target]++] = static_cast<std::uint8_t>(source);
      result.out[source][result.out_count[source]++] = static_cast<std::uint8_t>(target);
    }
  }
  return result;
}

std::string digest_text(const std::uint32_t* words, std::size_t stride) {
  std::string text;
  for (std::size_t i = 0; i < 16; ++i)
    text += fmt::format("{:02x}", words[i / 4 * stride] >> (8 * (i % 4)) & 0xff);
  return text;
}

TEST(HashKernel, EveryOneThisProcessorCanRunEqualsTheOracle) {
  const Space& space = Space::shared();
  Rng rng(9);
  for (int i = 0; i < 60; ++i) {
    const auto start = static_cast<Rank>(rng.below(space.size()));
    const std::uint32_t adjacency = space.cell(start).specification().adjacency;
    std::vector<std::string> expected;
    std::array<std::uint32_t, kHashInterior * kHashGroup> operations{};
    const std::size_t most = 1 + rng.below(i % 2 == 0 ? 40 : kHashGroup);
    for (Rank rank = start; rank < space.size() && expected.size() < most; ++rank) {
      const Cell& cell = space.cell(rank);
      if (cell.specification().adjacency != adjacency) break;
      for (unsigned v = 1; v + 1 < cell.vertices(); ++v)
        operations[(v - 1) * kHashGroup + expected.size()] =
            static_cast<std::uint32_t>(cell.operation(v));
      expected.push_back(oracle::hash_of(oracle::graph_of(cell)));
    }
    const HashGraph graph = hash_graph(oracle::graph_of(space.cell(start)));
    for (const HashKernel& kernel : usable_hash_kernels()) {
      std::array<std::uint32_t, 4 * kHashGroup> digests{};
      kernel.hash_group(graph, static_cast<unsigned>(expected.size()), operations.data(),
                        digests.data());
      for (std::size_t cell = 0; cell < expected.size(); ++cell) {
        ASSERT_EQ(digest_text(&digests[cell], kHashGroup), expected[cell]) << kernel.name;
      }
      std::array<std::uint32_t, kHashInterior> first{};
      for (std::size_t v = 0; v < kHashInterior; ++v)
        first[v] = operations[v * kHashGroup];
      std::array<std::uint32_t, 4> digest{};
      kernel.hash_one(graph, first.data(), digest.data());
      ASSERT_EQ(digest_text(digest.data(), 1), expected[0]) << kernel.name;
    }
  }
}

TEST(HashText, RoundTripsInEitherCase) {
  const Hash hash = Space::shared(4).hashes()[90];
  std::string text = to_text(hash);
  EXPECT_EQ(text.size(), 32U);
  EXPECT_EQ(parse_hash(text), hash);
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  EXPECT_EQ(parse_hash(text), hash);
}

TEST(HashText, OtherTextsAreNoHash) {
  const std::string text = to_text(Hash{});
  EXPECT_EQ(parse_hash(text.substr(1)), std::nullopt);
  EXPECT_EQ(parse_hash(text + "0"), std::nullopt);
  EXPECT_EQ(parse_hash("g" + text.substr(1)), std::nullopt);
  EXPECT_EQ(parse_hash(text.substr(1) + " "), std::nullopt);
  EXPECT_EQ(parse_hash(""), std::nullopt);
}

TEST(HashText, OrdersAsTheBytesDo) {
  const auto hashes = Space::shared(4).hashes();
  for (std::size_t i = 1; i < hashes.size(); ++i)
    EXPECT_EQ(hashes[i - 1] < hashes[i], to_text(hashes[i - 1]) < to_text(hashes[i]));
}

/// A published file hash → [matrix, labels] holds our representatives under our hashes.
void expect_generated_graphs(const char* file, const Space& space) {
  const nlohmann::json graphs = nlohmann::json::parse(std::ifstream(testing::data_file(file)));
  ASSERT_EQ(graphs.size(), space.size());
  for (const auto& [hash, graph] : graphs.items()) {
    const auto rank = space.rank(*parse_hash(hash));
    ASSERT_TRUE(rank) << hash;
    const oracle::Graph expected{graph[0].get<std::vector<std::vector<int>>>(),
                                 graph[1].get<std::vector<int>>()};
    ASSERT_EQ(oracle::graph_of(space.cell(*rank)), expected) << hash;
  }
}

TEST(GeneratedGraphs, Of4VerticesAreOurRepresentatives) {
  ECNAS_NEEDS_DATA("generated_graphs_4V9E.json");
  expect_generated_graphs("generated_graphs_4V9E.json", Space::shared(4));
}

TEST(GeneratedGraphs, Of5VerticesAreOurRepresentatives) {
  ECNAS_NEEDS_DATA("generated_graphs_5V9E.json");
  expect_generated_graphs("generated_graphs_5V9E.json", Space::shared(5));
}

}  // namespace
}  // namespace ecnas::space
