#include "surrogate/cell_counts.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "ecnas/space/skeleton.hpp"
#include "ecnas/space/space.hpp"
#include "oracles/surrogate_gaussian_process.hpp"

namespace ecnas::surrogate {
namespace {

using space::Cell;
using space::Space;

TEST(CellCounts, OfSmallCellsAreWorkedOutByHand) {
  EXPECT_EQ(count(Cell::trivial()), (CellCounts{.projections = 1}));
  EXPECT_EQ(count(space::parse_cell("010001000:conv1x1")),
            (CellCounts{.conv1x1 = 1, .projections = 1}));
  // input → 1, 2, output; 1 → 2, output; 2 → output: 2 adds 1 and the input, the output the input.
  EXPECT_EQ(count(space::parse_cell("0111001100010000:conv3x3,maxpool3x3")),
            (CellCounts{.conv3x3 = 1,
                        .maxpool3x3 = 1,
                        .projections = 2,
                        .input_to_output = 1,
                        .feeding_output = 2,
                        .additions = 2}));
}

TEST(CellCounts, EqualTheModuleBuiltOperationByOperationForAllCells) {
  std::set<std::uint32_t> keys;
  for (const Cell& cell : Space::shared().cells()) {
    const CellCounts counts = count(cell);
    ASSERT_EQ(counts, oracle::count(space::oracle::graph_of(cell))) << to_text(cell);
    ASSERT_LT(key_of(counts), kCountKeys);
    ASSERT_EQ(counts_of(key_of(counts)), counts);
    keys.insert(key_of(counts));
  }
  EXPECT_EQ(keys.size(), 2'566U);
}

TEST(CellCounts, AreEqualForAllLabellings) {
  for (const Cell& cell : Space::shared(5).cells()) {
    for (const Cell& labelling : space::oracle::relabellings(cell))
      ASSERT_EQ(count(labelling), count(cell)) << to_text(labelling);
  }
}

TEST(CellCounts, GiveTheNetworksMultiplyAddsWhereItsWidthSplitsEvenly) {
  const space::Skeleton skeleton;
  const std::int64_t around = 27 * 128 * 32 * 32 + 512 * 10;  // stem and dense layer
  for (const Cell& cell : Space::shared(5).cells()) {
    const CellCounts counts = count(cell);
    if (counts.feeding_output == 3) continue;
    const auto flops = static_cast<double>(space::flops(cell, skeleton) - around);
    // A logarithm rounded to a float is off by 1e-6, as much as the flops by their share of it.
    EXPECT_NEAR(std::exp(static_cast<double>(smooth_inputs(counts)[8])) - 3e4, flops, 2e-6 * flops)
        << to_text(cell);
  }
}

TEST(CellCounts, GiveTheActivationsMovedByACellWorkedOutByHand) {
  // Two vertices of half the width: 2 projections, 2 operations, concatenated, plus the input.
  const CellCounts counts = count(space::parse_cell("0111000100010000:conv3x3,maxpool3x3"));
  const double outputs = 3 * (128 * 1024 + 256 * 256 + 512 * 64);
  // A convolution reads, writes, and is normalised; pooling reads and writes; adding reads twice.
  const double halves = 2 * 4 + 4 + 2 + 3;
  const double expected = outputs / 2 * halves + outputs * (2 + 4);
  EXPECT_FLOAT_EQ(smooth_inputs(counts)[9], static_cast<float>(std::log(expected + 3e5)));
  EXPECT_EQ(smooth_inputs(counts)[7], 4);  // convolutions
}

TEST(CellCounts, StepAtEachNumberOfConvolutionsAndOfVerticesThatFeedTheOutput) {
  const auto inputs = linear_inputs({.conv3x3 = 2, .projections = 1, .feeding_output = 3});
  const std::vector<float> steps(inputs.begin() + 14, inputs.end());
  EXPECT_EQ(steps, (std::vector<float>{0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace ecnas::surrogate
