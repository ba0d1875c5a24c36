#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

namespace ecnas::search {

/// Where a response is observed or asked: cells by their features, and the training budget.
struct ResponseInputs {
  Eigen::MatrixXd cells;    ///< (n, d): about mean 0 and squared length d
  Eigen::VectorXd budgets;  ///< (n): logarithm of epochs, about mean 0 and deviation 1

  [[nodiscard]] Eigen::Index size() const { return cells.rows(); }
};

/// Gaussian process over cells and budgets, for one response: a smooth function (Matérn 5/2, one
/// length scale for cells and one for budgets) plus a linear one, plus what each cell has to
/// itself, plus noise. A plain one: six
/// hyperparameters, chosen by marginal likelihood on a grid, that a search can afford to refit.
/// @source [RasWil06], Ch. 2, 4.2 and 5.4; docs/algorithms/keen.md
class ResponseModel {
 public:
  /// Learns from observations. Hyperparameters are searched again where there are a fifth more of
  /// them than at the last search, from the last ones.
  /// @param values  (n), of any scale
  /// @complexity n³/3, and about twelve times that where hyperparameters are searched
  void fit(ResponseInputs inputs, const Eigen::VectorXd& values);

  /// What is believed of new observations: expectations, and covariances with the old ones. Their
  /// own noise is part of their deviation: it is what a cell has that its features do not tell.
  struct Prediction {
    Eigen::VectorXd means;             ///< (m)
    Eigen::VectorXd deviation_bounds;  ///< (m): deviations are at most these
    Eigen::MatrixXd covariances;       ///< (n, m), standardised
    Eigen::VectorXd own;               ///< (m): variances without the observations, standardised
  };
  /// @complexity O(n m d)
  [[nodiscard]] Prediction predict(const ResponseInputs& at) const;

  /// Exact deviation at one of the predicted points. @complexity O(n²)
  [[nodiscard]] double deviation(const Prediction& prediction, Eigen::Index point) const;

  [[nodiscard]] std::size_t observations() const { return static_cast<std::size_t>(inputs_.size()); }

 private:
  /// Logarithms to base 2.
  struct Hyperparameters {
    double cell_length = 0;
    double budget_length = 0;
    double linear = -2;  ///< variance of the linear function, of the smooth one's
    double individual = -6;  ///< variance of what one cell has at all budgets, likewise
    double noise = -6;       ///< variance of the noise at the mean budget, likewise …
    double noise_slope = 0;  ///< … and how it grows with the budget
  };
  [[nodiscard]] static Eigen::VectorXd noise(const Eigen::VectorXd& budgets,
                                             const Hyperparameters& parameters);

  /// Squared distances and products, which no hyperparameter changes.
  struct Gram {
    Eigen::MatrixXd cell_distances;
    Eigen::MatrixXd budget_distances;
    Eigen::MatrixXd products;
    Eigen::MatrixXd same_cell;  ///< 1 or 0
  };
  [[nodiscard]] static Gram gram(const ResponseInputs& a, const ResponseInputs& b);
  [[nodiscard]] static Eigen::MatrixXd kernel(const Gram& gram, const Hyperparameters& parameters);

  /// Less constants; −∞ where rounding leaves no likelihood. Concentrated over the variance.
  [[nodiscard]] double log_likelihood(const Gram& gram, const Hyperparameters& parameters) const;
  void search_hyperparameters(const Gram& gram);
  void condition(const Gram& gram);

  ResponseInputs inputs_;
  Eigen::VectorXd standardised_;  // (n)
  double mean_ = 0;
  double scale_ = 1;
  Hyperparameters parameters_;
  std::size_t searched_at_ = 0;  // observations when hyperparameters were searched
  Eigen::MatrixXd factor_;       // (n, n): lower Cholesky factor
  Eigen::VectorXd duals_;        // (n). Paper: α
  double variance_ = 1;          // of the smooth function, standardised
};

}  // namespace ecnas::search
