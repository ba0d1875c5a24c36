#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ecnas/surrogate/surrogate.hpp"
#include "ecnas/table/measurements.hpp"

namespace ecnas::surrogate {

/// How a device's energies follow what a model predicts: a factor, and an exponent near 1.
struct Correction {
  double centre = 0;     ///< mean predicted logarithm of the cells measured
  double shift = 0;      ///< logarithm of device over model, there
  double slope = 1;      ///< of logarithms; > 0
  double deviation = 0;  ///< robust standard deviation of the logarithms' residuals

  [[nodiscard]] double operator()(double predicted_log) const {
    return centre + shift + slope * (predicted_log - centre);
  }
};

/// A correction and what it makes of the cells it came from.
struct FittedCorrection {
  Correction correction;
  std::vector<double> weights;    ///< (n), 1: as expected, 0: far off
  std::vector<double> residuals;  ///< (n), measured less corrected logarithm …
  std::vector<double> held_out;   ///< … by a correction fitted without the cell, to first order

  /// Whether a reading had a say: it is within some four deviations.
  [[nodiscard]] bool trusts(std::size_t cell) const { return weights[cell] > kTrusted; }
  [[nodiscard]] std::size_t trusted() const;

  static constexpr double kTrusted = 0.05;
};

/// Fits a correction that readings far from the others have no influence on, with a slope shrunk to
/// 1 (docs/algorithms/transfer.md): it is right as long as no more than a third of the cells were
/// measured under other conditions.
///
/// @param predicted_log, measured_log  (n ≥ 3), natural logarithms of energies in one unit
/// @throws Error{invalid_argument} for sizes that disagree or a value that is not finite;
/// Error{invalid_data} for fewer than 3 cells, or if energies hardly rise with the predicted ones
/// @complexity O(n) a step, at most 100 steps  @source [BeaTuk74] for the weights
[[nodiscard]] FittedCorrection fit_correction(std::span<const double> predicted_log,
                                              std::span<const double> measured_log);

/// Which cells to measure on a new device: the middle one of each of k equally large groups of
/// similar predicted energy. Deterministic; in order of predicted energy.
/// @param predicted_log  (n) of the cells that can be measured, in one unit
/// @return               (min(k, n)), indices
/// @complexity O(n log n)
[[nodiscard]] std::vector<std::size_t> recommend_cells(std::span<const double> predicted_log,
                                                       std::size_t k);

struct TransferOptions {
  std::string device;         ///< what was measured
  std::optional<double> pue;  ///< that the measured energies include
  std::int32_t epochs = 4;    ///< at which they were measured
  unsigned threads = 1;       ///< 0: one per core; the result does not depend on it
};

/// A model of another device.
struct Transfer {
  FittedCorrection fitted;            ///< in logarithms of kWh at the budget measured
  std::vector<double> predicted_kwh;  ///< (n), by the model as it was
  Surrogate surrogate;
};

/// Adapts a model's energies to a device on which a few cells were measured: curves are corrected,
/// at other budgets as the energy of as many epochs; intervals are those of the readings, or wider
/// than the model's where they are too few to say; PUE and device become the measurements'.
/// @throws as `fit_correction`; Error{invalid_data} also where predictions lie far apart and the
/// order of five energies or more is not theirs; Error{not_found} if the model has no such budget;
/// Error{invalid_argument} if it does not predict energies, or for a PUE below 1
[[nodiscard]] Transfer transfer(const Surrogate& model, const table::Measurements& measured,
                                const TransferOptions& options);

}  // namespace ecnas::surrogate
