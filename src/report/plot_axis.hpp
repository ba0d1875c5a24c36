#pragma once

#include <string>
#include <vector>

#include "ecnas/report/figure.hpp"

namespace ecnas::report {

/// Size of the plotting area in pixels.
inline constexpr double kPlotWidth = 660;
inline constexpr double kPlotHeight = 430;

/// One axis of a plot: which values it spans and where they lie. The specification states the same
/// domain, so that binning and labels here agree with what is drawn.
class PlotAxis {
 public:
  /// The axis that shows `values` with a margin at both ends.
  /// @param length  in pixels
  /// @throws Error{invalid_argument} if a value is not finite, absurd, or not positive on a
  ///         logarithmic axis. @pre not empty
  static PlotAxis around(const std::vector<double>& values, const Axis& axis, double length);

  [[nodiscard]] bool logarithmic() const { return logarithmic_; }
  [[nodiscard]] double low() const { return value_at(0); }
  [[nodiscard]] double high() const { return value_at(length_); }
  [[nodiscard]] double length() const { return length_; }

  /// Distance in pixels from the low end. @{
  [[nodiscard]] double position_of(double value) const;
  [[nodiscard]] double value_at(double position) const;
  /// @}

  /// Round values for a logarithmic axis; empty: the renderer chooses.
  [[nodiscard]] std::vector<double> ticks() const;

 private:
  bool logarithmic_ = false;
  double length_ = 1;
  double begin_ = 0;  // of the domain, its decimal logarithm if logarithmic_
  double end_ = 1;
};

}  // namespace ecnas::report
