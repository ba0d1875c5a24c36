#pragma once
/// Figures of searches: EC-NAS's figure 5, and how fast algorithms get there.
///
///     const auto trials = search::run_search(problem, {.stop = {.count = 1000}, .trials = 10});
///     const auto semoa = search::Algorithm::semoa;
///     report::attainment_figure_spec(attainment_figure(problem, trials, semoa, reference));
///     report::front_figure_spec(trial_figure(problem, trials[0], semoa, reference));
///     const auto profile = profile_figure(problem, trials[0].front, "the trial's front");
///     report::profile_figure_spec(profile, report::Profile::radar);  // and Profile::dots
///     const AlgorithmTrials runs[] = {{semoa, trials}, {search::Algorithm::random, others}};
///     report::progress_figure_spec(progress_figure(problem, runs));

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "ecnas/report/attainment_figure.hpp"
#include "ecnas/report/figure.hpp"
#include "ecnas/report/profile_figure.hpp"
#include "ecnas/search/problem.hpp"
#include "ecnas/search/search.hpp"

namespace ecnas::app {

/// An algorithm as figures name it: "SEMOA".
[[nodiscard]] std::string algorithm_title(search::Algorithm algorithm);

/// Best, median and worst attainment surface of trials beside the exact front: figure 5, left.
/// @pre two objectives; at least one trial
[[nodiscard]] report::AttainmentFigure attainment_figure(const search::Problem& problem,
                                                         std::span<const search::Trial> trials,
                                                         search::Algorithm algorithm,
                                                         const moo::Objectives& reference_point);

/// One trial's evaluations with their front, extrema and knee: figure 5, middle.
/// @pre two objectives; at least one evaluation
[[nodiscard]] report::FrontFigure trial_figure(const search::Problem& problem,
                                               const search::Trial& trial,
                                               search::Algorithm algorithm,
                                               const moo::Objectives& reference_point);

/// Extrema and knee of a front in accuracy, energy, time, parameters and emissions, as far as the
/// table has them: figure 5, right.
/// @param whose  "the exact front of 34 solutions": over which quantities are normalised
/// @pre two objectives; at least one point
[[nodiscard]] report::ProfileFigure profile_figure(const search::Problem& problem,
                                                   std::span<const search::FrontPoint> front,
                                                   const std::string& whose);

/// An algorithm's trials.
using AlgorithmTrials = std::pair<search::Algorithm, std::vector<search::Trial>>;

/// What algorithms have attained after so many evaluations. @pre each has an evaluation
[[nodiscard]] report::ProgressFigure progress_figure(const search::Problem& problem,
                                                     std::span<const AlgorithmTrials> algorithms);

}  // namespace ecnas::app
