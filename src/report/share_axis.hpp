#pragma once
/// Shares of the exact front's hypervolume on an axis: spread by the logarithm of what is missing,
/// so that 90, 99 and 99.9 % are as far apart.

#include "ecnas/report/figure.hpp"
#include "report/layers.hpp"

namespace ecnas::report {

/// What is missing less than this is drawn as if it were this.
inline constexpr double kLeastMissing = 1e-4;

/// What a share lacks, as it is drawn.
[[nodiscard]] double missing(double share);

/// The axis, of what is missing.
[[nodiscard]] Axis share_axis();

/// Encoding of a position by what is missing, labelled with shares.
[[nodiscard]] Json share_encoding(std::string_view field, const PlotAxis& plot);

}  // namespace ecnas::report
