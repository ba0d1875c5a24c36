#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ecnas::report {

/// A place in the plotting area, in pixels from its lower left corner.
struct Pixel {
  double x;
  double y;
};

/// A rectangle by centre and size, in pixels.
struct Box {
  Pixel centre;
  double width;
  double height;
};
[[nodiscard]] bool overlap(const Box& a, const Box& b);
[[nodiscard]] bool contains(const Box& box, Pixel place);
/// The place in the box that is nearest to a given one: where a leader ends.
[[nodiscard]] Pixel nearest_in(const Box& box, Pixel place);

/// A label to be placed near the point it belongs to.
struct Label {
  Pixel point;
  double width;
  double height;
};

/// What labels should leave visible.
struct Surroundings {
  double width;  ///< of the plotting area
  double height;
  std::span<const Pixel> cloud;  ///< covering one costs little
  std::span<const Pixel> front;  ///< covering one costs much
};

inline constexpr std::size_t kMaxLabels = 4;

/// Places labels where they cover least, in the best of all orders: never over one another, and
/// never beyond the plotting area if there is any such place. Leaders (the straight lines from
/// points to boxes) avoid the front and the other labels.
/// @param labels  at most kMaxLabels
/// @return one box a label
/// @complexity O(labels · (cloud + front)) with a factor of about 100 places tried
[[nodiscard]] std::vector<Box> place_labels(std::span<const Label> labels,
                                            const Surroundings& surroundings);

}  // namespace ecnas::report
