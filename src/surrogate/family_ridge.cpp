#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "ecnas/core/error.hpp"
#include "surrogate/families.hpp"
#include "surrogate/standardised_features.hpp"

namespace ecnas::surrogate {
namespace {

constexpr FeatureGroups kGroups =
    FeatureGroup::physical | FeatureGroup::structural | FeatureGroup::operation_pairs;

/// Of the sum of squared errors with weights of about 1.
constexpr double kPenalty = 3;

/// Linear in standardised logarithms of the features; an intercept beside them.
class Ridge final : public Regressor {
 public:
  Ridge(StandardisedFeatures features, std::size_t outputs, std::vector<float> coefficients)
      : features_(std::move(features)), outputs_(outputs), coefficients_(std::move(coefficients)) {}

  Family family() const override { return Family::ridge; }
  std::size_t outputs() const override { return outputs_; }

  void predict(std::span<const space::Cell> cells, std::span<float> out,
               unsigned threads) const override {
    ECNAS_ASSERT(out.size() == cells.size() * outputs_);
    for_each_block(cells.size(), threads, [&](std::size_t first, std::size_t count) {
      std::vector<float> rows;
      features_.extract(cells.subspan(first, count), rows);
      const std::size_t width = features_.count();
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t output = 0; output < outputs_; ++output) {
          const float* coefficients = coefficients_.data() + output * (width + 1);
          float sum = coefficients[width];
          for (std::size_t f = 0; f < width; ++f)
            sum += coefficients[f] * rows[i * width + f];
          out[(first + i) * outputs_ + output] = sum;
        }
      }
    });
  }

  void save(ModelTensors& tensors, const std::string& prefix) const override {
    features_.save(tensors, prefix);
    tensors.put(prefix + "coefficients", {outputs_, features_.count() + 1},
                std::span(coefficients_));
  }

 private:
  StandardisedFeatures features_;
  std::size_t outputs_;
  std::vector<float> coefficients_;  // (outputs, features + 1), the intercept last
};

/// Solves the normal equations of the rows that were observed.
Eigen::VectorXd solve(const std::vector<float>& rows, std::size_t width,
                      const ObservedRows& observed) {
  const auto columns = static_cast<Eigen::Index>(width) + 1;
  Eigen::MatrixXd left = Eigen::MatrixXd::Zero(columns, columns);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(columns);
  Eigen::VectorXd row(columns);
  row[columns - 1] = 1;
  for (std::size_t i = 0; i < observed.rows.size(); ++i) {
    for (std::size_t f = 0; f < width; ++f)
      row[static_cast<Eigen::Index>(f)] = static_cast<double>(rows[observed.rows[i] * width + f]);
    const auto weight = static_cast<double>(observed.weights[i]);
    left.selfadjointView<Eigen::Lower>().rankUpdate(row, weight);
    right += weight * static_cast<double>(observed.values[i]) * row;
  }
  left.diagonal().head(columns - 1).array() += kPenalty;
  return left.selfadjointView<Eigen::Lower>().ldlt().solve(right);
}

RegressorPointer fit(const TrainingData& data, const RegressorOptions& options) {
  StandardisedFeatures features(kGroups, data.cells);
  std::vector<float> rows;
  features.extract(data.cells, rows);
  std::vector<float> coefficients;
  for (std::size_t output = 0; output < data.outputs; ++output) {
    const Eigen::VectorXd solution = solve(rows, features.count(), observed_rows(data, output));
    for (const double coefficient : solution)
      coefficients.push_back(static_cast<float>(coefficient));
  }
  if (options.progress) options.progress(1);
  return std::make_unique<Ridge>(std::move(features), data.outputs, std::move(coefficients));
}

RegressorPointer load(const ModelTensors& tensors, const std::string& prefix) {
  StandardisedFeatures features(kGroups, tensors, prefix);
  const std::vector<std::size_t>& shape = tensors.shape(prefix + "coefficients");
  const std::size_t outputs = shape.empty() ? 0 : shape.front();
  const std::array<std::size_t, 2> expected = {outputs, features.count() + 1};
  return std::make_unique<Ridge>(std::move(features), outputs,
                                 tensors.floats(prefix + "coefficients", expected));
}

}  // namespace

FamilyEntry ridge_family() {
  return {Family::ridge, "ridge", fit, load};
}

}  // namespace ecnas::surrogate
