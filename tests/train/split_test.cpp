#include "ecnas/train/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "support/expect_error.hpp"

namespace ecnas::train {
namespace {

using ecnas::testing::expect_error;
using Sizes = std::array<std::size_t, 3>;

/// Labels in turn: class i mod 10.
ImageSet set_of(std::size_t images, std::size_t test) {
  ImageSet set{.name = "made up", .channels = 1, .height = 1, .width = 1, .classes = 10};
  set.pixels.resize(images);
  for (std::size_t i = 0; i < images; ++i)
    set.labels.push_back(static_cast<std::uint16_t>(i % 10));
  set.test_begin = images - test;
  return set;
}

Sizes sizes(const Split& split) {
  return {split.train.size(), split.validation.size(), split.test.size()};
}

std::vector<std::uint32_t> all_of(const Split& split) {
  std::vector<std::uint32_t> all = split.train;
  all.insert(all.end(), split.validation.begin(), split.validation.end());
  all.insert(all.end(), split.test.begin(), split.test.end());
  std::ranges::sort(all);
  return all;
}

TEST(SplitImages, HasThePublishedSizes) {
  EXPECT_EQ(sizes(split_images(set_of(60'000, 10'000))), (Sizes{40'000, 10'000, 10'000}));
  EXPECT_EQ(sizes(split_images(set_of(70'000, 10'000))), (Sizes{48'000, 12'000, 10'000}));
  EXPECT_EQ(sizes(split_images(set_of(800, 200))), (Sizes{480, 120, 200}));
  EXPECT_EQ(sizes(split_images(set_of(600, 0))), (Sizes{400, 100, 100}));
}

TEST(SplitImages, IsDisjointAndComplete) {
  for (const std::size_t n : {6U, 7U, 59U, 60U, 1001U}) {
    for (const std::size_t test : {std::size_t{0}, std::size_t{1}, n / 4}) {
      const Split split = split_images(set_of(n, test), {.seed = 3});
      std::vector<std::uint32_t> expected(n);
      std::iota(expected.begin(), expected.end(), 0U);
      EXPECT_EQ(all_of(split), expected) << n << " images, " << test << " to test";
    }
  }
}

TEST(SplitImages, TestsWithThePublishedTestPartAndNothingElse) {
  const Split split = split_images(set_of(1000, 300), {.seed = 9});
  EXPECT_EQ(split.test.size(), 300U);
  EXPECT_GE(*std::ranges::min_element(split.test), 700U);
}

TEST(SplitImages, OfFewerImagesIsTheBeginningOfThatOfMore) {
  for (const std::size_t test : {std::size_t{0}, std::size_t{17}}) {
    const ImageSet set = set_of(120, test);
    Split last = split_images(set, {.seed = 1, .images = 20});
    for (std::size_t images = 21; images <= 120; ++images) {
      const Split split = split_images(set, {.seed = 1, .images = images});
      EXPECT_EQ(all_of(split).size(), images);
      for (const auto part : {&Split::train, &Split::validation, &Split::test}) {
        ASSERT_LE((last.*part).size(), (split.*part).size());
        EXPECT_TRUE(std::equal((last.*part).begin(), (last.*part).end(), (split.*part).begin()));
      }
      last = split;
    }
    const Split whole = split_images(set, {.seed = 1});
    EXPECT_EQ(last.train, whole.train);
    EXPECT_EQ(last.validation, whole.validation);
    EXPECT_EQ(last.test, whole.test);
  }
}

TEST(SplitImages, OfFewerImagesKeepsTheProportions) {
  EXPECT_EQ(sizes(split_images(set_of(60'000, 10'000), {.images = 6000})),
            (Sizes{4000, 1000, 1000}));
  EXPECT_EQ(sizes(split_images(set_of(70'000, 10'000), {.images = 7000})),
            (Sizes{4800, 1200, 1000}));
}

/// 4,000 of 40,000 labels drawn without replacement: a class's share has a standard deviation of
/// √(4000 · 0.1 · 0.9 · 0.92) = 18; five of them.
TEST(SplitImages, KeepsClassesNearlyBalanced) {
  const ImageSet set = set_of(60'000, 10'000);
  const Split split = split_images(set, {.seed = 5, .images = 6000});
  std::array<int, 10> counts{};
  for (const std::uint32_t i : split.train)
    ++counts.at(set.labels[i]);
  for (const int count : counts)
    EXPECT_NEAR(count, 400, 90);
}

TEST(SplitImages, IsTheSameForASeedAndAnotherForAnother) {
  const ImageSet set = set_of(60, 10);
  const Split split = split_images(set);
  EXPECT_EQ(split_images(set).train, split.train);
  EXPECT_NE(split_images(set, {.seed = 1}).train, split.train);
  // Known numbers: a change of the generator or of the order would show here.
  const auto first = [](const std::vector<std::uint32_t>& part) {
    return std::vector<std::uint32_t>(part.begin(), part.begin() + 5);
  };
  EXPECT_EQ(first(split.train), (std::vector<std::uint32_t>{43, 1, 48, 21, 23}));
  EXPECT_EQ(first(split.validation), (std::vector<std::uint32_t>{28, 7, 10, 24, 11}));
  EXPECT_EQ(first(split.test), (std::vector<std::uint32_t>{51, 52, 57, 55, 56}));
}

TEST(SplitImages, RefusesWhatCannotBeSplit) {
  const auto expect_refusal = [](ErrorCode code, const std::string& part, std::size_t images,
                                 std::size_t test, std::optional<std::size_t> limit) {
    expect_error(code, part, [&] {
      std::ignore = split_images(set_of(images, test), {.seed = 0, .images = limit});
    });
  };
  expect_refusal(ErrorCode::invalid_argument, "61 images asked for; the set has 60", 60, 0, 61);
  expect_refusal(ErrorCode::invalid_argument,
                 "5 images leave 4 to train, 1 to validate and 0 to test with; ask for at least 6",
                 60, 0, 5);
  expect_refusal(ErrorCode::invalid_argument, "ask for at least", 60, 10, 0);
  expect_refusal(ErrorCode::invalid_data, "too few", 5, 0, std::nullopt);
  expect_refusal(ErrorCode::invalid_data, "too few", 14, 10, std::nullopt);
}

}  // namespace
}  // namespace ecnas::train
