#pragma once
/// Choosing cells the slow way: a covariance of all cells, and each candidate's worth from what is
/// believed when everything is computed anew, by an inverse.

#include <Eigen/Dense>
#include <cmath>
#include <numbers>
#include <set>
#include <span>
#include <vector>

#include "ecnas/surrogate/active_selection.hpp"

namespace ecnas::surrogate::oracle {

class Chooser {
 public:
  explicit Chooser(const EnergyBelief& belief) : noise_(belief.noise_variance) {
    const auto cells = static_cast<Eigen::Index>(belief.point.size());
    prior_.resize(cells, cells);
    for (Eigen::Index i = 0; i < cells; ++i) {
      energies_.push_back(belief.predicted_kwh[point_of(belief, i)]);
      for (Eigen::Index j = 0; j < cells; ++j)
        prior_(i, j) =
            belief.covariance[point_of(belief, i) * belief.points() + point_of(belief, j)];
    }
  }

  /// Covariances of all cells once these are trained.
  [[nodiscard]] Eigen::MatrixXd given(const std::vector<Eigen::Index>& trained) const {
    if (trained.empty()) return prior_;
    const Eigen::MatrixXd known =
        prior_(trained, trained) +
        noise_ * Eigen::MatrixXd::Identity(count(trained), count(trained));
    const Eigen::MatrixXd shared = prior_(Eigen::all, trained);
    return prior_ - shared * known.fullPivLu().solve(shared.transpose());
  }

  /// The sum of the absolute errors that are expected of new trainings of all cells. [kWh]
  [[nodiscard]] double expected_errors(const std::vector<Eigen::Index>& trained) const {
    const Eigen::MatrixXd covariance = given(trained);
    double sum = 0;
    for (Eigen::Index i = 0; i < covariance.rows(); ++i) {
      sum += energies_[static_cast<std::size_t>(i)] *
             std::sqrt(2 / std::numbers::pi * (covariance(i, i) + noise_));
    }
    return sum;
  }

  [[nodiscard]] double worth(Eigen::Index cell, const std::vector<Eigen::Index>& trained,
                             const SelectionOptions& options) const {
    const double energy = energies_[static_cast<std::size_t>(cell)];
    double worth = 0;
    if (options.worth == Worth::own) {
      worth = energy * std::sqrt(given(trained)(cell, cell));
    } else {
      std::vector<Eigen::Index> more = trained;
      more.push_back(cell);
      worth = expected_errors(trained) - expected_errors(more);
    }
    return options.per_kwh ? worth / energy : worth;
  }

  [[nodiscard]] double energy(Eigen::Index cell) const {
    return energies_[static_cast<std::size_t>(cell)];
  }

 private:
  static std::size_t point_of(const EnergyBelief& belief, Eigen::Index cell) {
    return belief.point[static_cast<std::size_t>(cell)];
  }
  static Eigen::Index count(const std::vector<Eigen::Index>& cells) {
    return static_cast<Eigen::Index>(cells.size());
  }

  double noise_;
  Eigen::MatrixXd prior_;
  std::vector<double> energies_;
};

}  // namespace ecnas::surrogate::oracle
