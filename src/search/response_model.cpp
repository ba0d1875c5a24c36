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

using Eigen::ArrayXXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kTrendVariance =
    4.0;                               // of what all cells have in common, of the smooth function's
constexpr double kSameCell = 1e-9;     // squared distance: products leave a rounding error
constexpr double kSearchGrowth = 1.2;  // observations, from one search to the next
constexpr Index kSearchObservations = 150;  // that hyperparameters are learnt from, at most
constexpr int kMaxSweeps = 3;               // over the hyperparameters
constexpr Index kFewObservations = 4;       // too few to tell hyperparameters from

/// Of each hyperparameter: where it may lie, its deviation beforehand, the shortest step.
struct Scale {
  double least;
  double greatest;
  double deviation;
  double step;
};
constexpr std::array<Scale, 6> kScales = {{{-3, 5, 1, 0.5},
                                           {-3, 5, 1, 0.5},
                                           {-8, 6, 3, 1},
                                           {-20, 2, 5, 1},
                                           {-20, 2, 4, 1},
                                           {-4, 4, 1, 0.5}}};

/// Relative to the number of dimensions.
MatrixXd squared_distances(const MatrixXd& a, const MatrixXd& b) {
  MatrixXd distances = -2.0 * a * b.transpose();
  distances.colwise() += a.rowwise().squaredNorm();
  distances.rowwise() += b.rowwise().squaredNorm().transpose();
  return distances.cwiseMax(0.0) / std::max<double>(1, static_cast<double>(a.cols()));
}

VectorXd squared_lengths(const MatrixXd& cells) {
  return cells.rowwise().squaredNorm() / std::max<double>(1, static_cast<double>(cells.cols()));
}

double matern52(double distance) {
  const double r = std::sqrt(5.0) * distance;
  return (1 + r + r * r / 3) * std::exp(-r);
}

/// @return (b, b)
MatrixXd budget_kernel(const VectorXd& budgets, double log_length) {
  return MatrixXd::NullaryExpr(budgets.size(), budgets.size(), [&](Index i, Index j) {
    return matern52(std::abs(budgets[i] - budgets[j]) * std::exp2(-log_length));
  });
}

/// Of the trend that all cells have in common. @return (b, b)
MatrixXd trend_kernel(const VectorXd& budgets) {
  return kTrendVariance * (1 + (budgets * budgets.transpose()).array()).matrix();
}

/// @return (b)
VectorXd noise_by_budget(const VectorXd& budgets, double noise, double slope) {
  return budgets.unaryExpr([&](double budget) { return std::exp2(noise + slope * budget); });
}

}  // namespace

MatrixXd ResponseModel::cell_kernel(const ResponseInputs& a, const ResponseInputs& b,
                                    const MatrixXd& squared_distances,
                                    const Hyperparameters& parameters) {
  const ArrayXXd r =
      (5 * std::exp2(-2 * parameters.cell_length) * squared_distances.array()).sqrt();
  ArrayXXd kernel = (1.0 + r + r.square() / 3.0) * (-r).exp();
  kernel +=
      (squared_distances.array() < kSameCell).cast<double>() * std::exp2(parameters.individual);
  // x · y = (|x|² + |y|² − |x − y|²) / 2
  ArrayXXd products = -squared_distances.array();
  products.colwise() += squared_lengths(a.cells).array();
  products.rowwise() += squared_lengths(b.cells).transpose().array();
  kernel += products * (0.5 * std::exp2(parameters.linear));
  return kernel.matrix();
}

VectorXd ResponseModel::own_variance(const ResponseInputs& at, const Hyperparameters& parameters) {
  const VectorXd lengths = squared_lengths(at.cells);
  const VectorXd by_budget = trend_kernel(at.budgets).diagonal() +
                             noise_by_budget(at.budgets, parameters.noise, parameters.noise_slope);
  return VectorXd::NullaryExpr(at.size(), [&](Index i) {
    const auto point = static_cast<std::size_t>(i);
    return 1 + std::exp2(parameters.individual) +
           std::exp2(parameters.linear) * lengths[at.cell_of[point]] +
           by_budget[at.budget_of[point]];
  });
}

