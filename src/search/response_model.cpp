#include "search/response_model.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "ecnas/core/error.hpp"

namespace ecnas::search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kOffsetVariance = 1.0;  // of a constant, of the smooth function's variance
constexpr double kSameCell = 1e-9;       // squared distance
constexpr double kSearchGrowth = 1.2;    // observations, from one search to the next
constexpr int kMaxSweeps = 3;            // over the hyperparameters
constexpr std::size_t kFewObservations = 4;  // too few to tell hyperparameters from

struct Range {
  double least;
  double greatest;
};
constexpr std::array<Range, 6> kRanges = {
    {{-3, 5}, {-3, 5}, {-8, 6}, {-20, 2}, {-20, 2}, {-4, 4}}};

Eigen::MatrixXd squared_distances(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  Eigen::MatrixXd distances = -2.0 * a * b.transpose();
  distances.colwise() += a.rowwise().squaredNorm();
  distances.rowwise() += b.rowwise().squaredNorm().transpose();
  return distances.cwiseMax(0.0);
}

}  // namespace

ResponseModel::Gram ResponseModel::gram(const ResponseInputs& a, const ResponseInputs& b) {
  const double width = std::max<double>(1, static_cast<double>(a.cells.cols()));
  Gram result;
  result.cell_distances = squared_distances(a.cells, b.cells) / width;
  result.budget_distances =
      (a.budgets.replicate(1, b.size()) - b.budgets.transpose().replicate(a.size(), 1))
          .array()
          .square();
  // Equal features come out of the products with a rounding error.
  result.same_cell =
      (result.cell_distances.array() < kSameCell).cast<double>().matrix();
  result.products = a.cells * b.cells.transpose() / width + a.budgets * b.budgets.transpose();
  return result;
}

Eigen::MatrixXd ResponseModel::kernel(const Gram& gram, const Hyperparameters& parameters) {
  const Eigen::ArrayXXd distance =
      (gram.cell_distances.array() * std::exp2(-2 * parameters.cell_length) +
       gram.budget_distances.array() * std::exp2(-2 * parameters.budget_length))
          .sqrt() *
      std::sqrt(5.0);
  return ((1.0 + distance + distance.square() / 3.0) * (-distance).exp() + kOffsetVariance +
          gram.products.array() * std::exp2(parameters.linear) +
          gram.same_cell.array() * std::exp2(parameters.individual))
      .matrix();
}

Eigen::VectorXd ResponseModel::noise(const Eigen::VectorXd& budgets,
                                     const Hyperparameters& parameters) {
  return (std::log(2.0) * (parameters.noise + parameters.noise_slope * budgets.array())).exp();
}

double ResponseModel::log_likelihood(const Gram& gram, const Hyperparameters& parameters) const {
  Eigen::MatrixXd covariance = kernel(gram, parameters);
  covariance.diagonal() += noise(inputs_.budgets, parameters);
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(covariance);
  if (factor.info() != Eigen::Success) return -kInfinity;
  const auto n = static_cast<double>(standardised_.size());
  const Eigen::VectorXd whitened = factor.matrixL().solve(standardised_);
  const double log_determinant = 2 * factor.matrixLLT().diagonal().array().log().sum();
  return -0.5 * (n * std::log(whitened.squaredNorm() / n) + log_determinant);
}

/// Pattern search: steps along one hyperparameter after the other as long as the likelihood grows,
/// long ones first. @source [HooJee61]
void ResponseModel::search_hyperparameters(const Gram& gram) {
  constexpr std::array<double Hyperparameters::*, 6> kAll = {
      &Hyperparameters::cell_length, &Hyperparameters::budget_length,
      &Hyperparameters::linear,      &Hyperparameters::individual,
      &Hyperparameters::noise,       &Hyperparameters::noise_slope};
  constexpr std::array<double, 6> kUnits = {0.5, 0.5, 1.0, 1.0, 1.0, 0.5};
  double best = log_likelihood(gram, parameters_);
  const auto improve = [&](std::size_t k, double step) {
    Hyperparameters moved = parameters_;
    moved.*kAll[k] = std::clamp(moved.*kAll[k] + step, kRanges[k].least, kRanges[k].greatest);
    if (moved.*kAll[k] == parameters_.*kAll[k]) return false;
    const double likelihood = log_likelihood(gram, moved);
    if (likelihood <= best) return false;
    best = likelihood;
    parameters_ = moved;
    return true;
  };
  for (const double scale : {4.0, 2.0, 1.0}) {
    for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
      bool has_changed = false;
      for (std::size_t k = 0; k < kAll.size(); ++k) {
        const double step = scale * kUnits[k];
        has_changed |= improve(k, step) || improve(k, -step);
      }
      if (!has_changed) break;
    }
  }
}

