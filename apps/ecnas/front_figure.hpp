#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "ecnas/moo/objectives.hpp"
#include "ecnas/report/figure.hpp"
#include "ecnas/report/render.hpp"
#include "ecnas/search/problem.hpp"

namespace ecnas::app {

/// An exact front and what is said of it.
struct FrontAnalysis {
  std::vector<search::FrontPoint> points;  ///< in order of the first objective
  moo::Objectives reference_point;
  double hypervolume = 0;
  std::vector<std::size_t> extrema;  ///< position in `points`, one an objective
  std::optional<std::size_t> knee;   ///< position in `points`; two objectives only
};

/// The exact front of a problem.
[[nodiscard]] FrontAnalysis analyse_front(const search::Problem& problem,
                                          const moo::Objectives& reference_point);

/// A front that was found, by the same measures. @param front  in order of the first objective
[[nodiscard]] FrontAnalysis analyse_front(std::vector<search::FrontPoint> front,
                                          const moo::Objectives& reference_point);

/// All solutions of the problem, the front, knee and extrema. @pre two objectives
[[nodiscard]] report::FrontFigure front_figure(const search::Problem& problem,
                                               const FrontAnalysis& front);

/// Draws all solutions of the problem, the front, knee and extrema.
/// @throws Error{invalid_argument} unless the problem has two objectives; what `report::render`
/// throws.
void draw_front(const search::Problem& problem, const FrontAnalysis& front,
                report::ImageFormat format, const std::filesystem::path& output);

}  // namespace ecnas::app
