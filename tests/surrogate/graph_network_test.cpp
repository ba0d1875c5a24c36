#include "ecnas/surrogate/graph_network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ecnas/stats/correlation.hpp"
#include "ecnas/stats/regression.hpp"
#include "oracles/surrogate_graph_network.hpp"
#include "support/expect_error.hpp"
#include "surrogate/graph_passes.hpp"
#include "surrogate/made_up.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;
using testing::same_bits;
using testing::some_cells;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr GraphNetworkShape kSmall = {.width = 16, .layers = 2, .head_width = 32, .outputs = 3};

/// A network of random parameters of a size that keeps states about 1.
GraphNetwork random_network(const GraphNetworkShape& shape, std::uint64_t seed) {
  Rng rng(seed);
  GraphNetwork network(shape);
  for (const GraphNetworkTensor& tensor : network.tensors()) {
    const bool is_gate = tensor.name.ends_with("gate");
    const double deviation =
        tensor.rows > 8 ? 1 / std::sqrt(static_cast<double>(tensor.rows)) : 0.3;
    for (float& value : network.parameters().subspan(tensor.offset, tensor.rows * tensor.columns))
      value = static_cast<float>((is_gate ? 1 : 0) + deviation * rng.normal());
  }
  return network;
}

std::vector<float> predicted(const GraphNetwork& network, std::span<const space::Cell> cells,
                             unsigned threads = 1) {
  std::vector<float> out(cells.size() * network.shape().outputs, kNaN);
  network.predict(cells, out, threads);
  return out;
}

TEST(GraphBatch, HoldsWhatAllPathsWrittenOutSay) {
  std::vector<space::Cell> cells = some_cells(300, 1);
  cells.push_back(space::Cell::trivial());
  const GraphBatch batch = graph_batch(cells);
  ASSERT_EQ(batch.cells, cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const space::Cell cell = space::canonical(cells[i]);
    ASSERT_EQ(batch.first[i + 1] - batch.first[i], cell.vertices());
    const oracle::Row whole = oracle::cell_inputs(cell);
    for (std::size_t k = 0; k < kCellInputs; ++k)
      ASSERT_NEAR(static_cast<double>(batch.cell_inputs[i * kCellInputs + k]), whole[k], 1e-6);
    for (unsigned v = 0; v < cell.vertices(); ++v) {
      const std::size_t at = batch.first[i] + v;
      ASSERT_EQ(batch.labels[at], oracle::label_of(cell, v));
      const oracle::Row inputs = oracle::vertex_inputs(cell, v);
      for (std::size_t k = 0; k < kVertexInputs; ++k) {
        ASSERT_NEAR(static_cast<double>(batch.vertex_inputs[at * kVertexInputs + k]), inputs[k],
                    1e-6)
            << to_text(cell) << " vertex " << v << " input " << k;
      }
      for (unsigned u = 0; u < cell.vertices(); ++u) {
        ASSERT_EQ((batch.sources[at] >> u & 1) != 0, u < v && cell.has_edge(u, v));
        ASSERT_EQ((batch.targets[at] >> u & 1) != 0, u > v && cell.has_edge(v, u));
      }
    }
  }
}

TEST(GraphNetwork, PredictsAsPlainLoopsInDoublePrecision) {
  for (const GraphNetworkShape& shape :
       {kSmall, GraphNetworkShape{.width = 48, .layers = 4, .head_width = 64, .outputs = 1}}) {
    const GraphNetwork network = random_network(shape, 2);
    std::vector<space::Cell> cells = some_cells(60, 2);
    cells.push_back(space::Cell::trivial());
    const std::vector<float> out = predicted(network, cells);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const oracle::Row expected =
          oracle::graph_outputs(network, oracle::widened(network.parameters()), cells[i]);
      for (std::size_t k = 0; k < shape.outputs; ++k) {
        ASSERT_NEAR(static_cast<double>(out[i * shape.outputs + k]), expected[k], 2e-5)
            << to_text(cells[i]);
      }
    }
  }
}

/// Gradient of Σ slopes · outputs over the cells, by the backward pass.
std::vector<float> gradient_of(const GraphNetwork& network, const GraphBatch& batch,
                               const std::vector<float>& slopes, const Dropout& dropout) {
  const GraphLayout layout = graph_layout(network.shape());
  GraphWorkspace workspace;
  forward(network.shape(), layout, network.parameters(), batch, dropout, workspace);
  std::vector<float> gradient(network.parameters().size());
  backward(network.shape(), layout, network.parameters(), batch, dropout, workspace, slopes,
           gradient);
  return gradient;
}

