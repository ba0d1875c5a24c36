#pragma once
/// The dense kernels and the perceptron as their definitions say, in double precision.

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include "ecnas/surrogate/mlp.hpp"
#include "surrogate/dense_kernel.hpp"

namespace ecnas::surrogate::oracle {

/// A sum and the sum of its terms' sizes, which bounds what rounding can do to it.
struct Sum {
  double value = 0;
  double size = 0;
};

/// Element (row, column) of a · b.
inline Sum product_at(std::size_t row, std::size_t column, std::size_t depth, const DenseLeft& a,
                      const float* b, std::size_t b_stride) {
  Sum sum;
  for (std::size_t k = 0; k < depth; ++k) {
    const double term = static_cast<double>(a.data[row * a.row_stride + k * a.column_stride]) *
                        static_cast<double>(b[k * b_stride + column]);
    sum.value += term;
    sum.size += std::abs(term);
  }
  return sum;
}

inline std::vector<double> widened(std::span<const float> values) {
  return {values.begin(), values.end()};
}

/// Less the mean, over the square root of the variance, to which 1e-5 is added.
inline std::vector<double> normalised(std::span<const double> row) {
  const auto count = static_cast<double>(row.size());
  double mean = 0;
  for (const double value : row)
    mean += value / count;
  double variance = 0;
  for (const double value : row)
    variance += (value - mean) * (value - mean) / count;
  std::vector<double> result;
  for (const double value : row)
    result.push_back((value - mean) / std::sqrt(variance + 1e-5));
  return result;
}

inline double normal_distribution(double x) {
  return std::erfc(-x / std::numbers::sqrt2) / 2;
}

inline double gelu(double x) {
  return x * normal_distribution(x);
}

inline double gelu_slope(double x) {
  return normal_distribution(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
}

/// A perceptron's outputs for one row of inputs.
/// @param parameters  laid out as `Mlp::parameters()`
inline std::vector<double> mlp_outputs(const Mlp& shape, std::span<const double> parameters,
                                       std::span<const double> inputs) {
  std::vector<double> values(inputs.begin(), inputs.end());
  for (std::size_t layer = 0; layer < shape.layers(); ++layer) {
    const auto at = [&](std::span<const float> part) {
      return static_cast<std::size_t>(part.data() - shape.parameters().data());
    };
    const std::size_t columns = shape.bias(layer).size();
    std::vector<double> sums;
    for (std::size_t to = 0; to < shape.widths()[layer + 1]; ++to) {
      double sum = parameters[at(shape.bias(layer)) + to];
      for (std::size_t from = 0; from < shape.widths()[layer]; ++from)
        sum += values[from] * parameters[at(shape.weights(layer)) + from * columns + to];
      sums.push_back(layer + 1 < shape.layers() ? gelu(sum) : sum);
    }
    values = sums;
  }
  return values;
}

}  // namespace ecnas::surrogate::oracle
