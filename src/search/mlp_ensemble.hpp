#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "ecnas/core/random.hpp"
#include "ecnas/surrogate/mlp.hpp"

namespace ecnas::search {

struct MlpEnsembleOptions {
  std::size_t networks = 5;
  std::size_t hidden = 16;      ///< neurons of the one hidden layer
  std::size_t epochs = 40;      ///< passes over what a network learns from
  std::size_t training = 300;   ///< observations that a network learns from, at most
  double learning_rate = 0.03;  ///< at its highest
};

/// A few small perceptrons that differ in where they start and, of many observations, in which they
/// see: what they agree on is known, what they disagree on is not. All values of an observation are
/// outputs of one network. In single precision, the same bits on every machine.
class MlpEnsemble {
 public:
  explicit MlpEnsemble(const MlpEnsembleOptions& options) : options_(options) {}

  /// Learns anew.
  /// @param inputs  (n, d): about mean 0 and deviation 1
  /// @param values  (n, k), of any scale
  /// @complexity networks × epochs × min(n, training) passes of one row, a fraction of a
  /// microsecond each
  void fit(const Eigen::MatrixXd& inputs, const Eigen::MatrixXd& values, Rng& rng);

  [[nodiscard]] std::size_t networks() const { return networks_.size(); }

  /// What one network predicts. @pre network < networks()
  /// @param inputs  (m, d)
  /// @return (m, k)
  [[nodiscard]] Eigen::MatrixXd predict(std::size_t network, const Eigen::MatrixXd& inputs) const;

 private:
  MlpEnsembleOptions options_;
  Eigen::RowVectorXd mean_;   // (k)
  Eigen::RowVectorXd scale_;  // (k)
  std::vector<surrogate::Mlp> networks_;
};

}  // namespace ecnas::search