std::vector<float> random_slopes(std::size_t cells, std::size_t outputs, Rng& rng) {
  std::vector<float> slopes(cells * kDenseGroup);
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    if (i % kDenseGroup < outputs) slopes[i] = static_cast<float>(rng.normal());
  }
  return slopes;
}

TEST(GraphNetwork, GradientOfEveryTensorIsTheNumericalOneAwayFromKinks) {
  Rng rng(3);
  const GraphNetwork network = random_network(kSmall, 3);
  std::vector<space::Cell> cells = some_cells(9, 3);
  cells.push_back(space::Cell::trivial());
  const std::vector<float> slopes = random_slopes(cells.size(), kSmall.outputs, rng);
  const std::vector<float> gradient = gradient_of(network, graph_batch(cells), slopes, {});
  std::vector<double> parameters = oracle::widened(network.parameters());
  const auto loss = [&] {
    double sum = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const oracle::Row outputs = oracle::graph_outputs(network, parameters, cells[i]);
      for (std::size_t k = 0; k < outputs.size(); ++k)
        sum += outputs[k] * static_cast<double>(slopes[i * kDenseGroup + k]);
    }
    return sum;
  };
  const double here = loss();
  for (const GraphNetworkTensor& tensor : network.tensors()) {
    std::size_t kinks = 0;
    std::size_t moving = 0;
    constexpr std::size_t kChecked = 60;
    for (std::size_t i = 0; i < kChecked; ++i) {
      const std::size_t at = tensor.offset + rng.below(tensor.rows * tensor.columns);
      constexpr double kStep = 1e-5;
      const double before = parameters[at];
      parameters[at] = before + kStep;
      const double above = (loss() - here) / kStep;
      parameters[at] = before - kStep;
      const double below = (here - loss()) / kStep;
      parameters[at] = before;
      if (std::abs(above - below) > 1e-3 * (1 + std::abs(above))) {
        ++kinks;
        continue;
      }
      const double numerical = (above + below) / 2;
      moving += numerical != 0 ? 1U : 0U;
      EXPECT_NEAR(static_cast<double>(gradient[at]), numerical, 5e-5 + 5e-5 * std::abs(numerical))
          << tensor.name << " at " << at - tensor.offset;
    }
    EXPECT_LT(kinks, kChecked / 10) << tensor.name;
    EXPECT_GT(moving, 2U) << tensor.name;
  }
}

TEST(GraphNetwork, WithDropoutTheGradientIsThatOfThePassThatWasDroppedOut) {
  Rng rng(4);
  const GraphNetwork network = random_network(kSmall, 4);
  const std::vector<space::Cell> cells = some_cells(40, 4);
  const GraphBatch batch = graph_batch(cells);
  const GraphLayout layout = graph_layout(kSmall);
  const Dropout dropout{.rate = 0.3, .seed = 5, .stream = 6};
  const std::vector<float> slopes = random_slopes(cells.size(), kSmall.outputs, rng);
  const std::vector<float> gradient = gradient_of(network, batch, slopes, dropout);
  EXPECT_FALSE(same_bits(gradient, gradient_of(network, batch, slopes, {})));
  const auto loss = [&](const std::vector<float>& parameters) {
    GraphWorkspace workspace;
    forward(kSmall, layout, parameters, batch, dropout, workspace);
    double sum = 0;
    for (std::size_t i = 0; i < slopes.size(); ++i)
      sum += static_cast<double>(slopes[i]) * static_cast<double>(workspace.outputs[i]);
    return sum;
  };
  // Along the gradient of each tensor the loss rises by the gradient's length: in single precision
  // and across kinks to a few percent.
  for (const GraphNetworkTensor& tensor : network.tensors()) {
    const auto part = std::span(gradient).subspan(tensor.offset, tensor.rows * tensor.columns);
    double squares = 0;
    for (const float value : part)
      squares += static_cast<double>(value) * static_cast<double>(value);
    const double length = std::sqrt(squares);
    ASSERT_GT(length, 0) << tensor.name;
    constexpr double kStep = 3e-3;
    const auto moved = [&](double step) {
      std::vector<float> parameters(network.parameters().begin(), network.parameters().end());
      for (std::size_t i = 0; i < part.size(); ++i) {
        float& value = parameters[tensor.offset + i];
        value = static_cast<float>(static_cast<double>(value) +
                                   step * static_cast<double>(part[i]) / length);
      }
      return loss(parameters);
    };
    EXPECT_NEAR((moved(kStep) - moved(-kStep)) / (2 * kStep), length, 0.03 * length) << tensor.name;
  }
}

