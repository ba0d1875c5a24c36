#include "ecnas/analysis/hardware.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <tuple>

#include "ecnas/core/error.hpp"
#include "ecnas/moo/hypervolume.hpp"
#include "ecnas/moo/objectives.hpp"
#include "ecnas/stats/summary.hpp"

namespace ecnas::analysis {
namespace {

// Of logarithms: what repeated trainings of a cell differ by on one device.
constexpr double kLeastDeviation = 0.02;

constexpr double kNoReading = std::numeric_limits<double>::quiet_NaN();

/// Logarithms of energy on one device / on another.
struct Ratios {
  std::vector<double> departure;  // (n): less their median; NaN: a reading is missing
  double centre = 0;              // the median
  double deviation = 0;           // robust
};

Ratios ratios(const DeviceEnergies& energies, std::size_t device, std::size_t other) {
  Ratios result;
  std::vector<double> known;
  for (std::size_t cell = 0; cell < energies.cells.size(); ++cell) {
    const double ratio = std::log(energies.at(cell, device) / energies.at(cell, other));
    result.departure.push_back(ratio);
    if (!std::isnan(ratio)) known.push_back(ratio);
  }
  if (known.empty()) return result;
  result.centre = stats::median(known);
  result.deviation = stats::median_absolute_deviation(known);
  for (double& ratio : result.departure)
    ratio -= result.centre;
  return result;
}

/// How far a reading is off by another device's, and what that one expects.
struct Departure {
  double score;
  double expected_kwh;
};

/// The median; of two middle ones the one nearer 0, or none if they have different signs.
std::optional<Departure> cautious_median(std::vector<Departure> departures) {
  std::ranges::sort(departures, {}, &Departure::score);
  const Departure& lower = departures[(departures.size() - 1) / 2];
  const Departure& upper = departures[departures.size() / 2];
  if ((lower.score < 0) != (upper.score < 0)) return std::nullopt;
  return std::abs(lower.score) < std::abs(upper.score) ? lower : upper;
}

/// What the other devices say of one reading; none if fewer than two do, or they disagree.
std::optional<OutlierReading> judged(const DeviceEnergies& energies, std::size_t cell,
                                     std::size_t device, std::span<const Ratios> to_others) {
  std::vector<Departure> departures;
  const double energy_kwh = energies.at(cell, device);
  for (std::size_t other = 0; other < energies.devices.size(); ++other) {
    if (other == device || std::isnan(to_others[other].departure[cell])) continue;
    const double departure = to_others[other].departure[cell];
    departures.push_back({departure / std::max(to_others[other].deviation, kLeastDeviation),
                          energy_kwh / std::exp(departure)});
  }
  if (departures.size() < 2) return std::nullopt;
  const std::optional<Departure> agreed = cautious_median(std::move(departures));
  if (!agreed) return std::nullopt;
  return OutlierReading{.cell = cell,
                        .device = device,
                        .energy_kwh = energy_kwh,
                        .expected_kwh = agreed->expected_kwh,
                        .score = agreed->score};
}

std::vector<double> column(const DeviceEnergies& energies, std::size_t device) {
  std::vector<double> values;
  for (std::size_t cell = 0; cell < energies.cells.size(); ++cell)
    values.push_back(energies.at(cell, device));
  return values;
}

/// Cells with a reading on every device.
std::vector<std::size_t> complete_cells(const DeviceEnergies& energies) {
  std::vector<std::size_t> cells;
  for (std::size_t cell = 0; cell < energies.cells.size(); ++cell) {
    bool complete = true;
    for (std::size_t device = 0; device < energies.devices.size(); ++device)
      complete = complete && !std::isnan(energies.at(cell, device));
    if (complete) cells.push_back(cell);
  }
  return cells;
}

/// Places from 0 in ascending order; equal values share the mean of theirs.
std::vector<double> places(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> result(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]])
      ++end;
    for (std::size_t i = begin; i < end; ++i)
      result[order[i]] = static_cast<double>(begin + end - 1) / 2;
    begin = end;
  }
  return result;
}

void order_cells(const DeviceEnergies& energies, DeviceAgreement& result) {
  result.order = complete_cells(energies);
  const std::size_t devices = energies.devices.size();
  const auto mean_log = [&](std::size_t cell) {
    double sum = 0;
    for (std::size_t device = 0; device < devices; ++device)
      sum += std::log(energies.at(cell, device));
    return sum;
  };
  std::ranges::stable_sort(result.order, {}, mean_log);
  result.rank_change.resize(result.order.size() * devices);
  for (std::size_t device = 0; device < devices; ++device) {
    std::vector<double> values;
    for (const std::size_t cell : result.order)
      values.push_back(energies.at(cell, device));
    const std::vector<double> place = places(values);
    for (std::size_t i = 0; i < place.size(); ++i)
      result.rank_change[i * devices + device] = place[i] - static_cast<double>(i);
  }
}

