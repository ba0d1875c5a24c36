#pragma once
/// Figures of searches: what several trials attain, and how fast. Surfaces, volumes and shares are
/// computed elsewhere (`moo`, `search`) and passed in.

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "ecnas/report/figure.hpp"
#include "ecnas/search/progress.hpp"

namespace ecnas::report {

/// Hypervolumes of trials beside that of the exact front, all with one reference point.
struct TrialVolumes {
  double mean = 0;
  std::optional<double> deviation;  ///< standard, of more than one trial
  double exact = 0;
  std::array<double, 2> reference_point{};  ///< in the units of the axes
};

/// Attainment surfaces of trials in two minimised objectives. Texts are drawn as they are, never
/// interpreted.
///
///     AttainmentFigure figure{.title = "Ten trials of SEMOA", .x_axis = …, .y_axis = …};
///     figure.trials = fronts.size();
///     figure.best = moo::attainment_surface(fronts, 1);
///     figure.median = moo::attainment_surface(fronts, (figure.trials + 1) / 2);
///     figure.worst = moo::attainment_surface(fronts, figure.trials);
///     figure.exact_front = exact;
///     const std::string spec = attainment_figure_spec(figure);
struct AttainmentFigure {
  std::string title;
  std::vector<std::string> lines;  ///< below the title
  Axis x_axis;
  Axis y_axis;
  std::size_t trials = 0;
  /// Corners by ascending first objective, as `moo::attainment_surface` gives them. @{
  std::vector<moo::Objectives> best;    ///< what any trial attains
  std::vector<moo::Objectives> median;  ///< what half of them attain
  std::vector<moo::Objectives> worst;   ///< what all attain
  /// @}
  std::vector<moo::Objectives> exact_front;  ///< by ascending first objective
  std::optional<TrialVolumes> volumes;       ///< stated below the title
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md). The same figure gives the
/// same bytes; their number is bounded whatever the number of corners.
///
/// Layers, by name: `band` (between best and worst), `median`, `exact_front`.
///
/// @throws Error{invalid_argument} if there are no trials, a surface or the front has no corners,
///         not two objectives or does not ascend, or a coordinate is not positive on a logarithmic
///         axis
[[nodiscard]] std::string attainment_figure_spec(const AttainmentFigure& figure);

/// Progress of one algorithm's trials.
struct ProgressSeries {
  std::string label;                          ///< in the legend
  std::vector<search::ProgressPoint> points;  ///< of `search::progress`
};

/// Series that stay apart by colour and dashes.
inline constexpr std::size_t kMaxProgressSeries = 5;

/// How much of the exact front's hypervolume searches have attained after so many evaluations.
///
///     ProgressFigure figure{.title = "How fast algorithms find the front"};
///     for (const search::Algorithm algorithm : {search::Algorithm::semoa, …})
///       figure.series.push_back({std::string(search::name(algorithm)),
///                                search::progress(trials_of(algorithm), share)});
///     const std::string spec = progress_figure_spec(figure);
struct ProgressFigure {
  std::string title;
  std::vector<std::string> lines;      ///< below the title
  std::vector<ProgressSeries> series;  ///< at most kMaxProgressSeries, labels distinct
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md): medians with quartiles and,
/// of one or two series, the range, over a logarithmic axis of evaluations. Shares are spread by
/// the logarithm of what is missing, so that 90, 99 and 99.9 % are as far apart. The same figure
/// gives the same bytes; their number is bounded whatever the number of points.
///
/// Layers, by name, N the series from 0: `series_N_range`, `series_N_quartiles`,
/// `series_N_median`.
///
/// @throws Error{invalid_argument} if there are no or too many series, two named alike, one without
///         points, or evaluations that are 0 or do not ascend
[[nodiscard]] std::string progress_figure_spec(const ProgressFigure& figure);

}  // namespace ecnas::report
