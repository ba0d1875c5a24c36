#include "surrogate/cholesky.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace ecnas::surrogate {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// Terms of a sum that Eigen adds without looking at the cache's size: below the 170 that 16 KiB,
/// less than any first-level cache, would allow.
constexpr Index kBlock = 64;

/// Calls body(first, count) for each block of 0 … size − 1.
template <typename Body>
void for_blocks(Index size, const Body& body) {
  for (Index first = 0; first < size; first += kBlock)
    body(first, std::min(kBlock, size - first));
}

}  // namespace

bool factorise(MatrixXd& matrix) {
  bool is_definite = true;
  for_blocks(matrix.rows(), [&](Index first, Index count) {
    if (!is_definite) return;
    auto corner = matrix.block(first, first, count, count);
    const Eigen::LLT<MatrixXd> factor(corner);
    is_definite = factor.info() == Eigen::Success && factor.matrixLLT().diagonal().allFinite();
    if (!is_definite) return;
    corner.triangularView<Eigen::Lower>() = factor.matrixL();
    const Index below = matrix.rows() - first - count;
    auto panel = matrix.block(first + count, first, below, count);
    corner.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(panel);
    matrix.bottomRightCorner(below, below).selfadjointView<Eigen::Lower>().rankUpdate(panel, -1.0);
  });
  return is_definite;
}

MatrixXd inverse_of_factor(const MatrixXd& factor) {
  MatrixXd inverse = MatrixXd::Zero(factor.rows(), factor.cols());
  for_blocks(factor.rows(), [&](Index first, Index count) {
    auto rows = inverse.block(first, 0, count, first + count);
    for_blocks(first, [&](Index column, Index width) {
      rows.leftCols(column + width).noalias() -= factor.block(first, column, count, width) *
                                                 inverse.block(column, 0, width, column + width);
    });
    rows.rightCols(count).setIdentity();
    factor.block(first, first, count, count).triangularView<Eigen::Lower>().solveInPlace(rows);
  });
  return inverse;
}

MatrixXd inverse_of_matrix(const MatrixXd& inverse_factor) {
  MatrixXd inverse = MatrixXd::Zero(inverse_factor.rows(), inverse_factor.cols());
  for_blocks(inverse_factor.rows(), [&](Index first, Index count) {
    const auto rows = inverse_factor.block(first, 0, count, first + count);
    inverse.topLeftCorner(first + count, first + count)
        .selfadjointView<Eigen::Lower>()
        .rankUpdate(rows.transpose(), 1.0);
  });
  inverse.triangularView<Eigen::StrictlyUpper>() = inverse.transpose();
  return inverse;
}

Eigen::VectorXd solve(const MatrixXd& factor, const Eigen::VectorXd& b) {
  Eigen::VectorXd x = b;
  factor.triangularView<Eigen::Lower>().solveInPlace(x);
  factor.triangularView<Eigen::Lower>().transpose().solveInPlace(x);
  return x;
}

}  // namespace ecnas::surrogate
