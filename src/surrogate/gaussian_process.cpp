#include "surrogate/gaussian_process.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ecnas/core/error.hpp"
#include "surrogate/cholesky.hpp"

namespace ecnas::surrogate {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Variance of an observation that parameters cannot go below: a thousandth in deviation.
constexpr double kLeastNoise = 1e-6;

/// The prior of each logarithm: normal, so wide that some dozens of observations outweigh it.
constexpr double kPriorDeviation = 1.5;
constexpr double kTypicalInverseLength = -1.5;  // logarithm; inputs have deviation 1
constexpr double kTypicalFunction = -1.2;       // of values of deviation 1: 0.3
constexpr double kTypicalNoise = -3.0;          // 0.05

MatrixXd scaled(const MatrixXd& smooth, const VectorXd& log_inverse_lengths) {
  return smooth * log_inverse_lengths.array().exp().matrix().asDiagonal();
}

/// Matérn's correlation with ν = 3/2, and −2 times its derivative by the squared distance.
struct Correlation {
  MatrixXd value;
  MatrixXd slope;
};

MatrixXd squared_distances(const MatrixXd& points) {
  MatrixXd squares = MatrixXd::Zero(points.rows(), points.rows());
  for (Index j = 0; j < points.rows(); ++j) {
    for (Index input = 0; input < points.cols(); ++input)
      squares.col(j).array() += (points.col(input).array() - points(j, input)).square();
  }
  return squares;
}

Correlation matern32(const MatrixXd& points) {
  const MatrixXd distances = (3 * squared_distances(points)).cwiseSqrt();  // √3 r
  const MatrixXd decay = (-distances).array().exp();
  return {(1 + distances.array()) * decay.array(), 3 * decay};
}

/// x xᵀ, summed over columns in their order.
MatrixXd gram(const MatrixXd& x) {
  MatrixXd products = MatrixXd::Zero(x.rows(), x.rows());
  products.selfadjointView<Eigen::Lower>().rankUpdate(x, 1.0);
  products.triangularView<Eigen::StrictlyUpper>() = products.transpose();
  return products;
}

double square_of_exp(double logarithm) {
  return std::exp(2 * logarithm);
}

/// What the covariance is made of.
struct Parts {
  MatrixXd points;  // smooth inputs over the length scales
  Correlation smooth;
  MatrixXd products;  // of the linear inputs
  double signal;      // variance
  double linear;      // variance
};

Parts parts_of(const ProcessInputs& inputs, const Hyperparameters& parameters) {
  MatrixXd points = scaled(inputs.smooth, parameters.inverse_lengths);
  Correlation smooth = matern32(points);
  return {std::move(points), std::move(smooth), gram(inputs.linear),
          square_of_exp(parameters.signal), square_of_exp(parameters.linear)};
}

/// By the logarithm of each inverse length scale. [RasWil06], Eq. 5.9:
/// ∂/∂θ = ½ tr((C⁻¹ − α αᵀ) ∂C/∂θ).
/// @param sensitivity  C⁻¹ − α αᵀ
VectorXd by_lengths(const Parts& parts, const MatrixXd& sensitivity) {
  const MatrixXd sloped = parts.signal * sensitivity.cwiseProduct(parts.smooth.slope);
  const VectorXd row_sums = sloped.rowwise().sum();
  VectorXd slopes(parts.points.cols());
  for (Index input = 0; input < slopes.size(); ++input) {
    const VectorXd x = parts.points.col(input);
    slopes[input] = x.dot(sloped * x) - row_sums.dot(x.cwiseAbs2());
  }
  return slopes;
}

/// Adds the prior's slope to the gradient. @return the prior's part of the value
double add_prior(const Hyperparameters& parameters, VectorXd& gradient) {
  const VectorXd centre = Hyperparameters::typical(parameters.inverse_lengths.size()).joined();
  const VectorXd away = (parameters.joined() - centre) / kPriorDeviation;
  gradient += away / kPriorDeviation;
  return away.squaredNorm() / 2;
}

}  // namespace

VectorXd Hyperparameters::joined() const {
  VectorXd all(inverse_lengths.size() + 3);
  all << inverse_lengths, signal, linear, noise;
  return all;
}

Hyperparameters Hyperparameters::split(const VectorXd& joined) {
  const Index lengths = joined.size() - 3;
  return {joined.head(lengths), joined[lengths], joined[lengths + 1], joined[lengths + 2]};
}

Hyperparameters Hyperparameters::typical(Index smooth_inputs) {
  return {VectorXd::Constant(smooth_inputs, kTypicalInverseLength), kTypicalFunction,
          kTypicalFunction, kTypicalNoise};
}

double Hyperparameters::noise_variance() const {
  return square_of_exp(noise) + kLeastNoise;
}

