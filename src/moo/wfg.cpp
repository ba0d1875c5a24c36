#include "moo/wfg.hpp"

#include <algorithm>
#include <array>

#include "ecnas/moo/hypervolume.hpp"

namespace ecnas::moo {
namespace {

Objectives without_last(const Objectives& point) {
  return Objectives(std::span(point.begin(), point.size() - 1));
}

double last(const Objectives& point) {
  return point[point.size() - 1];
}

/// The corner of what both points dominate.
Objectives joined(const Objectives& a, const Objectives& b) {
  std::array<double, kMaxObjectives> values{};
  for (std::size_t i = 0; i < a.size(); ++i)
    values[i] = std::max(a[i], b[i]);
  return Objectives(std::span(values).first(a.size()));
}

double inclusive_volume(const Objectives& point, const Objectives& reference) {
  double product = 1;
  for (std::size_t i = 0; i < point.size(); ++i)
    product *= reference[i] - point[i];
  return product;
}

std::vector<Objectives> front_of(std::span<const Objectives> points) {
  std::vector<Objectives> front;
  for (const std::size_t i : non_dominated(points))
    front.push_back(points[i]);
  return front;
}

/// Points come in order of the third objective; each adds the area it gains in the first two, times
/// its depth in the third.
double volume_3d(std::span<const Objectives> points, const Objectives& reference) {
  Hypervolume2d area({reference[0], reference[1]});
  double volume = 0;
  for (const Objectives& point : points) {
    volume += area.insert({point[0], point[1]}) * (reference[2] - point[2]);
  }
  return volume;
}

/// The same with one objective more: slices along the last, exclusive volumes in the others.
double volume_by_slices(std::span<const Objectives> points, const Objectives& reference) {
  const Objectives slice_reference = without_last(reference);
  std::vector<Objectives> slice;
  double volume = 0;
  for (const Objectives& point : points) {
    const Objectives added = without_last(point);
    volume += exclusive_volume(added, slice, slice_reference) * (last(reference) - last(point));
    std::erase_if(slice, [&](const Objectives& member) {
      return compare(added, member) == Dominance::dominates;
    });
    slice.push_back(added);
  }
  return volume;
}

}  // namespace

double volume(std::vector<Objectives> points, const Objectives& reference) {
  // The sweep copes with dominated points; slicing costs far more for each than finding them.
  if (reference.size() > 3) points = front_of(points);
  std::ranges::sort(points, [](const Objectives& a, const Objectives& b) {
    if (last(a) != last(b)) return last(a) < last(b);
    return std::ranges::lexicographical_compare(a, b);
  });
  return reference.size() == 3 ? volume_3d(points, reference) : volume_by_slices(points, reference);
}

double exclusive_volume(const Objectives& point, std::span<const Objectives> points,
                        const Objectives& reference) {
  std::vector<Objectives> limited;
  limited.reserve(points.size());
  for (const Objectives& other : points) {
    limited.push_back(joined(point, other));
    if (limited.back() == point) return 0;  // dominated or equalled
  }
  // Rounding of the difference must not make a volume negative.
  return std::max(0.0, inclusive_volume(point, reference) - volume(std::move(limited), reference));
}

}  // namespace ecnas::moo
