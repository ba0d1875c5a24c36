#include "search/response_model.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ecnas/core/random.hpp"

namespace ecnas::search {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kDimensions = 3;

VectorXd four_budgets() {
  VectorXd budgets(4);
  budgets << -1.3, -0.5, 0.4, 1.4;
  return budgets;
}

MatrixXd random_cells(Index count, Rng& rng) {
  return MatrixXd::NullaryExpr(count, kDimensions, [&] { return rng.normal(); });
}

/// Points over cells and budgets drawn at random: some cells at several budgets.
ResponseInputs random_inputs(Index cells, Index points, Rng& rng) {
  ResponseInputs inputs{random_cells(cells, rng), four_budgets(), {}, {}};
  for (Index i = 0; i < points; ++i) {
    inputs.cell_of.push_back(static_cast<Index>(rng.below(static_cast<std::uint64_t>(cells))));
    inputs.budget_of.push_back(static_cast<Index>(rng.below(4)));
  }
  return inputs;
}

double matern52(double distance) {
  const double r = std::sqrt(5.0) * distance;
  return (1 + r + r * r / 3) * std::exp(-r);
}

/// What two points have in common, written out for the usual hyperparameters, which stand as long
/// as there are too few observations to learn others.
double usual_covariance(const ResponseInputs& a, std::size_t i, const ResponseInputs& b,
                        std::size_t j) {
  const VectorXd x = a.cells.row(a.cell_of[i]);
  const VectorXd y = b.cells.row(b.cell_of[j]);
  const double s = a.budgets[a.budget_of[i]];
  const double t = b.budgets[b.budget_of[j]];
  const double distance = std::sqrt((x - y).squaredNorm() / kDimensions);
  const double cell = matern52(distance / std::exp2(1.5)) +
                      std::exp2(-3.0) * x.dot(y) / kDimensions + (x == y ? std::exp2(-8.0) : 0.0);
  return cell * matern52(std::abs(s - t) / std::exp2(0.5)) + 4 * (1 + s * t);
}

double usual_noise(const ResponseInputs& a, std::size_t i) {
  return std::exp2(-6 - 2 * a.budgets[a.budget_of[i]]);
}

struct Belief {
  double mean;
  double deviation;
};

/// By the textbook's formulae, with an inverse. [RasWil06], Eq. 2.25 and 2.26
Belief textbook(const ResponseInputs& from, const VectorXd& values, const ResponseInputs& at,
                std::size_t point) {
  const Index n = values.size();
  const double mean = values.mean();
  const double scale = std::sqrt((values.array() - mean).square().sum() / static_cast<double>(n));
  const VectorXd y = (values.array() - mean) / scale;
  MatrixXd k(n, n);
  VectorXd with(n);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j)
      k(i, j) = usual_covariance(from, std::size_t(i), from, std::size_t(j));
    k(i, i) += usual_noise(from, std::size_t(i));
    with[i] = usual_covariance(from, std::size_t(i), at, point);
  }
  const MatrixXd inverse = k.inverse();
  const double variance = y.dot(inverse * y) / static_cast<double>(n);
  const double own = usual_covariance(at, point, at, point) + usual_noise(at, point);
  return {with.dot(inverse * y) * scale + mean,
          std::sqrt((own - with.dot(inverse * with)) * variance) * scale};
}

TEST(ResponseModel, EqualsTheTextbookWithAnInverse) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const ResponseInputs from = random_inputs(2, 3, rng);
    const ResponseInputs at = random_inputs(6, 12, rng);
    const VectorXd values = VectorXd::NullaryExpr(3, [&] { return 5 + 2 * rng.normal(); });
    ResponseModel model;
    model.fit(from, values);
    const ResponseModel::Prediction prediction = model.predict(at);
    for (Index i = 0; i < at.size(); ++i) {
      const Belief expected = textbook(from, values, at, std::size_t(i));
      // The inverse loses some digits where two observations are nearly alike.
      EXPECT_NEAR(prediction.means[i], expected.mean, 1e-7 * (1 + std::abs(expected.mean)));
      EXPECT_NEAR(model.deviation(prediction, i), expected.deviation,
                  1e-6 * (1 + expected.deviation));
    }
  }
}