MatrixXd ResponseModel::covariance(const Sample& sample, const Hyperparameters& parameters) {
  const ResponseInputs& at = sample.inputs;
  const MatrixXd cells = cell_kernel(at, at, sample.cell_distances, parameters);
  const MatrixXd budgets = budget_kernel(at.budgets, parameters.budget_length);
  const MatrixXd trend = trend_kernel(at.budgets);
  MatrixXd result = MatrixXd::NullaryExpr(at.size(), at.size(), [&](Index i, Index j) {
    const auto a = static_cast<std::size_t>(i);
    const auto b = static_cast<std::size_t>(j);
    return cells(at.cell_of[a], at.cell_of[b]) * budgets(at.budget_of[a], at.budget_of[b]) +
           trend(at.budget_of[a], at.budget_of[b]);
  });
  const VectorXd noise = noise_by_budget(at.budgets, parameters.noise, parameters.noise_slope);
  for (Index i = 0; i < at.size(); ++i)
    result(i, i) += noise[at.budget_of[static_cast<std::size_t>(i)]];
  return result;
}

const std::array<double ResponseModel::Hyperparameters::*, 6> ResponseModel::kAll = {
    &Hyperparameters::cell_length, &Hyperparameters::budget_length, &Hyperparameters::linear,
    &Hyperparameters::individual,  &Hyperparameters::noise,         &Hyperparameters::noise_slope};

double ResponseModel::log_posterior(const Sample& sample, const Hyperparameters& parameters) {
  MatrixXd matrix = covariance(sample, parameters);
  const Eigen::LLT<Eigen::Ref<MatrixXd>> factor(matrix);
  if (factor.info() != Eigen::Success) return -kInfinity;
  const auto n = static_cast<double>(sample.values.size());
  const VectorXd whitened = factor.matrixL().solve(sample.values);
  const double log_determinant = 2 * factor.matrixLLT().diagonal().array().log().sum();
  double surprise = 0;
  const Hyperparameters usual;
  for (std::size_t k = 0; k < kAll.size(); ++k) {
    const double away = (parameters.*kAll[k] - usual.*kAll[k]) / kScales[k].deviation;
    surprise += away * away;
  }
  return -0.5 * (n * std::log(whitened.squaredNorm() / n) + log_determinant + surprise);
}

/// Pattern search: steps along one hyperparameter after the other as long as the likelihood grows,
/// long ones first. @source [HooJee61]
void ResponseModel::search_hyperparameters(const Sample& sample) {
  double best = log_posterior(sample, parameters_);
  const auto improve = [&](std::size_t k, double step) {
    Hyperparameters moved = parameters_;
    moved.*kAll[k] = std::clamp(moved.*kAll[k] + step, kScales[k].least, kScales[k].greatest);
    if (moved.*kAll[k] == parameters_.*kAll[k]) return false;
    const double likelihood = log_posterior(sample, moved);
    if (likelihood <= best) return false;
    best = likelihood;
    parameters_ = moved;
    return true;
  };
  for (const double scale : {4.0, 2.0, 1.0}) {
    for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
      bool has_changed = false;
      for (std::size_t k = 0; k < kAll.size(); ++k) {
        const double step = scale * kScales[k].step;
        has_changed |= improve(k, step) || improve(k, -step);
      }
      if (!has_changed) break;
    }
  }
}

void ResponseModel::condition(const Sample& sample) {
  const MatrixXd matrix = covariance(sample, parameters_);
  double ridge = 0;
  for (;;) {
    factor_ = matrix;
    factor_.diagonal().array() += ridge;
    Eigen::LLT<Eigen::Ref<MatrixXd>> factor(factor_);
    if (factor.info() == Eigen::Success) {
      const auto n = static_cast<double>(sample.values.size());
      variance_ = std::max(1e-12, factor.matrixL().solve(sample.values).squaredNorm() / n);
      duals_ = factor.solve(sample.values);
      return;
    }
    ridge = std::max(1e-8, 10 * ridge);  // observations too alike for the arithmetic
  }
}

