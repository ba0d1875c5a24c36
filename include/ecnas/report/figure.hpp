#pragma once
/// report: figures and pages. A figure is made in two steps: here as a Vega-Lite specification, a
/// JSON text that files and pages share; then by `render.hpp` as a file. Fronts, knees and volumes
/// are computed elsewhere (`moo`) and passed in; nothing here but the counting of points into
/// hexagons is a computation on data.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ecnas::report {

enum class Scale : std::uint8_t {
  linear,
  logarithmic,
  automatic,  ///< logarithmic where all values are positive and span more than a decade
};

/// How many of the drawn values are of which provenance.
struct ProvenanceCounts {
  std::size_t measured = 0;
  std::size_t scaled = 0;
  std::size_t predicted = 0;
};

struct Axis {
  std::string title;  ///< "Training energy"
  std::string unit;   ///< "kWh"; empty for a pure number
  Scale scale = Scale::automatic;
  std::optional<ProvenanceCounts> provenance;  ///< stated below the title when given
};

struct ScatterPoint {
  double x;
  double y;
  std::int32_t group = 0;  ///< position in `FrontFigure::groups`
};

/// What the front was measured against, both in the units of the axes.
struct HypervolumeNote {
  double value;
  std::array<double, 2> reference_point;
};

/// A part of the plane that a figure names, drawn as a closed outline.
struct OutlinedRegion {
  std::string label;                           ///< in the legend
  std::vector<std::array<double, 2>> outline;  ///< corners in order, in the units of the axes
};

/// Outlines that stay apart by colour and dashes.
inline constexpr std::size_t kMaxRegions = 2;

/// All solutions of a table in two minimised objectives, with their Pareto front.
/// Texts are UTF-8 and may hold anything; they are drawn as they are, never interpreted.
struct FrontFigure {
  std::string title;
  std::string subtitle;  ///< one line of the caller's, may be empty
  Axis x_axis;
  Axis y_axis;
  std::string group_title;          ///< legend title, "Epochs"
  std::vector<std::string> groups;  ///< legend labels, distinct, in their natural order
  std::vector<ScatterPoint> points;
  std::vector<ScatterPoint> front;   ///< mutually non-dominated, any order
  std::optional<std::size_t> knee;   ///< position in `front`
  std::vector<std::size_t> extrema;  ///< positions in `front`: best x, best y; or none
  std::optional<HypervolumeNote> hypervolume;
  std::vector<OutlinedRegion> regions;  ///< at most kMaxRegions
};

/// Above this many points hexagons with counts are drawn in their place.
inline constexpr std::size_t kMaxDrawnPoints = 20'000;

/// The figure as a Vega-Lite 6 specification: one self-contained JSON document. Its size is bounded
/// whatever the number of points. The same figure gives the same bytes.
///
/// Layers, by name: `points` or `density`, `label_plates`, `region_N` from 0, `front_line`,
/// `front`, `leaders`, `extrema`, `knee`, `labels`.
///
/// @throws Error{invalid_argument} if there are no points or no groups, a coordinate is not finite
///         or absurd (beyond 1e100), not positive on a logarithmic axis, a position is out of
///         range, or there are too many regions or one without an outline.
/// @complexity O(points + front log front)
[[nodiscard]] std::string front_figure_spec(const FrontFigure& figure);

}  // namespace ecnas::report