TEST(GraphNetwork, BatchesThreadsAndLabellingsDoNotChangeBits) {
  const GraphNetwork network = random_network({.width = 16, .layers = 2, .head_width = 16}, 5);
  const std::vector<space::Cell> cells = some_cells(7000, 5);  // three threads' work
  const std::vector<float> together = predicted(network, cells);
  EXPECT_TRUE(same_bits(together, predicted(network, cells, 2)));
  EXPECT_TRUE(same_bits(together, predicted(network, cells, 3)));
  EXPECT_TRUE(same_bits(together, predicted(network, testing::relabelled(cells, 6), 2)));
  for (std::size_t i = 0; i < 300; ++i) {
    const std::vector<float> alone = predicted(network, std::span(cells).subspan(i, 1));
    ASSERT_TRUE(same_bits(alone, std::array{together[i]})) << to_text(cells[i]);
  }
  EXPECT_TRUE(predicted(network, {}).empty());
}

/// Standardised: depth of convolutions along the longest path, and how much of the cell pools.
struct Lesson {
  std::vector<space::Cell> cells;
  std::vector<float> values;
  std::vector<float> weights;
};
Lesson lesson(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  Lesson lesson{some_cells(count, seed), {}, std::vector<float>(2 * count, 1.0F)};
  for (const space::Cell& cell : lesson.cells) {
    unsigned convolutions = 0;
    unsigned fed_by_input = 0;
    for (unsigned v = 1; v + 1 < cell.vertices(); ++v) {
      convolutions += cell.operation(v) == space::Operation::conv3x3 ? 1U : 0U;
      fed_by_input +=
          cell.has_edge(0, v) && cell.operation(v) != space::Operation::maxpool3x3 ? 1U : 0U;
    }
    lesson.values.push_back((static_cast<float>(convolutions) - 1.6F) +
                            static_cast<float>(0.1 * rng.normal()));
    lesson.values.push_back(static_cast<float>(fed_by_input) - 1.3F);
  }
  return lesson;
}

GraphNetworkOptions small_options() {
  return {.shape = {.width = 16, .layers = 2, .head_width = 32, .outputs = 2},
          .epochs = 20,
          .batch = 64,
          .learning_rate = 5e-3,
          .dropout = 0.05};
}

std::vector<double> column(const std::vector<float>& values, std::size_t output) {
  std::vector<double> result;
  for (std::size_t i = output; i < values.size(); i += 2)
    result.push_back(static_cast<double>(values[i]));
  return result;
}

TEST(FitGraphNetwork, LearnsMadeUpFunctionsOfCellsItHasNotSeenByRankAndByValue) {
  const Lesson seen = lesson(1000, 1);
  const Lesson unseen = lesson(300, 2);
  for (const double share : {0.0, 1.0}) {
    GraphNetworkOptions options = small_options();
    options.ranking_share = share;
    const GraphNetwork network = fit_graph_network(seen.cells, seen.values, seen.weights, options);
    const std::vector<float> guess = predicted(network, unseen.cells);
    for (std::size_t output = 0; output < 2; ++output) {
      const std::vector<double> truth = column(unseen.values, output);
      EXPECT_GT(stats::spearman_rho(truth, column(guess, output)).value(), 0.9) << share;
      if (share == 0) {
        EXPECT_GT(stats::r2(truth, column(guess, output)).value(), 0.9);
      }
    }
  }
}

TEST(FitGraphNetwork, SameSeedSameBytesOnAnyNumberOfThreads) {
  const Lesson some = lesson(300, 3);
  GraphNetworkOptions options = small_options();
  options.epochs = 2;
  options.batch = 150;  // three parts, the last one short
  const auto fit = [&] {
    return fit_graph_network(some.cells, some.values, some.weights, options);
  };
  const GraphNetwork one = fit();
  for (const unsigned threads : {1U, 2U, 3U}) {
    options.threads = threads;
    EXPECT_TRUE(same_bits(fit().parameters(), one.parameters())) << threads;
  }
  options.seed = 2;
  EXPECT_FALSE(same_bits(fit().parameters(), one.parameters()));
}