void ResponseModel::fit(ResponseInputs inputs, const VectorXd& values) {
  ECNAS_ASSERT(values.size() > 0 && values.size() == inputs.size());
  inputs_ = std::move(inputs);
  mean_ = values.mean();
  const double deviation =
      std::sqrt((values.array() - mean_).square().sum() / static_cast<double>(values.size()));
  scale_ = deviation > 0 ? deviation : 1.0;
  Sample all{inputs_, (values.array() - mean_) / scale_,
             squared_distances(inputs_.cells, inputs_.cells)};
  const Index n = inputs_.size();
  if (n >= kFewObservations &&
      static_cast<double>(n) >= kSearchGrowth * static_cast<double>(searched_at_)) {
    searched_at_ = observations();
    Sample some = all;
    const Index count = std::min(n, kSearchObservations);
    some.values.resize(count);
    some.inputs.cell_of.clear();
    some.inputs.budget_of.clear();
    for (Index i = 0; i < count; ++i) {
      const auto from = static_cast<std::size_t>(i * n / count);
      some.values[i] = all.values[i * n / count];
      some.inputs.cell_of.push_back(inputs_.cell_of[from]);
      some.inputs.budget_of.push_back(inputs_.budget_of[from]);
    }
    search_hyperparameters(some);
  }
  condition(all);
}

ResponseModel::Prediction ResponseModel::predict(ResponseInputs at) const {
  ECNAS_ASSERT(at.budgets.size() == inputs_.budgets.size());
  Prediction prediction;
  prediction.at = std::move(at);
  const ResponseInputs& asked = prediction.at;
  prediction.cell_covariances =
      cell_kernel(inputs_, asked, squared_distances(inputs_.cells, asked.cells), parameters_);
  prediction.budget_covariances = budget_kernel(inputs_.budgets, parameters_.budget_length);
  prediction.own = own_variance(asked, parameters_);
  prediction.means.resize(asked.size());
  prediction.deviation_bounds.resize(asked.size());
  const VectorXd observed = own_variance(inputs_, parameters_).cwiseInverse();
  VectorXd with(inputs_.size());
  for (Index point = 0; point < asked.size(); ++point) {
    covariances(prediction, point, with);
    prediction.means[point] = with.dot(duals_) * scale_ + mean_;
    // One observation alone leaves own − c²/own'; all of them leave no more.
    const double explained = (with.array().square() * observed.array()).maxCoeff();
    prediction.deviation_bounds[point] =
        std::sqrt(std::max(0.0, prediction.own[point] - explained) * variance_) * scale_;
  }
  return prediction;
}

void ResponseModel::covariances(const Prediction& prediction, Index point, VectorXd& with) const {
  const auto asked = static_cast<std::size_t>(point);
  const Index budget = prediction.at.budget_of[asked];
  const auto cells = prediction.cell_covariances.col(prediction.at.cell_of[asked]);
  const VectorXd budgets = prediction.budget_covariances.col(budget);
  const VectorXd trend = trend_kernel(inputs_.budgets).col(budget);
  with.resize(inputs_.size());
  for (Index i = 0; i < with.size(); ++i) {
    const auto observed = static_cast<std::size_t>(i);
    const Index other = inputs_.budget_of[observed];
    with[i] = cells[inputs_.cell_of[observed]] * budgets[other] + trend[other];
  }
}

double ResponseModel::deviation(const Prediction& prediction, Index point) const {
  VectorXd with;
  covariances(prediction, point, with);
  factor_.triangularView<Eigen::Lower>().solveInPlace(with);
  return std::sqrt(std::max(0.0, prediction.own[point] - with.squaredNorm()) * variance_) * scale_;
}

}  // namespace ecnas::search
