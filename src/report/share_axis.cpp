#include "report/share_axis.hpp"

#include <algorithm>

#include "report/frame.hpp"

namespace ecnas::report {

double missing(double share) {
  return std::clamp(1 - share, kLeastMissing, 1.0);
}

Axis share_axis() {
  return {
      .title = "Share of hypervolume", .unit = "", .scale = Scale::logarithmic, .provenance = {}};
}

Json share_encoding(std::string_view field, const PlotAxis& plot) {
  Json encoding = position_encoding(field, share_axis(), plot);
  encoding["scale"]["reverse"] = true;
  encoding["axis"]["labelExpr"] = "format(1 - datum.value, '.6~p')";
  return encoding;
}

}  // namespace ecnas::report
