#pragma once
/// Gaussian process regression on points that collapse into groups: a smooth function with a length
/// scale for each input (Matérn 3/2), plus a linear function, plus noise.
/// @source [RasWil06], Ch. 2, 4.2 and 5.4

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ecnas::surrogate {

/// Where the process is observed or asked: standardised inputs, one row a point.
struct ProcessInputs {
  Eigen::MatrixXd smooth;  ///< (g, d)
  Eigen::MatrixXd linear;  ///< (g, p), with a column of ones where there is an intercept
};

/// Observations, each of one of g points.
struct ProcessData {
  ProcessInputs inputs;              ///< (g): no two alike
  std::vector<std::uint32_t> group;  ///< (n): the observation's point, < g
  Eigen::VectorXd values;            ///< (n), about mean 0 and deviation 1
  Eigen::VectorXd weights;           ///< (n), > 0: precisions relative to each other
};

/// What the likelihood needs of observations: the mean at each point is as good as all of them.
struct CollapsedData {
  Eigen::VectorXd means;      ///< (g), weighted
  Eigen::VectorXd precision;  ///< (g): sums of weights
  double observations = 0;    ///< n
  double scatter = 0;         ///< weighted squares of what the means leave
};
/// @param weights  (n), instead of the data's own
[[nodiscard]] CollapsedData collapse(const ProcessData& data, const Eigen::VectorXd& weights);

/// Standard deviations and length scales, in logarithms: what is optimised. Paper: θ.
struct Hyperparameters {
  Eigen::VectorXd inverse_lengths;  ///< (d)
  double signal = 0;                ///< of the smooth function
  double linear = 0;                ///< of each coefficient of the linear one
  double noise = 0;                 ///< of an observation of weight 1

  [[nodiscard]] Eigen::VectorXd joined() const;  ///< (d + 3), in this order
  [[nodiscard]] static Hyperparameters split(const Eigen::VectorXd& joined);
  /// The centre of the prior, where optimisation begins.
  [[nodiscard]] static Hyperparameters typical(Eigen::Index smooth_inputs);

  /// Of an observation of weight 1; never 0, so that any two observations agree with some function.
  [[nodiscard]] double noise_variance() const;
};

/// Negative logarithm of the likelihood of the data times a weak prior of the parameters, less
/// constants, and its gradient.
/// @param gradient  (d + 3), written
/// @return infinity where rounding leaves no likelihood
/// @complexity 2n³/3 + O(n² (d + p)) for n points
[[nodiscard]] double negative_log_posterior(const ProcessInputs& inputs, const CollapsedData& data,
                                            const Hyperparameters& parameters,
                                            Eigen::VectorXd& gradient);

/// The covariance of smooth plus linear function between all points. (g, g), both triangles
[[nodiscard]] Eigen::MatrixXd covariance(const ProcessInputs& inputs,
                                         const Hyperparameters& parameters);

/// Leave-one-out predictions: of each observation by all others, in closed form.
struct LeftOut {
  Eigen::VectorXd residuals;  ///< (n): observed − predicted
  Eigen::VectorXd variances;  ///< (n): of the function
};

/// The process given data: what is asked.
class GaussianProcess {
 public:
  /// @param duals  (g): (K + noise)⁻¹ means. Paper: α
  /// @param noise  (g): variances of the means
  GaussianProcess(ProcessInputs inputs, Hyperparameters parameters, Eigen::VectorXd duals,
                  Eigen::VectorXd noise);

  [[nodiscard]] const ProcessInputs& inputs() const { return inputs_; }
  [[nodiscard]] const Hyperparameters& parameters() const { return parameters_; }
  [[nodiscard]] const Eigen::VectorXd& duals() const { return duals_; }
  [[nodiscard]] const Eigen::VectorXd& noise() const { return noise_; }

  /// The function's expectation. The same bits whatever else is asked.
  /// @param smooth  (d)  @param linear  (p)
  /// @complexity O(g d), about 10 ns a point and exponential
  [[nodiscard]] double mean(const Eigen::VectorXd& smooth, const Eigen::VectorXd& linear) const;

  /// The function's covariance between all rows, without the noise of a new observation. The
  /// variances on the diagonal are not negative.
  /// @return (rows, rows), both triangles
  /// @complexity O(g³ + g² rows + g rows²)
  [[nodiscard]] Eigen::MatrixXd covariances(const ProcessInputs& at) const;

 private:
  ProcessInputs inputs_;
  Hyperparameters parameters_;
  Eigen::VectorXd duals_;
  Eigen::VectorXd noise_;
  Eigen::MatrixXd scaled_;        // (g, d): smooth inputs over the length scales
  Eigen::VectorXd coefficients_;  // (p): of the linear function
};

/// The process given data at fixed parameters.
/// @param left_out  written where given
/// @complexity g³/3, with `left_out` g³/2
[[nodiscard]] GaussianProcess condition(const ProcessData& data, const Eigen::VectorXd& weights,
                                        const Hyperparameters& parameters,
                                        LeftOut* left_out = nullptr);

struct ProcessFitOptions {
  std::uint64_t seed = 1;
  std::size_t groups = 500;     ///< that parameters are optimised on, drawn where there are more
  std::size_t rounds = 4;       ///< of doubt in observations far from what the others say
  double far = 1.5;             ///< standardised residual beyond which an observation is doubted
  std::size_t iterations = 40;  ///< of the first optimisation; later ones take a quarter
};

/// The process with the parameters that explain the data best, with outliers doubted.
[[nodiscard]] GaussianProcess fit_gaussian_process(const ProcessData& data,
                                                   const ProcessFitOptions& options);

}  // namespace ecnas::surrogate
