#pragma once
/// Figures of comparisons: how algorithms get there, where their trials end, which of them are told
/// apart, and where two differ. What they show is computed elsewhere (`search`, `moo`, `stats`).
/// Texts are drawn as they are, never interpreted; the same figure gives the same bytes.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ecnas/moo/front.hpp"
#include "ecnas/moo/objectives.hpp"
#include "ecnas/report/figure.hpp"
#include "ecnas/search/anytime.hpp"

namespace ecnas::report {

/// Algorithms that one figure can show.
inline constexpr std::size_t kMaxCompared = 16;

/// An indicator of one algorithm's trials while they spend something.
struct AnytimeSeries {
  std::string label;                       ///< at its end
  std::vector<search::CurvePoint> points;  ///< of `search::curve`
};

/// An indicator of several algorithms' trials over what they spend.
struct AnytimeFigure {
  std::string title;
  std::vector<std::string> lines;  ///< below the title
  Axis x_axis;                     ///< drawn on a logarithmic axis
  Axis y_axis;                     ///< of a share of hypervolume: not used
  bool is_share = false;           ///< y is the share of the exact front's hypervolume
  /// At most kMaxCompared, labels distinct, those to look at first: the first five have colours and
  /// quartiles, others are grey.
  std::vector<AnytimeSeries> series;
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md).
///
/// Layers, by name, N the series from 0: `series_N_quartiles`, `series_N_median`, `leaders`,
/// `labels`.
///
/// @throws Error{invalid_argument} if there are no or too many series, two named alike, one without
///         points, or amounts that are not positive or do not ascend
[[nodiscard]] std::string anytime_figure_spec(const AnytimeFigure& figure);

/// Where one algorithm's trials end.
struct TrialsRow {
  std::string label;
  std::vector<double> shares;  ///< of the exact front's hypervolume, one a trial
  double mean = 0;
  std::optional<std::pair<double, double>> interval;  ///< of the mean
};

/// Final shares of hypervolume of several algorithms, a row each.
struct TrialsFigure {
  std::string title;
  std::vector<std::string> lines;
  std::vector<TrialsRow> rows;  ///< from top to bottom; at most kMaxCompared
};

/// The figure as a Vega-Lite 6 specification. Layers: `guides`, `trials`, `intervals`, `means`,
/// `names`.
/// @throws Error{invalid_argument} if there are no or too many rows, two named alike, or one
///         without trials
[[nodiscard]] std::string trials_figure_spec(const TrialsFigure& figure);

/// Mean ranks with what is not told apart: a critical-difference picture. [Demsar06]
struct RankingFigure {
  std::string title;
  std::vector<std::string> lines;
  struct Ranked {
    std::string label;
    double mean_rank;
  };
  std::vector<Ranked> ranked;  ///< by ascending mean rank; 2 to kMaxCompared
  double critical_difference = 0;
  /// Runs that are not told apart: first and last position.
  std::vector<std::pair<std::size_t, std::size_t>> groups;
};

/// The figure as a Vega-Lite 6 specification. Layers: `stems`, `names`, `names_right`,
/// `groups`, `difference`.
/// @throws Error{invalid_argument} if there are fewer than two or too many, ranks that do not
///         ascend from 1, a critical difference that is not positive, or groups of others
[[nodiscard]] std::string ranking_figure_spec(const RankingFigure& figure);

/// Where one algorithm attains more than another. [LopPaqStu10]
struct AttainmentDifferenceFigure {
  std::string title;
  std::vector<std::string> lines;
  Axis x_axis;
  Axis y_axis;
  std::array<std::string, 2> labels;  ///< of A and B; differ
  /// Of `moo::attainment_difference`, drawn in so many steps.
  std::vector<moo::AttainmentDifference> differences;
  std::size_t intervals = 5;
  std::vector<moo::Objectives> exact_front;  ///< by ascending first objective
};

/// The figure as a Vega-Lite 6 specification. Layers: `differences`, `exact_front`.
/// @throws Error{invalid_argument} if the front has no points or not two objectives, the labels are
///         alike, or a coordinate is not positive on a logarithmic axis
[[nodiscard]] std::string attainment_difference_figure_spec(
    const AttainmentDifferenceFigure& figure);

}  // namespace ecnas::report
