#pragma once
/// Figures of how well a surrogate predicts: predicted against measured, and scores by the number
/// of cells fitted on. Scores are computed elsewhere (`surrogate`) and passed in.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ecnas/report/figure.hpp"

namespace ecnas::report {

/// Predictions against what was measured. Texts are drawn as they are, never interpreted.
struct PredictionFigure {
  std::string title;
  std::vector<std::string> lines;    ///< below the title: circumstances, scores
  Axis axis;                         ///< of both; its title is that of the quantity, lower case
  std::string group_title;           ///< legend title, "Vertices"
  std::vector<std::string> groups;   ///< legend labels, distinct, in their natural order
  std::vector<ScatterPoint> points;  ///< x measured, y predicted
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md). Both axes span the same
/// values on a square, so that the diagonal is where predictions are right; above kMaxDrawnPoints
/// hexagons with counts are drawn. The same figure gives the same bytes.
///
/// Layers, by name: `points` or `density`, `diagonal`.
///
/// @throws Error{invalid_argument} if there are no points or no groups, a coordinate is not finite
///         or absurd (beyond 1e100), not positive on a logarithmic axis, or a group is out of
///         range.
/// @complexity O(points log points)
[[nodiscard]] std::string prediction_figure_spec(const PredictionFigure& figure);

/// One model's predictions.
struct PredictionPanel {
  std::string title;                 ///< two lines at most: the model, its scores
  std::vector<ScatterPoint> points;  ///< x measured, y predicted
};

/// Predictions of several models of the same cells, side by side. Texts are drawn as they are,
/// never interpreted.
///
///     PredictionPanelsFigure figure{.title = "Published model and ours", .axis = …};
///     figure.group_title = "Vertices", figure.groups = {"6", "7"};
///     figure.panels.push_back({"Published MLP: Kendall τ 0.950", mlp_points});
///     figure.panels.push_back({"ecnas-7v: Kendall τ 0.964", our_points});
///     const std::string spec = prediction_panels_spec(figure);
struct PredictionPanelsFigure {
  std::string title;
  std::vector<std::string> lines;  ///< below the title
  Axis axis;                       ///< of all; its title is that of the quantity, lower case
  std::string group_title;
  std::vector<std::string> groups;
  std::vector<PredictionPanel> panels;  ///< 1 … 3
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md): squares beside one another,
/// all axes of which span the same values. The same figure gives the same bytes.
///
/// Layers, by name, N the panel from 0: `panel_N_points` or `panel_N_density`, `panel_N_diagonal`.
///
/// @throws Error{invalid_argument} as `prediction_figure_spec`, and unless there are 1 to 3 panels
[[nodiscard]] std::string prediction_panels_spec(const PredictionPanelsFigure& figure);

/// A score over repetitions.
struct MeanAndDeviation {
  double mean;
  double deviation = 0;  ///< standard; 0 draws no bar
};

/// Scores of fits on so many cells. What is undefined (a rank correlation of constant predictions)
/// is absent and not drawn.
struct LearningCurvePoint {
  std::size_t training_cells = 0;
  std::optional<MeanAndDeviation> r2;
  std::optional<MeanAndDeviation> kendall_tau;
  std::optional<MeanAndDeviation> mae;
};

/// Scores of the same test cells by the number of cells fitted on.
struct LearningCurveFigure {
  std::string title;
  std::vector<std::string> lines;          ///< below the title
  std::string error_unit;                  ///< of the mean absolute error; empty for a pure number
  std::vector<LearningCurvePoint> points;  ///< by ascending, distinct `training_cells`
};

/// The figure as a Vega-Lite 6 specification: above R² and Kendall's τ, below the mean absolute
/// error, each with bars of one standard deviation, over a logarithmic axis of cells. The same
/// figure gives the same bytes.
///
/// Layers, by name, `SCORE` one of `r2`, `kendall_tau`, `mae`: `SCORE_bars`, `SCORE_line`,
/// `SCORE_marks`. A panel of which no score is there is left out.
///
/// @throws Error{invalid_argument} if there is no score at all, a number is not finite or absurd, a
///         deviation is negative, or sizes are 0 or do not ascend.
[[nodiscard]] std::string learning_curve_figure_spec(const LearningCurveFigure& figure);

}  // namespace ecnas::report
