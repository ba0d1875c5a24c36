#include "table/cell_facts.hpp"

#include <algorithm>

namespace ecnas::table {
namespace {

using space::Rank;

// Counting all cells at once costs about as much as counting this share of them one by one.
constexpr std::size_t kBulkShare = 8;

template <typename All, typename One>
std::vector<std::int64_t> counts_of(std::span<const Rank> ranks, const space::Space& space,
                                    const All& count_all, const One& count_one) {
  std::vector<std::int64_t> counts(ranks.size());
  if (ranks.size() * kBulkShare >= space.size()) {
    const std::vector<std::int64_t> all = count_all();
    std::ranges::transform(ranks, counts.begin(), [&](Rank rank) { return all[rank]; });
  } else {
    std::ranges::transform(ranks, counts.begin(),
                           [&](Rank rank) { return count_one(space.cell(rank)); });
  }
  return counts;
}

}  // namespace

std::vector<space::Hash> hashes_of(std::span<const Rank> ranks, const space::Space& space) {
  if (ranks.size() == space.size()) {
    const std::span<const space::Hash> all = space.hashes();
    return {all.begin(), all.end()};
  }
  std::vector<space::Cell> cells;
  cells.reserve(ranks.size());
  for (const Rank rank : ranks)
    cells.push_back(space.cell(rank));
  std::vector<space::Hash> hashes(cells.size());
  space::hash_cells(cells, hashes);
  return hashes;
}

std::vector<std::int64_t> parameters_of(std::span<const Rank> ranks, const space::Space& space,
                                        const space::Skeleton& skeleton) {
  return counts_of(
      ranks, space, [&] { return space.trainable_parameters(skeleton); },
      [&](const space::Cell& cell) { return space::trainable_parameters(cell, skeleton); });
}

std::vector<std::int64_t> flops_of(std::span<const Rank> ranks, const space::Space& space,
                                   const space::Skeleton& skeleton) {
  return counts_of(
      ranks, space, [&] { return space.flops(skeleton); },
      [&](const space::Cell& cell) { return space::flops(cell, skeleton); });
}

}  // namespace ecnas::table
