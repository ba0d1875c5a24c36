#include "ecnas/train/network.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/space/space.hpp"
#include "support/expect_error.hpp"
#include "train/layers.hpp"

namespace ecnas::train {
namespace {

using space::Cell;
using space::Space;
using torch::Tensor;

/// Counts of built layers against the closed forms, which need no network.
void expect_counts(const Cell& cell, const space::Skeleton& skeleton) {
  const Network network(cell, skeleton, 1);
  EXPECT_EQ(network.trainable_parameters(), space::trainable_parameters(cell, skeleton))
      << space::to_text(cell);
  EXPECT_EQ(network.flops(), space::flops(cell, skeleton)) << space::to_text(cell);
}

TEST(Network, HasTheSpacesParametersAndFlopsForAllCellsOfFourVertices) {
  const Space& space = Space::shared(4);
  ASSERT_EQ(space.size(), 91U);
  // Narrow, because drawing the weights of the published width takes half a second a network; the
  // width goes into all counts alike.
  const space::Skeleton skeleton{.stem_width = 16};
  for (space::Rank rank = 0; rank < space.size(); ++rank)
    expect_counts(space.cell(rank), skeleton);
}

TEST(Network, HasTheSpacesParametersAndFlopsForTwoThousandCells) {
  const Space& space = Space::shared();
  Rng rng(2024);
  for (int i = 0; i < 2000; ++i) {
    const space::Skeleton skeleton{.stem_width = static_cast<std::int32_t>(5 + rng.below(12)),
                                   .stacks = static_cast<std::int32_t>(1 + rng.below(3)),
                                   .cells_per_stack = static_cast<std::int32_t>(1 + rng.below(3)),
                                   .classes = static_cast<std::int32_t>(2 + rng.below(20)),
                                   .image_size = static_cast<std::int32_t>(16 + rng.below(20)),
                                   .image_channels = rng.chance(0.5) ? 1 : 3};
    expect_counts(space.cell(static_cast<space::Rank>(rng.below(space.size()))), skeleton);
  }
}

TEST(Network, HasThePublishedParametersAtThePublishedWidth) {
  EXPECT_EQ(Network(Cell::trivial(), {}, 1).trainable_parameters(), 882'570);
}

Tensor some_images(std::int64_t count, const space::Skeleton& skeleton) {
  Rng rng(9);
  Tensor images =
      torch::empty({count, skeleton.image_channels, skeleton.image_size, skeleton.image_size});
  for (std::int64_t i = 0; i < images.numel(); ++i)
    images.data_ptr<float>()[i] = static_cast<float>(rng.normal());
  return images;
}

TEST(Network, IsTheSameForEveryLabellingOfACell) {
  const Cell one = space::parse_cell("0110000100010000:conv3x3,maxpool3x3");
  const Cell other = space::parse_cell("0110000100010000:maxpool3x3,conv3x3");
  const space::Skeleton skeleton{.stem_width = 8, .image_size = 8};
  const Tensor images = some_images(4, skeleton);
  Network first(one, skeleton, 7);
  Network second(other, skeleton, 7);
  EXPECT_TRUE(torch::equal(first.forward(images), second.forward(images)));
}

/// The fused kernel against LibTorch's own batch norm and ReLU.
TEST(Network, FusedLayersEqualLibTorchsInTrainingAndEvaluation) {
  const Cell cell = space::parse_cell("0110001100010000:conv3x3,conv1x1");
  const space::Skeleton skeleton{.stem_width = 10, .image_size = 12, .image_channels = 1};
  const Tensor images = some_images(8, skeleton);
  const Tensor labels = torch::arange(8);
  Network fused(cell, skeleton, 3, {.batch_norm_momentum = 0.9});
  Network plain(cell, skeleton, 3, {.batch_norm_momentum = 0.9, .fused = false});
  for (int step = 0; step < 2; ++step) {
    torch::cross_entropy_loss(fused.forward(images), labels).backward();
    torch::cross_entropy_loss(plain.forward(images), labels).backward();
  }
  const auto expect_near = [](const std::vector<Tensor>& ours, const std::vector<Tensor>& theirs,
                              bool gradients) {
    ASSERT_EQ(ours.size(), theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const Tensor a = gradients ? ours[i].grad() : ours[i];
      const Tensor b = gradients ? theirs[i].grad() : theirs[i];
      // Two orders of adding 32-bit numbers, through 19 layers.
      EXPECT_LT((a - b).norm().item<double>(), 1e-4 * (1e-3 + b.norm().item<double>())) << i;
    }
  };
  expect_near(fused.parameters(), plain.parameters(), true);
  expect_near(fused.buffers(), plain.buffers(), false);
  fused.eval();
  plain.eval();
  const torch::NoGradGuard no_gradients;
  EXPECT_TRUE(torch::allclose(fused.forward(images), plain.forward(images), 1e-4, 1e-5));
}

TEST(Network, MixedPrecisionDiffersByWhatSixteenBitsLose) {
  const Cell cell = space::parse_cell("0110001100010000:conv3x3,conv1x1");
  const space::Skeleton skeleton{.stem_width = 10, .image_size = 12, .image_channels = 1};
  const Tensor images = some_images(8, skeleton);
  Network mixed(cell, skeleton, 3, {.batch_norm_momentum = 0.9, .mixed_precision = true});
  Network single(cell, skeleton, 3, {.batch_norm_momentum = 0.9});
  const Tensor ours = mixed.forward(images);
  const Tensor theirs = single.forward(images);
  EXPECT_EQ(ours.scalar_type(), torch::kFloat);
  const double difference =
      ((ours - theirs).norm() / (theirs - theirs.mean()).norm()).item<double>();
  EXPECT_GT(difference, 1e-5);  // it was done
  EXPECT_LT(difference, 0.2);   // 8 bits of a mantissa, through 19 layers with batch norm
  torch::cross_entropy_loss(ours, torch::arange(8)).backward();
  for (const Tensor& parameter : mixed.parameters()) {
    EXPECT_EQ(parameter.scalar_type(), torch::kFloat);
    EXPECT_EQ(parameter.grad().scalar_type(), torch::kFloat);
  }
}

TEST(Network, RefusesASkeletonThatIsNone) {
  testing::expect_error(ErrorCode::invalid_argument, "stem_width",
                        [] { Network(Cell::trivial(), {.stem_width = 4}, 1); });
}

}  // namespace
}  // namespace ecnas::train