VectorXd smooth_response(const ResponseInputs& at, double noise, Rng& rng) {
  VectorXd values(at.size());
  for (std::size_t i = 0; i < at.cell_of.size(); ++i) {
    const auto cell = at.cells.row(at.cell_of[i]);
    values[Index(i)] =
        std::sin(cell[0]) + 0.5 * cell[1] - at.budgets[at.budget_of[i]] + noise * rng.normal();
  }
  return values;
}

TEST(ResponseModel, DeviationsAreAtMostTheirBounds) {
  Rng rng(3);
  for (const Index count : {1, 2, 10, 60}) {
    const ResponseInputs from = random_inputs(30, count, rng);
    const ResponseInputs at = random_inputs(50, 200, rng);
    ResponseModel model;
    model.fit(from, smooth_response(from, 0.1, rng));
    const ResponseModel::Prediction prediction = model.predict(at);
    for (Index i = 0; i < at.size(); ++i) {
      // One part in a million for the rounding of the factor.
      EXPECT_LE(model.deviation(prediction, i), prediction.deviation_bounds[i] * (1 + 1e-6));
    }
  }
}

TEST(ResponseModel, PredictsASmoothResponseAndSaysHowWell) {
  Rng rng(4);
  const ResponseInputs from = random_inputs(60, 120, rng);
  const ResponseInputs at = random_inputs(200, 400, rng);
  const double noise = 0.1;
  ResponseModel model;
  model.fit(from, smooth_response(from, noise, rng));
  const ResponseModel::Prediction prediction = model.predict(at);
  const VectorXd truth = smooth_response(at, noise, rng);
  std::size_t within = 0;
  for (Index i = 0; i < at.size(); ++i) {
    const double deviation = model.deviation(prediction, i);
    within += std::abs(truth[i] - prediction.means[i]) <= 1.645 * deviation ? 1U : 0U;
  }
  // Nine in ten of 400, ± three standard deviations of a count (18) and as much for the model.
  EXPECT_NEAR(static_cast<double>(within), 360, 36);
  const double residual = std::sqrt((truth - prediction.means).squaredNorm() / 400);
  EXPECT_LT(residual, 2 * noise);
}

TEST(ResponseModel, FollowsTheUnitOfTheValues) {
  Rng rng(5);
  const ResponseInputs from = random_inputs(20, 40, rng);
  const ResponseInputs at = random_inputs(10, 20, rng);
  const VectorXd values = smooth_response(from, 0.1, rng);
  ResponseModel model;
  ResponseModel other;
  model.fit(from, values);
  other.fit(from, (1000 * values.array() + 7).matrix());
  const auto a = model.predict(at);
  const auto b = other.predict(at);
  for (Index i = 0; i < at.size(); ++i) {
    // Standardised values differ in their last digits, and the factor multiplies that.
    EXPECT_NEAR(b.means[i], 1000 * a.means[i] + 7, 1e-5 * (1 + std::abs(1000 * a.means[i])));
    EXPECT_NEAR(other.deviation(b, i), 1000 * model.deviation(a, i),
                1e-5 * 1000 * model.deviation(a, i));
  }
}

TEST(ResponseModel, TakesEqualValuesAndEqualPoints) {
  Rng rng(6);
  ResponseInputs same{random_cells(1, rng), four_budgets(), {}, {}};
  same.cell_of.assign(30, 0);
  same.budget_of.assign(30, 2);
  ResponseModel model;
  model.fit(same, VectorXd::Constant(30, 4.0));
  const auto prediction = model.predict(same);
  EXPECT_NEAR(prediction.means[0], 4.0, 1e-9);
  EXPECT_TRUE(std::isfinite(model.deviation(prediction, 0)));
}

}  // namespace
}  // namespace ecnas::search
