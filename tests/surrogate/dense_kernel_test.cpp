#include "surrogate/dense_kernel.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "oracles/surrogate_dense.hpp"
#include "surrogate/kernels.hpp"
#include "surrogate/made_up.hpp"
#include "surrogate/products.hpp"

namespace ecnas::surrogate {
namespace {

using testing::normal_floats;
using testing::same_bits;

constexpr double kEpsilon = std::numeric_limits<float>::epsilon();

/// Operands of one product, with gaps between rows, the left one transposed or not.
struct Operands {
  std::size_t rows;
  std::size_t columns;
  std::size_t depth;
  bool transposed;
  std::size_t b_stride = columns + 16;
  std::size_t c_stride = columns + 32;
  std::vector<float> a = {};
  std::vector<float> b = {};
  std::vector<float> c = {};

  void fill(Rng& rng) {
    a = normal_floats((rows + 3) * (depth + 3), 1, rng);
    b = normal_floats((depth + 1) * b_stride, 1, rng);
    c = normal_floats(rows * c_stride, 1, rng);
  }
  [[nodiscard]] DenseLeft left() const {
    if (transposed) return {a.data(), 1, rows + 3};
    return {a.data(), depth + 3, 1};
  }
  [[nodiscard]] std::vector<float> product(const DenseKernel& kernel, bool accumulate) const {
    std::vector<float> result = c;
    kernel.multiply(rows, columns, depth, left(), b.data(), b_stride, result.data(), c_stride,
                    accumulate);
    return result;
  }
};

/// Shapes that tiles of any size cut differently.
std::vector<Operands> products() {
  std::vector<Operands> all;
  for (const std::size_t rows : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 13U}) {
    for (const std::size_t columns : {16U, 32U, 48U, 64U, 112U}) {
      for (const std::size_t depth : {0U, 1U, 5U, 37U}) {
        for (const bool transposed : {false, true})
          all.push_back({rows, columns, depth, transposed});
      }
    }
  }
  Rng rng(1);
  for (Operands& operands : all)
    operands.fill(rng);
  return all;
}

TEST(DenseKernel, ProductsEqualATripleLoopInDoublePrecisionAndLeaveGapsAlone) {
  for (const DenseKernel& kernel : usable_dense_kernels()) {
    for (const Operands& operands : products()) {
      for (const bool accumulate : {false, true}) {
        const std::vector<float> result = operands.product(kernel, accumulate);
        for (std::size_t at = 0; at < result.size(); ++at) {
          const std::size_t row = at / operands.c_stride;
          const std::size_t column = at % operands.c_stride;
          const auto before = static_cast<double>(operands.c[at]);
          if (column >= operands.columns) {
            ASSERT_EQ(result[at], operands.c[at]) << kernel.name << ": wrote into a gap";
            continue;
          }
          oracle::Sum sum = oracle::product_at(row, column, operands.depth, operands.left(),
                                               operands.b.data(), operands.b_stride);
          if (accumulate) sum = {sum.value + before, sum.size + std::abs(before)};
          // Each of depth + 1 roundings errs by half an epsilon of at most the sum of sizes.
          const double tolerance = static_cast<double>(operands.depth + 1) * kEpsilon * sum.size;
          ASSERT_NEAR(static_cast<double>(result[at]), sum.value, tolerance)
              << kernel.name << " " << operands.rows << "x" << operands.columns << "x"
              << operands.depth;
        }
      }
    }
  }
}

TEST(DenseKernel, EveryKernelGivesTheBaselinesProductsBitForBit) {
  for (const DenseKernel& kernel : usable_dense_kernels()) {
    for (const Operands& operands : products()) {
      for (const bool accumulate : {false, true}) {
        ASSERT_TRUE(same_bits(operands.product(kernel, accumulate),
                              operands.product(kDenseKernelBaseline, accumulate)))
            << kernel.name;
      }
    }
  }
}

constexpr std::size_t kRows = 5;
constexpr std::array<std::size_t, 3> kColumns = {16, 48, 128};

struct Normalised {
  std::vector<float> values;
  std::vector<float> inverse_deviation;
};

Normalised normalise(const DenseKernel& kernel, const std::vector<float>& rows,
                     std::size_t columns) {
  Normalised result{std::vector<float>(rows.size()), std::vector<float>(rows.size() / columns)};
  kernel.normalise(rows.size() / columns, columns, rows.data(), result.values.data(),
                   result.inverse_deviation.data());
  return result;
}

TEST(DenseKernel, NormalisedRowsHaveMean0AndDeviation1) {
  Rng rng(2);
  for (const std::size_t columns : kColumns) {
    std::vector<float> rows = normal_floats(kRows * columns, 3, rng);
    std::fill_n(rows.begin(), columns, 2.0F);  // no deviation at all
    for (const DenseKernel& kernel : usable_dense_kernels()) {
      const Normalised result = normalise(kernel, rows, columns);
      for (std::size_t row = 0; row < kRows; ++row) {
        const std::vector<double> expected =
            oracle::normalised(oracle::widened(std::span(rows).subspan(row * columns, columns)));
        for (std::size_t i = 0; i < columns; ++i) {
          ASSERT_NEAR(static_cast<double>(result.values[row * columns + i]), expected[i], 2e-6)
              << kernel.name;
        }
      }
    }
  }
}

TEST(DenseKernel, NormaliseBackwardAddsTheNumericalGradient) {
  Rng rng(3);
  const std::size_t columns = 32;
  const std::vector<float> rows = normal_floats(kRows * columns, 2, rng);
  const std::vector<float> slopes = normal_floats(rows.size(), 1, rng);
  const std::vector<float> before = normal_floats(rows.size(), 1, rng);
  const auto loss = [&](const std::vector<double>& row, std::size_t first) {
    const std::vector<double> result = oracle::normalised(row);
    double sum = 0;
    for (std::size_t i = 0; i < columns; ++i)
      sum += result[i] * static_cast<double>(slopes[first + i]);
    return sum;
  };
  for (const DenseKernel& kernel : usable_dense_kernels()) {
    const Normalised result = normalise(kernel, rows, columns);
    std::vector<float> gradient = before;
    kernel.normalise_backward(kRows, columns, result.values.data(), result.inverse_deviation.data(),
                              slopes.data(), gradient.data());
    for (std::size_t at = 0; at < rows.size(); ++at) {
      const std::size_t first = at / columns * columns;
      std::vector<double> row = oracle::widened(std::span(rows).subspan(first, columns));
      constexpr double kStep = 1e-5;
      row[at - first] += kStep;
      const double above = loss(row, first);
      row[at - first] -= 2 * kStep;
      const double numerical = (above - loss(row, first)) / (2 * kStep);
      ASSERT_NEAR(static_cast<double>(gradient[at]) - static_cast<double>(before[at]), numerical,
                  3e-6)
          << kernel.name;
    }
  }
}

TEST(DenseKernel, EveryKernelNormalisesLikeTheBaselineBitForBit) {
  Rng rng(4);
  for (const std::size_t columns : kColumns) {
    const std::vector<float> rows = normal_floats(kRows * columns, 3, rng);
    const std::vector<float> slopes = normal_floats(rows.size(), 1, rng);
    const Normalised expected = normalise(kDenseKernelBaseline, rows, columns);
    std::vector<float> expected_gradient(rows.size());
    kDenseKernelBaseline.normalise_backward(kRows, columns, expected.values.data(),
                                            expected.inverse_deviation.data(), slopes.data(),
                                            expected_gradient.data());
    for (const DenseKernel& kernel : usable_dense_kernels()) {
      const Normalised result = normalise(kernel, rows, columns);
      EXPECT_TRUE(same_bits(result.values, expected.values)) << kernel.name;
      EXPECT_TRUE(same_bits(result.inverse_deviation, expected.inverse_deviation)) << kernel.name;
      std::vector<float> gradient(rows.size());
      kernel.normalise_backward(kRows, columns, result.values.data(),
                                result.inverse_deviation.data(), slopes.data(), gradient.data());
      EXPECT_TRUE(same_bits(gradient, expected_gradient)) << kernel.name;
    }
  }
}

/// From −20 to 20, and what lies far beyond.
std::vector<float> gelu_inputs() {
  std::vector<float> inputs;
  for (int i = -20'000; i < 20'000; ++i)
    inputs.push_back(static_cast<float>(i) / 1000);
  for (const float far :
       {0.0F, -0.0F, 1e-30F, -1e-30F, 50.0F, -50.0F, 1e10F, -1e10F, 1e30F, -1e30F})
    inputs.push_back(far);
  inputs.resize(padded(inputs.size()));
  return inputs;
}

TEST(DenseKernel, GeluAndItsSlopeEqualTheErrorFunctions) {
  const std::vector<float> inputs = gelu_inputs();
  for (const DenseKernel& kernel : usable_dense_kernels()) {
    std::vector<float> values(inputs.size());
    std::vector<float> slopes(inputs.size());
    kernel.gelu(inputs.size(), inputs.data(), values.data(), slopes.data());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto x = static_cast<double>(inputs[i]);
      // Two units of float's last place of the larger of x and 1.
      const double tolerance = 2 * kEpsilon * std::max(1.0, std::abs(x));
      ASSERT_NEAR(static_cast<double>(values[i]), oracle::gelu(x), tolerance) << x;
      ASSERT_NEAR(static_cast<double>(slopes[i]), oracle::gelu_slope(x), 3 * kEpsilon) << x;
      // On the left the tail itself is right: the exponent, x²/2 ≤ 32, rounds by 4e-6.
      if (x > -8 && x < 0) {
        ASSERT_NEAR(static_cast<double>(values[i]) / oracle::gelu(x), 1, 5e-6) << x;
      }
    }
  }
}

