#include "moo/fronts.hpp"

#include <algorithm>

#include "ecnas/moo/ranking.hpp"
#include "moo/check.hpp"

namespace ecnas::moo {
namespace {

std::vector<PlanarRank> in_order(std::span<const Objectives> points) {
  std::vector<PlanarRank> entries;
  entries.reserve(points.size());
  for (const Objectives& point : points)
    entries.push_back({point[0], point[1], static_cast<std::uint32_t>(entries.size()), 0, false});
  std::ranges::sort(entries, [](const PlanarRank& a, const PlanarRank& b) {
    return a.x != b.x ? a.x < b.x : a.y != b.y ? a.y < b.y : a.position < b.position;
  });
  return entries;
}

/// Of two objectives, one sweep.
Fronts distinct_planar_fronts(std::span<const Objectives> points) {
  const std::vector<PlanarRank> entries = planar_ranks(points);
  Fronts fronts{0, std::vector<std::size_t>(points.size())};
  for (const PlanarRank& entry : entries)
    fronts.count = std::max(fronts.count, entry.rank + std::size_t{1});
  for (const PlanarRank& entry : entries)
    fronts.ranks[entry.position] = entry.is_copy ? fronts.count : entry.rank;
  return fronts;
}

bool is_copy(std::span<const Objectives> points, std::size_t i) {
  const auto earlier = points.first(i);
  return std::ranges::find(earlier, points[i]) != earlier.end();
}

}  // namespace

std::vector<PlanarRank> planar_ranks(std::span<const Objectives> points) {
  std::vector<PlanarRank> entries = in_order(points);
  // The latest y of each front. What came before has no greater x, so a front dominates a point if
  // its latest y is no greater; a point joins the first front that does not. So they ascend.
  std::vector<double> latest;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    PlanarRank& entry = entries[i];
    if (i > 0 && entry.x == entries[i - 1].x && entry.y == entries[i - 1].y) {
      entry.rank = entries[i - 1].rank;
      entry.is_copy = true;
      continue;
    }
    const auto front = std::ranges::upper_bound(latest, entry.y);
    entry.rank = static_cast<std::uint32_t>(front - latest.begin());
    if (front == latest.end()) {
      latest.push_back(entry.y);
    } else {
      *front = entry.y;
    }
  }
  return entries;
}

Fronts distinct_fronts(std::span<const Objectives> points) {
  require_one_size(points, "distinct_fronts");
  if (points.empty()) return {};
  if (points[0].size() == 2) return distinct_planar_fronts(points);
  std::vector<Objectives> distinct;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!is_copy(points, i)) distinct.push_back(points[i]);
  }
  const std::vector<std::size_t> ranks = non_dominated_ranks(distinct);
  const std::size_t count = std::ranges::max(ranks) + 1;
  Fronts fronts{count, std::vector<std::size_t>(points.size(), count)};
  auto rank = ranks.begin();
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!is_copy(points, i)) fronts.ranks[i] = *rank++;
  }
  return fronts;
}

}  // namespace ecnas::moo