CollapsedData collapse(const ProcessData& data, const VectorXd& weights) {
  CollapsedData collapsed;
  const Index groups = data.inputs.smooth.rows();
  collapsed.means.setZero(groups);
  collapsed.precision.setZero(groups);
  collapsed.observations = static_cast<double>(data.values.size());
  for (Index i = 0; i < data.values.size(); ++i) {
    const Index group = data.group[static_cast<std::size_t>(i)];
    collapsed.precision[group] += weights[i];
    collapsed.means[group] += weights[i] * data.values[i];
  }
  collapsed.means.array() /= collapsed.precision.array();
  for (Index i = 0; i < data.values.size(); ++i) {
    const double left = data.values[i] - collapsed.means[data.group[static_cast<std::size_t>(i)]];
    collapsed.scatter += weights[i] * left * left;
  }
  return collapsed;
}

MatrixXd covariance(const ProcessInputs& inputs, const Hyperparameters& parameters) {
  const Parts parts = parts_of(inputs, parameters);
  return parts.signal * parts.smooth.value + parts.linear * parts.products;
}

// Paper: [RasWil06], Eq. 2.30; C the covariance of the means, α = C⁻¹ y. The observations within
// groups add (n − g) log σ + scatter / 2σ².
double negative_log_posterior(const ProcessInputs& inputs, const CollapsedData& data,
                              const Hyperparameters& parameters, VectorXd& gradient) {
  const Parts parts = parts_of(inputs, parameters);
  const double noise = parameters.noise_variance();
  MatrixXd factor = parts.signal * parts.smooth.value + parts.linear * parts.products;
  factor.diagonal().array() += noise / data.precision.array();
  if (!factorise(factor)) return std::numeric_limits<double>::infinity();
  const VectorXd duals = solve(factor, data.means);  // α
  const double within = data.observations - static_cast<double>(data.means.size());
  const double value = data.means.dot(duals) / 2 + factor.diagonal().array().log().sum() +
                       within * std::log(noise) / 2 + data.scatter / noise / 2;

  MatrixXd sensitivity = inverse_of_matrix(inverse_of_factor(factor));  // C⁻¹ − α αᵀ
  sensitivity.noalias() -= duals * duals.transpose();
  const double by_noise = sensitivity.diagonal().cwiseQuotient(data.precision).sum() +
                          within / noise - data.scatter / (noise * noise);
  gradient.resize(parts.points.cols() + 3);
  gradient << by_lengths(parts, sensitivity),
      parts.signal * sensitivity.cwiseProduct(parts.smooth.value).sum(),
      parts.linear * sensitivity.cwiseProduct(parts.products).sum(),
      square_of_exp(parameters.noise) * by_noise;
  return value + add_prior(parameters, gradient);
}

GaussianProcess::GaussianProcess(ProcessInputs inputs, Hyperparameters parameters, VectorXd duals,
                                 VectorXd noise)
    : inputs_(std::move(inputs)),
      parameters_(std::move(parameters)),
      duals_(std::move(duals)),
      noise_(std::move(noise)),
      scaled_(scaled(inputs_.smooth, parameters_.inverse_lengths)),
      coefficients_(square_of_exp(parameters_.linear) * (inputs_.linear.transpose() * duals_)) {}

double GaussianProcess::mean(const VectorXd& smooth, const VectorXd& linear) const {
  const VectorXd at = smooth.cwiseProduct(parameters_.inverse_lengths.array().exp().matrix());
  VectorXd distances = VectorXd::Zero(scaled_.rows());
  for (Index input = 0; input < at.size(); ++input)
    distances.array() += (scaled_.col(input).array() - at[input]).square();
  distances = (3 * distances).cwiseSqrt();
  const VectorXd correlation = (1 + distances.array()) * (-distances).array().exp();
  return square_of_exp(parameters_.signal) * correlation.dot(duals_) + linear.dot(coefficients_);
}

// Paper: [RasWil06], Eq. 2.26.
MatrixXd GaussianProcess::covariances(const ProcessInputs& at) const {
  const Index known = inputs_.smooth.rows();
  const Index asked = at.smooth.rows();
  ProcessInputs all{MatrixXd(known + asked, at.smooth.cols()),
                    MatrixXd(known + asked, at.linear.cols())};
  all.smooth << inputs_.smooth, at.smooth;
  all.linear << inputs_.linear, at.linear;
  const MatrixXd prior = covariance(all, parameters_);
  MatrixXd factor = prior.topLeftCorner(known, known);
  factor.diagonal() += noise_;
  const bool is_definite = factorise(factor);
  ECNAS_ASSERT(is_definite);  // as it was when the process was conditioned
  MatrixXd explained = prior.topRightCorner(known, asked);
  for (Index i = 0; i < asked; ++i) {
    VectorXd column = explained.col(i);
    factor.triangularView<Eigen::Lower>().solveInPlace(column);
    explained.col(i) = column;
  }
  MatrixXd left = prior.bottomRightCorner(asked, asked);
  constexpr Index kBlock = 64;  // short sums, which Eigen adds in one order on every machine
  for (Index first = 0; first < known; first += kBlock) {
    const auto rows = explained.middleRows(first, std::min(kBlock, known - first));
    left.selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose(), -1.0);
  }
  left.triangularView<Eigen::StrictlyUpper>() = left.transpose();
  left.diagonal() = left.diagonal().cwiseMax(0.0);
  return left;
}

}  // namespace ecnas::surrogate