/// Points of some cells on one device.
std::vector<moo::Objectives> points_on(const DeviceEnergies& energies,
                                       std::span<const double> errors, std::size_t device,
                                       std::span<const std::size_t> cells) {
  std::vector<moo::Objectives> points;
  for (const std::size_t cell : cells)
    points.push_back({energies.at(cell, device), errors[cell]});
  return points;
}

double normalised_volume(std::span<const moo::Objectives> points, const moo::Bounds& bounds) {
  std::vector<moo::Objectives> scaled;
  for (const moo::Objectives& point : points)
    scaled.push_back(moo::normalised(point, bounds));
  return moo::hypervolume(scaled, {1.1, 1.1});
}

double jaccard(std::vector<std::size_t> a, std::vector<std::size_t> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  std::vector<std::size_t> shared;
  std::ranges::set_intersection(a, b, std::back_inserter(shared));
  return static_cast<double>(shared.size()) /
         static_cast<double>(a.size() + b.size() - shared.size());
}

}  // namespace

std::vector<OutlierReading> outlier_readings(const DeviceEnergies& energies, double threshold) {
  if (!(threshold > 0))
    fail(ErrorCode::invalid_argument, "outliers: threshold {}; expected > 0", threshold);
  std::vector<OutlierReading> outliers;
  for (std::size_t device = 0; device < energies.devices.size(); ++device) {
    std::vector<Ratios> to_others;
    for (std::size_t other = 0; other < energies.devices.size(); ++other)
      to_others.push_back(ratios(energies, device, other));
    for (std::size_t cell = 0; cell < energies.cells.size(); ++cell) {
      const auto reading = judged(energies, cell, device, to_others);
      if (reading && std::abs(reading->score) > threshold) outliers.push_back(*reading);
    }
  }
  std::ranges::stable_sort(outliers, [](const OutlierReading& a, const OutlierReading& b) {
    return std::tuple(a.device, -std::abs(a.score)) < std::tuple(b.device, -std::abs(b.score));
  });
  return outliers;
}

DeviceEnergies without(DeviceEnergies energies, std::span<const OutlierReading> readings) {
  for (const OutlierReading& reading : readings)
    energies.energies_kwh[reading.cell * energies.devices.size() + reading.device] = kNoReading;
  return energies;
}

DeviceAgreement device_agreement(const DeviceEnergies& energies,
                                 const CorrelationOptions& options) {
  const std::size_t devices = energies.devices.size();
  DeviceAgreement result;
  result.pairs.resize(devices * devices);
  result.ratio.resize(devices * devices, 1);
  for (std::size_t a = 0; a < devices; ++a) {
    for (std::size_t b = 0; b < devices; ++b) {
      result.pairs[a * devices + b] =
          b < a ? result.pairs[b * devices + a]
                : rank_correlation(column(energies, a), column(energies, b), options);
      if (a != b) result.ratio[a * devices + b] = std::exp(ratios(energies, a, b).centre);
    }
  }
  order_cells(energies, result);
  return result;
}

FrontAgreement front_agreement(const DeviceEnergies& energies, std::span<const double> errors) {
  if (errors.size() != energies.cells.size()) {
    fail(ErrorCode::invalid_argument, "fronts: {} errors of {} cells; expected one each",
         errors.size(), energies.cells.size());
  }
  FrontAgreement result{.cells = complete_cells(energies)};
  std::erase_if(result.cells, [&](std::size_t cell) { return std::isnan(errors[cell]); });
  if (result.cells.size() < table::kFewestMeasured) {
    fail(ErrorCode::not_found,
         "fronts: {} cells have a reading on every device and an error; expected {} at least",
         result.cells.size(), table::kFewestMeasured);
  }
  const std::size_t devices = energies.devices.size();
  for (std::size_t device = 0; device < devices; ++device) {
    std::vector<std::size_t> front;
    for (const std::size_t i :
         moo::non_dominated(points_on(energies, errors, device, result.cells)))
      front.push_back(result.cells[i]);
    std::ranges::stable_sort(front, {}, [&](std::size_t i) { return energies.at(i, device); });
    result.fronts.push_back(std::move(front));
  }
  for (std::size_t a = 0; a < devices; ++a) {
    for (std::size_t b = 0; b < devices; ++b) {
      const auto own = points_on(energies, errors, b, result.fronts[b]);
      const auto kept = points_on(energies, errors, b, result.fronts[a]);
      const moo::Bounds bounds = moo::bounds_of(own);
      result.jaccard.push_back(jaccard(result.fronts[a], result.fronts[b]));
      result.hypervolume_kept.push_back(normalised_volume(kept, bounds) /
                                        normalised_volume(own, bounds));
    }
  }
  return result;
}

}  // namespace ecnas::analysis
