#pragma once
/// The figure of a few solutions in many quantities: extrema and knee of a front.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ecnas/report/figure.hpp"

namespace ecnas::report {

/// One quantity of all solutions.
struct ProfileQuantity {
  Axis axis;  ///< `Profile::radar` is linear whatever its scale
  bool larger_is_better = false;
  /// The range in which values are normalised, over whatever `ProfileFigure::range_of` says. @{
  double least = 0;
  double greatest = 0;
  /// @}
};

struct ProfileSolution {
  std::string label;           ///< in the legend: "Knee"
  std::vector<double> values;  ///< one a quantity, in its unit
};

/// Solutions that stay apart by colour and shape.
inline constexpr std::size_t kMaxProfileSolutions = 5;

/// A few solutions in many quantities. Texts are drawn as they are, never interpreted.
///
///     ProfileFigure figure{.title = "Extrema and knee", .range_of = "the front's 34 solutions"};
///     figure.quantities = {{.axis = {"Training energy", "kWh"}, .least = 0.006, .greatest = 1.2},
///                          {.axis = {"Validation accuracy", ""}, .larger_is_better = true, …}, …};
///     figure.solutions = {{"Least energy", {0.006, 0.61, …}}, {"Knee", {…}}, …};
///     const std::string spec = profile_figure_spec(figure, Profile::dots);
struct ProfileFigure {
  std::string title;
  std::vector<std::string> lines;           ///< below the title
  std::string range_of;                     ///< "the front's 34 solutions"
  std::vector<ProfileQuantity> quantities;  ///< 3 … 8
  std::vector<ProfileSolution> solutions;   ///< at most kMaxProfileSolutions, labels distinct
};

enum class Profile : std::uint8_t {
  radar,  ///< as published: an axis a quantity around one centre, each from the worst to the best
  dots,   ///< a row a quantity, with an axis of its own and the values written beside the marks
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md). Everywhere better is further
/// out or further right. Neither marks nor values of a row cover one another: each solution has a
/// lane of its own. The same figure gives the same bytes.
///
/// Layers, by name: of `radar` `rings`, `spokes`, `solution_N_area`, `solution_N_line`, `marks`,
/// `quantities`, `ranges`; of `dots`, for each row N from 0, `row_N_stems`, `row_N_marks`,
/// `row_N_values`.
///
/// @throws Error{invalid_argument} if there are no or too many solutions, two named alike, fewer
///         than 3 or more than 8 quantities, another number of values than quantities, a value or
///         range that is not finite, a range the wrong way round, or a value that is not positive
///         on a logarithmic axis
[[nodiscard]] std::string profile_figure_spec(const ProfileFigure& figure, Profile kind);

}  // namespace ecnas::report
