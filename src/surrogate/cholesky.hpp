#pragma once
/// Dense symmetric positive definite matrices. Eigen's products split long sums by the size of the
/// processor's cache; these work in blocks short enough not to be split, so that the same matrix
/// gives the same bits on every machine.

#include <Eigen/Core>

namespace ecnas::surrogate {

/// Replaces the lower triangle of a symmetric matrix by its Cholesky factor L; what is above the
/// diagonal is neither read nor meaningful afterwards.
/// @return false if the matrix is not positive definite; its content is then lost
/// @complexity n³/3 multiply-adds
[[nodiscard]] bool factorise(Eigen::MatrixXd& matrix);

/// L⁻¹, with zeros above the diagonal. @param factor  as `factorise` leaves it
/// @complexity n³/6
[[nodiscard]] Eigen::MatrixXd inverse_of_factor(const Eigen::MatrixXd& factor);

/// (L Lᵀ)⁻¹, both triangles. @param inverse_factor  L⁻¹ @complexity n³/3
[[nodiscard]] Eigen::MatrixXd inverse_of_matrix(const Eigen::MatrixXd& inverse_factor);

/// (L Lᵀ)⁻¹ b. @param factor  as `factorise` leaves it @complexity n²
[[nodiscard]] Eigen::VectorXd solve(const Eigen::MatrixXd& factor, const Eigen::VectorXd& b);

}  // namespace ecnas::surrogate