TEST(FitGraphNetwork, LabellingsAndWeightsOfWhatWasNotObservedChangeNothing) {
  Lesson some = lesson(100, 4);
  some.values[7] = kNaN;
  some.values[8] = kNaN;
  GraphNetworkOptions options = small_options();
  options.epochs = 2;
  const GraphNetwork expected = fit_graph_network(some.cells, some.values, some.weights, options);
  const std::vector<space::Cell> others = testing::relabelled(some.cells, 5);
  some.weights[7] = 100;
  const GraphNetwork again = fit_graph_network(others, some.values, some.weights, options);
  EXPECT_TRUE(same_bits(again.parameters(), expected.parameters()));
  some.weights[9] = 100;
  const GraphNetwork other = fit_graph_network(others, some.values, some.weights, options);
  EXPECT_FALSE(same_bits(other.parameters(), expected.parameters()));
}

TEST(FitGraphNetwork, TellsTheObserverTheNetworkOfEachEpoch) {
  const Lesson some = lesson(80, 5);
  GraphNetworkOptions options = small_options();
  options.epochs = 3;
  std::vector<std::size_t> epochs;
  std::vector<float> last;
  const GraphNetwork network =
      fit_graph_network(some.cells, some.values, some.weights, options,
                        [&](std::size_t epoch, const GraphNetwork& now) {
                          epochs.push_back(epoch);
                          last.assign(now.parameters().begin(), now.parameters().end());
                        });
  EXPECT_EQ(epochs, (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_TRUE(same_bits(last, network.parameters()));
}

TEST(GraphNetwork, RefusesShapesOutOfRange) {
  const auto refuses = [](const std::string& what, const GraphNetworkShape& shape) {
    expect_error(ErrorCode::invalid_argument, what, [&] { (void)GraphNetwork(shape); });
  };
  refuses("width must be a multiple of 16 up to 1024, not 0", {.width = 0});
  refuses("width must be a multiple of 16 up to 1024, not 24", {.width = 24});
  refuses("width must be a multiple of 16 up to 1024, not 1040", {.width = 1040});
  refuses("head's width must be a multiple of 16", {.head_width = 8});
  refuses("1 to 32 layers, not 0", {.layers = 0});
  refuses("1 to 32 layers, not 33", {.layers = 33});
  refuses("1 to 16 outputs, not 0", {.outputs = 0});
  refuses("1 to 16 outputs, not 17", {.outputs = 17});
}

TEST(FitGraphNetwork, RefusesSizesThatDisagreeAndOptionsOutOfRange) {
  const Lesson some = lesson(10, 6);
  const auto refuses = [&](const std::string& what, const GraphNetworkOptions& options) {
    expect_error(ErrorCode::invalid_argument, what,
                 [&] { (void)fit_graph_network(some.cells, some.values, some.weights, options); });
  };
  GraphNetworkOptions options = small_options();
  const auto with = [&](auto GraphNetworkOptions::*field, auto value) {
    GraphNetworkOptions changed = options;
    changed.*field = value;
    return changed;
  };
  refuses("one value and one weight", with(&GraphNetworkOptions::shape, GraphNetworkShape{}));
  refuses("2 to 4096 cells", with(&GraphNetworkOptions::batch, 1U));
  refuses("2 to 4096 cells", with(&GraphNetworkOptions::batch, 4097U));
  refuses("an epoch at least", with(&GraphNetworkOptions::epochs, 0U));
  refuses("dropout", with(&GraphNetworkOptions::dropout, 1.0));
  refuses("dropout", with(&GraphNetworkOptions::dropout, -0.1));
  refuses("share", with(&GraphNetworkOptions::ranking_share, 1.1));
  refuses("learning rate", with(&GraphNetworkOptions::learning_rate, 0.0));
  expect_error(ErrorCode::invalid_argument, "at least two cells", [&] {
    (void)fit_graph_network(std::span(some.cells).first(1), std::span(some.values).first(2),
                            std::span(some.weights).first(2), options);
  });
  expect_error(ErrorCode::invalid_argument, "one value and one weight", [&] {
    (void)fit_graph_network(some.cells, some.values, std::span(some.weights).first(2), options);
  });
}

}  // namespace
}  // namespace ecnas::surrogate
