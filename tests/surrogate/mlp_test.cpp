#include "ecnas/surrogate/mlp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "ecnas/stats/regression.hpp"
#include "oracles/surrogate_dense.hpp"
#include "support/expect_error.hpp"
#include "surrogate/made_up.hpp"
#include "surrogate/mlp_passes.hpp"

namespace ecnas::surrogate {
namespace {

using testing::expect_error;
using testing::normal_floats;
using testing::same_bits;

/// Random parameters, zeros in the padding.
Mlp random_mlp(std::vector<std::size_t> widths, Rng& rng) {
  Mlp mlp(std::move(widths));
  for (std::size_t layer = 0; layer < mlp.layers(); ++layer) {
    const std::size_t columns = mlp.bias(layer).size();
    for (std::size_t i = 0; i < mlp.weights(layer).size(); ++i) {
      if (i % columns < mlp.widths()[layer + 1])
        mlp.weights(layer)[i] = static_cast<float>(0.4 * rng.normal());
    }
    for (std::size_t i = 0; i < mlp.widths()[layer + 1]; ++i)
      mlp.bias(layer)[i] = static_cast<float>(0.4 * rng.normal());
  }
  return mlp;
}

/// Whether a parameter is padding.
std::vector<bool> padding_of(const Mlp& mlp) {
  std::vector<bool> is_padding(mlp.parameters().size());
  for (std::size_t layer = 0; layer < mlp.layers(); ++layer) {
    const std::size_t columns = mlp.bias(layer).size();
    const auto first =
        static_cast<std::size_t>(mlp.weights(layer).data() - mlp.parameters().data());
    for (std::size_t i = 0; i < mlp.weights(layer).size() + columns; ++i)
      is_padding[first + i] = i % columns >= mlp.widths()[layer + 1];
  }
  return is_padding;
}

TEST(Mlp, PredictsAsTripleLoopsInDoublePrecision) {
  Rng rng(1);
  for (const std::vector<std::size_t>& widths :
       {std::vector<std::size_t>{3, 1}, {5, 7, 3, 2}, published_mlp_widths()}) {
    const Mlp mlp = random_mlp(widths, rng);
    const std::size_t count = 201;  // more than are taken at once
    const std::vector<float> rows = normal_floats(count * widths.front(), 1, rng);
    std::vector<float> out(count * widths.back());
    mlp.predict(rows, out);
    for (std::size_t i = 0; i < count; ++i) {
      const std::vector<double> expected = oracle::mlp_outputs(
          mlp, oracle::widened(mlp.parameters()),
          oracle::widened(std::span(rows).subspan(i * widths.front(), widths.front())));
      for (std::size_t k = 0; k < widths.back(); ++k) {
        // Sums of up to 128 terms.
        ASSERT_NEAR(static_cast<double>(out[i * widths.back() + k]), expected[k],
                    1e-5 + 1e-6 * std::abs(expected[k]));
      }
    }
  }
}

TEST(Mlp, ARowGetsTheSameBitsAloneAndAmongOthers) {
  Rng rng(2);
  const Mlp mlp = random_mlp({5, 20, 3}, rng);
  const std::vector<float> rows = normal_floats(500 * 5, 1, rng);
  std::vector<float> together(500 * 3);
  mlp.predict(rows, together);
  std::vector<float> alone(500 * 3);
  for (std::size_t i = 0; i < 500; ++i)
    mlp.predict(std::span(rows).subspan(i * 5, 5), std::span(alone).subspan(i * 3, 3));
  EXPECT_TRUE(same_bits(together, alone));
}

TEST(Mlp, GradientIsTheNumericalOneAndNothingOfThePadding) {
  Rng rng(3);
  const Mlp mlp = random_mlp({5, 7, 18, 2}, rng);
  const std::size_t count = 9;
  const std::vector<float> rows = normal_floats(count * 5, 1, rng);
  std::vector<float> d_outputs(count * padded(2));
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < 2; ++k)
      d_outputs[i * padded(2) + k] = static_cast<float>(rng.normal());
  }
  MlpWorkspace workspace;
  (void)forward(mlp, rows, true, workspace);
  std::vector<float> gradient(mlp.parameters().size());
  backward(mlp, rows, workspace, d_outputs, gradient);

  const auto loss = [&](const std::vector<double>& parameters) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::vector<double> outputs =
          oracle::mlp_outputs(mlp, parameters, oracle::widened(std::span(rows).subspan(i * 5, 5)));
      for (std::size_t k = 0; k < 2; ++k)
        sum += outputs[k] * static_cast<double>(d_outputs[i * padded(2) + k]);
    }
    return sum;
  };
  const std::vector<bool> is_padding = padding_of(mlp);
  std::vector<double> parameters = oracle::widened(mlp.parameters());
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    if (is_padding[p]) {
      ASSERT_EQ(gradient[p], 0.0F) << p;
      continue;
    }
    constexpr double kStep = 1e-5;
    const double here = parameters[p];
    parameters[p] = here + kStep;
    const double above = loss(parameters);
    parameters[p] = here - kStep;
    const double numerical = (above - loss(parameters)) / (2 * kStep);
    parameters[p] = here;
    ASSERT_NEAR(static_cast<double>(gradient[p]), numerical, 2e-5 + 1e-5 * std::abs(numerical))
        << p;
  }
}

