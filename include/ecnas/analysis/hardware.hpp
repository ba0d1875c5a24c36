#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecnas/analysis/correlations.hpp"
#include "ecnas/analysis/metric.hpp"
#include "ecnas/space/cell.hpp"
#include "ecnas/table/measurements.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::analysis {

/// Energies of cells on one device.
struct DeviceSeries {
  std::string device;
  std::string source;                ///< for messages: the file
  std::vector<space::Cell> cells;    ///< (n), representatives, each once
  std::vector<double> energies_kwh;  ///< (n), > 0
  std::vector<std::size_t> lines;    ///< (n), where they stand; empty: not in a text
  std::optional<double> pue;         ///< that the energies include, where that is known
};

/// Every column of energies of a CSV (`table::read_measurements`), named by what stands before its
/// unit: `rtx3060_wh` is device rtx3060; a column `energy_kwh` or `energy` is named like the file.
/// @param epochs  rows of other budgets are passed over, if the file says any
/// @throws as `table::read_measurements` and `table::measurements`, so for fewer than 3 cells
[[nodiscard]] std::vector<DeviceSeries> read_device_series(std::string_view text,
                                                           std::string_view name,
                                                           std::optional<table::EnergyUnit> unit,
                                                           std::int32_t epochs);

/// The same energies at another PUE.
/// @throws Error{invalid_argument} if it is not known what the energies include
[[nodiscard]] DeviceSeries converted(DeviceSeries series, double pue);

/// The energies of a table, named by its devices, or like the table where it states none.
/// @throws as `read_values`; Error{invalid_data} for fewer than 3 cells
[[nodiscard]] DeviceSeries device_series(const table::Table& table, std::int32_t epochs,
                                         const Reading& reading = {});

/// Several devices side by side.
struct DeviceEnergies {
  std::vector<std::string> devices;  ///< (D)
  std::vector<space::Cell> cells;    ///< (n): the union, by rank
  std::vector<double> energies_kwh;  ///< (n, D); NaN: no reading

  [[nodiscard]] double at(std::size_t cell, std::size_t device) const {
    return energies_kwh[cell * devices.size() + device];
  }
};

/// @param series  at least 2
/// @throws Error{invalid_argument} for fewer than 2, or if two include different PUEs: convert them
/// first; Error{invalid_data} if two are named alike, or two have fewer than 3 cells in common:
/// names their files and the lines of these
[[nodiscard]] DeviceEnergies joined(std::span<const DeviceSeries> series);

/// A reading that does not fit what the other devices say of the cell.
struct OutlierReading {
  std::size_t cell = 0;
  std::size_t device = 0;
  double energy_kwh = 0;
  double expected_kwh = 0;  ///< by the device whose departure is the score
  double score = 0;         ///< in robust standard deviations, signed
};

/// Customary for scores made of medians [IglHoa93].
inline constexpr double kOutlierScore = 3.5;

/// Readings that most of the other devices call out. For each two devices, the logarithm of the
/// ratio of energies less its median over cells, in 1.4826 median absolute deviations (in 0.02 at
/// least, what repeated trainings differ by), says how far a cell departs there. The score of a
/// reading is the median of its departures from all other devices; of two middle ones the one
/// nearer 0, and 0 if their signs differ. So a bad reading makes no outliers of the others; a cell
/// is judged with at least 3 readings, as of two that disagree either may be wrong; and fewer than
/// half of a device's readings may be bad.
/// @return by device, then by size of the score, largest first
/// @throws Error{invalid_argument} unless `threshold` > 0
/// @complexity O(n D² log n)
[[nodiscard]] std::vector<OutlierReading> outlier_readings(const DeviceEnergies& energies,
                                                           double threshold = kOutlierScore);

/// The same without these readings.
[[nodiscard]] DeviceEnergies without(DeviceEnergies energies,
                                     std::span<const OutlierReading> readings);

/// How alike devices order the cells.
struct DeviceAgreement {
  /// (D, D), symmetric.
  std::vector<RankCorrelation> pairs;
  /// (D, D): median over cells of energy on the first / energy on the second.
  std::vector<double> ratio;
  /// Cells with a reading on every device, by the mean over devices of the logarithm of energy,
  /// cheapest first.
  std::vector<std::size_t> order;
  /// (order, D): place of the cell on the device less its place in `order`; of equal energies the
  /// mean place.
  std::vector<double> rank_change;
};
[[nodiscard]] DeviceAgreement device_agreement(const DeviceEnergies& energies,
                                               const CorrelationOptions& options = {});

/// Whether Pareto fronts of energy and error on one device hold on another.
struct FrontAgreement {
  std::vector<std::size_t> cells;                ///< that have all readings and an error
  std::vector<std::vector<std::size_t>> fronts;  ///< (D): cells, cheapest first
  std::vector<double> jaccard;                   ///< (D, D): shared by two fronts / in either
  /// (D, D): share of the second device's hypervolume that the cells of the first one's front keep
  /// there; normalised by ideal and nadir of the second's front, reference (1.1, 1.1).
  std::vector<double> hypervolume_kept;
};

/// @param errors  (n) of `energies.cells`, fractions; NaN: not there
/// @throws Error{invalid_argument} if sizes differ; Error{not_found} if fewer than 3 cells have
/// everything
[[nodiscard]] FrontAgreement front_agreement(const DeviceEnergies& energies,
                                             std::span<const double> errors);

}  // namespace ecnas::analysis
