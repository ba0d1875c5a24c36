#pragma once
/// The figure of whether a model's intervals hold what they promise. Coverages are computed
/// elsewhere (`stats`) and passed in.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/report/figure.hpp"
#include "ecnas/stats/calibration.hpp"

namespace ecnas::report {

/// How many truths the intervals of each level held.
struct CoverageSeries {
  std::string label;                         ///< in the legend: "6 vertices"
  std::size_t count = 0;                     ///< truths, beside the label
  std::vector<stats::CoveragePoint> points;  ///< by ascending level
};

/// Groups that stay apart by the shade of their lines.
inline constexpr std::size_t kMaxCoverageGroups = 6;

/// Coverage and the histogram of where truths lay. Texts are drawn as they are, never interpreted.
///
///     const auto shares = surrogate::predicted_shares(observed, 0, out_of_fold.predictions[0]);
///     CalibrationFigure figure{.title = "Do 90 % intervals hold 90 %?", .promised = 0.9};
///     figure.all = {"All cells", shares.all.size(), stats::coverage_curve(shares.all, levels)};
///     figure.histogram = stats::integral_histogram(shares.all, 20);
///     const std::string spec = calibration_figure_spec(figure);
struct CalibrationFigure {
  std::string title;
  std::vector<std::string> lines;      ///< below the title
  std::vector<CoverageSeries> groups;  ///< thin lines, at most kMaxCoverageGroups
  CoverageSeries all;                  ///< a thick line in the band of its intervals
  std::optional<double> promised;      ///< level that the model states; the others are derived
  stats::IntegralHistogram histogram;
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md): two panels side by side. The
/// same figure gives the same bytes.
///
/// Layers, by name: `diagonal`, `band`, `all`, `group_N` from 0, `all_marks`, and with `promised`
/// `promise`, `promise_mark`, `promise_label`; then `uniform_band`, `histogram`, `uniform`.
///
/// @throws Error{invalid_argument} if a series has no points, levels that do not ascend or shares
///         out of [0, 1], there are too many groups or two named alike, `promised` is no level of
///         `all`, or the histogram has no bins or nothing expected in them
[[nodiscard]] std::string calibration_figure_spec(const CalibrationFigure& figure);

}  // namespace ecnas::report
