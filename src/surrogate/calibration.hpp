#pragma once

#include <cstdint>
#include <span>

#include "ecnas/surrogate/surrogate.hpp"

namespace ecnas::surrogate {

/// One cell's score by a model that had not seen it, and what was observed.
struct CalibrationPoint {
  double score = 0;
  double observed = 0;    ///< in the link's scale
  std::size_t group = 0;  ///< `vertex_group`
};

/// How scores lead to values: by a line where they were learnt as values, by knots where only their
/// order was.
enum class CurveKind { line, knots };

/// A robust line; or a curve through robust means of groups of points with similar scores, finer at
/// both ends, made increasing, which takes 2,000 points and is a line for fewer.
/// Flat, all but, where all scores are the same. @pre at least two points
[[nodiscard]] Curve fit_curve(std::span<const CalibrationPoint> points, CurveKind kind);

/// Conformal widths below and above the curve that leave 5 % outside on each side, by group of
/// vertices; a group of fewer than 100 points has those of all.
[[nodiscard]] Output calibrate(std::span<const CalibrationPoint> points, CurveKind kind);

/// The same for a curve that is given: groups of at least 100 points get widths of their own, the
/// others keep those that the output has.
void widen(Output& output, std::span<const CalibrationPoint> points);

}  // namespace ecnas::surrogate