TEST(DenseKernel, EveryKernelsGeluIsTheBaselinesBitForBitWithAndWithoutSlopes) {
  const std::vector<float> inputs = gelu_inputs();
  std::vector<float> expected(inputs.size());
  std::vector<float> expected_slopes(inputs.size());
  kDenseKernelBaseline.gelu(inputs.size(), inputs.data(), expected.data(), expected_slopes.data());
  for (const DenseKernel& kernel : usable_dense_kernels()) {
    std::vector<float> values(inputs.size());
    std::vector<float> slopes(inputs.size());
    kernel.gelu(inputs.size(), inputs.data(), values.data(), slopes.data());
    EXPECT_TRUE(same_bits(values, expected)) << kernel.name;
    EXPECT_TRUE(same_bits(slopes, expected_slopes)) << kernel.name;
    kernel.gelu(inputs.size(), inputs.data(), values.data(), nullptr);
    EXPECT_TRUE(same_bits(values, expected)) << kernel.name;
  }
}

TEST(Products, ATransposedProductIsAProductOfTheTransposedMatrix) {
  Rng rng(5);
  const std::size_t rows = 9;
  const std::size_t columns = 32;
  const std::size_t depth = 6;
  const std::vector<float> a = normal_floats(rows * depth, 1, rng);
  const std::vector<float> b = normal_floats(rows * columns, 1, rng);
  const std::vector<float> before = normal_floats(depth * columns, 1, rng);
  std::vector<float> sums = before;
  transposed_product(rows, columns, depth, a.data(), b.data(), sums.data());
  std::vector<float> expected = before;
  product(depth, columns, rows, transposed(a.data(), rows, depth).data(), b.data(), expected.data(),
          true);
  EXPECT_TRUE(same_bits(sums, expected));
  const oracle::Sum sum = oracle::product_at(2, 7, rows, {a.data(), 1, depth}, b.data(), columns);
  EXPECT_NEAR(static_cast<double>(sums[2 * columns + 7] - before[2 * columns + 7]), sum.value,
              1e-5);
}

TEST(Products, RowsAreAddedToAllRowsAndAllRowsToOne) {
  const std::vector<float> rows = {1, 2, 3, 4, 5, 6};
  std::vector<float> sum = {10, 20, 30};
  add_rows(2, 3, rows.data(), sum.data());
  EXPECT_EQ(sum, (std::vector<float>{15, 27, 39}));
  std::vector<float> raised = rows;
  add_row(2, 3, sum.data(), raised.data());
  EXPECT_EQ(raised, (std::vector<float>{16, 29, 42, 19, 32, 45}));
}

}  // namespace
}  // namespace ecnas::surrogate
