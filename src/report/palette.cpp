#include "report/palette.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ecnas::report {
namespace {

using Colour = std::array<double, 3>;

// Sky blue (lightened) through blue to a blue near black; lightness falls evenly.
constexpr std::array<Colour, 4> kRamp = {
    {{158, 208, 240}, {86, 180, 233}, {0, 114, 178}, {3, 44, 86}}};

Colour mixed(const Colour& a, const Colour& b, double share) {
  Colour result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = a[i] + share * (b[i] - a[i]);
  return result;
}

Colour ramp_at(double share) {
  const double place = share * (kRamp.size() - 1);
  const std::size_t below = std::min(static_cast<std::size_t>(place), kRamp.size() - 2);
  return mixed(kRamp[below], kRamp[below + 1], place - static_cast<double>(below));
}

}  // namespace

std::vector<std::string> group_colours(std::size_t count) {
  if (count == 1) return {std::string(kBlue)};
  std::vector<std::string> colours;
  for (std::size_t i = 0; i < count; ++i) {
    const Colour colour = ramp_at(static_cast<double>(i) / static_cast<double>(count - 1));
    colours.push_back(fmt::format("#{:02X}{:02X}{:02X}", std::lround(colour[0]),
                                  std::lround(colour[1]), std::lround(colour[2])));
  }
  return colours;
}

}  // namespace ecnas::report