/// Two made-up outputs of four numbers.
struct Lesson {
  std::vector<float> rows;
  std::vector<float> values;
};
Lesson lesson(std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  Lesson lesson;
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float> row = normal_floats(4, 1, rng);
    lesson.rows.insert(lesson.rows.end(), row.begin(), row.end());
    lesson.values.push_back(std::sin(row[0]) + 0.5F * row[1] * row[2]);
    lesson.values.push_back(std::abs(row[3]) - 0.8F);
  }
  return lesson;
}

TEST(FitMlp, LearnsAMadeUpFunctionOfRowsItHasNotSeen) {
  const Lesson seen = lesson(1000, 1);
  const Lesson unseen = lesson(300, 2);
  const Mlp mlp = fit_mlp({4, 32, 32, 2}, seen.rows, seen.values, {.epochs = 60});
  std::vector<float> predicted(unseen.values.size());
  mlp.predict(unseen.rows, predicted);
  for (std::size_t output = 0; output < 2; ++output) {
    std::vector<double> truth;
    std::vector<double> guess;
    for (std::size_t i = output; i < predicted.size(); i += 2) {
      truth.push_back(static_cast<double>(unseen.values[i]));
      guess.push_back(static_cast<double>(predicted[i]));
    }
    EXPECT_GT(stats::r2(truth, guess).value(), 0.95) << output;
  }
}

TEST(FitMlp, SameSeedSameBytesAndPaddingStays0) {
  const Lesson some = lesson(100, 3);
  const MlpOptions options{.epochs = 3, .seed = 5};
  const Mlp mlp = fit_mlp({4, 20, 2}, some.rows, some.values, options);
  const Mlp again = fit_mlp({4, 20, 2}, some.rows, some.values, options);
  EXPECT_TRUE(same_bits(mlp.parameters(), again.parameters()));
  const Mlp other = fit_mlp({4, 20, 2}, some.rows, some.values, {.epochs = 3, .seed = 6});
  EXPECT_FALSE(same_bits(mlp.parameters(), other.parameters()));
  const std::vector<bool> is_padding = padding_of(mlp);
  for (std::size_t p = 0; p < is_padding.size(); ++p) {
    if (is_padding[p]) {
      EXPECT_EQ(mlp.parameters()[p], 0.0F) << p;
    }
  }
}

TEST(Mlp, RefusesWidthsOutOfRange) {
  for (const std::vector<std::size_t>& widths : {std::vector<std::size_t>{},
                                                 {3},
                                                 {3, 0},
                                                 {0, 1},
                                                 {3, 4097, 1},
                                                 std::vector<std::size_t>(17, 4)}) {
    expect_error(ErrorCode::invalid_argument, "2 to 16 widths", [&] { (void)Mlp(widths); });
  }
  EXPECT_EQ(Mlp(std::vector<std::size_t>(16, 64)).layers(), 15U);
  EXPECT_EQ(Mlp({1, 4096}).layers(), 1U);
}

TEST(FitMlp, RefusesSizesThatDisagreeAndOptionsOutOfRange) {
  const std::vector<float> rows(8);
  const std::vector<float> values(4);
  const auto refuses = [&](const std::string& what, std::span<const float> some_rows,
                           std::span<const float> some_values, const MlpOptions& options) {
    expect_error(ErrorCode::invalid_argument, what, [&] {
      (void)fit_mlp({4, 2}, some_rows, some_values, options);
    });
  };
  refuses("a row of features a row of values", rows, std::span(values).first(3), {});
  refuses("a row of features a row of values", std::span(rows).first(7), values, {});
  refuses("a row of features a row of values", {}, {}, {});
  refuses("an epoch and a batch", rows, values, {.epochs = 0});
  refuses("an epoch and a batch", rows, values, {.batch = 0});
  refuses("learning rate", rows, values, {.learning_rate = 0});
}

std::array<float, kPublishedInputs> inputs_of(const space::Cell& cell) {
  std::array<float, kPublishedInputs> inputs{};
  published_inputs(cell, inputs);
  return inputs;
}

TEST(PublishedInputs, HandWorked) {
  // Of input → output the parameters are 882,570 (docs/numbers.md).
  std::array<float, kPublishedInputs> expected{};
  expected[1] = 1;   // edge 0 → 1
  expected[28] = 1;  // input
  expected[29] = 5;  // output
  expected[35] = 0.88257F;
  EXPECT_EQ(inputs_of(space::Cell::trivial()), expected);

  // input → conv1x1 → maxpool3x3 → output, and input → output.
  const space::Cell cell = space::parse_cell("0101001000010000:conv1x1,maxpool3x3");
  expected = {};
  expected[1] = 1;       // row 0: 0 → 1
  expected[3] = 1;       // 0 → 3
  expected[7 + 1] = 1;   // row 1 begins at 7 with 1 → 1: 1 → 2
  expected[13 + 1] = 1;  // row 2 begins at 13: 2 → 3
  expected[28] = 1;
  expected[29] = 2;
  expected[30] = 4;
  expected[31] = 5;
  expected[35] = static_cast<float>(static_cast<double>(space::trainable_parameters(cell)) / 1e6);
  EXPECT_EQ(inputs_of(cell), expected);
  EXPECT_EQ(inputs_of(space::parse_cell("010001000:conv3x3"))[29], 3);
}

TEST(PublishedInputs, NoRelabellingChangesThem) {
  for (const space::Cell& cell : testing::some_cells(100, 1)) {
    const auto expected = inputs_of(cell);
    for (const space::Cell& labelling : space::oracle::relabellings(cell))
      ASSERT_EQ(inputs_of(labelling), expected) << to_text(labelling);
  }
}

}  // namespace
}  // namespace ecnas::surrogate
