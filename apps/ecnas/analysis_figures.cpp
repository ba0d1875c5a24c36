#include "analysis_figures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "command.hpp"
#include "document.hpp"
#include "ecnas/core/text.hpp"

namespace ecnas::app {
namespace {

using analysis::Metric;
using analysis::SwapMatrix;

/// Without its unit.
std::string number_text(double change, const SwapMatrix& matrix) {
  if (!matrix.absolute) return with_minus(fmt::format("{:+.2f}", change));
  if (analysis::is_accuracy(matrix.metric)) return with_minus(fmt::format("{:+.4f}", change));
  return with_minus(fmt::format("{:+.3g}", change));
}

report::MatrixPanel panel_of(const SwapMatrix& matrix) {
  report::MatrixPanel panel;
  panel.title = metric_title(matrix.metric);
  if (matrix.absolute)
    panel.title += analysis::is_accuracy(matrix.metric) ? ", difference of fractions" : "";
  for (std::size_t a = 0; a < space::kOperationCount; ++a) {
    for (std::size_t b = 0; b < space::kOperationCount; ++b) {
      panel.entries.emplace_back();
      if (a == b || !matrix.change[a][b]) continue;
      report::MatrixEntry entry{
          .value = *matrix.change[a][b],
          .text = number_text(*matrix.change[a][b], matrix) + (matrix.absolute ? "" : " %")};
      if (const auto& interval = matrix.interval[a][b]) {
        const std::string lower = number_text(interval->lower, matrix);
        const std::string upper = number_text(interval->upper, matrix);
        entry.detail = lower == upper ? "" : fmt::format("{} … {}", lower, upper);
      }
      panel.entries.back() = std::move(entry);
    }
  }
  return panel;
}

/// Which of the values were measured, scaled, predicted.
std::string provenance_text(std::span<const SwapMatrix> matrices) {
  std::vector<std::string> parts;
  for (const SwapMatrix& matrix : matrices) {
    if (analysis::is_of_cell(matrix.metric)) continue;
    std::size_t values = 0;
    for (const std::size_t count : matrix.provenance)
      values += count;
    for (std::size_t kind = 1; kind < matrix.provenance.size(); ++kind) {
      if (matrix.provenance[kind] == 0) continue;
      const double share =
          static_cast<double>(matrix.provenance[kind]) / static_cast<double>(values);
      parts.push_back(fmt::format("{} {:.3g} % {}", metric_title(matrix.metric), 100 * share,
                                  name(static_cast<table::Provenance>(kind))));
    }
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::string metric_title(Metric metric) {
  switch (metric) {
    case Metric::energy:
      return "Training energy";
    case Metric::training_time:
      return "Training time";
    case Metric::co2eq:
      return "Emissions";
    case Metric::parameters:
      return "Trainable parameters";
    case Metric::flops:
      return "Multiply-adds";
    case Metric::validation_accuracy:
      return "Validation accuracy";
    case Metric::test_accuracy:
      return "Test accuracy";
  }
  return {};
}

report::MatrixFigure correlation_figure(const analysis::CorrelationMatrix& matrix,
                                        const table::Table& table) {
  report::MatrixFigure figure;
  figure.title = "How alike metrics order the cells";
  figure.lines = {fmt::format("{}{}; {} cells; Kendall τ, 95 % intervals over cells",
                              file_name(table),
                              matrix.epochs > 0 ? fmt::format(" at {} epochs", matrix.epochs) : "",
                              with_thousands(static_cast<std::int64_t>(table.cells())))};
  for (const Metric metric : matrix.metrics)
    figure.rows.push_back(metric_title(metric));
  figure.columns = figure.rows;
  figure.panels.emplace_back();
  for (std::size_t i = 0; i < matrix.metrics.size(); ++i) {
    for (std::size_t j = 0; j < matrix.metrics.size(); ++j) {
      figure.panels[0].entries.emplace_back();
      const auto& tau = matrix.at(i, j).kendall_tau;
      if (i == j || !tau) continue;
      report::MatrixEntry entry{
          .value = tau->value, .text = with_minus(fmt::format("{:.3f}", tau->value)), .detail = {}};
      if (tau->interval) {
        entry.detail = with_minus(fmt::format("{:.3f}", tau->interval->lower)) + " … " +
                       with_minus(fmt::format("{:.3f}", tau->interval->upper));
      }
      figure.panels[0].entries.back() = std::move(entry);
    }
  }
  return figure;
}

report::MatrixFigure swap_figure(std::span<const SwapMatrix> matrices, const table::Table& table) {
  const SwapMatrix& first = matrices.front();
  report::MatrixFigure figure;
  figure.title = "What replacing an operation changes";
  figure.lines = {fmt::format(
      "{}{}; {} cells; definition: {}; 95 % intervals over cells", file_name(table),
      first.epochs > 0 ? fmt::format(" at {} epochs", first.epochs) : "",
      with_thousands(static_cast<std::int64_t>(table.cells())), analysis::name(first.definition))};
  if (const std::string provenance = provenance_text(matrices); !provenance.empty())
    figure.lines.push_back(provenance);
  figure.row_title = "Replaced";
  figure.column_title = "By";
  for (std::size_t operation = 0; operation < space::kOperationCount; ++operation)
    figure.rows.emplace_back(space::short_name(static_cast<space::Operation>(operation)));
  figure.columns = figure.rows;
  for (const SwapMatrix& matrix : matrices)
    figure.panels.push_back(panel_of(matrix));
  return figure;
}

report::DeviceFigure device_figure(const analysis::DeviceEnergies& energies,
                                   const analysis::DeviceAgreement& agreement,
                                   std::span<const analysis::OutlierReading> outliers) {
  std::set<std::pair<std::size_t, std::size_t>> called_out;
  for (const analysis::OutlierReading& reading : outliers)
    called_out.emplace(reading.cell, reading.device);
  // Cells without a trusted reading somewhere have no place among the others: by the mean of the
  // readings that they have.
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t cell = 0; cell < energies.cells.size(); ++cell) {
    double sum = 0;
    double count = 0;
    for (std::size_t device = 0; device < energies.devices.size(); ++device) {
      const double energy = energies.at(cell, device);
      if (std::isnan(energy) || called_out.contains({cell, device})) continue;
      // On the first device's scale, so that a missing device moves no cell.
      const double scale = agreement.ratio[device];
      sum += std::log(energy * scale);
      count += 1;
    }
    if (count > 0) order.emplace_back(sum / count, cell);
  }
  std::ranges::sort(order);
  report::DeviceFigure figure;
  figure.title = "Training energy of the same cells on several devices";
  figure.axis = {.title = "Training energy",
                 .unit = "Wh",
                 .scale = report::Scale::logarithmic,
                 .provenance = {}};
  figure.place_title = "Cells, in order of mean energy";
  figure.devices = energies.devices;
  for (std::size_t place = 0; place < order.size(); ++place) {
    for (std::size_t device = 0; device < energies.devices.size(); ++device) {
      const std::size_t cell = order[place].second;
      const double energy = energies.at(cell, device);
      if (std::isnan(energy)) continue;
      figure.readings.push_back(
          {place, device, 1000 * energy, called_out.contains({cell, device})});
    }
  }
  std::vector<std::string> pairs;
  for (std::size_t a = 0; a < energies.devices.size(); ++a) {
    for (std::size_t b = a + 1; b < energies.devices.size(); ++b) {
      const auto& tau = agreement.pairs[a * energies.devices.size() + b].kendall_tau;
      if (tau)
        pairs.push_back(
            fmt::format("{} and {} {:.3f}", energies.devices[a], energies.devices[b], tau->value));
    }
  }
  if (!pairs.empty())
    figure.lines.push_back(
        fmt::format("Kendall τ of trusted readings: {}", fmt::join(pairs, ", ")));
  if (!outliers.empty())
    figure.lines.push_back(
        fmt::format("{} readings that the other devices call out are crosses", outliers.size()));
  return figure;
}

}  // namespace ecnas::app
