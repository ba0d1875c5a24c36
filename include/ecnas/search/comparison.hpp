#pragma once
/// Comparisons: what a study shows, and what it does not. Start with `compare`.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ecnas/moo/front.hpp"
#include "ecnas/search/anytime.hpp"
#include "ecnas/search/judge.hpp"
#include "ecnas/search/study.hpp"
#include "ecnas/stats/comparison.hpp"

namespace ecnas::search {

/// One number a trial. Mean, deviation and interval are of the trials that have one.
struct Summary {
  std::optional<double> mean;                         ///< absent if no trial has a value
  std::optional<double> deviation;                    ///< standard, of the sample; of two or more
  std::optional<std::pair<double, double>> interval;  ///< of the mean, bootstrap; of two or more
  std::vector<std::optional<double>> trials;
};

struct ComparisonOptions {
  moo::Objectives reference_point;  ///< of hypervolumes; empty: the problem's
  /// For curves and areas. Measuring them takes most of the time.
  std::vector<Indicator> curve_indicators = {Indicator::hypervolume_share,
                                             Indicator::hypervolume,
                                             Indicator::regret,
                                             Indicator::igd_plus,
                                             Indicator::additive_epsilon,
                                             Indicator::multiplicative_epsilon,
                                             Indicator::r2,
                                             Indicator::spread,
                                             Indicator::points_found,
                                             Indicator::points_found_share};
  std::size_t grid_points = 48;  ///< of curves
  std::size_t resamples = 2000;  ///< of bootstrap intervals
  double confidence = 0.95;      ///< of intervals
  double level = 0.05;           ///< of tests
  std::uint64_t seed = 0;        ///< of resampling
  unsigned threads = 1;          ///< the result does not depend on it
};

/// One indicator of one contender over one resource.
struct AnytimeCurve {
  Indicator indicator;
  Resource resource;
  std::vector<CurvePoint> points;  ///< on the grid that all contenders share
  Summary area;                    ///< `area_under`, up to what every trial of the study spent
};

/// Two contenders, by the share of hypervolume of their trials.
struct PairTest {
  std::size_t first;
  std::size_t second;
  double mean_difference = 0;  ///< first − second
  /// Signed ranks of differences between trials of one seed; 1 if none differ, at least 2¹⁻ⁿ of n
  /// trials. @{
  double wilcoxon_p = 1;
  double wilcoxon_adjusted = 1;  ///< Holm, over all pairs
  /// @}
  /// Trials taken as independent. @{
  double mann_whitney_p = 1;
  double mann_whitney_adjusted = 1;
  /// @}
  double a12 = 0.5;             ///< chance that a trial of the first has the greater share
  bool is_significant = false;  ///< by the adjusted Wilcoxon test
};

/// Ranks of the contenders within each trial, by share of hypervolume; 1 is best.
struct Ranking {
  stats::FriedmanResult friedman;
  double critical_difference = 0;  ///< Nemenyi, at 5 %
  /// Runs of contenders, by ascending mean rank, that are not told apart: first and last position.
  std::vector<std::pair<std::size_t, std::size_t>> groups;
};

/// What the fronts are worth on test data, chosen as they were by validation error.
struct TestReport {
  Summary share;             ///< of the hypervolume of the exact front in test error
  Summary gap;               ///< mean over the front of test − validation error
  Summary validation_error;  ///< of the most accurate solution on the front, as the search saw it
  Summary test_error;        ///< of the same solution
};

/// Where trials see the knee of two objectives, by one definition; distances on the axes on which
/// the exact front is the unit square.
struct KneeReport {
  moo::KneeDefinition definition = moo::KneeDefinition::bend_angle;
  std::size_t trials = 0;           ///< whose front has a knee
  std::optional<double> scatter;    ///< mean distance of the knees from their mean
  std::optional<double> offset;     ///< mean distance from the knee of the exact front
  std::size_t agreeing_trials = 0;  ///< that name the same solution, the one named most often
};

struct ContenderResult {
  std::vector<std::vector<moo::Objectives>> fronts;  ///< (trials), in true values
  std::vector<Summary> indicators;                   ///< by `Indicator`
  std::vector<AnytimeCurve> curves;
  std::vector<double> coverage;   ///< of each contender's front by this one's, mean over trials
  std::vector<KneeReport> knees;  ///< by `moo::knee_definitions()`; of two objectives
  std::optional<TestReport> test;
  table::Cost mean_cost;  ///< simulated, of a trial
  double mean_evaluations = 0;
};

struct Comparison {
  std::vector<Contender> contenders;
  std::size_t trials = 0;
  moo::Objectives reference_point;
  double exact_hypervolume = 0;
  std::size_t exact_points = 0;
  bool reference_is_reached = true;      ///< some solution is better than it in every objective
  std::vector<ContenderResult> results;  ///< (contenders)
  std::vector<std::size_t> order;        ///< of the contenders by mean share, best first
  std::vector<PairTest> tests;           ///< every pair once; none of one trial
  std::optional<Ranking> ranking;        ///< of two or more trials
  std::vector<std::string> verdict;      ///< sentences
};

/// Judges a study: final indicators with intervals, anytime curves, tests of every pair, ranks,
/// coverage, test errors, and a verdict that claims no more than the tests allow. Solutions are
/// judged by the table's values, whatever a search saw, and only those that keep the constraints.
///
/// @throws Error{invalid_argument} for fewer than two contenders, none or different numbers of
///         trials, or a reference point of another number of objectives; Error{not_found} if
///         nothing keeps the constraints
/// @complexity a measurement of each indicator a change of a front, a trial;
///             docs/formats/compare.md
[[nodiscard]] Comparison compare(const Problem& problem, const Study& study,
                                 const ComparisonOptions& options);

/// Mean, deviation and bootstrap interval of the values that are there.
[[nodiscard]] Summary summarise(std::vector<std::optional<double>> trials,
                                const ComparisonOptions& options);

}  // namespace ecnas::search
