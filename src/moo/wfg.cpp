#include "moo/wfg.hpp"

#include <algorithm>
#include <array>

#include "moo/hypervolume_3d.hpp"
#include "moo/hypervolume_4d.hpp"

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

/// Slices along the last objective, exclusive volumes in the others. Points come in order of it.
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

double volume(std::span<const Objectives> points, const Objectives& reference) {
  if (reference.size() == 3) return volume_3d(points, reference);
  if (reference.size() == 4) return volume_4d(points, reference);
  std::vector<Objectives> front = front_of(points);  // slicing dominated points costs far more
  std::ranges::sort(front, [](const Objectives& a, const Objectives& b) {
    if (last(a) != last(b)) return last(a) < last(b);
    return std::ranges::lexicographical_compare(a, b);
  });
  return volume_by_slices(front, reference);
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
  return std::max(0.0, inclusive_volume(point, reference) - volume(limited, reference));
}

}  // namespace ecnas::moo
