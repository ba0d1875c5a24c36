#include "ecnas/surrogate/features.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ecnas/core/error.hpp"
#include "ecnas/core/random.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"
#include "oracles/surrogate_features.hpp"
#include "support/expect_error.hpp"

namespace ecnas::surrogate {
namespace {

using space::Cell;
using space::Rank;
using space::Skeleton;
using space::Space;
using testing::expect_error;

constexpr Rank kCellsOf5Vertices = 2'532;  // at most

/// Room that shows what was not written.
std::vector<float> room_for(std::size_t values) {
  return std::vector<float>(values, std::numeric_limits<float>::quiet_NaN());
}

std::vector<float> features_of(const FeatureExtractor& extractor, const Cell& cell) {
  std::vector<float> features = room_for(extractor.count());
  extractor.extract(cell, features);
  return features;
}

/// By name, so that a test reads like the page.
std::map<std::string, float> named_features(const Cell& cell) {
  const FeatureExtractor extractor(FeatureGroups::all());
  const std::vector<float> values = features_of(extractor, cell);
  std::map<std::string, float> named;
  for (std::size_t i = 0; i < values.size(); ++i)
    named[extractor.features()[i].name] = values[i];
  return named;
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// Cells of the whole space, most of them of 6 and 7 vertices.
std::vector<Cell> random_cells(std::size_t count, Rng& rng) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < count; ++i)
    cells.push_back(Space::shared().cell(static_cast<Rank>(rng.below(Space::shared().size()))));
  return cells;
}

/// One of the cell's labellings.
Cell randomly_labelled(const Cell& cell, Rng& rng) {
  const std::vector<Cell> labellings = space::oracle::relabellings(cell);
  return labellings[rng.below(labellings.size())];
}

/// Sums of fractions may differ from the oracle's in their last bit before they are rounded to
/// float32, so they need not be equal in every bit; what is whole must be.
void expect_oracle(const FeatureExtractor& extractor, const Cell& representative) {
  oracle::Features expected =
      oracle::features_of(space::oracle::graph_of(representative), extractor.skeleton());
  const std::vector<float> features = features_of(extractor, representative);
  for (std::size_t i = 0; i < features.size(); ++i) {
    const std::string& name = extractor.features()[i].name;
    const double value = expected[name];  // 0 where the oracle leaves it out
    if (value == static_cast<double>(static_cast<std::int64_t>(value))) {
      ASSERT_EQ(features[i], static_cast<float>(value))
          << name << " of " << to_text(representative);
    } else {
      ASSERT_FLOAT_EQ(features[i], static_cast<float>(value))
          << name << " of " << to_text(representative);
    }
    expected.erase(name);
  }
  ASSERT_TRUE(expected.empty()) << expected.begin()->first << " is no feature";
}

TEST(Features, OfAConvolutionAreWorkedOutByHand) {
  const auto features = named_features(space::parse_cell("010001000:conv3x3"));
  // 3 convolutions 3×3 from width to width in each stack, with γ and β.
  EXPECT_EQ(features.at("conv3x3_parameters"),
            3.0F * (9 * 128 * 128 + 2 * 128 + 9 * 256 * 256 + 2 * 256 + 9 * 512 * 512 + 2 * 512));
  EXPECT_EQ(features.at("conv3x3_flops_stage2"), 3.0F * 9 * 256 * 256 * 16 * 16);
  // The first projection of stack 2 has half the input channels.
  EXPECT_EQ(features.at("projection_flops_stage2"), (128.0F * 256 + 2 * 256 * 256) * 16 * 16);
  EXPECT_EQ(features.at("conv3x3_traffic_bytes"),
            4.0F * 3 * 2 * (128 * 32 * 32 + 256 * 16 * 16 + 512 * 8 * 8));
  // Convolution, batch norm, ReLU: stem, 9 projections, 9 convolutions; 2 poolings, average, dense.
  EXPECT_EQ(features.at("kernel_launches"), 3 + 27 + 27 + 4);
  EXPECT_EQ(features.at("peak_activation_bytes"), 4.0F * 2 * 128 * 32 * 32);
  EXPECT_EQ(features.at("longest_path"), 2);
  EXPECT_EQ(features.at("relative_width"), 1);
  EXPECT_EQ(features.at("receptive_field_largest"), 3 + 1 + 2 + 3 * (2 + 4 + 8));
  EXPECT_EQ(features.at("edges_input_conv3x3"), 1);
  EXPECT_EQ(features.at("walks_input_conv3x3_output"), 1);
  EXPECT_EQ(features.at("paths_conv3x3"), 1);
  EXPECT_EQ(features.at("paths_direct"), 0);
}

TEST(Features, OfATruncatingCellAreWorkedOutByHand) {
  // 1 → 2 and 3 and 4, which feed the output, and so does the input: 128 = 43 + 43 + 42 channels,
  // 256 = 86 + 85 + 85, 512 = 171 + 171 + 170.
  const Cell cell =
      space::parse_cell("010001001110000001000001000001000000:conv1x1,maxpool3x3,conv3x3,conv3x3");
  const auto features = named_features(cell);
  EXPECT_EQ(features.at("truncations"), 3 * 1 + 3 * 2 + 3 * 1);
  EXPECT_EQ(features.at("addition_launches"), 0);
  EXPECT_EQ(features.at("concatenation_traffic_bytes"),
            4.0F * 3 * 2 * (128 * 32 * 32 + 256 * 16 * 16 + 512 * 8 * 8));
  EXPECT_EQ(features.at("output_addition_launches"), 9);
  EXPECT_EQ(features.at("projection_launches"), 18);
  EXPECT_EQ(features.at("widest_level"), 3);
  EXPECT_EQ(features.at("path_count"), 4);
  EXPECT_EQ(features.at("mean_path"), 2.5F);
  EXPECT_EQ(features.at("conv3x3_on_path_mean"), 0.5F);
  EXPECT_EQ(features.at("convolutions_on_path_least"), 0);
  EXPECT_EQ(features.at("conv1x1_out_degree_max"), 3);
  EXPECT_EQ(features.at("paths_conv1x1_conv3x3"), 2);
  EXPECT_EQ(features.at("paths_direct"), 1);
}

TEST(Features, EqualTheOracleForAllCellsOfAtMost5Vertices) {
  const FeatureExtractor extractor(FeatureGroups::all());
  for (const Cell& cell : Space::shared(5).cells())
    expect_oracle(extractor, cell);
}

TEST(Features, EqualTheOracleForRandomCells) {
  const FeatureExtractor extractor(FeatureGroups::all());
  Rng rng(20);
  for (const Cell& cell : random_cells(2'000, rng))
    expect_oracle(extractor, cell);
}

TEST(Features, EqualTheOracleForOtherSkeletons) {
  Rng rng(21);
  for (int i = 0; i < 60; ++i) {
    const FeatureExtractor extractor(
        FeatureGroups::all(),
        Skeleton{.stem_width = static_cast<std::int32_t>(5 + rng.below(60)),
                 .stacks = static_cast<std::int32_t>(1 + rng.below(4)),
                 .cells_per_stack = static_cast<std::int32_t>(1 + rng.below(5)),
                 .classes = static_cast<std::int32_t>(1 + rng.below(1'000)),
                 .image_size = static_cast<std::int32_t>(8 + rng.below(60)),
                 .image_channels = static_cast<std::int32_t>(1 + rng.below(4))});
    for (const Cell& cell : random_cells(10, rng))
      expect_oracle(extractor, cell);
  }
}

TEST(Features, RelabellingChangesNoBitForAllCellsOfAtMost5Vertices) {
  const FeatureExtractor extractor(FeatureGroups::all());
  for (const Cell& cell : Space::shared(5).cells()) {
    const std::vector<float> features = features_of(extractor, cell);
    for (const Cell& labelling : space::oracle::relabellings(cell))
      ASSERT_TRUE(same_bits(features_of(extractor, labelling), features)) << to_text(labelling);
  }
}

TEST(Features, RelabellingChangesNoBitForRandomCellsOf6And7Vertices) {
  const FeatureExtractor extractor(FeatureGroups::all());
  Rng rng(22);
  for (int i = 0; i < 300; ++i) {
    const auto rank = static_cast<Rank>(kCellsOf5Vertices +
                                        rng.below(Space::shared().size() - kCellsOf5Vertices));
    const Cell& cell = Space::shared().cell(rank);
    const std::vector<float> features = features_of(extractor, cell);
    for (const Cell& labelling : space::oracle::relabellings(cell))
      ASSERT_TRUE(same_bits(features_of(extractor, labelling), features)) << to_text(labelling);
  }
}

TEST(Features, ParametersAndFlopsAreThoseOfTheSpaceForAllCells) {
  const Space& space = Space::shared();
  const FeatureExtractor extractor(FeatureGroup::physical);
  const auto column = [&](const std::string& name) {
    const auto found = std::ranges::find(extractor.features(), name, &FeatureInfo::name);
    return static_cast<std::size_t>(found - extractor.features().begin());
  };
  const std::vector<std::int64_t> parameters = space.trainable_parameters();
  const std::vector<std::int64_t> flops = space.flops();
  std::vector<float> features = room_for(space.size() * extractor.count());
  extractor.extract(space.cells(), features);
  for (Rank rank = 0; rank < space.size(); ++rank) {
    const float* row = &features[rank * extractor.count()];
    ASSERT_EQ(row[column("parameters")], static_cast<float>(parameters[rank])) << rank;
    ASSERT_EQ(row[column("flops")], static_cast<float>(flops[rank])) << rank;
  }
}

TEST(Features, OfManyCellsInAnyOrderAndLabellingEqualThoseOfEach) {
  const FeatureExtractor extractor(FeatureGroups::all());
  Rng rng(23);
  std::vector<Cell> cells;
  for (int i = 0; i < 1'500; ++i) {  // often the same graphs
    const std::uint64_t rank = rng.below(rng.chance(0.5) ? 600 : Space::shared().size());
    cells.push_back(randomly_labelled(Space::shared().cell(static_cast<Rank>(rank)), rng));
  }
  std::vector<float> together = room_for(cells.size() * extractor.count());
  extractor.extract(cells, together);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto row = std::span(together).subspan(i * extractor.count(), extractor.count());
    ASSERT_TRUE(same_bits(features_of(extractor, cells[i]), row)) << to_text(cells[i]);
  }
}

TEST(Features, NumberOfThreadsChangesNoBit) {
  const FeatureExtractor extractor(FeatureGroup::physical | FeatureGroup::structural |
                                   FeatureGroup::operation_pairs);
  const auto cells = Space::shared(6).cells();
  std::vector<float> one = room_for(cells.size() * extractor.count());
  extractor.extract(cells, one);
  for (const unsigned threads : {2U, 5U}) {
    std::vector<float> several = room_for(one.size());
    extractor.extract(cells, several, threads);
    EXPECT_TRUE(same_bits(several, one)) << threads;
  }
}

TEST(Features, OfOneGroupAreThatGroupsColumnsOfAll) {
  const FeatureExtractor all(FeatureGroups::all());
  Rng rng(24);
  for (const FeatureGroup group : {FeatureGroup::physical, FeatureGroup::structural,
                                   FeatureGroup::operation_pairs, FeatureGroup::paths}) {
    const FeatureExtractor alone(group);
    EXPECT_TRUE(alone.groups().contains(group));
    const auto first = std::ranges::find(all.features(), group, &FeatureInfo::group);
    const auto offset = static_cast<std::size_t>(first - all.features().begin());
    for (std::size_t i = 0; i < alone.count(); ++i) {
      ASSERT_EQ(alone.features()[i].name, all.features()[offset + i].name);
      ASSERT_EQ(alone.features()[i].group, group);
    }
    for (const Cell& cell : random_cells(50, rng)) {
      const std::vector<float> features = features_of(all, cell);
      ASSERT_TRUE(
          same_bits(features_of(alone, cell), std::span(features).subspan(offset, alone.count())))
          << name(group);
    }
  }
}

TEST(Features, CountsOfSequencesAddUpToEdgesAndPaths) {
  Rng rng(25);
  for (const Cell& cell : random_cells(200, rng)) {
    const auto features = named_features(cell);
    float edges = 0;
    float paths = 0;
    for (const auto& [name, value] : features) {
      if (name.starts_with("edges_")) edges += value;
      if (name.starts_with("paths_")) paths += value;
    }
    ASSERT_EQ(edges, features.at("edges"));
    ASSERT_EQ(paths, features.at("path_count"));
  }
}

TEST(Features, NumbersByGroupAreTheDocumentedOnes) {
  EXPECT_EQ(FeatureExtractor(FeatureGroup::physical).count(), 47);
  EXPECT_EQ(FeatureExtractor(FeatureGroup::structural).count(), 48);
  EXPECT_EQ(FeatureExtractor(FeatureGroup::operation_pairs).count(), 64);
  EXPECT_EQ(FeatureExtractor(FeatureGroup::paths).count(), 364);
  EXPECT_EQ(FeatureExtractor(FeatureGroups::all()).count(), 47 + 48 + 64 + 364);
  const Skeleton two_stacks{.stacks = 2};
  EXPECT_EQ(FeatureExtractor(FeatureGroup::physical, two_stacks).count(), 47 - 6);
}

/// `paths_A_B` for every pair of operations, and so on: what a row of the page stands for.
std::vector<std::string> expanded(const std::string& pattern) {
  const std::size_t place = pattern.find_first_of("ABCDE");
  if (place == std::string::npos) return {pattern};
  std::vector<std::string> names;
  for (const std::string& operation : oracle::kNames) {
    std::string filled = pattern;
    filled.replace(place, 1, operation);
    std::ranges::copy(expanded(filled), std::back_inserter(names));
  }
  return names;
}

TEST(Features, ThePageListsExactlyTheFeaturesInTheirOrder) {
  std::ifstream page(std::string(ECNAS_SOURCE_DIR) + "/docs/algorithms/features.md");
  std::vector<std::string> documented;  // name | unit | description; of paths the name
  for (std::string line; std::getline(page, line);) {
    const auto cells = split(line, '|');
    if (cells.size() != 5 || !trimmed(cells[1]).starts_with('`')) continue;
    std::string name(trimmed(cells[1]));
    std::erase(name, '`');
    if (name.starts_with("paths_")) {
      std::ranges::copy(expanded(name), std::back_inserter(documented));
    } else {
      documented.push_back(fmt::format("{} | {} | {}", name, trimmed(cells[2]), trimmed(cells[3])));
    }
  }
  std::vector<std::string> features;
  const FeatureExtractor extractor(FeatureGroups::all());
  for (const FeatureInfo& feature : extractor.features()) {
    features.push_back(
        feature.group == FeatureGroup::paths
            ? feature.name
            : fmt::format("{} | {} | {}", feature.name, feature.unit, feature.description));
  }
  EXPECT_EQ(documented, features);
  EXPECT_EQ(std::set(features.begin(), features.end()).size(), features.size());
}

TEST(Features, OfNoCellsAreNone) {
  const FeatureExtractor extractor(FeatureGroup::physical);
  extractor.extract(std::span<const Cell>(), std::span<float>(), 2);
}

TEST(Features, RoomOfAnotherSizeIsRefused) {
  const FeatureExtractor extractor(FeatureGroup::structural);
  std::vector<float> room(extractor.count() + 1);
  expect_error(ErrorCode::invalid_argument, "1 cells × 48 features = 48",
               [&] { extractor.extract(Cell::trivial(), room); });
  expect_error(ErrorCode::invalid_argument, "room for 49 values",
               [&] { extractor.extract(Space::shared(3).cells(), room); });
}

TEST(Features, AnInvalidSkeletonIsRefused) {
  expect_error(ErrorCode::invalid_argument, "stacks",
               [] { FeatureExtractor(FeatureGroup::paths, Skeleton{.stacks = 0}); });
}

}  // namespace
}  // namespace ecnas::surrogate
