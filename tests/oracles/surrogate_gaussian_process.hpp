#pragma once
/// Gaussian process regression on all observations, none of them collapsed, entry by entry; and the
/// counts of a cell, read off the operations that NAS-Bench-101 builds it of.
/// @source [RasWil06], Ch. 2; [Ying19], model_builder.build_module

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "oracles/space_graph.hpp"
#include "surrogate/cell_counts.hpp"
#include "surrogate/gaussian_process.hpp"

namespace ecnas::surrogate::oracle {

/// The names of the operations of one module, in the order in which they are built.
inline std::vector<std::string> build_module(const space::oracle::Graph& graph) {
  static const std::vector<std::string> names = {"conv3x3", "conv1x1", "maxpool3x3"};
  std::vector<std::string> built;
  const auto add_n = [&](std::size_t tensors) {
    for (std::size_t i = 1; i < tensors; ++i)
      built.emplace_back("addition");
  };
  const std::size_t output = graph.size() - 1;
  std::size_t concatenated = 0;
  for (std::size_t t = 1; t < output; ++t) {
    std::size_t add_in = 0;
    for (std::size_t source = 1; source < t; ++source)
      add_in += graph.matrix[source][t] != 0 ? 1U : 0U;
    if (graph.matrix[0][t] != 0) {
      built.emplace_back("projection");
      ++add_in;
    }
    add_n(add_in);
    built.push_back(names[static_cast<std::size_t>(graph.labels[t])]);
    if (graph.matrix[t][output] != 0) ++concatenated;
  }
  if (concatenated == 0) {
    built.emplace_back("projection");
    concatenated = 1;
  } else if (graph.matrix[0][output] != 0) {
    built.emplace_back("projection to the output");
    add_n(2);
  }
  built.insert(built.end(), concatenated, "part of the output");
  return built;
}

inline CellCounts count(const space::oracle::Graph& graph) {
  const std::vector<std::string> built = build_module(graph);
  const auto number_of = [&](const std::string& name) {
    return static_cast<std::uint8_t>(std::count(built.begin(), built.end(), name));
  };
  return {.conv3x3 = number_of("conv3x3"),
          .conv1x1 = number_of("conv1x1"),
          .maxpool3x3 = number_of("maxpool3x3"),
          .projections = number_of("projection"),
          .input_to_output = number_of("projection to the output"),
          .feeding_output = number_of("part of the output"),
          .additions = number_of("addition")};
}

/// What a process says of one point, given every observation by itself.
struct Said {
  double mean;
  double variance;
};

class Process {
 public:
  /// Observation `left_out` is left out; −1: none is.
  Process(const ProcessData& data, const Eigen::VectorXd& weights,
          const Hyperparameters& parameters, Eigen::Index left_out = -1)
      : parameters_(parameters) {
    for (Eigen::Index i = 0; i < data.values.size(); ++i) {
      if (i == left_out) continue;
      const Eigen::Index group = data.group[static_cast<std::size_t>(i)];
      smooth_.push_back(data.inputs.smooth.row(group));
      linear_.push_back(data.inputs.linear.row(group));
      values_.push_back(data.values[i]);
      noise_.push_back(parameters.noise_variance() / weights[i]);
    }
    const auto count = static_cast<Eigen::Index>(values_.size());
    covariance_.resize(count, count);
    for (Eigen::Index i = 0; i < count; ++i) {
      for (Eigen::Index j = 0; j < count; ++j)
        covariance_(i, j) = between(at(smooth_, i), at(linear_, i), at(smooth_, j), at(linear_, j));
      covariance_(i, i) += at(noise_, i);
    }
  }

  [[nodiscard]] double between(const Eigen::VectorXd& smooth_a, const Eigen::VectorXd& linear_a,
                               const Eigen::VectorXd& smooth_b,
                               const Eigen::VectorXd& linear_b) const {
    double squares = 0;
    for (Eigen::Index d = 0; d < smooth_a.size(); ++d) {
      const double apart = (smooth_a[d] - smooth_b[d]) * std::exp(parameters_.inverse_lengths[d]);
      squares += apart * apart;
    }
    const double r = std::numbers::sqrt3 * std::sqrt(squares);
    return std::exp(2 * parameters_.signal) * (1 + r) * std::exp(-r) +
           std::exp(2 * parameters_.linear) * linear_a.dot(linear_b);
  }

  [[nodiscard]] Said at_point(const Eigen::VectorXd& smooth, const Eigen::VectorXd& linear) const {
    const auto count = static_cast<Eigen::Index>(values_.size());
    Eigen::VectorXd to_point(count);
    for (Eigen::Index i = 0; i < count; ++i)
      to_point[i] = between(smooth, linear, at(smooth_, i), at(linear_, i));
    const Eigen::VectorXd shares = covariance_.fullPivLu().solve(to_point);
    return {shares.dot(Eigen::VectorXd::Map(values_.data(), count)),
            between(smooth, linear, smooth, linear) - shares.dot(to_point)};
  }

  /// ln p(values), the constant of the normal distribution left out.
  [[nodiscard]] double log_likelihood() const {
    const auto values =
        Eigen::VectorXd::Map(values_.data(), static_cast<Eigen::Index>(values_.size()));
    const Eigen::FullPivLU<Eigen::MatrixXd> solver = covariance_.fullPivLu();
    return -values.dot(solver.solve(values)) / 2 -
           solver.matrixLU().diagonal().cwiseAbs().array().log().sum() / 2;
  }

 private:
  template <typename T>
  static const T& at(const std::vector<T>& values, Eigen::Index i) {
    return values[static_cast<std::size_t>(i)];
  }

  Hyperparameters parameters_;
  std::vector<Eigen::VectorXd> smooth_;
  std::vector<Eigen::VectorXd> linear_;
  std::vector<double> values_;
  std::vector<double> noise_;
  Eigen::MatrixXd covariance_;
};

}  // namespace ecnas::surrogate::oracle
