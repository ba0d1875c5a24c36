#pragma once
/// Figures of what `analysis` finds.

#include <span>
#include <string>

#include "ecnas/analysis/correlations.hpp"
#include "ecnas/analysis/hardware.hpp"
#include "ecnas/analysis/swaps.hpp"
#include "ecnas/report/device_figure.hpp"
#include "ecnas/report/matrix_figure.hpp"
#include "ecnas/table/table.hpp"

namespace ecnas::app {

/// A metric as figures and tables name it: "Training energy".
[[nodiscard]] std::string metric_title(analysis::Metric metric);

/// Kendall's τ between metrics.
[[nodiscard]] report::MatrixFigure correlation_figure(const analysis::CorrelationMatrix& matrix,
                                                      const table::Table& table);

/// What metrics do when an operation replaces another: EC-NAS's figure 3.
/// @param matrices  at least one, of one definition and budget
[[nodiscard]] report::MatrixFigure swap_figure(std::span<const analysis::SwapMatrix> matrices,
                                               const table::Table& table);

/// Energies of the same cells on several devices: EC-NAS's figure 4.
/// @param agreement  of the trusted readings
[[nodiscard]] report::DeviceFigure device_figure(
    const analysis::DeviceEnergies& energies, const analysis::DeviceAgreement& agreement,
    std::span<const analysis::OutlierReading> outliers);

}  // namespace ecnas::app
