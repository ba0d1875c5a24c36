#include "ecnas/space/cell.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

#include "ecnas/core/random.hpp"
#include "oracles/space_graph.hpp"

namespace ecnas::space {
namespace {

using Labels = std::vector<std::string_view>;
using Matrix = std::vector<std::uint8_t>;

std::optional<InvalidCell> reason_of(const Matrix& matrix, const Labels& labels) {
  const auto cell = Cell::from(matrix, labels);
  if (cell) return std::nullopt;
  return cell.reason();
}

std::optional<InvalidCell> reason_of(const Specification& specification) {
  const auto cell = Cell::from(specification);
  if (cell) return std::nullopt;
  return cell.reason();
}

/// A path input → 1 → … → output.
Matrix path(std::size_t vertices) {
  Matrix matrix(vertices * vertices, 0);
  for (std::size_t v = 0; v + 1 < vertices; ++v)
    matrix[v * vertices + v + 1] = 1;
  return matrix;
}

Labels labels(std::size_t vertices, std::string_view operation = "conv1x1") {
  Labels result(vertices, operation);
  result.front() = "input";
  result.back() = "output";
  return result;
}

TEST(Operation, NamesAreThoseOfNasBench101AndBothFormsParse) {
  EXPECT_EQ(name(Operation::conv3x3), "conv3x3-bn-relu");
  EXPECT_EQ(name(Operation::conv1x1), "conv1x1-bn-relu");
  EXPECT_EQ(name(Operation::maxpool3x3), "maxpool3x3");
  for (const Operation operation :
       {Operation::conv3x3, Operation::conv1x1, Operation::maxpool3x3}) {
    EXPECT_EQ(parse_operation(name(operation)), operation);
    EXPECT_EQ(parse_operation(short_name(operation)), operation);
  }
  EXPECT_EQ(parse_operation("conv5x5"), std::nullopt);
  EXPECT_EQ(parse_operation(""), std::nullopt);
  EXPECT_EQ(parse_operation("conv3x3 "), std::nullopt);
}

TEST(Cell, TrivialIsTheSmallest) {
  const Cell cell = Cell::trivial();
  EXPECT_EQ(cell.vertices(), 2U);
  EXPECT_EQ(cell.edges(), 1U);
  EXPECT_TRUE(cell.has_edge(0, 1));
  EXPECT_EQ(*Cell::from(path(2), labels(2)), cell);
}

TEST(Cell, EveryReasonIsGivenForItsFault) {
  EXPECT_EQ(reason_of({}, {}), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of({0}, {"input"}), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of({0, 1, 0}, labels(2)), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of({0, 1, 0, 0, 0}, labels(2)), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of(path(3), labels(2)), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of(path(3), {"conv3x3", "conv3x3", "output"}), InvalidCell::wrong_endpoints);
  EXPECT_EQ(reason_of(path(3), {"input", "conv3x3", "conv3x3"}), InvalidCell::wrong_endpoints);
  EXPECT_EQ(reason_of(path(3), {"input", "input", "output"}), InvalidCell::wrong_endpoints);
  EXPECT_EQ(reason_of(path(3), {"input", "output", "output"}), InvalidCell::wrong_endpoints);
  EXPECT_EQ(reason_of(path(3), {"input", "conv5x5", "output"}), InvalidCell::unknown_operation);
  EXPECT_EQ(reason_of(path(3), {"input", "", "output"}), InvalidCell::unknown_operation);
  EXPECT_EQ(reason_of({0, 1, 1, 0}, labels(2)), InvalidCell::not_upper_triangular);
  EXPECT_EQ(reason_of({1, 1, 0, 0}, labels(2)), InvalidCell::not_upper_triangular);
  EXPECT_EQ(reason_of({0, 2, 0, 0}, labels(2)), InvalidCell::not_upper_triangular);
  EXPECT_EQ(reason_of({0, 0, 0, 0}, labels(2)), InvalidCell::no_path);
  EXPECT_EQ(reason_of(path(8), labels(8)), InvalidCell::too_many_vertices);
}

TEST(Cell, TenEdgesOnPathsAreTooManyAndNineAreNot) {
  Specification complete{.vertices = 5, .adjacency = (1U << 10) - 1};
  EXPECT_EQ(reason_of(complete), InvalidCell::too_many_edges);
  complete.flip_edge(0, 4);
  ASSERT_EQ(reason_of(complete), std::nullopt);
  EXPECT_EQ(Cell::from(complete)->edges(), 9U);
}

TEST(Cell, ReasonsAreJudgedInTheirOrder) {
  // Each graph has the fault named and all later ones that fit beside it.
  EXPECT_EQ(reason_of({0, 0, 1, 0, 0}, {"output", "conv5x5"}), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of({0, 0, 0, 1, 0, 0, 0, 0, 0}, {"output", "conv5x5", "output"}),
            InvalidCell::wrong_endpoints);
  EXPECT_EQ(reason_of({0, 0, 0, 1, 0, 0, 0, 0, 0}, {"input", "conv5x5", "output"}),
            InvalidCell::unknown_operation);
  EXPECT_EQ(reason_of({0, 0, 0, 1, 0, 0, 0, 0, 0}, labels(3)), InvalidCell::not_upper_triangular);
  Matrix complete(64, 0);
  for (std::size_t source = 0; source < 8; ++source) {
    for (std::size_t target = source + 1; target < 8; ++target)
      complete[source * 8 + target] = 1;
  }
  EXPECT_EQ(reason_of(complete, labels(8)), InvalidCell::too_many_vertices);
}

TEST(Cell, SpecificationsOutsideTheirOwnBoundsAreRefused) {
  EXPECT_EQ(reason_of({.vertices = 0}), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of({.vertices = 1}), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of({.vertices = 8, .adjacency = 1}), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of({.vertices = 255, .adjacency = ~0U}), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of({.vertices = 2, .adjacency = 3}), InvalidCell::wrong_size);
  EXPECT_EQ(reason_of({.vertices = 7, .adjacency = 1U << 21}), InvalidCell::wrong_size);
  Specification unknown{.vertices = 3, .adjacency = 0b110, .operations = 3};
  EXPECT_EQ(reason_of(unknown), InvalidCell::unknown_operation);
}

TEST(Cell, OperationsBeyondTheVerticesLeaveNoTrace) {
  const Specification stray{.vertices = 2, .adjacency = 1, .operations = 0xffff};
  EXPECT_EQ(*Cell::from(stray), Cell::trivial());
}

TEST(Cell, EveryReasonIsDescribed) {
  std::vector<std::string_view> texts;
  for (int reason = 0; reason <= static_cast<int>(InvalidCell::too_many_edges); ++reason)
    texts.push_back(describe(static_cast<InvalidCell>(reason)));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_GT(texts[i].size(), 20U);
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_NE(texts[i], texts[j]);
  }
}

/// Cell::from agrees with pruning by walking all paths.
void expect_pruned_like_oracle(const Specification& specification) {
  const auto cell = Cell::from(specification);
  const auto pruned = oracle::pruned(oracle::graph_of(specification));
  if (!pruned) {
    ASSERT_FALSE(cell);
    ASSERT_EQ(cell.reason(), InvalidCell::no_path);
  } else if (oracle::edge_count(*pruned) > kMaxEdges) {
    ASSERT_FALSE(cell);
    ASSERT_EQ(cell.reason(), InvalidCell::too_many_edges);
  } else {
    ASSERT_TRUE(cell);
    ASSERT_EQ(oracle::graph_of(*cell), *pruned);
  }
}

Specification random_specification(unsigned vertices, std::uint32_t adjacency, Rng& rng) {
  Specification specification{.vertices = static_cast<std::uint8_t>(vertices),
                              .adjacency = adjacency};
  for (unsigned v = 1; v + 1 < vertices; ++v)
    specification.set_operation(v, static_cast<Operation>(rng.below(kOperationCount)));
  return specification;
}

TEST(Cell, PruningEqualsWalkingAllPathsOnEveryGraphOfAtMost6Vertices) {
  Rng rng(1);
  for (unsigned vertices = 2; vertices <= 6; ++vertices) {
    for (std::uint32_t bits = 0; bits < 1U << (vertices * (vertices - 1) / 2); ++bits)
      expect_pruned_like_oracle(random_specification(vertices, bits, rng));
  }
}

TEST(Cell, PruningEqualsWalkingAllPathsOnRandomGraphsOf7Vertices) {
  Rng rng(2);
  for (int i = 0; i < 20'000; ++i) {
    const auto bits = static_cast<std::uint32_t>(rng.below(1U << 21));
    expect_pruned_like_oracle(random_specification(7, bits, rng));
  }
}

TEST(Cell, LargeMatricesArePrunedFirst) {
  Rng rng(3);
  constexpr std::size_t kSize = 100;
  Matrix matrix(kSize * kSize, 0);
  // 0 → 40 → 70 → 99 and 0 → 70, and vertices that dangle from either end.
  for (const auto& [source, target] :
       {std::pair{0, 40}, {40, 70}, {70, 99}, {0, 70}, {0, 5}, {5, 6}, {90, 99}, {80, 90}})
    matrix[static_cast<std::size_t>(source) * kSize + static_cast<std::size_t>(target)] = 1;
  Labels names = labels(kSize, "maxpool3x3");
  names[40] = "conv3x3-bn-relu";
  names[70] = "conv1x1";
  const auto cell = Cell::from(matrix, names);
  ASSERT_TRUE(cell);
  Specification expected{.vertices = 4};
  for (const auto& [source, target] : {std::pair{0U, 1U}, {1U, 2U}, {2U, 3U}, {0U, 2U}})
    expected.flip_edge(source, target);
  expected.set_operation(1, Operation::conv3x3);
  expected.set_operation(2, Operation::conv1x1);
  EXPECT_EQ(cell->specification(), expected);
}

TEST(Cell, MatrixAndSpecificationGiveTheSameCell) {
  Rng rng(4);
  for (int i = 0; i < 5'000; ++i) {
    const auto vertices = static_cast<unsigned>(2 + rng.below(6));
    const auto bits = static_cast<std::uint32_t>(rng.below(1U << (vertices * (vertices - 1) / 2)));
    const Specification specification = random_specification(vertices, bits, rng);
    const oracle::Graph graph = oracle::graph_of(specification);
    Matrix matrix;
    for (const auto& row : graph.matrix)
      matrix.insert(matrix.end(), row.begin(), row.end());
    Labels names = labels(vertices);
    for (unsigned v = 1; v + 1 < vertices; ++v)
      names[v] = name(specification.operation(v));
    const auto a = Cell::from(specification);
    const auto b = Cell::from(matrix, names);
    ASSERT_EQ(a.has_value(), b.has_value());
    if (a) {
      ASSERT_EQ(*a, *b);
    } else {
      ASSERT_EQ(a.reason(), b.reason());
    }
  }
}

}  // namespace
}  // namespace ecnas::space
