#include "surrogate/cholesky.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <limits>

#include "ecnas/core/random.hpp"

namespace ecnas::surrogate {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd random_matrix(Index rows, Index columns, Rng& rng) {
  return MatrixXd::NullaryExpr(rows, columns, [&] { return rng.normal(); });
}

TEST(Cholesky, FactorisesInvertsAndSolvesAtAndAroundTheBlockSize) {
  Rng rng(3);
  for (const Index size : {1, 2, 63, 64, 65, 128, 200}) {
    const MatrixXd half = random_matrix(size, size + 5, rng);
    const MatrixXd matrix = half * half.transpose() + MatrixXd::Identity(size, size);
    MatrixXd factor = matrix;
    factor.triangularView<Eigen::StrictlyUpper>().setConstant(99);  // must not be read
    ASSERT_TRUE(factorise(factor));
    const MatrixXd lower = factor.triangularView<Eigen::Lower>();
    EXPECT_LT((lower * lower.transpose() - matrix).norm(), 1e-11 * matrix.norm()) << size;
    const MatrixXd inverse_factor = inverse_of_factor(factor);
    const MatrixXd identity = MatrixXd::Identity(size, size);
    EXPECT_LT((inverse_factor * lower - identity).norm(), 1e-9) << size;
    EXPECT_TRUE(inverse_factor.isLowerTriangular(0));
    EXPECT_LT((inverse_of_matrix(inverse_factor) * matrix - identity).norm(), 1e-8) << size;
    const VectorXd b = random_matrix(size, 1, rng);
    EXPECT_LT((matrix * solve(factor, b) - b).norm(), 1e-8) << size;
  }
}

TEST(Cholesky, SaysThatAMatrixIsNotPositiveDefinite) {
  for (const Index place : {0, 70, 149}) {
    MatrixXd matrix = MatrixXd::Identity(150, 150);
    matrix(place, place) = -1e-3;
    EXPECT_FALSE(factorise(matrix)) << place;
  }
  MatrixXd nan = MatrixXd::Constant(2, 2, std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(factorise(nan));
}

}  // namespace
}  // namespace ecnas::surrogate
