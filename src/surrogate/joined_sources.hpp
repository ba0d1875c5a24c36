#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "ecnas/space/cell.hpp"
#include "ecnas/surrogate/observations.hpp"

namespace ecnas::surrogate {

/// Converting one source's values to another's takes as many cells in both at least.
inline constexpr std::size_t kFewestShared = 10;

/// Row of each cell, by its representative.
using RowOf = std::map<space::Cell, std::size_t>;
[[nodiscard]] RowOf rows_of(const Observations& observations);

/// In the target's link scale; NaN: not observed.
[[nodiscard]] double linked_value(const Observations& observations, std::size_t cell,
                                  std::size_t budget);

/// What is added to a further source's values, in the link's scale, to make them the first's. For
/// energies it is the ratio of their PUE alone: what else differs between campaigns is start-up of
/// few runs (docs/benchmark-card.md). For anything else it is the median over the cells in both.
/// @param rows  of `first`
/// @throws Error{invalid_data} if too few cells are in both
[[nodiscard]] double conversion(const Observations& first, const RowOf& rows,
                                const Observations& other, std::size_t budget);

/// All sources as one: cells, their values in the first source's link scale, weights.
struct Joined {
  std::vector<space::Cell> cells;
  std::vector<double> linked;          // (n, budgets); NaN: not observed
  std::vector<double> weights;         // (n, budgets)
  std::vector<std::int64_t> of_first;  // (n): the row in the first source, −1: not there
};

/// @pre not empty, all at the budgets of the first
[[nodiscard]] Joined join(std::span<const Observations> sources);

}  // namespace ecnas::surrogate
