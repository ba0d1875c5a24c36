#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <vector>

namespace ecnas::search {

/// Where a response is observed or asked: cells by their encoding, and the training budget.
struct ResponseInputs {
  Eigen::MatrixXd cells;                ///< (c, d): distinct; mean 0 and mean squared length d
  Eigen::VectorXd budgets;              ///< (b): logarithms of epochs, mean 0 and deviation 1
  std::vector<Eigen::Index> cell_of;    ///< (n): row of `cells`
  std::vector<Eigen::Index> budget_of;  ///< (n): position in `budgets`

  [[nodiscard]] Eigen::Index size() const { return static_cast<Eigen::Index>(cell_of.size()); }
};

/// Gaussian process over cells and budgets, for one response: what cells have in common at a
/// budget, plus a function of cells (smooth, Matérn 5/2, plus linear, plus what each cell has to
/// itself) that is the more alike at two budgets the nearer they are, plus noise. A plain one: six
/// hyperparameters, by marginal likelihood, that a search can afford to refit.
/// @source [RasWil06], Ch. 2, 4.2 and 5.4; docs/algorithms/keen.md
class ResponseModel {
 public:
  /// Learns from observations. Hyperparameters are searched again where there are a fifth more of
  /// them than at the last search, from the last ones.
  /// @param values  (n ≥ 1), of any scale
  /// @complexity n³/3, and some fifty times that of at most 150 observations where hyperparameters
  /// are searched
  void fit(ResponseInputs inputs, const Eigen::VectorXd& values);

  /// What is believed of new observations. Their own noise is part of their deviation: it is what a
  /// cell has that its encoding does not tell.
  struct Prediction {
    Eigen::VectorXd means;             ///< (m)
    Eigen::VectorXd deviation_bounds;  ///< (m): deviations are at most these
    ResponseInputs at;
    Eigen::MatrixXd cell_covariances;    ///< (distinct observed, distinct asked), standardised
    Eigen::MatrixXd budget_covariances;  ///< (b, b), standardised
    Eigen::VectorXd own;                 ///< (m): variances without the observations, standardised
  };
  /// @param at  with the budgets that were fitted
  /// @complexity O(n m) for m points, and O(n c d) for their c distinct cells
  [[nodiscard]] Prediction predict(ResponseInputs at) const;

  /// Exact deviation at one of the predicted points. @complexity O(n²)
  [[nodiscard]] double deviation(const Prediction& prediction, Eigen::Index point) const;

  [[nodiscard]] std::size_t observations() const {
    return static_cast<std::size_t>(inputs_.size());
  }

 private:
  /// Logarithms to base 2. Variances are relative to that of the smooth function.
  struct Hyperparameters {
    double cell_length = 1.5;
    double budget_length = 0.5;
    double linear = -3;       ///< variance of the linear function
    double individual = -8;   ///< variance of what a cell has to itself
    double noise = -6;        ///< variance of the noise at the mean budget …
    double noise_slope = -2;  ///< … and how it grows with the budget
  };

  static const std::array<double Hyperparameters::*, 6> kAll;

  /// Observations to learn hyperparameters from, with what no hyperparameter changes.
  struct Sample {
    ResponseInputs inputs;
    Eigen::VectorXd values;
    Eigen::MatrixXd cell_distances;  // (m, m), squared
  };

  [[nodiscard]] static Eigen::MatrixXd cell_kernel(const ResponseInputs& a, const ResponseInputs& b,
                                                   const Eigen::MatrixXd& squared_distances,
                                                   const Hyperparameters& parameters);
  [[nodiscard]] static Eigen::MatrixXd covariance(const Sample& sample,
                                                  const Hyperparameters& parameters);
  [[nodiscard]] static Eigen::VectorXd own_variance(const ResponseInputs& at,
                                                    const Hyperparameters& parameters);

  /// Less constants, with the variance that suits best; −∞ where rounding leaves no likelihood.
  /// Hyperparameters are normal about their defaults: few observations say little of them.
  [[nodiscard]] static double log_posterior(const Sample& sample,
                                            const Hyperparameters& parameters);
  void search_hyperparameters(const Sample& sample);
  void condition(const Sample& sample);

  /// Covariances of the observations with a point. @param with  (n), standardised
  void covariances(const Prediction& prediction, Eigen::Index point, Eigen::VectorXd& with) const;

  ResponseInputs inputs_;
  double mean_ = 0;
  double scale_ = 1;
  Hyperparameters parameters_;
  std::size_t searched_at_ = 0;  // observations when hyperparameters were searched
  Eigen::MatrixXd factor_;       // (n, n): lower Cholesky factor
  Eigen::VectorXd duals_;        // (n). Paper: α
  double variance_ = 1;          // of the smooth function, standardised
};

}  // namespace ecnas::search
