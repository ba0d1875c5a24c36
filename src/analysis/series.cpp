#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "ecnas/analysis/hardware.hpp"
#include "ecnas/core/error.hpp"
#include "ecnas/core/text.hpp"
#include "ecnas/space/space.hpp"

namespace ecnas::analysis {
namespace {

using space::Rank;
using space::Space;

constexpr std::size_t kFewestCells = table::kFewestMeasured;

std::string stem_of(std::string_view name) {
  return std::filesystem::path(name).stem().string();
}

std::string device_of(const table::EnergyColumn& column, std::string_view file) {
  std::string device = column.name;
  if (column.unit) device.resize(device.size() - table::name(*column.unit).size() - 1);
  return device == "energy" ? stem_of(file) : device;
}

/// Of a table's energies. A table of several machines says which metric is whose:
/// "NASBench-101's machine (training_time_s)".
std::string device_of(const table::Table& table) {
  constexpr std::string_view kEnergies = " (energy_kwh)";
  const std::vector<std::string>& devices = table.metadata().devices;
  if (devices.empty()) return stem_of(table.name());
  std::vector<std::string> of_energies;
  for (const std::string& device : devices) {
    if (device.ends_with(kEnergies))
      of_energies.push_back(device.substr(0, device.size() - kEnergies.size()));
  }
  return fmt::format("{}", fmt::join(of_energies.empty() ? devices : of_energies, ", "));
}

/// "a.csv (rtx3060, lines 2, 7)", for people who look for what is wrong.
std::string places_of(const DeviceSeries& series, std::span<const Rank> common) {
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < series.lines.size(); ++i) {
    const Rank rank = *Space::shared().rank(series.cells[i]);
    if (std::ranges::find(common, rank) != common.end()) lines.push_back(series.lines[i]);
  }
  if (lines.empty()) return fmt::format("{} ({})", series.source, series.device);
  return fmt::format("{} ({}, lines {})", series.source, series.device, fmt::join(lines, ", "));
}

void require_common_cells(const DeviceSeries& a, const DeviceSeries& b,
                          std::span<const Rank> common) {
  if (common.size() >= kFewestCells) return;
  fail(ErrorCode::invalid_data, "{} and {}: {} cells in common; expected {} at least",
       places_of(a, common), places_of(b, common), common.size(), kFewestCells);
}

std::vector<Rank> sorted_ranks(const DeviceSeries& series) {
  std::vector<Rank> ranks;
  for (const space::Cell& cell : series.cells)
    ranks.push_back(*Space::shared().rank(cell));
  std::ranges::sort(ranks);
  return ranks;
}

void check_pairs(std::span<const DeviceSeries> series) {
  std::vector<std::vector<Rank>> ranks;
  for (const DeviceSeries& one : series)
    ranks.push_back(sorted_ranks(one));
  for (std::size_t i = 0; i < series.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (series[i].device == series[j].device) {
        fail(ErrorCode::invalid_data, "{} and {}: both of device {}; name each device once",
             series[j].source, series[i].source, ecnas::quoted(series[i].device));
      }
      if (series[i].pue && series[j].pue && *series[i].pue != *series[j].pue) {
        fail(ErrorCode::invalid_argument,
             "{} and {}: energies that include PUE {} and {}; convert both with --pue",
             series[j].source, series[i].source, *series[j].pue, *series[i].pue);
      }
      std::vector<Rank> common;
      std::ranges::set_intersection(ranks[i], ranks[j], std::back_inserter(common));
      require_common_cells(series[j], series[i], common);
    }
  }
}

}  // namespace

std::vector<DeviceSeries> read_device_series(std::string_view text, std::string_view name,
                                             std::optional<table::EnergyUnit> unit,
                                             std::int32_t epochs) {
  const table::MeasurementFile file = table::read_measurements(text, name);
  std::vector<DeviceSeries> series;
  for (const table::EnergyColumn& column : file.columns) {
    const auto chosen = column.unit ? column.unit : unit;
    table::Measurements measured = table::measurements(file, column, chosen, epochs);
    series.push_back({.device = device_of(column, name),
                      .source = std::string(name),
                      .cells = std::move(measured.cells),
                      .energies_kwh = std::move(measured.energies_kwh),
                      .lines = std::move(measured.lines),
                      .pue = file.pue});
  }
  return series;
}

DeviceSeries converted(DeviceSeries series, double pue) {
  if (!series.pue) {
    fail(ErrorCode::invalid_argument,
         "{}: does not state the PUE of its energies, so they cannot be converted; say it with "
         "--data-pue",
         series.source);
  }
  for (double& energy_kwh : series.energies_kwh)
    energy_kwh *= pue / *series.pue;
  series.pue = pue;
  return series;
}

DeviceSeries device_series(const table::Table& table, std::int32_t epochs, const Reading& reading) {
  const Values energies = read_values(table, Metric::energy, epochs, reading);
  DeviceSeries series{.device = device_of(table), .source = table.name()};
  series.pue = reading.conversion.pue ? reading.conversion.pue : table.metadata().pue;
  for (table::Row row = 0; row < table.cells(); ++row) {
    if (!(energies.values[row] > 0)) continue;  // nothing there, or nothing measured
    series.cells.push_back(Space::shared().cell(*Space::shared().rank(table.cell(row))));
    series.energies_kwh.push_back(energies.values[row]);
  }
  if (series.cells.size() < kFewestCells) {
    fail(ErrorCode::invalid_data, "{}: {} cells with an energy at {} epochs; expected {} at least",
         table.name(), series.cells.size(), epochs, kFewestCells);
  }
  return series;
}

DeviceEnergies joined(std::span<const DeviceSeries> series) {
  if (series.size() < 2) {
    fail(ErrorCode::invalid_argument,
         "{} device; a comparison needs 2 at least: give more files or tables", series.size());
  }
  check_pairs(series);
  DeviceEnergies result;
  std::map<Rank, std::size_t> position;
  for (const DeviceSeries& one : series) {
    result.devices.push_back(one.device);
    for (const space::Cell& cell : one.cells)
      position.emplace(*Space::shared().rank(cell), 0);
  }
  for (auto& [rank, index] : position) {
    index = result.cells.size();
    result.cells.push_back(Space::shared().cell(rank));
  }
  result.energies_kwh.assign(result.cells.size() * series.size(),
                             std::numeric_limits<double>::quiet_NaN());
  for (std::size_t device = 0; device < series.size(); ++device) {
    for (std::size_t i = 0; i < series[device].cells.size(); ++i) {
      const std::size_t cell = position.at(*Space::shared().rank(series[device].cells[i]));
      result.energies_kwh[cell * series.size() + device] = series[device].energies_kwh[i];
    }
  }
  return result;
}

}  // namespace ecnas::analysis
