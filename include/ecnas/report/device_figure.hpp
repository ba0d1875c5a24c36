#pragma once
/// The figure of one quantity of the same cells on several devices.

#include <cstddef>
#include <string>
#include <vector>

#include "ecnas/report/figure.hpp"

namespace ecnas::report {

/// One device's reading of one cell.
struct DeviceReading {
  std::size_t place = 0;   ///< of the cell in the order that all devices share, from 0
  std::size_t device = 0;  ///< position in `DeviceFigure::devices`
  double value = 0;
  bool is_outlier = false;  ///< drawn as a cross
};

/// Readings of cells, ordered by what all devices say together. Texts are drawn as they are, never
/// interpreted.
struct DeviceFigure {
  std::string title;
  std::vector<std::string> lines;    ///< below the title
  Axis axis;                         ///< of the readings
  std::string place_title;           ///< "Cells, by mean energy"
  std::vector<std::string> devices;  ///< legend labels, distinct
  std::vector<DeviceReading> readings;
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md). Devices differ in colour and
/// shape. The same figure gives the same bytes.
///
/// Layers, by name: `readings`, and `outliers` where there are any.
///
/// @throws Error{invalid_argument} if there are no readings, no or more than 8 devices, two named
///         alike, a device out of range, or a value that is not finite, or not positive on a
///         logarithmic axis
[[nodiscard]] std::string device_figure_spec(const DeviceFigure& figure);

}  // namespace ecnas::report
