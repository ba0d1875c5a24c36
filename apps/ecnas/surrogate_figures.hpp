#pragma once
/// Figures of how well surrogates predict: EC-NAS's figure 2, and more.
///
///     const Predicted mlp = predicted_by(reference.surrogate(observed.target), observed, global);
///     const Predicted ours = predicted_out_of_fold({observed}, {}, global);
///     report::prediction_panels_spec(comparison_figure(observed, std::array{mlp, ours}));
///     report::calibration_figure_spec(calibration_figure(observed, ours));
///     const auto scores = surrogate::evaluate(observed, 0, ours.predictions).all;
///     report::prediction_figure_spec(scatter_figure(observed, ours, scores));
///     const auto sizes = by_size(surrogate::learning_curve(observed, options));
///     report::learning_curve_figure_spec(learning_curve_figure(observed, sizes, how));

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"
#include "ecnas/report/calibration_figure.hpp"
#include "ecnas/report/surrogate_figure.hpp"
#include "ecnas/surrogate/evaluate.hpp"
#include "ecnas/surrogate/fit.hpp"
#include "ecnas/surrogate/learning_curve.hpp"
#include "ecnas/surrogate/observations.hpp"

namespace ecnas::app {

/// A target as figures show it: energies in Wh, errors in place of accuracies.
struct DrawnQuantity {
  std::string name;  ///< "training energy"
  std::string unit;
  double scale;   ///< from the target's unit to this one
  bool is_error;  ///< 1 − value is drawn

  [[nodiscard]] double of(double value) const { return is_error ? 1 - value : value * scale; }
};
[[nodiscard]] DrawnQuantity drawn_quantity(surrogate::Target target);

/// "Training energy at 4 epochs: predicted against measured". @pre one budget
[[nodiscard]] std::string figure_title(const surrogate::Observations& observed,
                                       std::string_view subject);

/// The file, how many cells of it, and what its values are.
[[nodiscard]] std::string circumstances(const surrogate::Observations& observed);

/// @throws Error{invalid_argument} unless there is one budget: figures show one
void expect_one_budget(const surrogate::Observations& observed);

/// Predictions of a source's cells, and by whom.
struct Predicted {
  std::vector<surrogate::Prediction> predictions;
  std::string name;  ///< of the model, "ecnas-7v"
  std::string by;    ///< a sentence
};

/// The first source's cells, each by a model that was fitted without it; under a progress bar.
[[nodiscard]] Predicted predicted_out_of_fold(const std::vector<surrogate::Observations>& sources,
                                              surrogate::SurrogateFitOptions options,
                                              const Global& global);

/// By a model as it is.
[[nodiscard]] Predicted predicted_by(const surrogate::Surrogate& model,
                                     const surrogate::Observations& observed, const Global& global);

/// "R² 0.9958, Kendall τ 0.9616, mean absolute error 0.238 Wh"
[[nodiscard]] std::string scores_line(const surrogate::Scores& scores,
                                      const DrawnQuantity& quantity);

/// Predicted against measured: the published figure 2, left. @pre one budget
[[nodiscard]] report::PredictionFigure scatter_figure(const surrogate::Observations& observed,
                                                      const Predicted& predicted,
                                                      const surrogate::Scores& scores);

/// The same of several models side by side, each with its scores. @pre one budget
[[nodiscard]] report::PredictionPanelsFigure comparison_figure(
    const surrogate::Observations& observed, std::span<const Predicted> models);

/// Whether 90 % intervals hold 90 %. @pre one budget
[[nodiscard]] report::CalibrationFigure calibration_figure(const surrogate::Observations& observed,
                                                           const Predicted& predicted);

/// The scores of one training size, over the repetitions in which they are defined.
struct SizeScores {
  std::size_t training_cells = 0;
  std::vector<double> r2;
  std::vector<double> kendall_tau;
  std::vector<double> mae;
};
[[nodiscard]] std::vector<SizeScores> by_size(const std::vector<surrogate::LearningPoint>& points);

/// Mean and standard deviation; none of no values.
[[nodiscard]] std::optional<report::MeanAndDeviation> spread_of(const std::vector<double>& values,
                                                                double scale = 1);

/// Scores by training size: the published figure 2, right. @pre one budget
/// @param how  a line below the title
[[nodiscard]] report::LearningCurveFigure learning_curve_figure(
    const surrogate::Observations& observed, const std::vector<SizeScores>& sizes,
    const std::string& how);

}  // namespace ecnas::app