void ResponseModel::condition(const Gram& gram) {
  const Eigen::MatrixXd covariance = kernel(gram, parameters_);
  const Eigen::VectorXd noise = this->noise(inputs_.budgets, parameters_);
  double ridge = 0;
  for (;;) {
    factor_ = covariance;
    factor_.diagonal().array() += noise.array() + ridge;
    Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(factor_);
    if (factor.info() == Eigen::Success) {
      const auto n = static_cast<double>(standardised_.size());
      variance_ =
          std::max(1e-12, factor.matrixL().solve(standardised_).squaredNorm() / n);
      duals_ = factor.solve(standardised_);
      return;
    }
    ridge = std::max(1e-8, 10 * ridge);  // observations too alike for the arithmetic
  }
}

void ResponseModel::fit(ResponseInputs inputs, const Eigen::VectorXd& values) {
  ECNAS_ASSERT(values.size() > 0 && values.size() == inputs.size());
  inputs_ = std::move(inputs);
  mean_ = values.mean();
  const double deviation =
      std::sqrt((values.array() - mean_).square().sum() / static_cast<double>(values.size()));
  scale_ = deviation > 0 ? deviation : 1.0;
  standardised_ = (values.array() - mean_) / scale_;
  const Gram distances = gram(inputs_, inputs_);
  if (observations() >= kFewObservations &&
      static_cast<double>(observations()) >= kSearchGrowth * static_cast<double>(searched_at_)) {
    searched_at_ = observations();
    search_hyperparameters(distances);
  }
  condition(distances);
}

ResponseModel::Prediction ResponseModel::predict(const ResponseInputs& at) const {
  Prediction prediction;
  prediction.covariances = kernel(gram(inputs_, at), parameters_);
  prediction.means =
      (prediction.covariances.transpose() * duals_).array() * scale_ + mean_;
  const double width = std::max<double>(1, static_cast<double>(at.cells.cols()));
  prediction.own =
      noise(at.budgets, parameters_).array() + 1.0 + kOffsetVariance +
      std::exp2(parameters_.individual) +
      std::exp2(parameters_.linear) *
          (at.cells.rowwise().squaredNorm().array() / width + at.budgets.array().square());
  // One observation alone leaves own − c²/own'; all of them leave no more.
  Eigen::VectorXd observed =
      (noise(inputs_.budgets, parameters_).array() + 1.0 + kOffsetVariance +
      std::exp2(parameters_.individual) +
       std::exp2(parameters_.linear) * (inputs_.cells.rowwise().squaredNorm().array() / width +
                                        inputs_.budgets.array().square()))
          .matrix();
  const Eigen::VectorXd explained =
      (prediction.covariances.array().square().colwise() / observed.array())
          .colwise()
          .maxCoeff()
          .transpose();
  prediction.deviation_bounds =
      ((prediction.own - explained).cwiseMax(0.0) * variance_).cwiseSqrt() * scale_;
  return prediction;
}

double ResponseModel::deviation(const Prediction& prediction, Eigen::Index point) const {
  const Eigen::VectorXd whitened =
      factor_.triangularView<Eigen::Lower>().solve(prediction.covariances.col(point));
  return std::sqrt(std::max(0.0, prediction.own[point] - whitened.squaredNorm()) * variance_) *
         scale_;
}

}  // namespace ecnas::search
